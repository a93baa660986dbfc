"""All payouts at a glance, and what of one came from which track.

What the books say is in Stripe's balance.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.domain.payout import (
    Payout,
    PayoutContents,
    PayoutItem,
    PayoutTrack,
    PendingAmount,
    StripeBalance,
)
from bot.domain.sale import Producer
from bot.store.books import payouts as books
from bot.store.engine import Store
from bot.store.queries import payouts
from bot.store.queries.payouts import waiting
from tests.factories import NOON, disputed, lease, paid, refunded, settled
from tests.store.samples import Books

PAYOUT = Payout(
    id="po_1",
    amount=4_000,
    currency="usd",
    status="in_transit",
    automatic=True,
    created=NOON + timedelta(days=3),
    arrival=NOON + timedelta(days=4),
    failure=None,
    reconciled=True,
)
NET = 3000 - 120


async def record(store: Store, producer: Producer, *made: Payout) -> None:
    async with store.write() as connection:
        for payout in made:
            await books.record(connection, producer, payout, due=None, now=NOON)


async def attach(store: Store, producer: Producer, items: dict[str, tuple[str, int]]) -> None:
    listed = [PayoutItem(movement=name, kind=kind, net=net) for name, (kind, net) in items.items()]
    async with store.write() as connection:
        await books.attach(connection, producer.id, "po_1", listed)


async def contents(books: Books, payout_id: str = "po_1", page: int = 0) -> PayoutContents | None:
    return await books.read(payouts.contents, payout_id, page)


async def test_those_on_their_way_come_by_arrival_and_those_over_by_age(books: Books) -> None:
    made = [
        replace(
            PAYOUT,
            id=f"po_{days}",
            status=status,
            created=NOON + timedelta(days=days),
            arrival=NOON + timedelta(days=20 - days),
        )
        for days, status in enumerate(
            ["paid", "failed", "pending", "in_transit", "canceled", "paid"] + ["paid"] * 7
        )
    ]
    await record(books.store, books.producer, *made)
    async with books.store.read() as connection:
        under_way = await payouts.on_the_way(connection, books.producer)
        over = await payouts.over(connection, books.producer)
        stranger = books.another.producer
        assert await payouts.over(connection, stranger) == ()
    assert [payout.id for payout in under_way] == ["po_3", "po_2"]
    assert [payout.id for payout in over] == [*(f"po_{days}" for days in range(12, 3, -1)), "po_1"]


async def test_each_says_how_much_is_in_it(books: Books) -> None:
    await books.write(settled(paid("a", lease(), lease("Neon Rain"))))
    await record(books.store, books.producer, PAYOUT, replace(PAYOUT, id="po_2"))
    await attach(books.store, books.producer, {"txn_a": ("charge", NET), "txn_r": ("refund", -5)})
    first, second = await books.read(payouts.on_the_way)
    assert (first.payments, first.sales, first.refunds) == (1, 2, 1)
    assert (second.payments, second.sales, second.refunds) == (None, None, None)


async def test_its_contents_by_track_add_up_to_its_amount(books: Books) -> None:
    cart = settled(paid("a", lease(), lease("Neon Rain", 1000)))
    returned = refunded(settled(paid("b")), 500)
    taken = disputed(settled(paid("c", lease("Neon Rain", 1000))))
    await books.write(cart, returned, taken)
    await record(books.store, books.producer, PAYOUT)
    items = {
        "txn_a": ("charge", 4000 - 150),
        "txn_b": ("charge", NET),
        "txn_re_cs_b_1": ("refund", -500),
        "txn_dp_cs_c": ("adjustment", -1000 - 1500),
        "txn_fee": ("stripe_fee", -200),
        "txn_else": ("charge", 470),
    }
    await attach(books.store, books.producer, items)
    found = await contents(books)
    assert found is not None
    assert found.parts == (
        PayoutTrack(track="Midnight Drive", sales=2, refunds=1, disputes=0, net=2887 + NET - 500),
        PayoutTrack(track="Neon Rain", sales=1, refunds=0, disputes=1, net=963 - 2500),
    )
    assert (found.others, found.other_net) == (2, 270)
    assert sum(part.net for part in found.parts) + found.other_net == sum(
        net for _, net in items.values()
    )


async def test_many_tracks_fill_pages(books: Books) -> None:
    lines = [lease(f"Track {number:02}", 1000 + number) for number in range(12)]
    await books.write(settled(paid("a", *lines)))
    await record(books.store, books.producer, PAYOUT)
    await attach(books.store, books.producer, {"txn_a": ("charge", 1)})
    first = await contents(books)
    last = await contents(books, page=99)
    assert first is not None
    assert last is not None
    assert [part.track for part in first.parts][:2] == ["Track 11", "Track 10"]
    assert (first.page, first.count, len(first.parts)) == (0, 12, 10)
    assert (last.page, [part.track for part in last.parts]) == (1, ["Track 01", "Track 00"])


async def test_of_a_payout_by_hand_nothing_is_known(books: Books) -> None:
    await record(books.store, books.producer, replace(PAYOUT, automatic=False, reconciled=False))
    found = await contents(books)
    assert found is not None
    assert (found.parts, found.count, found.others) == ((), 0, 0)


async def test_a_payout_of_another_producer_has_no_contents(books: Books) -> None:
    await record(books.store, books.producer, PAYOUT)
    assert await contents(books, "po_9") is None
    assert await contents(books.another) is None


"""Of a lease, at 3 % and 30 cents."""
SETTLES = timedelta(days=2)
LATER = NOON + timedelta(days=4)
PAID_OUT = Payout(
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


async def ask(books: Books, now: datetime) -> tuple[StripeBalance, ...]:
    return await books.read(waiting, now)


async def pay_out(store: Store, producer: Producer, payout: Payout, *movements: str) -> None:
    items = [PayoutItem(movement=name, kind="charge", net=NET) for name in movements]
    async with store.write() as connection:
        await books.record(connection, producer, payout, due=None, now=LATER)
        if items:
            await books.attach(connection, producer.id, payout.id, items)


async def test_money_is_pending_until_its_day(books: Books) -> None:
    next_day = NOON + timedelta(days=1)
    later = (settled(paid(key, at=next_day)) for key in ("b", "c"))
    await books.write(settled(paid("a")), *later)
    at_first = await ask(books, NOON)
    assert at_first == (
        StripeBalance(
            currency="usd",
            available=0,
            pending=(
                PendingAmount(at=NOON + SETTLES, amount=NET),
                PendingAmount(at=next_day + SETTLES, amount=2 * NET),
            ),
        ),
    )
    [then] = await ask(books, NOON + SETTLES)
    assert (then.available, len(then.pending)) == (NET, 1)


async def test_what_stripe_has_not_booked_is_in_no_balance(books: Books) -> None:
    await books.write(paid("a"))
    assert await ask(books, LATER) == ()


async def test_currencies_are_kept_apart(books: Books) -> None:
    await books.write(settled(paid("a")), settled(paid("b"), currency="eur"))
    euros, dollars = await ask(books, LATER)
    assert (euros.currency, euros.available) == ("eur", NET)
    assert (dollars.currency, dollars.available) == ("usd", NET)


async def test_refunds_and_disputes_count_at_once(books: Books) -> None:
    given = refunded(settled(paid("a")), 1000)
    taken = disputed(settled(paid("b")))
    await books.write(given, taken)
    [then] = await ask(books, NOON + timedelta(days=1))
    assert then.available == -1000
    [then] = await ask(books, LATER)
    assert then.available == 2 * NET - 1000 - 3000 - 1500


async def test_an_automatic_payout_takes_all_that_was_available(books: Books) -> None:
    afterwards = settled(paid("b", at=NOON + timedelta(days=3)))
    await books.write(refunded(settled(paid("a")), 1000), afterwards)
    await pay_out(books.store, books.producer, replace(PAID_OUT, status="in_transit"))
    [left] = await ask(books, LATER)
    assert (left.available, [one.amount for one in left.pending]) == (0, [NET])
    [left] = await ask(books, LATER + SETTLES)
    assert left.available == NET


async def test_what_another_payout_holds_is_not_available(books: Books) -> None:
    moved = refunded(settled(paid("a", at=LATER)), 1000)
    await books.write(moved, settled(paid("b", at=LATER)))
    await pay_out(books.store, books.producer, PAID_OUT, "txn_a", "txn_re_cs_a_1")
    [left] = await ask(books, LATER + SETTLES)
    assert left.available == NET


@pytest.mark.parametrize("status", ["failed", "canceled"])
async def test_the_money_of_a_payout_that_did_not_arrive_is_back(books: Books, status: str) -> None:
    await books.write(settled(paid("a")))
    await pay_out(books.store, books.producer, PAID_OUT, "txn_a")
    assert await ask(books, LATER) == ()
    await pay_out(books.store, books.producer, replace(PAID_OUT, status=status))
    [back] = await ask(books, LATER)
    assert back.available == NET


async def test_after_a_payout_by_hand_only_pending_money_is_known(books: Books) -> None:
    await books.write(settled(paid("a", lease())), settled(paid("b", at=LATER)))
    by_hand = replace(PAID_OUT, id="po_2", automatic=False, created=LATER + timedelta(hours=1))
    await pay_out(books.store, books.producer, PAID_OUT, "txn_a")
    await pay_out(books.store, books.producer, by_hand)
    now = LATER + timedelta(hours=2)
    assert await ask(books, now) == (
        StripeBalance(
            currency="usd", available=None, pending=(PendingAmount(at=LATER + SETTLES, amount=NET),)
        ),
    )


async def test_another_producers_money_is_not_counted(books: Books) -> None:
    await books.write(settled(paid("a")))
    assert await ask(books.another, LATER) == ()
