"""`/stats` and its period buttons."""

from datetime import timedelta

import discord
import pytest
from simcord.results import InteractionResult

from bot.domain.sale import Producer
from bot.store.engine import Store
from bot.text.chart import ChartPainter
from bot.text.ids import Shown
from bot.text.message import Buttons, Message
from tests import factories as make
from tests.cogs.house import House, answer_of, embed_of, labels, options_of, said
from tests.store import samples

BEFORE = make.NOON - timedelta(days=30)


async def write_two_months(store: Store, producer: Producer) -> None:
    await samples.write(
        store,
        producer,
        make.settled(make.paid("0", at=BEFORE)),
        make.settled(make.paid("1")),
        make.settled(make.paid("2", make.lease("Glass City", 6000))),
        make.refunded(make.settled(make.paid("3")), 1000),
        make.paid("4", currency="eur"),
    )


async def test_this_month_is_a_chart_and_what_it_does_not_say(
    house: House, producer: Producer
) -> None:
    await write_two_months(house.store, producer)
    answer = await house.ask("stats")
    text = said(answer)
    assert "$120.00 before fees · avg $40.00\n-$4.50 fees · -$10.00 refunds (1)" in text
    assert "**€30.00** before fees · 1 sale" in text
    assert "**1** returning buyer" in text
    assert "1 sale is still waiting for its fees" in text
    assert "$105.50" not in text
    assert "Midnight Drive" not in text


async def test_details_have_all_figures(house: House, producer: Producer) -> None:
    await write_two_months(house.store, producer)
    answer = await house.ask("stats")
    await house.restart()
    opened = await house.click(answer, "Details")
    assert embed_of(opened).title == "This month in detail"
    text = said(opened)
    for line in (
        "Mar 1, 2026 – Mar 10, 2026",
        "USD · 3 sales",
        "Before fees      $120.00",
        "Refunds (1)      -$10.00",
        "Net              $105.50",
        "vs last month at this point: $28.80 · 1 sale",
        "Avg sale $40.00 ($38.50 net)",
        "EUR · 1 sale",
        "Top earners in USD\n1. Glass City",
        "Best sellers in all currencies\n1. Midnight Drive",
        "Licenses (USD, before fees)\n1. Basic Lease · **3 sales** · $120.00",
        "**100%** repeat orders",
    ):
        assert line in text


async def test_each_period_has_a_button(house: House, producer: Producer) -> None:
    await write_two_months(house.store, producer)
    answer = await house.ask("stats", period="all")
    assert labels(answer)["All time"] is False
    await house.click(answer, "This year")
    assert shown_period(answer).startswith("This year")
    assert labels(answer)["This year"] is False
    await house.restart()
    await house.click(answer, "Today")
    assert shown_period(answer).startswith("Today")


def shown_period(answer: InteractionResult) -> str:
    """What a chart says of its period."""
    _, words = _picture(answer)
    return (words or "").partition(". ")[2]


async def test_a_month_or_a_range_may_be_asked_for(house: House, producer: Producer) -> None:
    await write_two_months(house.store, producer)
    assert shown_period(await house.ask("stats", period="2026-02")).startswith("February 2026")
    answer = await house.ask("stats", period="2026-02-01 to 2026-03-05")
    assert shown_period(answer).startswith("Feb 1 – Mar 5, 2026")
    assert "Feb 1, 2026 – Mar 5, 2026" in said(await house.click(answer, "Details"))


async def test_what_is_no_period_is_refused_with_examples(house: House) -> None:
    assert "Try “last week”, “october”" in said(await house.ask("stats", period="@everyone"))
    assert "has not started yet" in said(await house.ask("stats", period="2027"))
    assert "ends before it begins" in said(await house.ask("stats", period="2026-02..2025"))
    assert "before Stripe existed" in said(await house.ask("stats", period="1999"))


async def test_periods_come_up_while_one_types(house: House) -> None:
    words = await house.complete("stats", "period", "")
    assert [choice["value"] for choice in words[:10]] == [
        *("today", "week", "month", "year", "all", "yesterday", "last week", "7d", "30d"),
        "2026-02",
    ]
    assert words[9]["name"] == "February 2026"
    found = await house.complete("stats", "period", "sept")
    assert [choice["name"] for choice in found] == ["September 2025"]
    found = await house.complete("stats", "period", "2026-02-03")
    assert found[0] == {"name": "Feb 3, 2026", "value": "2026-02-03"}


def _picture(answer: InteractionResult) -> tuple[str | None, str | None]:
    """The file that an answer shows, and what it is described as."""
    message = answer_of(answer).message
    image = message.embeds[0].image.url or ""
    (file,) = message.attachments
    return image.rpartition("/")[2].partition("?")[0] and file.filename, file.description


async def test_the_answer_has_a_chart_that_is_described(house: House, producer: Producer) -> None:
    await write_two_months(house.store, producer)
    answer = await house.ask("stats")
    name, words = _picture(answer)
    assert name == "stats.png"
    assert words is not None
    assert words.startswith("$105.50 net. This month · 3 sales in USD. ▲ 266% vs last month")
    await house.click(answer, "Count sales")
    name, words = _picture(answer)
    assert name == "stats.png"
    assert words is not None
    assert words.startswith("3 sales in USD. This month · $105.50 net.")
    await house.click(answer, "Last month")
    assert shown_period(answer).startswith("February 2026")
    assert "Show net" in labels(answer)


async def test_a_currency_can_be_chosen_and_stays(house: House, producer: Producer) -> None:
    await write_two_months(house.store, producer)
    answer = await house.ask("stats")
    assert options_of(answer) == ["USD · 3 sales", "EUR · 1 sale"]
    menu = Shown("month").menu
    await house.owner.select(answer_of(answer).message, ["eur"], custom_id=menu)
    assert shown_period(answer).startswith("This month · 1 sale in EUR")
    await house.click(answer, "All time")
    assert shown_period(answer).startswith("All time · 1 sale in EUR")


async def test_buttons_of_before_there_were_charts_still_work(
    house: House, producer: Producer
) -> None:
    await write_two_months(house.store, producer)
    old = Buttons([discord.ui.Button(label="This year", custom_id="stats:year")])
    message = await house.post(Message(content="Statistics", view=old))
    await house.owner.click(message, label="This year")
    changed = house.channel.last_message
    assert changed is not None
    assert "This year" in (changed.attachments[0].description or "")


async def test_forged_buttons_get_one_line(house: House) -> None:
    forged = Buttons([discord.ui.Button(label="x", custom_id="stats:2026-99:usd:count")])
    message = await house.post(Message(content="Statistics", view=forged))
    assert "is not a period I can read" in said(await house.owner.click(message, label="x"))
    forged = Buttons([discord.ui.Button(label="x", custom_id="stats-details:1:2026-99:usd")])
    message = await house.post(Message(content="Statistics", view=forged))
    assert "I don't know that choice" in said(await house.owner.click(message, label="x"))


async def test_without_the_right_to_attach_files_there_are_the_numbers(
    house: House, producer: Producer
) -> None:
    await write_two_months(house.store, producer)
    bare = house.private_channel("bare", attach_files=False)
    answer = await house.owner.slash(bare, "stats")
    assert embed_of(answer).title == "This month"
    assert "**$105.50** net · 3 sales\n**▲ 266%** vs last month at this point" in said(answer)
    assert "Let me attach files in this channel" in said(answer)
    assert answer_of(answer).message.attachments == []


async def test_when_a_chart_cannot_be_drawn_there_are_the_numbers(
    house: House, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await write_two_months(house.store, producer)

    def broken(*_: object) -> bytes:
        raise RuntimeError("typst")

    answer = await house.ask("stats")
    monkeypatch.setattr(ChartPainter, "paint", broken)
    await house.click(answer, "This year")
    assert "**$134.30** net · 4 sales" in said(answer)
    assert "The chart could not be drawn" in said(answer)
    assert answer_of(answer).message.attachments == []
