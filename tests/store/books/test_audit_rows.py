from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from bot.domain.payout import Payout
from bot.domain.sale import Producer
from bot.store.books import audit_rows, payouts
from bot.store.engine import Store
from bot.store.tables import day_totals
from tests.factories import NOON, disputed, free, lease, paid, refunded, settled
from tests.store.samples import write

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


async def test_entries_are_summed_by_what_stripe_booked(store: Store, producer: Producer) -> None:
    sold = settled(paid("1", lease(), lease("Neon Rain")))
    await write(store, producer, refunded(sold, 500, name="part"), free("2", lease(amount=0)))
    async with store.read() as connection:
        rows = await audit_rows.booked(connection, producer.id, *ALWAYS)
    assert sold.movement is not None
    by_kind = {row.kind: row for row in rows}
    sale = by_kind["sale"]
    assert (sale.source, sale.gross, sale.net) == (
        sold.movement.id,
        sold.movement.gross,
        sold.movement.net,
    )
    assert sale.fee == sold.movement.fees.total
    assert by_kind.keys() == {"sale", "refund"}


async def test_only_what_was_booked_in_the_span_counts(store: Store, producer: Producer) -> None:
    await write(store, producer, settled(paid("1", lease())))
    second = timedelta(seconds=1)
    async with store.read() as connection:
        [row] = await audit_rows.booked(connection, producer.id, *ALWAYS)
        before = await audit_rows.booked(
            connection, producer.id, ALWAYS[0], NOON - 400 * second * 3600
        )
        mine = await audit_rows.booked(connection, producer.id + 1, *ALWAYS)
    assert row.kind == "sale"
    assert before == mine == []


async def test_what_is_not_booked_is_counted_by_payment(store: Store, producer: Producer) -> None:
    await write(store, producer, paid("1", lease(), lease()), settled(paid("2", lease())))
    async with store.read() as connection:
        assert await audit_rows.unbooked(connection, producer.id, *ALWAYS) == 1


async def test_what_is_booked_is_found_by_its_balance_transactions_whenever_it_was(
    store: Store, producer: Producer
) -> None:
    sold = refunded(settled(paid("1", lease(), lease())), 1000)
    await write(store, producer, sold, settled(paid("2", lease())))
    assert sold.movement is not None
    async with store.read() as connection:
        every = await audit_rows.booked(connection, producer.id, *ALWAYS)
        named = [row.source for row in every if row.payment_id == every[0].payment_id]
        found = await audit_rows.booked_as(connection, producer.id, [*named, "txn_unheard_of"])
    assert sorted(found) == sorted(row for row in every if row.source in named)
    assert {row.kind for row in found} == {"sale", "refund"}


async def test_payments_and_charges_are_found(store: Store, producer: Producer) -> None:
    one, two = paid("1", lease()), paid("2", lease())
    ids = await write(store, producer, one, two)
    async with store.read() as connection:
        assert await audit_rows.payments_by_id(connection, [*ids, 99]) == dict(
            zip(ids, (one, two), strict=True)
        )
        asked = [str(one.charge), "ch_unheard_of"]
        assert await audit_rows.charges_known(connection, producer.id, asked) == {
            one.charge: "paid"
        }


async def test_payouts_come_as_they_were_recorded(store: Store, producer: Producer) -> None:
    payout = Payout(
        id="po_1",
        amount=5000,
        currency="usd",
        status="paid",
        automatic=True,
        created=NOON,
        arrival=NOON,
        failure=None,
        reconciled=False,
    )
    async with store.write() as connection:
        await payouts.record(connection, producer, payout, due=None, now=NOON)
    second = timedelta(seconds=1)
    async with store.read() as connection:
        inside = await audit_rows.payouts_created(connection, producer.id, NOON, NOON + second)
        outside = await audit_rows.payouts_created(connection, producer.id, NOON - second, NOON)
    assert (inside, outside) == ([payout], [])


async def test_the_sums_kept_ready_are_those_of_the_entries(
    store: Store, producer: Producer
) -> None:
    await write(
        store,
        producer,
        settled(paid("1", lease())),
        refunded(settled(paid("2", lease()), "gbp", tax=7), 500, name="part"),
        disputed(settled(paid("3", lease()))),
        paid("4", lease()),
    )
    async with store.read() as connection:
        assert await audit_rows.kept_wrong(connection, producer.id) == []
    async with store.write() as connection:
        await connection.execute(
            update(day_totals)
            .where(day_totals.c.currency == "gbp")
            .values(net=day_totals.c.net + 1)
        )
    async with store.read() as connection:
        [wrong] = await audit_rows.kept_wrong(connection, producer.id)
    assert (wrong.currency, wrong.name, wrong.kept - wrong.entries) == ("gbp", "net", 1)
