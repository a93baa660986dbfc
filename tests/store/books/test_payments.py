"""Payments found by any of their names, asked about when due, and shown whole."""

from datetime import timedelta

import pytest
from sqlalchemy import insert, update

from bot.domain.money import Money
from bot.domain.payment import Buyer, Fees, Payment
from bot.domain.payout import PayoutItem, PayoutState
from bot.domain.sale import PaymentRecord, Producer, SaleState, Share
from bot.store.books import payments, payouts
from bot.store.books.record import record
from bot.store.engine import Store
from bot.store.tables import payments as payments_table
from bot.store.tables import payouts as payouts_table
from tests.factories import ANA, BEN, NOON, exclusive, free, lease, paid, pending, refunded, settled
from tests.store.samples import write


async def _load(
    store: Store, producer: Producer, payment_id: int, days: int = 0
) -> PaymentRecord | None:
    async with store.read() as connection:
        return await payments.load(connection, producer, payment_id, NOON + timedelta(days=days))


async def _shown(
    store: Store, producer: Producer, payment: Payment, days: int = 0
) -> PaymentRecord:
    (payment_id,) = await write(store, producer, payment)
    found = await _load(store, producer, payment_id, days)
    assert found is not None
    return found


async def test_a_payment_is_found_by_its_session_intent_or_charge(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("a"), paid("b"))
    async with store.read() as connection:
        by_session = await payments.find(connection, producer.id, session="cs_b")
        by_intent = await payments.find(connection, producer.id, intent="pi_b")
        by_charge = await payments.find(connection, producer.id, charge="ch_b")
        assert by_session == by_intent == by_charge
        assert by_session is not None
        assert (by_session.payment, by_session.complete) == (paid("b"), True)
        assert await payments.find(connection, producer.id, session="cs_c") is None
        assert await payments.find(connection, producer.id) is None
        assert await payments.find(connection, producer.id + 1, session="cs_b") is None


@pytest.mark.parametrize("name", ["pi_b", "cs_b", "ch_b"])
async def test_a_payment_is_found_by_the_name_its_events_go_by(
    store: Store, producer: Producer, name: str
) -> None:
    await write(store, producer, paid("a"), paid("b"))
    async with store.read() as connection:
        found = await payments.find_named(connection, producer.id, name)
    assert found is not None
    assert found.payment.key == "cs_b"


async def test_what_is_due_comes_longest_due_first(store: Store, producer: Producer) -> None:
    for key, minutes in (("late", 9), ("first", 1), ("never", None), ("second", 2)):
        due = None if minutes is None else NOON + timedelta(minutes=minutes)
        async with store.write() as connection:
            await record(
                connection,
                producer,
                paid(key),
                complete=False,
                read=None,
                due=due,
                checks=3,
                now=NOON,
            )
    async with store.read() as connection:
        found = await payments.due(connection, NOON + timedelta(minutes=2), 9)
        assert [one.payment.key for one in found] == ["cs_first", "cs_second"]
        assert {(one.checks, one.producer_id) for one in found} == {(3, producer.id)}
        assert await payments.next_due(connection) == NOON + timedelta(minutes=1)


async def test_nothing_is_due_in_an_empty_store(store: Store) -> None:
    async with store.read() as connection:
        assert await payments.due(connection, NOON, 9) == []
        assert await payments.next_due(connection) is None


async def test_a_record_shows_each_sale_with_its_share(store: Store, producer: Producer) -> None:
    payment = refunded(settled(paid("a", lease("A", 1000), lease("B", 3000)), tax=5), 3000)
    shown = await _shown(store, producer, payment)
    assert (shown.payment, shown.complete, shown.producer) == (payment, True, producer)
    first, second = shown.sales
    assert (first.track, second.track) == ("A", "B")
    assert first.share == Share(currency="usd", gross=1000, fees=Fees(stripe=38, tax=1))
    assert first.share.net == 961
    assert (first.refunded, first.left) == (Money(0, "usd"), Money(961, "usd"))
    assert (second.refunded, second.left) == (Money(3000, "usd"), Money(-116, "usd"))
    assert (first.state, second.state) == (SaleState.PAID, SaleState.REFUNDED)
    assert (first.buyer, first.sold, first.price) == (ANA, NOON, Money(1000, "usd"))


async def test_a_sale_that_is_not_settled_has_no_share(store: Store, producer: Producer) -> None:
    (sale,) = (await _shown(store, producer, paid("a"))).sales
    assert (sale.share, sale.left) == (None, Money(3000, "usd"))
    assert sale.payout.state is PayoutState.UNKNOWN


async def test_a_free_sale_is_settled_at_nothing(store: Store, producer: Producer) -> None:
    (sale,) = (await _shown(store, producer, free("a"))).sales
    assert sale.share == Share(currency="usd", gross=0, fees=Fees())


async def test_what_settles_in_another_currency_is_shared_in_that(
    store: Store, producer: Producer
) -> None:
    (sale,) = (await _shown(store, producer, settled(paid("a"), "eur", rate=2))).sales
    assert sale.price == Money(3000, "usd")
    assert sale.left == Money(6000 - 210, "eur")


async def test_there_is_no_record_of_an_unknown_payment(store: Store, producer: Producer) -> None:
    assert await _load(store, producer, 99) is None


async def test_money_is_pending_until_it_is_available(store: Store, producer: Producer) -> None:
    shown = await _shown(store, producer, settled(paid("a")))
    assert shown.payout.state is PayoutState.PENDING
    assert shown.payout.at == NOON + timedelta(days=2)
    later = await _load(store, producer, shown.id, days=2)
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
    store: Store, producer: Producer, status: str, state: PayoutState, dated: bool
) -> None:
    (payment_id,) = await write(store, producer, settled(paid("a")))
    arrival = NOON + timedelta(days=5)
    async with store.write() as connection:
        await connection.execute(
            update(payments_table).where(payments_table.c.id == payment_id).values(payout="po_1")
        )
    unheard_of = await _load(store, producer, payment_id)
    assert unheard_of is not None
    assert unheard_of.payout.state is PayoutState.PENDING

    async with store.write() as connection:
        await connection.execute(
            insert(payouts_table).values(
                producer_id=producer.id,
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
    shown = await _load(store, producer, payment_id)
    assert shown is not None
    assert (shown.payout.state, shown.payout.payout) == (state, "po_1")
    assert shown.payout.at == (arrival if dated else None)


IN_PAYOUT = PayoutItem(movement="txn_a", kind="charge", net=100)


async def test_recording_a_payment_again_keeps_the_payout_it_is_in(
    store: Store, producer: Producer
) -> None:
    (payment_id,) = await write(store, producer, settled(paid("a")))
    async with store.write() as connection:
        await payouts.attach(connection, producer.id, "po_1", [IN_PAYOUT])
    await write(store, producer, refunded(settled(paid("a"))))
    async with store.read() as connection:
        row = (await connection.execute(payments_table.select())).one()
    assert (row.id, row.payout) == (payment_id, "po_1")


async def test_purchases_are_the_paid_payments_of_the_buyer(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("b"), pending(paid("c")), paid("d", buyer=BEN))
    shown = await _shown(store, producer, paid("a"))
    assert shown.purchases == 2


async def test_an_unknown_buyer_has_no_purchases(store: Store, producer: Producer) -> None:
    shown = await _shown(store, producer, paid("a", buyer=Buyer(name="Somebody")))
    assert shown.purchases == 0


async def test_an_exclusive_sale_counts_the_earlier_leases_that_stay_valid(
    store: Store, producer: Producer
) -> None:
    await write(
        store,
        producer,
        paid("one", at=NOON - timedelta(days=2)),
        refunded(settled(paid("gone", at=NOON - timedelta(days=1)))),
        paid("other track", lease("B"), at=NOON - timedelta(days=1)),
        paid("late", at=NOON + timedelta(days=1)),
    )
    shown = await _shown(store, producer, paid("x", exclusive(), lease()))
    (rights,) = shown.rights
    assert (rights.number, rights.earlier_leases, rights.holder) == (1005, 1, None)


async def test_a_conflict_says_who_holds_the_track(store: Store, producer: Producer) -> None:
    await write(store, producer, paid("x", exclusive(), buyer=BEN))
    shown = await _shown(store, producer, paid("late", at=NOON + timedelta(days=1)))
    (rights,) = shown.rights
    assert rights.holder is not None
    assert (rights.holder.number, rights.holder.buyer) == (1001, BEN)
    assert rights.holder.price == Money(50_000, "usd")
    assert (rights.holder.at, rights.holder.state) == (NOON, SaleState.PAID)
