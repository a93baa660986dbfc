"""Payments found by any of their names, asked about when due, and shown whole."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.domain.money import Money
from bot.domain.payment import Buyer, Fees, Payment
from bot.domain.payout import PayoutItem, PayoutState
from bot.domain.sale import PaymentRecord, SaleState, Share
from bot.store.books import payments, payouts
from bot.store.books.record import record
from bot.store.engine import Store
from bot.store.tables import payments as payments_table
from bot.store.tables import payouts as payouts_table
from tests.factories import ANA, BEN, NOON, exclusive, free, lease, paid, pending, refunded, settled
from tests.store.samples import Books


async def _load(books: Books, payment_id: int, days: int = 0) -> PaymentRecord | None:
    return await books.read(payments.load, payment_id, NOON + timedelta(days=days))


async def _shown(books: Books, payment: Payment, days: int = 0) -> PaymentRecord:
    (payment_id,) = await books.write(payment)
    found = await _load(books, payment_id, days)
    assert found is not None
    return found


async def test_a_payment_is_found_by_its_session_intent_or_charge(books: Books) -> None:
    await books.write(paid("a"), paid("b"))
    async with books.store.read() as connection:
        by_session = await payments.find(connection, books.id, session="cs_b")
        by_intent = await payments.find(connection, books.id, intent="pi_b")
        by_charge = await payments.find(connection, books.id, charge="ch_b")
        assert by_session == by_intent == by_charge
        assert by_session is not None
        assert (by_session.payment, by_session.complete) == (paid("b"), True)
        assert await payments.find(connection, books.id, session="cs_c") is None
        assert await payments.find(connection, books.id) is None
        assert await payments.find(connection, books.id + 1, session="cs_b") is None


@pytest.mark.parametrize("name", ["pi_b", "cs_b", "ch_b"])
async def test_a_payment_is_found_by_the_name_its_events_go_by(books: Books, name: str) -> None:
    await books.write(paid("a"), paid("b"))
    found = await books.read_id(payments.find_named, name)
    assert found is not None
    assert found.payment.key == "cs_b"


async def test_what_is_due_comes_longest_due_first(books: Books) -> None:
    for key, minutes in (("late", 9), ("first", 1), ("never", None), ("second", 2)):
        due = None if minutes is None else NOON + timedelta(minutes=minutes)
        await books.change(
            record, paid(key), complete=False, read=None, due=due, checks=3, now=NOON
        )
    async with books.store.read() as connection:
        found = await payments.due(connection, NOON + timedelta(minutes=2), 9)
        assert [one.payment.key for one in found] == ["cs_first", "cs_second"]
        assert {(one.checks, one.producer_id) for one in found} == {(3, books.id)}
        assert await payments.next_due(connection) == NOON + timedelta(minutes=1)


async def test_nothing_is_due_in_an_empty_store(store: Store) -> None:
    async with store.read() as connection:
        assert await payments.due(connection, NOON, 9) == []
        assert await payments.next_due(connection) is None


async def test_a_record_shows_each_sale_with_its_share(books: Books) -> None:
    payment = refunded(settled(paid("a", lease("A", 1000), lease("B", 3000)), tax=5), 3000)
    shown = await _shown(books, payment)
    assert (shown.payment, shown.complete, shown.producer) == (payment, True, books.producer)
    first, second = shown.sales
    assert (first.track, second.track) == ("A", "B")
    assert first.share == Share(currency="usd", gross=1000, fees=Fees(stripe=38, tax=1))
    assert first.share.net == 961
    assert (first.refunded, first.left) == (Money(0, "usd"), Money(961, "usd"))
    assert (second.refunded, second.left) == (Money(3000, "usd"), Money(-116, "usd"))
    assert (first.state, second.state) == (SaleState.PAID, SaleState.REFUNDED)
    assert (first.buyer, first.sold, first.price) == (ANA, NOON, Money(1000, "usd"))


async def test_a_sale_that_is_not_settled_has_no_share(books: Books) -> None:
    (sale,) = (await _shown(books, paid("a"))).sales
    assert (sale.share, sale.left) == (None, Money(3000, "usd"))
    assert sale.payout.state is PayoutState.UNKNOWN


async def test_a_free_sale_is_settled_at_nothing(books: Books) -> None:
    (sale,) = (await _shown(books, free("a"))).sales
    assert sale.share == Share(currency="usd", gross=0, fees=Fees())


async def test_what_settles_in_another_currency_is_shared_in_that(books: Books) -> None:
    (sale,) = (await _shown(books, settled(paid("a"), "eur", rate=2))).sales
    assert sale.price == Money(3000, "usd")
    assert sale.left == Money(6000 - 210, "eur")


async def test_there_is_no_record_of_an_unknown_payment(books: Books) -> None:
    assert await _load(books, 99) is None


async def test_money_is_pending_until_it_is_available(books: Books) -> None:
    shown = await _shown(books, settled(paid("a")))
    assert shown.payout.state is PayoutState.PENDING
    assert shown.payout.at == NOON + timedelta(days=2)
    later = await _load(books, shown.id, days=2)
    assert later is not None
    assert (later.payout.state, later.payout.at) == (PayoutState.AVAILABLE, None)


@pytest.mark.parametrize(
    ("status", "state", "dated"),
    [
        ("pending", PayoutState.PENDING, True),
        ("in_transit", PayoutState.IN_TRANSIT, True),
        ("paid", PayoutState.PAID, True),
        ("failed", PayoutState.FAILED, False),
        ("canceled", PayoutState.CANCELED, False),
        ("something new", PayoutState.UNKNOWN, False),
    ],
)
async def test_money_in_a_payout_goes_the_way_of_the_payout(
    books: Books, status: str, state: PayoutState, dated: bool
) -> None:
    (payment_id,) = await books.write(settled(paid("a")))
    arrival = NOON + timedelta(days=5)
    async with books.store.write() as connection:
        await connection.execute(
            update(payments_table).where(payments_table.c.id == payment_id).values(payout="po_1")
        )
    unheard_of = await _load(books, payment_id)
    assert unheard_of is not None
    assert unheard_of.payout.state is PayoutState.PENDING

    async with books.store.write() as connection:
        await connection.execute(
            insert(payouts_table).values(
                producer_id=books.id,
                payout="po_1",
                amount=2880,
                currency="usd",
                status=status,
                automatic=True,
                created=NOON,
                arrival=arrival,
                reconciled=True,
            )
        )
    shown = await _load(books, payment_id)
    assert shown is not None
    assert (shown.payout.state, shown.payout.payout) == (state, "po_1")
    assert shown.payout.at == (arrival if dated else None)


IN_PAYOUT = PayoutItem(movement="txn_a", kind="charge", net=100)


async def test_recording_a_payment_again_keeps_the_payout_it_is_in(books: Books) -> None:
    (payment_id,) = await books.write(settled(paid("a")))
    await books.change_id(payouts.attach, "po_1", [IN_PAYOUT])
    await books.write(refunded(settled(paid("a"))))
    async with books.store.read() as connection:
        row = (await connection.execute(payments_table.select())).one()
    assert (row.id, row.payout) == (payment_id, "po_1")


async def test_purchases_are_the_paid_payments_of_the_buyer(books: Books) -> None:
    await books.write(paid("b"), pending(paid("c")), paid("d", buyer=BEN))
    shown = await _shown(books, paid("a"))
    assert shown.purchases == 2


async def test_an_unknown_buyer_has_no_purchases(books: Books) -> None:
    shown = await _shown(books, paid("a", buyer=Buyer(name="Somebody")))
    assert shown.purchases == 0


async def test_an_exclusive_sale_counts_the_earlier_leases_that_stay_valid(books: Books) -> None:
    await books.write(
        paid("one", at=NOON - timedelta(days=2)),
        refunded(settled(paid("gone", at=NOON - timedelta(days=1)))),
        paid("other track", lease("B"), at=NOON - timedelta(days=1)),
        paid("late", at=NOON + timedelta(days=1)),
    )
    shown = await _shown(books, paid("x", exclusive(), lease()))
    (rights,) = shown.rights
    assert (rights.number, rights.earlier_leases, rights.holder) == (1005, 1, None)


async def test_a_conflict_says_who_holds_the_track(books: Books) -> None:
    await books.write(paid("x", exclusive(), buyer=BEN))
    shown = await _shown(books, paid("late", at=NOON + timedelta(days=1)))
    (rights,) = shown.rights
    assert rights.holder is not None
    assert (rights.holder.number, rights.holder.buyer) == (1001, BEN)
    assert rights.holder.price == Money(50_000, "usd")
    assert (rights.holder.at, rights.holder.state) == (NOON, SaleState.PAID)
