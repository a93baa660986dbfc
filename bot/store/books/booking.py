"""The sums kept ready: what a payment's entries and sales add to them, and take away again.

A sum is never counted anew. What a payment added before is taken off, what it adds now is put on,
in the transaction that changes the payment itself; so the sums always equal their rows.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import EntryKind
from bot.domain.period import day_number
from bot.store.books.buyer_sums import BuyerSums
from bot.store.books.payment_rows import EntryRow, SaleRow
from bot.store.books.sums import Amounts, Key, Sums
from bot.store.tables import list_totals, purchase_totals, totals

ALL = 0
"""Stands for every track, or every license."""
EVER = ("ever", 0)
COMING = "next "
"""Before the names of spans: those of a time zone that does not count yet."""

_Span: TypeAlias = tuple[str, int]


class Booking:
    """Collects what is to be added to the tables of sums."""

    def __init__(self, timezone: str | None, coming: str | None = None) -> None:
        """`timezone`: the producer's, whose days and months these are.

        `coming`: the one they are moving to, whose days and months are kept beside the others
        until then (`bot.store.books.moving`). None as `timezone`: of nothing but these.
        """
        self._timezone = timezone
        self._coming = coming
        self.totals = Sums(totals)
        self.list_totals = Sums(list_totals)
        self.purchase_totals = Sums(purchase_totals)
        self.buyer_totals = BuyerSums()

    def entries(self, rows: Iterable[EntryRow], sign: int = 1) -> None:
        """Add (or with −1 take off) all entries of one payment."""
        counted: set[tuple[int, str, str]] = set()
        for row in rows:
            spans = self._spans(row.at)
            for track_id in (row.track_id, ALL):
                # One refund is one entry a line, and still one refund.
                mark = (track_id, row.kind, row.source)
                amounts = _entry_amounts(row, first=mark not in counted)
                if row.gross:
                    counted.add(mark)
                for span in spans:
                    self.totals.add((*span, track_id, row.currency), amounts, sign)

    def sale(self, row: SaleRow, sign: int = 1) -> None:
        """Add (or with −1 take off) one sale, unless it never was one."""
        if row.state == "failed":
            return
        amounts = {
            "sales": 1,
            "gross": row.gross,
            "tax": row.tax,
            "returned_tax": row.returned_tax,
            "fees": row.fees,
            "remaining": row.remaining,
            "unsettled": int(row.is_sale and not row.settled),
        }
        for place in _list_places(row, self._spans(row.sold)):
            key = (*place, row.state, row.conflict, row.settled_currency)
            self.list_totals.add(key, amounts, sign)
        if row.is_sale and self._timezone is not None:
            self.buyer_totals.sale(row, sign)

    def purchase(self, at: datetime, sign: int = 1) -> None:
        """Add (or with −1 take off) one purchase."""
        self._purchases(at, "purchases", sign)

    def buyer(self, purchases: Sequence[datetime], sign: int = 1) -> None:
        """Add (or take off) one buyer, who made these purchases (only the first two matter)."""
        for at, name in zip(sorted(purchases), ("new_buyers", "repeat_buyers"), strict=False):
            self._purchases(at, name, sign)

    def _purchases(self, at: datetime, name: str, sign: int) -> None:
        for span in self._spans(at):
            self.purchase_totals.add(span, {name: 1}, sign)

    def _spans(self, at: datetime) -> list[_Span]:
        """All in which a moment counts: its day, its month, and for ever."""
        spans: list[_Span] = []
        if self._timezone is not None:
            day = day_number(at, self._timezone)
            spans += [("day", day), ("month", _month(day)), EVER]
        if self._coming is not None:
            day = day_number(at, self._coming)
            spans += [(f"{COMING}day", day), (f"{COMING}month", _month(day))]
        return spans

    def __len__(self) -> int:
        """How many rows it would change at most."""
        by_time = len(self.totals) + len(self.list_totals) + len(self.purchase_totals)
        return by_time + len(self.buyer_totals)

    async def write(self, connection: AsyncConnection, producer_id: int) -> None:
        """Add it all to the tables."""
        await self.totals.write(connection, producer_id)
        await self.list_totals.write(connection, producer_id)
        await self.purchase_totals.write(connection, producer_id)
        await self.buyer_totals.write(connection, producer_id)


def _month(day: int) -> int:
    """The first day of a day's month, both yyyymmdd."""
    return day // 100 * 100 + 1


def _list_places(row: SaleRow, spans: Iterable[_Span]) -> Iterator[Key]:
    for span in spans:
        for track_id in (ALL,) if span[0].endswith("day") else (ALL, row.track_id):
            for license_id in (ALL, row.license_id):
                yield (track_id, license_id, *span)


def _entry_amounts(row: EntryRow, *, first: bool) -> Amounts:
    counts = int(first and row.gross != 0)
    names = ("stripe_fee", "fee_tax", "platform_fee", "withheld_tax", "net")
    amounts: Amounts = {name: getattr(row, name) for name in names}
    if row.kind == EntryKind.SALE.value:
        sold = {"sales": 1, "gross": row.gross, "tax": row.tax}
        return amounts | sold | {"unsettled": int(not row.booked)}
    amounts["returned_tax"] = -row.tax
    match EntryKind(row.kind):
        case EntryKind.REFUND:
            return amounts | {"refunds": counts, "refunded": -row.gross}
        case EntryKind.REFUND_REVERSAL:
            return amounts | {"refunds": -counts, "refunded": -row.gross}
        case EntryKind.DISPUTE:
            return amounts | {"disputed": -row.gross}
        case _:
            return amounts
