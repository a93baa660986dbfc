"""All payouts at a glance, and what of one payout came from which track.

What the books say is in Stripe's balance: money of sales that no payout has taken yet.

Stripe pays all that is available out with each automatic payout. So what became available after
the last of these is there still, unless Stripe says that another payout holds it. A payout that
was started by hand takes nobody says what: until the next automatic one nothing can be said.
https://docs.stripe.com/payouts
"""

from collections import defaultdict
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    case,
    func,
    literal,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.payout import (
    PayoutContents,
    PayoutRecord,
    PayoutSort,
    PayoutsOverview,
    PayoutTrack,
    PendingAmount,
    StripeBalance,
)
from bot.domain.sale import PAGE, Producer, page_within
from bot.store.books import payouts as payouts_
from bot.store.books import problem_log
from bot.store.books.payouts import SOLD, UNDER_WAY
from bot.store.queries.currencies import currency_order
from bot.store.tables import (
    RETURN,
    entries,
    fees_of,
    moved_by,
    payments,
    payout_items,
    payouts,
    sales,
    total,
    tracks,
)

SHOWN = 10
"""Payouts of a kind."""


_ORDERS: dict[PayoutSort, tuple[ColumnElement[Any], ...]] = {
    PayoutSort.NEWEST: (payouts.c.created.desc(), payouts.c.id.desc()),
    PayoutSort.OLDEST: (payouts.c.created, payouts.c.id),
    PayoutSort.LARGEST: (payouts.c.currency, payouts.c.amount.desc(), payouts.c.id.desc()),
}


async def overview(
    connection: AsyncConnection,
    producer: Producer,
    now: datetime,
    page: int = 0,
    sort: PayoutSort = PayoutSort.NEWEST,
) -> PayoutsOverview:
    """Where all the money is: waiting, on its way, arrived (a page from 0, or the last one)."""
    finished = payouts.c.producer_id == producer.id, payouts.c.status.not_in(UNDER_WAY)
    query = select(func.count()).select_from(payouts).where(*finished)
    count = await connection.scalar(query) or 0
    page = page_within(page, count)
    return PayoutsOverview(
        waiting=await waiting(connection, producer, now),
        on_the_way=await on_the_way(connection, producer),
        over=await over(connection, producer, page, sort),
        sort=sort,
        page=page,
        count=count,
        unreadable=await problem_log.hiding_fees_now(connection, producer.id),
    )


async def on_the_way(connection: AsyncConnection, producer: Producer) -> tuple[PayoutRecord, ...]:
    """Payouts that have not arrived yet, the first to arrive first."""
    query = _payouts(producer, payouts.c.status.in_(UNDER_WAY)).order_by(payouts.c.arrival)
    return await _records(connection, producer, query)


async def over(
    connection: AsyncConnection,
    producer: Producer,
    page: int = 0,
    sort: PayoutSort = PayoutSort.NEWEST,
) -> tuple[PayoutRecord, ...]:
    """A page of those that were paid, failed or canceled."""
    query = _payouts(producer, payouts.c.status.not_in(UNDER_WAY)).offset(page * SHOWN)
    return await _records(connection, producer, query.order_by(*_ORDERS[sort]))


async def contents(
    connection: AsyncConnection, producer: Producer, payout_id: str, page: int
) -> PayoutContents | None:
    """A page (from 0; the last one where there are fewer) of a payout's tracks.

    None when there is no such payout. Without parts where nobody knows yet what is in it.
    """
    payout = await payouts_.load(connection, producer, payout_id)
    if payout is None:
        return None
    parts = _by_track(producer.id, payout_id).subquery()
    whole = select(func.count(parts.c.track_id.distinct()), func.coalesce(total(parts.c.tax), 0))
    count, tax = (await connection.execute(whole)).one()
    page = page_within(page, count)
    net = total(parts.c.net)
    found = await connection.execute(
        select(
            tracks.c.name.label("track"),
            *(total(parts.c[name]).label(name) for name in ("sales", "refunds", "disputes")),
            net.label("net"),
        )
        .join_from(parts, tracks, tracks.c.id == parts.c.track_id)
        .group_by(tracks.c.id, tracks.c.name)
        .order_by(net.desc(), tracks.c.id)
        .limit(PAGE)
        .offset(page * PAGE)
    )
    others, other_net = await _others(connection, producer.id, payout_id)
    return PayoutContents(
        payout=payout,
        parts=tuple(PayoutTrack(**row._asdict()) for row in found),
        page=page,
        count=count,
        tax=tax,
        others=others,
        other_net=other_net,
    )


def _payouts(producer: Producer, which: ColumnElement[bool]) -> Select[Any]:
    return select(payouts).where(payouts.c.producer_id == producer.id, which).limit(SHOWN)


async def _records(
    connection: AsyncConnection, producer: Producer, query: Select[Any]
) -> tuple[PayoutRecord, ...]:
    rows = (await connection.execute(query)).all()
    return tuple(await payouts_.records(connection, producer.id, rows))


def _by_track(producer_id: int, payout_id: str) -> CompoundSelect[Any]:
    """Track by track what was sold, and what refunds and disputes moved, of one payout.

    Tax stands apart from the net.
    """
    sold = (
        select(
            sales.c.track_id,
            func.count().label("sales"),
            literal(0).label("refunds"),
            literal(0).label("disputes"),
            total(sales.c.gross - sales.c.tax - fees_of(sales.c)).label("net"),
            total(sales.c.tax).label("tax"),
        )
        .join_from(payments, sales, sales.c.payment_id == payments.c.id)
        .where(in_payout(producer_id, payout_id), sales.c.state.in_(SOLD))
        .group_by(sales.c.track_id)
    )
    returned = (
        select(
            entries.c.track_id,
            literal(0).label("sales"),
            _sources("refund").label("refunds"),
            _sources("dispute").label("disputes"),
            total(entries.c.net).label("net"),
            total(entries.c.tax).label("tax"),
        )
        .join_from(payout_items, entries, _moved_by_item())
        .where(payout_items.c.producer_id == producer_id, payout_items.c.payout == payout_id)
        .group_by(entries.c.track_id)
    )
    return union_all(sold, returned)


def in_payout(
    producer_id: int | ColumnElement[int], payout_id: str | ColumnElement[str]
) -> ColumnElement[bool]:
    """Whether a row of `payments` is in a payout."""
    return and_(payments.c.producer_id == producer_id, payments.c.payout == payout_id)


def _moved_by_item() -> ColumnElement[bool]:
    """Whether a row of `entries`, not of a sale, is what a row of `payout_items` tells of."""
    return and_(
        entries.c.producer_id == payout_items.c.producer_id,
        entries.c.source == payout_items.c.movement,
        # In the words of its index.
        text(f"entries.{RETURN}"),
    )


def _sources(kind: str) -> ColumnElement[int]:
    return func.count(case((entries.c.kind == kind, entries.c.source)).distinct())


async def _others(connection: AsyncConnection, producer_id: int, payout_id: str) -> tuple[int, int]:
    """How many balance transactions of a payout the books know nothing of, and their net."""
    found = await connection.execute(
        select(func.count(), func.coalesce(total(payout_items.c.net), 0)).where(
            payout_items.c.producer_id == producer_id,
            payout_items.c.payout == payout_id,
            is_other(),
        )
    )
    count, net = found.one()
    return count, net


def is_other() -> ColumnElement[bool]:
    """Whether the books know nothing of a row of `payout_items`."""
    charged = select(payments.c.id).where(
        payments.c.producer_id == payout_items.c.producer_id,
        payments.c.movement == payout_items.c.movement,
    )
    returned = select(entries.c.id).where(_moved_by_item())
    return ~charged.exists() & ~returned.exists()


_FAILED = ("failed", "canceled")


class _Taken(NamedTuple):
    """What payouts have taken of a currency."""

    until: datetime | None = None
    """When the last automatic one was made."""
    by_hand: bool = False
    """Whether one that was started by hand came after it."""


async def waiting(
    connection: AsyncConnection, producer: Producer, now: datetime
) -> tuple[StripeBalance, ...]:
    """Pending and available money by currency; currencies in which nothing waits are left out."""
    taken = await _taken(connection, producer.id)
    found = [
        await _waiting(connection, producer.id, currency, taken[currency], now)
        for currency in await currency_order(connection, producer)
    ]
    return tuple(one for one in found if one.pending or one.available)


async def _taken(connection: AsyncConnection, producer_id: int) -> dict[str, _Taken]:
    query = (
        select(payouts.c.currency, payouts.c.automatic, func.max(payouts.c.created).label("last"))
        .where(payouts.c.producer_id == producer_id, payouts.c.status.not_in(_FAILED))
        .group_by(payouts.c.currency, payouts.c.automatic)
    )
    last: dict[str, dict[bool, datetime]] = defaultdict(dict)
    for row in await connection.execute(query):
        last[row.currency][row.automatic] = row.last
    taken: dict[str, _Taken] = defaultdict(_Taken)
    for currency, made in last.items():
        until = made.get(True)
        by_hand = False in made and (until is None or made[False] > until)
        taken[currency] = _Taken(until, by_hand)
    return taken


async def _waiting(
    connection: AsyncConnection, producer_id: int, currency: str, taken: _Taken, now: datetime
) -> StripeBalance:
    since = now if taken.by_hand else taken.until
    charged = (await connection.execute(_charged(producer_id, currency, since))).all()
    pending = sorted((row for row in charged if row.at > now), key=lambda row: row.at)
    available = None
    if not taken.by_hand:
        moved = await connection.scalar(_returned(producer_id, currency, since, now))
        available = sum(row.net for row in charged if row.at <= now) + (moved or 0)
    return StripeBalance(
        currency=currency,
        available=available,
        pending=tuple(PendingAmount(at=row.at, amount=row.net) for row in pending),
    )


def _charged(producer_id: int, currency: str, since: datetime | None) -> Select[Any]:
    """What sales brought, by the moment it is available."""
    at = payments.c.available_on
    return (
        select(at.label("at"), total(sales.c.gross - fees_of(sales.c)).label("net"))
        .select_from(
            payments.join(sales, sales.c.payment_id == payments.c.id).outerjoin(
                payouts,
                and_(
                    payouts.c.producer_id == payments.c.producer_id,
                    payouts.c.payout == payments.c.payout,
                ),
            )
        )
        .where(
            payments.c.producer_id == producer_id,
            at.is_not(None) if since is None else at > since,
            sales.c.settled_currency == currency,
            _in_none(payments.c.payout),
        )
        .group_by(at)
    )


def _returned(
    producer_id: int, currency: str, since: datetime | None, now: datetime
) -> Select[Any]:
    """What refunds and disputes have moved, which counts at once."""
    holding = payout_items.c
    return (
        select(total(moved_by(entries.c)))
        .select_from(
            entries.outerjoin(
                payout_items,
                and_(
                    holding.producer_id == entries.c.producer_id,
                    holding.movement == entries.c.source,
                ),
            ).outerjoin(
                payouts,
                and_(
                    payouts.c.producer_id == holding.producer_id, payouts.c.payout == holding.payout
                ),
            )
        )
        .where(
            entries.c.producer_id == producer_id,
            text(f"entries.{RETURN}"),
            entries.c.booked.is_(True),
            entries.c.currency == currency,
            entries.c.at <= now,
            _in_none(holding.payout),
            *([] if since is None else [entries.c.at > since]),
        )
    )


def _in_none(payout: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether no payout holds it, or only one whose money came back."""
    return or_(payout.is_(None), payouts.c.status.in_(_FAILED))
