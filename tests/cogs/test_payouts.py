"""`/payouts`, and the buttons and menus that open a payout."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.payout import Payout, PayoutItem, PayoutRecord
from bot.domain.sale import Producer
from bot.store.books import payouts
from bot.store.engine import Store
from bot.text.message import Color
from bot.text.payouts import payout_alert
from tests import factories as make
from tests.cogs.house import NOW, House, answer_of, embed_of, labels, options_of, said

PAYOUT = Payout(
    id="po_1",
    amount=2380,
    currency="usd",
    status="paid",
    automatic=True,
    created=NOW - timedelta(days=1),
    arrival=NOW,
    failure=None,
    reconciled=True,
)
LATER = make.NOON + timedelta(hours=1)


async def record(store: Store, producer: Producer, *made: Payout) -> None:
    async with store.write() as connection:
        for payout in made:
            await payouts.record(connection, producer, payout, due=None, now=NOW, quiet=True)


async def attach(store: Store, producer: Producer, **items: tuple[str, int]) -> None:
    listed = [PayoutItem(movement=name, kind=kind, net=net) for name, (kind, net) in items.items()]
    async with store.write() as connection:
        await payouts.attach(connection, producer.id, "po_1", listed)


@pytest.fixture
async def paid_out(house: House, producer: Producer) -> House:
    """Two sales and a refund in a payout that arrived; a third sale is pending."""
    sold = make.refunded(make.settled(make.paid("1")), 500)
    old = replace(sold, paid=make.NOON - timedelta(days=7))
    await house.write(old, make.settled(make.paid("2", at=NOW)))
    await record(house.store, producer, PAYOUT)
    await attach(house.store, producer, txn_1=("charge", 2880), txn_re_cs_1_1=("refund", -500))
    return house


async def test_where_the_money_is(paid_out: House, producer: Producer) -> None:
    under_way = replace(PAYOUT, id="po_2", status="in_transit", created=NOW, reconciled=False)
    await record(paid_out.store, producer, under_way)
    answer = await paid_out.ask("payouts")
    text = said(answer)
    assert "**$28.80** pending\n└ $28.80 Thu" in text
    assert "**$23.80** · arrives today\n" in text
    assert "**$23.80** · today · 1 sale\n" in text
    assert len(options_of(answer)) == 2


async def test_a_payout_opens_track_by_track(paid_out: House) -> None:
    answer = await paid_out.ask("payouts")
    opened = await paid_out.choose(answer, "payout:1:po_1")
    assert embed_of(opened).title == "$23.80 paid out"
    assert "**$23.80** · Midnight Drive · 1 sale, 1 refund" in said(opened)


async def test_menus_and_buttons_work_after_a_restart(paid_out: House, producer: Producer) -> None:
    message = answer_of(await paid_out.ask("payouts")).message
    async with paid_out.store.read() as connection:
        known = await payouts.load(connection, producer, "po_1")
    assert isinstance(known, PayoutRecord)
    alert = await paid_out.post(payout_alert(known, producer))
    await paid_out.restart()
    opened = await paid_out.owner.select(message, ["payout:1:po_1"])
    assert "Midnight Drive" in said(opened)
    pressed = await paid_out.owner.click(alert, label="What's in it")
    assert "Midnight Drive" in said(pressed)


async def test_long_contents_turn_in_place(house: House, producer: Producer) -> None:
    lines = [make.lease(f"Track {number:02}", 1000 + number) for number in range(12)]
    await house.write(make.settled(make.paid("1", *lines)))
    await record(house.store, producer, PAYOUT)
    await attach(house.store, producer, txn_1=("charge", 1))
    listed = answer_of(await house.ask("payouts")).message
    opened = await house.owner.select(listed, ["payout:1:po_1"])
    assert "Track 11" in said(opened)
    assert labels(opened) == {"Previous page": False, "Next page": True, "Stripe": True}
    await house.click(opened, "Next page")
    assert "Track 00 · 1 sale" in said(opened)
    assert embed_of(opened).footer.text == "Page 2 of 2"


async def test_older_payouts_are_turned_to_in_place(house: House, producer: Producer) -> None:
    made = [
        replace(
            PAYOUT, id=f"po_{number}", amount=100 + number, created=NOW - timedelta(days=number)
        )
        for number in range(12)
    ]
    await record(house.store, producer, *made)
    listed = await house.ask("payouts")
    assert labels(listed) == {"Previous page": False, "Next page": True}
    await house.click(listed, "Next page")
    assert "**Past payouts** Page 2 of 2" in said(listed)
    assert [one.partition(" ")[0] for one in options_of(listed)] == ["$1.10", "$1.11"]


async def test_payouts_come_in_other_orders_too(house: House, producer: Producer) -> None:
    made = [
        replace(
            PAYOUT,
            id=f"po_{number}",
            amount=100 * (number % 6) + number,
            currency="usd" if number else "eur",
            created=NOW - timedelta(days=number),
        )
        for number in range(12)
    ]
    await record(house.store, producer, *made)
    oldest = await house.ask("payouts", sort="oldest")
    assert "**Oldest first** Page 1 of 2" in said(oldest)
    assert options_of(oldest)[0].startswith("$5.11")
    largest = await house.ask("payouts", sort="largest")
    assert "**Largest first, by currency**" in said(largest)
    assert [one.partition(" ")[0] for one in options_of(largest)][:3] == ["€0.00", "$5.11", "$5.05"]
    await house.restart()
    await house.click(largest, "Next page")
    assert "**Largest first** Page 2 of 2" in said(largest)


async def test_a_failed_payout_is_red_and_says_why(house: House, producer: Producer) -> None:
    failed = replace(PAYOUT, status="failed", failure="account_closed", reconciled=False)
    await record(house.store, producer, failed)
    answer = await house.ask("payouts")
    assert embed_of(answer).color is not None
    assert embed_of(answer).color.value == Color.ALARM
    assert "Stripe says: The bank account has been closed." in said(answer)


async def test_one_by_hand_cannot_be_broken_down(house: House, producer: Producer) -> None:
    await record(house.store, producer, replace(PAYOUT, automatic=False, reconciled=False))
    await house.write(make.settled(make.paid("1", at=LATER)))
    answer = await house.ask("payouts")
    assert "· started by hand" in said(answer)
    assert "only Stripe knows" in said(answer)
    opened = await house.choose(answer, "payout:1:po_1")
    assert "Started by hand" in said(opened)


async def test_another_server_opens_no_payout(paid_out: House, producer: Producer) -> None:
    async with paid_out.store.read() as connection:
        known = await payouts.load(connection, producer, "po_1")
    assert isinstance(known, PayoutRecord)
    alert = await paid_out.post(payout_alert(known, replace(producer, id=9)))
    words = said(await paid_out.owner.click(alert, label="What's in it"))
    assert "another server" in words
    gone = await paid_out.post(payout_alert(replace(known, id="po_9"), producer))
    words = said(await paid_out.owner.click(gone, label="What's in it"))
    assert "I don't know this payout" in words
