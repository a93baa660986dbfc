from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from bot.domain.payout import Payout
from bot.store.books import audit_rows, payouts
from bot.store.tables import day_totals
from tests.factories import NOON, disputed, free, lease, paid, refunded, settled
from tests.store.samples import Books

ALWAYS = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


async def test_entries_are_summed_by_what_stripe_booked(books: Books) -> None:
    sold = settled(paid("1", lease(), lease("Neon Rain")))
    await books.write(refunded(sold, 500, name="part"), free("2", lease(amount=0)))
    rows = await books.read_id(audit_rows.booked, *ALWAYS)
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


async def test_only_what_was_booked_in_the_span_counts(books: Books) -> None:
    await books.write(settled(paid("1", lease())))
    second = timedelta(seconds=1)
    async with books.store.read() as connection:
        [row] = await audit_rows.booked(connection, books.id, *ALWAYS)
        before = await audit_rows.booked(
            connection, books.id, ALWAYS[0], NOON - 400 * second * 3600
        )
        mine = await audit_rows.booked(connection, books.id + 1, *ALWAYS)
    assert row.kind == "sale"
    assert before == mine == []


async def test_what_is_not_booked_is_counted_by_payment(books: Books) -> None:
    await books.write(paid("1", lease(), lease()), settled(paid("2", lease())))
    assert await books.read_id(audit_rows.unbooked, *ALWAYS) == 1


async def test_what_is_booked_is_found_by_its_balance_transactions_whenever_it_was(
    books: Books,
) -> None:
    sold = refunded(settled(paid("1", lease(), lease())), 1000)
    await books.write(sold, settled(paid("2", lease())))
    assert sold.movement is not None
    every = await books.read_id(audit_rows.booked, *ALWAYS)
    named = [row.source for row in every if row.payment_id == every[0].payment_id]
    found = await books.read_id(audit_rows.booked_as, [*named, "txn_unheard_of"])
    assert sorted(found) == sorted(row for row in every if row.source in named)
    assert {row.kind for row in found} == {"sale", "refund"}


async def test_payments_and_charges_are_found(books: Books) -> None:
    one, two = paid("1", lease()), paid("2", lease())
    ids = await books.write(one, two)
    async with books.store.read() as connection:
        assert await audit_rows.payments_by_id(connection, [*ids, 99]) == dict(
            zip(ids, (one, two), strict=True)
        )
        asked = [str(one.charge), "ch_unheard_of"]
        assert await audit_rows.charges_known(connection, books.id, asked) == {one.charge: "paid"}


async def test_payouts_come_as_they_were_recorded(books: Books) -> None:
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
    await books.change(payouts.record, payout, due=None, now=NOON)
    second = timedelta(seconds=1)
    inside = await books.read_id(audit_rows.payouts_created, NOON, NOON + second)
    outside = await books.read_id(audit_rows.payouts_created, NOON - second, NOON)
    assert (inside, outside) == ([payout], [])


async def test_the_sums_kept_ready_are_those_of_the_entries(books: Books) -> None:
    await books.write(
        settled(paid("1", lease())),
        refunded(settled(paid("2", lease()), "gbp", tax=7), 500, name="part"),
        disputed(settled(paid("3", lease()))),
        paid("4", lease()),
    )
    assert await books.read_id(audit_rows.kept_wrong) == []
    async with books.store.write() as connection:
        await connection.execute(
            update(day_totals)
            .where(day_totals.c.currency == "gbp")
            .values(net=day_totals.c.net + 1)
        )
    [wrong] = await books.read_id(audit_rows.kept_wrong)
    assert (wrong.currency, wrong.name, wrong.kept - wrong.entries) == ("gbp", "net", 1)
