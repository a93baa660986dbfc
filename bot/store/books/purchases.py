"""Who buys for the first time and who comes back, in the sums kept ready.

A purchase is a payment that is paid, at the moment it was. Only a buyer's first two ones make them
new and a repeat buyer, so whatever changes, two dates of each buyer concerned are enough to put
the sums right; and it comes to the same in whatever order payments are recorded.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ScalarSelect, Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import SaleState
from bot.store.books.booking import Booking
from bot.store.books.payment_rows import SaleRow
from bot.store.tables import buyers, sales

NOT_SALES = tuple(state.value for state in SaleState if not state.is_sale)
_NO_PAYMENT = 0


class Purchase(NamedTuple):
    """A payment that is paid."""

    buyer_id: int
    at: datetime


def purchase_of(rows: Iterable[SaleRow]) -> Purchase | None:
    """The purchase that a payment's sales are; None while it is not paid."""
    return next((Purchase(row.buyer_id, row.sold) for row in rows if row.is_sale), None)


async def earliest(
    connection: AsyncConnection, buyer_ids: Collection[int], without: int = _NO_PAYMENT
) -> dict[int, list[datetime]]:
    """When buyers bought first and second, as it is written now, without one of the payments."""
    found = await connection.execute(_EARLIEST, {"buyers": sorted(buyer_ids), "without": without})
    return {row.id: [at for at in (row.first, row.second) if at] for row in found}


def book_change(
    booking: Booking,
    old: Purchase | None,
    new: Purchase | None,
    others: Mapping[int, Sequence[datetime]],
) -> None:
    """What a payment was becomes what it is; `others`: its buyers' earliest other purchases."""
    for purchase, sign in ((old, -1), (new, 1)):
        if purchase is not None:
            own = others.get(purchase.buyer_id, ())
            booking.purchase(purchase.at, sign)
            booking.buyer([*own, purchase.at], sign)
            booking.buyer(own, -sign)


def book_new(
    booking: Booking, new: Iterable[Purchase], before: Mapping[int, Sequence[datetime]]
) -> None:
    """Purchases that were not there; `before`: the earliest ones that their buyers had made."""
    made: dict[int, list[datetime]] = {}
    for purchase in new:
        booking.purchase(purchase.at)
        made.setdefault(purchase.buyer_id, []).append(purchase.at)
    for buyer_id, own in made.items():
        earlier = before.get(buyer_id, ())
        booking.buyer(earlier, -1)
        booking.buyer([*earlier, *own])


def _earliest() -> Select[Any]:
    """To be run with `buyers`, and the payment to go `without`."""
    first, second = sales.alias("first_sale"), sales.alias("second_sale")
    return (
        select(buyers.c.id, first.c.sold.label("first"), second.c.sold.label("second"))
        .join_from(buyers, first, first.c.id == _first_sale())
        .outerjoin(second, second.c.id == _first_sale(first.c.payment_id))
        .where(buyers.c.id.in_(bindparam("buyers", expanding=True)))
    )


def _first_sale(*but: Any) -> ScalarSelect[Any]:
    """A buyer's earliest paid sale, but of one payment more."""
    own = sales.alias()
    query = (
        select(own.c.id)
        .where(
            own.c.buyer_id == buyers.c.id,
            own.c.producer_id == buyers.c.producer_id,
            own.c.state.not_in(NOT_SALES),
            own.c.payment_id != bindparam("without"),
            *(own.c.payment_id != payment_id for payment_id in but),
        )
        .order_by(own.c.sold, own.c.id)
        .limit(1)
    )
    return query.correlate_except(own).scalar_subquery()


# Put together once: making such a statement takes longer than running it.
_EARLIEST = _earliest()
