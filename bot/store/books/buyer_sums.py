"""What each buyer comes to, and how many buyers there are: kept ready, as all sums are.

Each currency stands for itself. Under `ANY` a buyer's purchases count together, whatever they were
paid in; money is never added up there.
"""

from collections.abc import Iterable

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.store.books.payment_rows import SaleRow
from bot.store.books.sums import Amounts, Key, Sums
from bot.store.tables import buyer_counts, buyer_totals

ANY = ""
"""Stands for every currency."""

# How many ids go into one statement.
_CHUNK = 500
_PAYMENTS = select(buyer_totals.c.buyer_id, buyer_totals.c.currency, buyer_totals.c.payments).where(
    buyer_totals.c.producer_id == bindparam("owner"),
    buyer_totals.c.buyer_id.in_(bindparam("buyers", expanding=True)),
)


class BuyerSums:
    """Collects what is to be added to buyers' sums."""

    def __init__(self) -> None:
        self._totals = Sums(buyer_totals)

    def __len__(self) -> int:
        return len(self._totals)

    def sale(self, row: SaleRow, sign: int) -> None:
        """Add (or with −1 take off) a sale that was paid."""
        # Every payment has a first line: so each counts once.
        counts = {"payments": int(row.position == 0), "licenses": 1}
        self._totals.add((row.buyer_id, row.currency), counts | {"spent": row.spent}, sign)
        self._totals.add((row.buyer_id, ANY), counts, sign)

    async def write(self, connection: AsyncConnection, producer_id: int) -> None:
        """Add it all, and count who has become a buyer by it, or is none any more."""
        changes = self._totals.rows()
        await self._totals.write(connection, producer_id)
        turned = {key: row["payments"] for key, row in changes.items() if "payments" in row}
        if turned:
            await _count(connection, producer_id, turned)


async def _count(connection: AsyncConnection, producer_id: int, added: dict[Key, int]) -> None:
    """Bring the counts in line with sums just written; `added`: by how many payments each grew."""
    counts = Sums(buyer_counts)
    for key, now in await _payments(connection, producer_id, {int(key[0]) for key in added}):
        if key in added:
            counts.add(key[1:], _counted(now))
            counts.add(key[1:], _counted(now - added[key]), -1)
    if counts.rows():
        await counts.write(connection, producer_id)


def _counted(payments: int) -> Amounts:
    return {"buyers": int(payments > 0), "repeats": int(payments > 1)}


async def _payments(
    connection: AsyncConnection, producer_id: int, buyer_ids: Iterable[int]
) -> list[tuple[Key, int]]:
    wanted = sorted(buyer_ids)
    found: list[tuple[Key, int]] = []
    for first in range(0, len(wanted), _CHUNK):
        these = {"owner": producer_id, "buyers": wanted[first : first + _CHUNK]}
        rows = await connection.execute(_PAYMENTS, these)
        found += [((row.buyer_id, row.currency), row.payments) for row in rows]
    return found
