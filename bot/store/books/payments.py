"""Payments and sales as recorded: to be found, to be asked about again, and as people see them."""

from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
    union,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import Money
from bot.domain.payment import Fees, Payment
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.sale import Accepted, PaymentRecord, Producer, Sale, SaleSort, SaleState, Share
from bot.store.books import off_sale_tracks, payment_rows, problem_log
from bot.store.books.buyers import buyer_of
from bot.store.books.exclusivity import sale_rights
from bot.store.tables import buyers, columns, licenses, payments, payouts, sales, tracks

SHOWN_SALES: Select[Any] = select(
    *columns(sales, "number payment_id position exclusive quantity sold state conflict"),
    *columns(sales, "accepted_by accepted withdrawn_by withdrawn currency amount refunded"),
    *columns(sales, "settled settled_currency gross tax remaining"),
    *columns(sales, "stripe_fee fee_tax platform_fee withheld_tax"),
    *columns(buyers, "email name country promotions forgotten"),
    *columns(payments, "intent charge payout movement available_on complete"),
    tracks.c.name.label("track"),
    licenses.c.name.label("license"),
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
            payouts.c.producer_id == payments.c.producer_id, payouts.c.payout == payments.c.payout
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
    if sort is SaleSort.OLDEST:
        return table.c.sold.asc(), table.c.id.asc()
    newest = table.c.sold.desc(), table.c.id.desc()
    if sort is SaleSort.NEWEST:
        return newest
    currency = table.c.settled_currency
    in_it = func.count().over(partition_by=currency).desc()
    order = case((currency == first, 0), else_=1), in_it, currency
    return *order, table.c.gross.desc(), *newest


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
    fees = Fees(
        stripe=row.stripe_fee, tax=row.fee_tax, platform=row.platform_fee, withheld=row.withheld_tax
    )
    share = Share(currency=row.settled_currency, gross=row.gross, tax=row.tax, fees=fees)
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
        share=share if row.settled else None,
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


def payout_of(row: Row[Any], now: datetime) -> PayoutProgress:
    """How far the money of a row of `SHOWN_SALES` is on its way.

    A payout that is pending has a day of arrival, which is shown then. One that we know only by its
    id says nothing yet, so the balance transaction decides.
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


class StoredPayment(NamedTuple):
    """A payment as it was last recorded."""

    id: int
    producer_id: int
    payment: Payment
    complete: bool
    """Whether Stripe itself was asked."""
    read: datetime | None
    """When we last began to ask it."""
    due: datetime | None
    """When to ask it again."""
    checks: int
    """How often it was asked."""


_STORED: Select[Any] = select(
    *columns(payments, "id producer_id document complete read due checks")
)


async def find(
    connection: AsyncConnection,
    producer_id: int,
    *,
    session: str | None = None,
    intent: str | None = None,
    charge: str | None = None,
) -> StoredPayment | None:
    """A producer's payment by any of Stripe's ids for it."""
    names = given(key=session, intent=intent, charge=charge)
    if not names:
        return None
    asked = {"owner": producer_id, **names}
    row = (await connection.execute(by_names(_STORED, *names), asked)).first()
    return None if row is None else _stored(row)


def given(*, key: str | None, intent: str | None, charge: str | None) -> dict[str, str]:
    """Those of a payment's names that there are, by their columns."""
    names = {"key": key, "intent": intent, "charge": charge}
    return {column: name for column, name in names.items() if name is not None}


@cache
def by_names(query: Select[Any], *columns: str) -> Select[Any]:
    """Those payments of an `owner` that go by any name `given` in these columns, oldest first.

    Each name is looked up by its own index: of an OR, SQLite would read every payment.
    """
    owned = payments.c.producer_id == bindparam("owner")
    named = (payments.c[column] == bindparam(column) for column in columns)
    ids = union(*(select(payments.c.id).where(owned, each) for each in named))
    return query.where(payments.c.id.in_(ids)).order_by(payments.c.id)


async def find_named(
    connection: AsyncConnection, producer_id: int, object_id: str
) -> StoredPayment | None:
    """A producer's payment by the one id that its events go by: pi_…, cs_…, or the charge's."""
    if object_id.startswith("pi_"):
        return await find(connection, producer_id, intent=object_id)
    if object_id.startswith("cs_"):
        return await find(connection, producer_id, session=object_id)
    return await find(connection, producer_id, charge=object_id)


async def due(connection: AsyncConnection, now: datetime, limit: int) -> list[StoredPayment]:
    """Payments to ask Stripe about again, the longest due first, at most `limit`."""
    query = _STORED.where(payments.c.due <= now).order_by(payments.c.due, payments.c.id)
    return [_stored(row) for row in await connection.execute(query.limit(limit))]


async def next_due(connection: AsyncConnection) -> datetime | None:
    """When the next payment is due (it may be past); None when none is."""
    first: datetime | None = await connection.scalar(select(func.min(payments.c.due)))
    return first


async def load(
    connection: AsyncConnection, producer: Producer, payment_id: int, now: datetime
) -> PaymentRecord | None:
    """A producer's payment with its sales, rights and buyer, as of `now`."""
    return await _load(connection, producer, _OF_ID, payment_id, now)


async def load_by_number(
    connection: AsyncConnection, producer: Producer, number: int, now: datetime
) -> PaymentRecord | None:
    """The payment that the sale with this number is part of."""
    return await _load(connection, producer, _OF_NUMBER, number, now)


_purchases = payments.alias("purchases")
_RECORD: Select[Any] = SHOWN_SALES.add_columns(
    payments.c.document,
    select(func.count())
    .select_from(_purchases)
    .where(
        _purchases.c.buyer_id == payments.c.buyer_id,
        _purchases.c.producer_id == payments.c.producer_id,
        _purchases.c.state == "paid",
    )
    .scalar_subquery()
    .label("purchases"),
).order_by(sales.c.position)
_OWNED = sales.c.producer_id == bindparam("owner")
_ITS = select(sales.c.payment_id).where(_OWNED, sales.c.number == bindparam("this"))
_OF_ID = _RECORD.where(_OWNED, sales.c.payment_id == bindparam("this"))
_OF_NUMBER = _RECORD.where(_OWNED, sales.c.payment_id == _ITS.scalar_subquery())


async def _load(
    connection: AsyncConnection, producer: Producer, query: Select[Any], this: int, now: datetime
) -> PaymentRecord | None:
    rows = (await connection.execute(query, {"owner": producer.id, "this": this})).all()
    if not rows:
        return None
    payment = payment_rows.payment_from_json(rows[0].document)
    return PaymentRecord(
        id=rows[0].payment_id,
        producer=producer,
        payment=payment,
        sales=tuple(sale_of(row, now) for row in rows),
        rights=await sale_rights(connection, producer, rows[0].payment_id)
        if any(row.exclusive or row.conflict for row in rows)
        else (),
        purchases=rows[0].purchases if payment.buyer.key else 0,
        payout=payout_of(rows[0], now),
        complete=rows[0].complete,
        problems=await problem_log.of_payment(connection, producer.id, payment),
        lacking=await problem_log.lacking(connection, producer.id),
        off_sale=await off_sale_tracks.of_payment(connection, producer, rows[0].payment_id)
        if any(row.exclusive for row in rows)
        else (),
    )


def _stored(row: Row[Any]) -> StoredPayment:
    payment = payment_rows.payment_from_json(row.document)
    return StoredPayment._make(row)._replace(payment=payment)
