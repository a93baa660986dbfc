"""Order, patience, and giving up.

What cannot pass: given up, loudly, and the rest goes on.
"""

from typing import Any

import pytest
from structlog.testing import capture_logs

from bot.loops import AGAIN_SECONDS
from bot.store import outbox
from bot.store.engine import StoreUnavailable
from bot.text.alert import payment_alert
from tests.delivery.conftest import Start
from tests.delivery.shop import Shop


@pytest.mark.parametrize(
    "fault",
    [
        {"status": 500},
        {"status": 503},
        {"status": 429, "via": False},
        {"drop": True},
    ],
    ids=["500", "503", "429 of Cloudflare", "dropped"],
)
async def test_what_can_pass_is_tried_again(shop: Shop, fault: dict[str, Any]) -> None:
    shop.fake.fail("POST", "/messages", **fault)
    await shop.sold("midnight")
    assert shop.channel.shown == []
    await shop.passes(seconds=1)
    assert len(shop.channel.shown) == 1


async def test_a_429_of_discords_own_is_sat_out_by_its_client(shop: Shop) -> None:
    shop.fake.fail("POST", "/messages", status=429)
    await shop.sold("midnight")
    assert len(shop.channel.shown) == 1


async def test_discord_unreachable_for_hours_loses_nothing_and_is_not_hammered(shop: Shop) -> None:
    await shop.fake.shut()
    names = ["a", "b", "c"]
    await shop.sold(*names)
    with capture_logs() as logs:
        await shop.passes(hours=3)
    assert [one["event"] for one in logs].count("discord failed") < 3 * 3600 / 30
    assert shop.channel.shown == []
    await shop.fake.open()
    await shop.passes(minutes=2)
    titles = [message["content"].split(" · ")[1] for message in shop.channel.shown]
    assert titles == ["Track a", "Track b", "Track c"]
    assert await shop.states() == {}


async def test_what_arrives_does_not_cut_the_waiting_short(shop: Shop) -> None:
    shop.fake.fail("POST", "/messages", status=503, times=1000)
    await shop.sell("midnight")
    for _ in range(20):
        await shop.works()
    assert len(shop.fake.asked("POST")) == 1


async def test_a_sale_is_told_soon_after_the_store_is_back_however_long_it_was_gone(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Any:
        raise StoreUnavailable("disk full")

    await shop.sell("midnight")
    with monkeypatch.context() as patch, capture_logs() as lines:
        patch.setattr(shop.store, "write", gone)
        await shop.works()
        await shop.passes(minutes=10)
    assert shop.channel.shown == []
    # The store itself says once that it is gone: whoever waits for it need not.
    assert lines == []
    await shop.passes(seconds=AGAIN_SECONDS)
    assert len(shop.channel.shown) == 1


async def test_a_store_that_fails_after_the_message_was_made_tells_nothing_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone() -> Any:
        raise StoreUnavailable("disk full")

    async def fail_afterwards(seen: Any) -> None:
        if seen.method == "POST":
            monkeypatch.setattr(shop.store, "write", gone)

    shop.fake.on_request = fail_afterwards
    await shop.sold("midnight")
    await shop.passes(minutes=10)
    shop.fake.on_request = None
    monkeypatch.undo()
    monkeypatch.setattr("discord.http.Route.BASE", shop.fake.url)
    await shop.passes(minutes=2)
    assert len(shop.channel.shown) == 1


async def test_what_cannot_pass_is_given_up_loudly_and_the_rest_goes_on(
    shop: Shop, counted: list[str]
) -> None:
    shop.fake.fail("POST", "/messages", status=400, code=50035)
    await shop.sell("midnight", "dawn")
    with capture_logs() as logs:
        await shop.works()
    assert [one["log_level"] for one in logs if one["event"] == "alert set aside"] == ["error"]
    assert "Track dawn" in shop.channel.shown[0]["content"]
    async with shop.store.read() as connection:
        [failed] = await outbox.failures(connection, shop.producer.id, 10)
    assert "50035" in (failed.error or "")
    assert counted == ["failed", "sent"]


async def test_what_was_given_up_can_be_told_again(shop: Shop) -> None:
    shop.fake.fail("POST", "/messages", status=400)
    await shop.sold("midnight")
    async with shop.store.write() as connection:
        await outbox.reopen(connection, shop.producer.id)
    await shop.works()
    assert len(shop.channel.shown) == 1


async def test_a_burst_that_is_refused_goes_one_by_one(closed: Shop, start: Start) -> None:
    closed.fake.fail("POST", "/messages", status=400)
    await closed.sell(*(f"t{number}" for number in range(7)))
    await start()
    assert [len(message["embeds"]) for message in closed.channel.shown] == [1] * 7
    assert await closed.states() == {}


async def test_a_summary_that_is_refused_goes_one_by_one(closed: Shop, start: Start) -> None:
    closed.fake.fail("POST", "/messages", status=400)
    await closed.sell("a", "b")
    closed.time.passes(hours=80)
    await start()
    assert len(closed.channel.shown) == 2
    assert await closed.states() == {}


async def test_a_row_about_nothing_is_given_up(shop: Shop) -> None:
    await shop.ask_for("announce", "payment:4711", "payout:po_no")
    await shop.sold("midnight")
    assert len(shop.channel.shown) == 1
    assert await shop.states() == {"failed": 2}


async def test_a_mistake_of_ours_costs_one_alert_at_most(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(record: Any, **options: Any) -> Any:
        if record.sales[0].track == "Track midnight":
            raise ZeroDivisionError
        return payment_alert(record, **options)

    monkeypatch.setattr("bot.delivery.compose.payment_alert", broken)
    await shop.sell("midnight", "dawn")
    with capture_logs() as logs:
        await shop.works()
        await shop.passes(minutes=1)
    assert [one["event"] for one in logs].count("alert went wrong") == 1
    assert len(shop.channel.shown) == 1
    assert await shop.states() == {"failed": 1}


async def test_an_answer_that_is_not_discords_is_tried_again(shop: Shop) -> None:
    """A proxy in between answers 200 with something of its own."""
    shop.fake.fail("POST", "/messages", status=200)
    await shop.sold("midnight")
    await shop.passes(seconds=1)
    assert len(shop.channel.shown) == 1


async def test_a_message_edited_too_often_rests_while_others_go_on(shop: Shop) -> None:
    await shop.sold("midnight", "dawn")
    first = shop.channel.shown[0]["id"]
    shop.fake.fail("PATCH", first, status=400, code=30046)
    await shop.recorded(shop.settled("midnight"), shop.settled("dawn"))
    assert "$28.82" in shop.channel.shown[1]["embeds"][0]["description"]
    await shop.passes(minutes=4)
    assert len(shop.fake.asked("PATCH", first)) == 1
    await shop.passes(minutes=2)
    assert "$28.82" in shop.channel.shown[0]["embeds"][0]["description"]
    assert await shop.states() == {}


async def test_an_edit_that_cannot_pass_is_given_up(shop: Shop) -> None:
    await shop.sold("midnight")
    shop.fake.fail("PATCH", "/messages", status=400)
    await shop.recorded(shop.settled("midnight"))
    assert await shop.states() == {"failed": 1}
    await shop.recorded(shop.refunded("midnight", 2999))
    assert "refunded" in shop.channel.shown[0]["content"]
    assert await shop.states() == {}
