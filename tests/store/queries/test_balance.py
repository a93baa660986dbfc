"""What the books say is in Stripe's balance."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.payout import Payout, PayoutItem
from bot.domain.payout_answers import Becoming, Waiting
from bot.domain.records import Producer
from bot.store.books import payouts
from bot.store.engine import Store
from bot.store.queries.balance import waiting
from tests.store.samples import NOON, disputed, lease, paid, refunded, settled, write

NET = 3000 - 120
"""Of a lease, at 3 % and 30 cents."""
SETTLES = timedelta(days=2)
LATER = NOON + timedelta(days=4)
PAYOUT = Payout(
    id="po_1",
    amount=NET,
    currency="usd",
    status="paid",
    automatic=True,
    created=LATER,
    arrival=LATER + timedelta(days=1),
    failure=None,
    reconciled=True,
)


async def ask(store: Store, producer: Producer, now: datetime) -> tuple[Waiting, ...]:
    async with store.read() as connection:
        return await waiting(connection, producer, now)


async def pay_out(store: Store, producer: Producer, payout: Payout, *movements: str) -> None:
    items = [PayoutItem(movement=name, kind="charge", net=NET) for name in movements]
    async with store.write() as connection:
        await payouts.record(connection, producer, payout, due=None, now=LATER)
        if items:
            await payouts.attach(connection, producer.id, payout.id, items)


async def test_money_is_pending_until_its_day(store: Store, producer: Producer) -> None:
    next_day = NOON + timedelta(days=1)
    later = (settled(paid(key, at=next_day)) for key in ("b", "c"))
    await write(store, producer, settled(paid("a")), *later)
    at_first = await ask(store, producer, NOON)
    assert at_first == (
        Waiting(
            currency="usd",
            available=0,
            pending=(
                Becoming(at=NOON + SETTLES, amount=NET),
                Becoming(at=next_day + SETTLES, amount=2 * NET),
            ),
        ),
    )
    [then] = await ask(store, producer, NOON + SETTLES)
    assert (then.available, len(then.pending)) == (NET, 1)


async def test_what_stripe_has_not_booked_is_in_no_balance(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("a"))
    assert await ask(store, producer, LATER) == ()


async def test_currencies_are_kept_apart(store: Store, producer: Producer) -> None:
    await write(store, producer, settled(paid("a")), settled(paid("b"), currency="eur"))
    euros, dollars = await ask(store, producer, LATER)
    assert (euros.currency, euros.available) == ("eur", NET)
    assert (dollars.currency, dollars.available) == ("usd", NET)


async def test_refunds_and_disputes_count_at_once(store: Store, producer: Producer) -> None:
    given = refunded(settled(paid("a")), 1000)
    taken = disputed(settled(paid("b")))
    await write(store, producer, given, taken)
    [then] = await ask(store, producer, NOON + timedelta(days=1))
    assert then.available == -1000
    [then] = await ask(store, producer, LATER)
    assert then.available == 2 * NET - 1000 - 3000 - 1500


async def test_an_automatic_payout_takes_all_that_was_available(
    store: Store, producer: Producer
) -> None:
    afterwards = settled(paid("b", at=NOON + timedelta(days=3)))
    await write(store, producer, refunded(settled(paid("a")), 1000), afterwards)
    await pay_out(store, producer, replace(PAYOUT, status="in_transit"))
    [left] = await ask(store, producer, LATER)
    assert (left.available, [one.amount for one in left.pending]) == (0, [NET])
    [left] = await ask(store, producer, LATER + SETTLES)
    assert left.available == NET


async def test_what_another_payout_holds_is_not_available(store: Store, producer: Producer) -> None:
    moved = refunded(settled(paid("a", at=LATER)), 1000)
    await write(store, producer, moved, settled(paid("b", at=LATER)))
    await pay_out(store, producer, PAYOUT, "txn_a", "txn_re_cs_a_1")
    [left] = await ask(store, producer, LATER + SETTLES)
    assert left.available == NET


@pytest.mark.parametrize("status", ["failed", "canceled"])
async def test_the_money_of_a_payout_that_did_not_arrive_is_back(
    store: Store, producer: Producer, status: str
) -> None:
    await write(store, producer, settled(paid("a")))
    await pay_out(store, producer, PAYOUT, "txn_a")
    assert await ask(store, producer, LATER) == ()
    await pay_out(store, producer, replace(PAYOUT, status=status))
    [back] = await ask(store, producer, LATER)
    assert back.available == NET


async def test_after_a_payout_by_hand_only_pending_money_is_known(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, settled(paid("a", lease())), settled(paid("b", at=LATER)))
    by_hand = replace(PAYOUT, id="po_2", automatic=False, created=LATER + timedelta(hours=1))
    await pay_out(store, producer, PAYOUT, "txn_a")
    await pay_out(store, producer, by_hand)
    now = LATER + timedelta(hours=2)
    assert await ask(store, producer, now) == (
        Waiting(
            currency="usd",
            available=None,
            pending=(Becoming(at=LATER + SETTLES, amount=NET),),
        ),
    )


async def test_another_producers_money_is_not_counted(store: Store, producer: Producer) -> None:
    await write(store, producer, settled(paid("a")))
    assert await ask(store, replace(producer, id=producer.id + 1), LATER) == ()
