"""The lines of exported sales: each adds up, and all of them to the totals."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.entries import EntryKind
from bot.domain.export_lines import PayoutHead, PayoutLine, PayoutSums, SaleLine
from bot.domain.sale import SaleState
from bot.text.export_tables import PayoutsTable, Row, SalesTable, Table
from tests.export_sums import summed

NOON = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
amounts = st.integers(-(10**6), 10**6)


@st.composite
def lines(draw: st.DrawFn) -> SaleLine:
    gross, paid, stripe, tax, platform, withheld = (draw(amounts) for _ in range(6))
    kind = draw(st.sampled_from(EntryKind))
    gross = 0 if kind is EntryKind.FEE_RETURN else gross
    paid = 0 if kind is EntryKind.FEE_RETURN else paid
    return SaleLine(
        at=NOON,
        kind=kind.value,
        source=draw(st.sampled_from(["txn_1", "txn_2", "txn_3"])),
        number=1001,
        track="Midnight Drive",
        license="Basic Lease",
        exclusive=draw(st.booleans()),
        state=draw(st.sampled_from(SaleState)).value,
        name=None,
        email=None,
        country=None,
        currency="usd",
        amount=draw(amounts),
        refunded=0,
        settled_currency=draw(st.sampled_from(["eur", "jpy"])),
        gross=gross,
        tax=paid,
        stripe_fee=stripe,
        fee_tax=tax,
        platform_fee=platform,
        withheld_tax=withheld,
        net=gross - paid - stripe - tax - platform - withheld,
        booked=draw(st.booleans()),
        payout=None,
        arrival=None,
        intent=None,
        charge=None,
        session=None,
    )


def _place(table: Table, heading: str) -> int:
    return [column.heading for column in table.columns].index(heading)


def _sum(row: Row, first: int, last: int) -> int:
    return sum(int(cell or 0) for cell in row[first:last])


@given(made=st.lists(lines(), max_size=8))
def test_each_line_and_all_columns_add_up(made: list[SaleLine]) -> None:
    table = SalesTable("UTC")
    rows, totals = table.rows(made), table.totals(summed(made))
    first, left = (_place(table.table, heading) for heading in ("Before fees", "Net"))
    currency = _place(table.table, "Settled in")
    for row in (*rows, *totals):
        assert len(row) == len(table.table.columns)
        assert row[left] == _sum(row, first, left)
    for total in totals:
        own = [row for row in rows if row[currency] == total[currency]]
        for place in range(first, left + 1):
            assert total[place] == sum(int(row[place] or 0) for row in own)


def test_payouts_lines_stand_below_it_and_add_up() -> None:
    head = PayoutHead("po_1", NOON, NOON, "paid", "usd", 500)
    made = [
        PayoutLine("sale", "txn_1", 1001, "Midnight Drive", 1000, 30, 5, 100, 825, 40, 88),
        PayoutLine("refund_reversal", "txn_2", 1002, "Low Tide", 10, 0, 0, 0, 10),
        PayoutLine("fee_return", "txn_3", 1001, "Midnight Drive", 0, 0, 0, -25, 25),
        PayoutLine("dispute", "txn_4", 1003, "Neon Rain", -300, 15, 0, 0, -315),
        PayoutLine("other", "txn_5", None, "stripe_fee", -80, 0, 0, 0, -80),
        PayoutLine("untold", None, None, None, 35, 0, 0, 0, 35),
    ]
    table, sums = PayoutsTable("UTC"), PayoutSums()
    sums.add(head)
    sums.add_lines(head, made)
    rows, (total,) = table.rows(head, made), table.totals(sums.totals())
    first, part = (_place(table.table, name) for name in ("Before fees", "Amount in the payout"))
    assert {len(row) for row in (table.head(head), *rows, total)} == {len(table.table.columns)}
    for row in (*rows, total):
        assert row[part] == _sum(row, first, part)
    assert total[part] == total[_place(table.table, "Paid out")] == head.amount
    assert sum(int(row[part] or 0) for row in rows) == head.amount
    assert total[_place(table.table, "Tax from buyers in it")] == 88
