"""`/sales` and `/sale`, as a producer uses them."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.ledger.payment import Buyer
from bot.ledger.payout import Payout, PayoutItem
from bot.ledger.records import Producer
from bot.render.alerts import burst, payment_alert
from bot.store import payments, payouts, producers
from bot.store.engine import Store
from tests.cogs.house import NOW, House, answer_of, embed_of, labels, open_house, options_of, said
from tests.store import samples


async def sell(house: House, producer: Producer, count: int) -> None:
    """So many leases, one a minute, numbered from #1001."""
    made = [
        samples.settled(samples.paid(str(i), at=samples.NOON + timedelta(minutes=i)))
        for i in range(count)
    ]
    await samples.write(house.store, producer, *made)


async def test_before_the_first_sale_the_list_says_what_will_happen(house: House) -> None:
    answer = await house.ask("sales")
    assert embed_of(answer).title == "No sales yet"
    assert f"<#{house.channel.id}>" in said(answer)


async def test_the_list_shows_each_sale_and_the_totals(house: House, producer: Producer) -> None:
    await samples.write(
        house.store,
        producer,
        samples.settled(samples.paid("1")),
        samples.settled(samples.paid("2", samples.exclusive("Glass City"), buyer=samples.BEN)),
        samples.paid("3", samples.lease("Low Tide"), at=samples.NOON + timedelta(minutes=1)),
    )
    lines = (embed_of(await house.ask("sales")).description or "").split("\n")
    assert lines[0] == (
        "**$543.50** left of $560.00 · 3 sales · fees $16.50 · 1 still without fees"
    )
    text = "\n".join(lines)
    assert "`#1003` **Low Tide** · Basic Lease · $30.00 → settling…" in text
    assert "`#1002` **Glass City** · **Exclusive** · $500.00 → **$484.70**" in text
    assert "Ana Lima · A•••@example.com" in text
    assert "Ana.Lima@example.com" not in text
    assert text.index("#1003") < text.index("#1002")


async def test_one_leafs_through_ten_at_a_time(house: House, producer: Producer) -> None:
    await sell(house, producer, 23)
    first = await house.ask("sales")
    assert embed_of(first).footer.text == "Page 1 of 3 · 23 sales"
    assert labels(first) == {"◀": False, "▶": True}
    assert options_of(first)[0] == "#1023 Midnight Drive"

    message = answer_of(first).message
    await house.owner.click(message, label="▶")
    await house.owner.click(message, label="▶")
    assert embed_of(first).footer.text == "Page 3 of 3 · 23 sales"
    assert labels(first) == {"◀": True, "▶": False}
    assert options_of(first) == [f"#{number} Midnight Drive" for number in (1003, 1002, 1001)]

    await house.owner.click(message, label="◀")
    assert embed_of(first).footer.text == "Page 2 of 3 · 23 sales"


async def test_a_single_page_has_no_arrows(house: House, producer: Producer) -> None:
    await sell(house, producer, 2)
    assert labels(await house.ask("sales")) == {}


async def test_the_menu_opens_a_record_and_leaves_the_list(
    house: House, producer: Producer
) -> None:
    await sell(house, producer, 2)
    listed = await house.ask("sales")
    opened = await house.owner.select(answer_of(listed).message, ["1:1001"])
    [record] = opened.followups
    assert record.ephemeral
    assert record.embeds[0].author.name == "Sale #1001 · paid"
    assert embed_of(listed).title == "All sales"


@pytest.mark.parametrize(
    ("filters", "numbers"),
    [
        ({"track": "glass city"}, [1002]),
        ({"license": "Basic Lease"}, [1004, 1003, 1001]),
        ({"buyer": "okoro"}, [1002]),
        ({"buyer": "ana.lima@example.com"}, [1004, 1003, 1001]),
        ({"status": "refunded"}, [1003]),
        ({"status": "paid"}, [1004, 1002, 1001]),
        ({"since": "2026-03-10"}, [1004, 1003, 1002]),
        ({"since": "2d"}, [1004, 1003, 1002]),
        ({"since": "2026-03"}, [1004, 1003, 1002]),
        ({"track": "Midnight Drive", "status": "paid"}, [1004, 1001]),
    ],
)
async def test_filters_narrow_the_list(
    house: House, producer: Producer, filters: dict[str, str], numbers: list[int]
) -> None:
    month_ago = samples.NOON - timedelta(days=30)
    later = samples.NOON + timedelta(minutes=5)
    await samples.write(
        house.store,
        producer,
        samples.settled(samples.paid("1", at=month_ago)),
        samples.settled(samples.paid("2", samples.exclusive("Glass City"), buyer=samples.BEN)),
        samples.refunded(samples.settled(samples.paid("3", at=later))),
        samples.settled(samples.paid("4", at=later)),
    )
    answer = await house.ask("sales", **filters)
    assert [int(one[1:5]) for one in options_of(answer)] == numbers


async def test_what_matches_nothing_is_named(house: House, producer: Producer) -> None:
    await sell(house, producer, 1)
    answer = await house.ask("sales", track="Glass *City*", status="refunded")
    assert embed_of(answer).title == "No sales match"
    assert "Nothing matches Glass \\*City\\* · refunded." in said(answer)


@pytest.mark.parametrize("since", ["soon", "2026-13", "2026-02-30", "0d0", "-3d", "99999999d"])
async def test_a_day_that_cannot_be_read_gets_one_line(house: House, since: str) -> None:
    line = said(await house.ask("sales", since=since)).strip()
    assert "is not a day I can read" in line
    assert "\n" not in line


async def test_a_buyer_text_that_fits_everyone_gets_one_line(
    house: House, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    await samples.write(
        house.store,
        producer,
        *(samples.paid(str(i), buyer=Buyer(email=f"a{i}@example.com")) for i in range(3)),
    )
    monkeypatch.setattr("bot.store.finding.MOST_BUYERS", 2)
    line = said(await house.ask("sales", buyer="a")).strip()
    assert line == "“a” fits more than 1,000 buyers. Write more of the name or email."


async def test_filters_complete_as_one_types(house: House, producer: Producer) -> None:
    await samples.write(
        house.store,
        producer,
        samples.paid("1", samples.exclusive("Glass City")),
        samples.paid("2", samples.lease("Low Tide")),
    )
    tracks = await house.complete("sales", "track", "gla")
    assert tracks == [{"name": "Glass City", "value": "Glass City"}]
    licenses = await house.complete("sales", "license", "")
    assert [choice["value"] for choice in licenses] == ["Basic Lease", "Exclusive"]


async def test_a_name_too_long_to_complete_is_found_by_its_beginning(
    house: House, producer: Producer
) -> None:
    await samples.write(house.store, producer, samples.paid("1", samples.lease("Tide " * 40)))
    [choice] = await house.complete("sales", "track", "tide")
    assert len(choice["value"]) == 100
    assert options_of(await house.ask("sales", track=choice["value"]))


@pytest.mark.parametrize("typed", ["#1001", "1001", " # 1001 ", "#1001 Midnight Drive · Basic"])
async def test_a_sale_is_found_by_its_number(house: House, producer: Producer, typed: str) -> None:
    await sell(house, producer, 1)
    assert embed_of(await house.ask("sale", sale=typed)).author.name == "Sale #1001 · paid"


@pytest.mark.parametrize("typed", ["abc", "#", "10.5", "-1001", "1001x", "١٠٠١", "@everyone"])
async def test_what_is_no_number_gets_one_line(house: House, typed: str) -> None:
    line = said(await house.ask("sale", sale=typed)).strip()
    assert "is not a sale number" in line
    assert "\n" not in line


async def test_a_number_without_a_sale_gets_one_line(house: House) -> None:
    line = said(await house.ask("sale", sale="#99999")).strip()
    assert line == "There is no sale #99999. `/sales` lists all of them."


async def test_a_record_shows_every_amount(house: House, producer: Producer) -> None:
    bought = samples.settled(samples.paid("1"), tax=20)
    await samples.write(house.store, producer, samples.refunded(bought, 1000))
    text = said(await house.ask("sale", sale="1001"))
    for line in (
        "Buyer paid        $30.00",
        "Stripe fee        -$1.20",
        "Tax on the fee    -$0.20",
        "Platform fee       $0.00",
        "After fees        $28.60",
        "Refunded         -$10.00",
        "Left              $18.60",
    ):
        assert line in text
    assert "`Ana.Lima@example.com`" in text
    assert "🇧🇷 Brazil" in text


async def test_a_record_leads_to_the_other_sales_of_its_payment(
    house: House, producer: Producer
) -> None:
    cart = samples.paid("1", samples.lease(), samples.exclusive("Glass City"))
    await samples.write(house.store, producer, samples.settled(cart))
    opened = await house.ask("sale", sale="1001")
    assert options_of(opened) == ["#1002 Glass City"]
    sibling = await house.owner.select(answer_of(opened).message, ["1:1002"])
    assert embed_of(sibling).title == "Glass City · Exclusive"


async def test_numbers_complete_as_one_types(house: House, producer: Producer) -> None:
    await sell(house, producer, 12)
    choices = await house.complete("sale", "sale", "#101")
    assert [choice["value"] for choice in choices] == ["#1012", "#1011", "#1010"]
    assert choices[0]["name"] == "#1012 Midnight Drive · Basic Lease · Mar 10"


async def test_buttons_and_menus_work_after_a_restart(house: House, producer: Producer) -> None:
    ids = await samples.write(
        house.store, producer, samples.settled(samples.paid("1")), samples.paid("2")
    )
    async with house.store.read() as connection:
        records = [await payments.load(connection, producer, one, NOW) for one in ids]
    known = [record for record in records if record is not None]
    alert = await house.post(payment_alert(known[0]))
    shared = await house.post(burst(known))
    await house.restart()
    pressed = await house.owner.click(alert, label="Sale")
    assert embed_of(pressed).author.name == "Sale #1001 · paid"
    chosen = await house.owner.select(shared, ["1:1002"])
    assert embed_of(chosen).author.name == "Sale #1002 · paid"


async def test_an_alert_of_test_mode_never_opens_the_live_sale_of_its_number(
    house: House, producer: Producer
) -> None:
    async with house.store.write() as connection:
        trial = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    trial = replace(trial, guild_id=house.guild.id, channel_id=house.channel.id)
    await samples.write(house.store, producer, samples.paid("1"))
    [known] = await samples.write(house.store, trial, samples.paid("2", samples.lease("Try out")))
    async with house.store.read() as connection:
        record = await payments.load(connection, trial, known, NOW)
    assert record is not None
    pressed = await house.owner.click(await house.post(payment_alert(record)), label="Sale")
    assert embed_of(pressed).author.name == "TEST MODE · Sale #1001 · paid"
    assert embed_of(pressed).title == "Try out · Basic Lease"
    live = await house.ask("sale", sale="1001")
    assert embed_of(live).title == "Midnight Drive · Basic Lease"


async def test_a_list_from_before_a_restart_says_how_to_get_a_new_one(
    house: House, producer: Producer
) -> None:
    await sell(house, producer, 11)
    message = answer_of(await house.ask("sales")).message
    await house.restart()
    pressed = await house.owner.click(message, label="▶")
    assert said(pressed).strip() == "This list has expired. Run the command again."


async def test_a_list_that_nobody_used_for_a_quarter_of_an_hour_says_so(
    house: House, producer: Producer
) -> None:
    await sell(house, producer, 11)
    listed = await house.ask("sales")
    await house.env.advance_time(14 * 60)
    assert labels(listed) == {"◀": False, "▶": True}
    await house.env.advance_time(60)
    assert labels(listed) == {"This list has expired. Run /sales again.": False}


async def test_a_menu_click_keeps_the_list_alive(house: House, producer: Producer) -> None:
    await sell(house, producer, 11)
    listed = await house.ask("sales")
    await house.env.advance_time(10 * 60)
    await house.owner.select(answer_of(listed).message, ["1:1005"])
    await house.env.advance_time(10 * 60)
    assert labels(listed) == {"◀": False, "▶": True}
    await house.env.advance_time(5 * 60)
    assert labels(listed) == {"This list has expired. Run /sales again.": False}


async def test_without_a_key_the_list_says_what_fees_need(store: Store, producer: Producer) -> None:
    async with open_house(store, producer, fees_possible=False) as house:
        await samples.write(store, producer, samples.paid("1"))
        assert "$30.00 · fees need a Stripe key" in said(await house.ask("sales"))


async def test_one_record_leads_to_the_next(house: House, producer: Producer) -> None:
    payment = samples.settled(samples.paid("1", samples.lease("Neon Rain")))
    assert payment.movement is not None
    await samples.write(house.store, producer, payment)
    payout = Payout(
        id="po_1",
        amount=2880,
        currency="usd",
        status="paid",
        automatic=True,
        created=NOW,
        arrival=NOW,
        failure=None,
        reconciled=True,
    )
    inside = PayoutItem(movement=payment.movement.id, kind="charge", net=payment.movement.net)
    async with house.store.write() as connection:
        await payouts.record(connection, producer, payout, read=NOW, due=None, now=NOW)
        await payouts.attach(connection, producer.id, "po_1", [inside])
    sale = await house.ask("sale", sale="1001")
    assert {"Buyer", "Track", "Payout"} <= labels(sale).keys()
    for label, title in (("Buyer", "Ana Lima"), ("Track", "Neon Rain"), ("Payout", "paid out")):
        neighbor = await house.owner.click(answer_of(sale).message, label=label)
        assert title in said(neighbor)
        assert options_of(neighbor) == ["#1001 Neon Rain"]
        back = await house.owner.select(answer_of(neighbor).message, ["1:1001"])
        assert "Neon Rain · Basic Lease" in said(back)
