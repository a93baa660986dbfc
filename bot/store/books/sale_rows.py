"""Sales as people see them: one SELECT brings all that a `Sale` says."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, case, func, select

from bot.domain.money import Money
from bot.domain.payment import Fees
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.sale import Accepted, Sale, SaleSort, SaleState, Share
from bot.store.books.buyers import buyer_of
from bot.store.tables import buyers, licenses, payments, payouts, sales, tracks

SHOWN_SALES: Select[Any] = select(
    sales.c.number,
    sales.c.payment_id,
    sales.c.position,
    sales.c.exclusive,
    sales.c.quantity,
    sales.c.sold,
    sales.c.state,
    sales.c.conflict,
    sales.c.accepted_by,
    sales.c.accepted,
    sales.c.withdrawn_by,
    sales.c.withdrawn,
    sales.c.currency,
    sales.c.amount,
    sales.c.refunded,
    sales.c.settled,
    sales.c.settled_currency,
    sales.c.gross,
    sales.c.tax,
    sales.c.stripe_fee,
    sales.c.fee_tax,
    sales.c.platform_fee,
    sales.c.withheld_tax,
    sales.c.remaining,
    tracks.c.name.label("track"),
    licenses.c.name.label("license"),
    buyers.c.email,
    buyers.c.name,
    buyers.c.country,
    buyers.c.promotions,
    buyers.c.forgotten,
    payments.c.intent,
    payments.c.charge,
    payments.c.payout,
    payments.c.movement,
    payments.c.available_on,
    payments.c.complete,
    payouts.c.status.label("payout_status"),
    payouts.c.arrival.label("payout_arrival"),
).select_from(
    sales.join(payments, payments.c.id == sales.c.payment_id)
    .join(tracks, tracks.c.id == sales.c.track_id)
    .join(licenses, licenses.c.id == sales.c.license_id)
    .join(buyers, buyers.c.id == sales.c.buyer_id)
    .outerjoin(
        payouts,
        and_(
            payouts.c.producer_id == payments.c.producer_id,
            payouts.c.payout == payments.c.payout,
        ),
    )
)
"""To be narrowed by a WHERE that names the producer; its rows are for `sale_of`."""

# In the order of lists.
NEWEST_FIRST = (sales.c.sold.desc(), sales.c.id.desc())


def few_in_order(
    table: FromClause, sort: SaleSort, first: str | None
) -> tuple[ColumnElement[Any], ...]:
    """By what to sort sales that are few enough: `table` is `sales`, or an alias of it.

    Of the largest, those in the currency `first` come first, then those in which most was sold.
    """
    columns = table.c
    if sort is SaleSort.OLDEST:
        return columns.sold.asc(), columns.id.asc()
    newest = columns.sold.desc(), columns.id.desc()
    if sort is SaleSort.NEWEST:
        return newest
    currency = columns.settled_currency
    in_it = func.count().over(partition_by=currency).desc()
    order = case((currency == first, 0), else_=1), in_it, currency
    return *order, columns.gross.desc(), *newest


_PAYOUT_STATES = {
    "pending": PayoutState.PENDING,
    "in_transit": PayoutState.IN_TRANSIT,
    "paid": PayoutState.PAID,
    "failed": PayoutState.FAILED,
    "canceled": PayoutState.CANCELED,
}
_DATED = {PayoutState.PENDING, PayoutState.IN_TRANSIT, PayoutState.PAID}


def sale_of(row: Row[Any], now: datetime) -> Sale:
    """A row of `SHOWN_SALES`; `now` decides whether its money is available."""
    return Sale(
        number=row.number,
        payment_id=row.payment_id,
        position=row.position,
        track=row.track,
        license=row.license,
        exclusive=row.exclusive,
        quantity=row.quantity,
        price=Money(row.amount, row.currency),
        refunded=Money(row.refunded, row.currency),
        share=_share(row),
        left=Money(row.remaining, row.settled_currency),
        state=SaleState(row.state),
        conflict=row.conflict,
        reference=row.intent or row.charge,
        accepted=Accepted(by=row.accepted_by, at=row.accepted) if row.accepted else None,
        withdrawn=Accepted(by=row.withdrawn_by, at=row.withdrawn) if row.withdrawn else None,
        sold=row.sold,
        buyer=buyer_of(row),
        payout=payout_of(row, now),
        complete=row.complete,
    )


def _share(row: Row[Any]) -> Share | None:
    if not row.settled:
        return None
    return Share(
        currency=row.settled_currency,
        gross=row.gross,
        tax=row.tax,
        fees=Fees(
            stripe=row.stripe_fee,
            tax=row.fee_tax,
            platform=row.platform_fee,
            withheld=row.withheld_tax,
        ),
    )


def payout_of(row: Row[Any], now: datetime) -> PayoutProgress:
    """How far the money of a row of `SHOWN_SALES` is on its way.

    A payout that is pending has a day of arrival, which is told then. One that we know only by its
    id says nothing yet, so the balance transaction speaks.
    """
    if row.payout_status is not None:
        state = _PAYOUT_STATES.get(row.payout_status, PayoutState.UNKNOWN)
        arrival = row.payout_arrival if state in _DATED else None
        return PayoutProgress(state=state, at=arrival, payout=row.payout)
    if row.movement is None:
        return PayoutProgress(state=PayoutState.UNKNOWN)
    if row.available_on is not None and row.available_on > now:
        return PayoutProgress(state=PayoutState.PENDING, at=row.available_on)
    return PayoutProgress(state=PayoutState.AVAILABLE)
