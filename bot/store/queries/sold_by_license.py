"""Which licenses sold most in a period, and how many buyers were new: out of the kept sums."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from sqlalchemy import Select, bindparam, func, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answers import LicenseTotals, Purchases
from bot.domain.records import Producer
from bot.store.books.booking import ALL
from bot.store.books.purchases import NOT_SALES
from bot.store.queries.spans import Spans
from bot.store.tables import licenses, list_totals, purchase_totals

BEST = 5


async def best_licenses(
    connection: AsyncConnection, producer: Producer, spans: Spans, currency: str
) -> tuple[LicenseTotals, ...]:
    """The licenses that sold most in one currency, those with the higher income first if equal."""
    rows = await connection.execute(
        _best_query(*sorted(spans)), {"producer": producer.id, "currency": currency, **spans}
    )
    return tuple(
        LicenseTotals(
            license=row.name, currency=currency, sales=int(row.sales), gross=int(row.gross)
        )
        for row in rows
    )


async def purchases(connection: AsyncConnection, producer: Producer, spans: Spans) -> Purchases:
    """How often was bought in a period, and by whom."""
    names = Purchases.__dataclass_fields__
    parts = [
        select(*(purchase_totals.c[name] for name in names)).where(
            purchase_totals.c.producer_id == producer.id,
            purchase_totals.c.span == span,
            purchase_totals.c.start.in_(starts),
        )
        for span, starts in spans.items()
    ]
    rows = union_all(*parts).subquery()
    sums = select(*(func.coalesce(func.sum(rows.c[name]), 0) for name in names))
    return Purchases(*map(int, (await connection.execute(sums)).one()))


# Put together once: making such a statement takes longer than running it.
@cache
def _best_query(*kinds: str) -> Select[Any]:
    """To be run with a producer, a currency, and for each kind of span its starts."""
    rows = union_all(*_of_licenses(kinds)).subquery()
    sold, gross = func.sum(rows.c.sales), func.sum(rows.c.gross)
    return (
        select(rows.c.name, sold.label("sales"), gross.label("gross"))
        .group_by(rows.c.id, rows.c.name)
        .having(sold > 0)
        .order_by(sold.desc(), gross.desc(), rows.c.id)
        .limit(BEST)
    )


def _of_licenses(kinds: tuple[str, ...]) -> Iterator[Select[Any]]:
    for kind in kinds:
        yield (
            select(
                licenses.c.id,
                licenses.c.name,
                list_totals.c.sales,
                (list_totals.c.gross - list_totals.c.tax).label("gross"),
            )
            .join_from(
                licenses,
                list_totals,
                (list_totals.c.producer_id == licenses.c.producer_id)
                & (list_totals.c.track_id == ALL)
                & (list_totals.c.license_id == licenses.c.id),
            )
            .where(
                licenses.c.producer_id == bindparam("producer"),
                list_totals.c.span == kind,
                list_totals.c.start.in_(bindparam(kind, expanding=True)),
                list_totals.c.state.not_in(NOT_SALES),
                list_totals.c.currency == bindparam("currency"),
            )
        )
