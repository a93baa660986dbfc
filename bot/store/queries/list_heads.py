"""The head of a list of sales: how many match and what they come to, from sums kept ready."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Row, Select, and_, case, func, not_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import day_start, number_of
from bot.domain.preferences import Preferences
from bot.domain.sale import SaleState, SaleTotals
from bot.store.books.booking import ALL
from bot.store.books.finding import Wanted, conditions
from bot.store.tables import fees_of, list_totals, sales, without_index

_Sums: TypeAlias = Select[Any]
"""Of rows: state, currency, and these in this order."""
_AMOUNTS = ("sales", "gross", "tax", "returned_tax", "fees", "remaining", "unsettled")


@dataclass(frozen=True, slots=True)
class Head:
    """Of all sales that match."""

    counts: Mapping[str, int]
    """How many there are by settlement currency, pending ones among them; the one that is shown
    first comes first."""
    totals: tuple[SaleTotals, ...]
    """The sums of those that are sales."""

    @property
    def count(self) -> int:
        return sum(self.counts.values())


async def head(connection: AsyncConnection, wanted: Wanted) -> Head:
    """How many sales match, and what they come to."""
    parts = list(_parts(wanted))
    query = parts[0] if len(parts) == 1 else union_all(*parts)
    rows = (await connection.execute(query)).all()
    chosen = wanted.producer.preferences
    return Head(_counts(rows, chosen), _totals(rows, chosen))


def _counts(rows: Iterable[Row[Any]], chosen: Preferences) -> dict[str, int]:
    counts: Counter[str] = Counter()
    for row in rows:
        counts[row.currency] += int(row.sales)
    order = sorted(counts, key=lambda currency: chosen.rank(currency, counts[currency]))
    return {currency: counts[currency] for currency in order}


def _totals(rows: Iterable[Row[Any]], chosen: Preferences) -> tuple[SaleTotals, ...]:
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if SaleState(row.state).is_sale:
            # PostgreSQL adds up big integers to decimals.
            sums[row.currency].update({name: int(getattr(row, name)) for name in _AMOUNTS})
    totals = (_total(currency, one) for currency, one in sums.items() if one["sales"])
    return tuple(sorted(totals, key=lambda total: chosen.rank(total.currency, total.sales)))


def _total(currency: str, sums: Counter[str]) -> SaleTotals:
    tax = sums["tax"] - sums["returned_tax"]
    return SaleTotals(
        currency=currency,
        sales=sums["sales"],
        gross=sums["gross"],
        tax=tax,
        fees=sums["fees"],
        refunded=sums["gross"] - tax - sums["fees"] - sums["remaining"],
        left=sums["remaining"],
        unsettled=sums["unsettled"],
    )


def _parts(wanted: Wanted) -> Iterator[_Sums]:
    """Sums that together are of all that match: ready ones wherever the filter allows."""
    if wanted.buyer is not None:
        yield _from_sales(*conditions(wanted))
    elif wanted.since is None:
        yield _ready(wanted, list_totals.c.span == "ever")
    else:
        yield from _since(wanted, wanted.since)


def _since(wanted: Wanted, since: date) -> Iterator[_Sums]:
    """Whole months, and what is left of the first: its days, or one track's few sales in it."""
    next_month = (since.replace(day=1) + timedelta(days=31)).replace(day=1)
    whole = since if since.day == 1 else next_month
    yield _ready(wanted, list_totals.c.span == "month", list_totals.c.start >= number_of(whole))
    if since.day == 1:
        return
    if wanted.track_id is None:
        days = list_totals.c.start >= number_of(since), list_totals.c.start < number_of(next_month)
        yield _ready(wanted, list_totals.c.span == "day", *days)
    else:
        end = day_start(next_month, wanted.producer.timezone)
        yield _from_sales(*conditions(wanted), sales.c.sold < end)


def _ready(wanted: Wanted, *when: ColumnElement[bool]) -> _Sums:
    table = list_totals.c
    query = (
        select(
            table.state,
            table.currency,
            *(func.sum(table[name]).label(name) for name in _AMOUNTS),
        )
        .where(
            table.producer_id == wanted.producer.id,
            table.track_id == (wanted.track_id or ALL),
            table.license_id == (wanted.license_id or ALL),
            *when,
        )
        .group_by(table.state, table.currency)
    )
    if wanted.conflict:
        query = query.where(table.conflict.is_(True))
    return query if wanted.states is None else query.where(table.state.in_(wanted.states))


def _from_sales(*where: Any) -> _Sums:
    table = sales.c
    pending = table.state == SaleState.PENDING.value
    unsettled = case((and_(not_(table.settled), not_(pending)), 1), else_=0)
    # Else an index that has them in this order would be read from end to end.
    state, currency = without_index("state"), without_index("settled_currency")
    return (
        select(
            state.label("state"),
            currency.label("currency"),
            func.count().label("sales"),
            *(func.sum(table[name]).label(name) for name in ("gross", "tax", "returned_tax")),
            func.sum(fees_of(table)).label("fees"),
            func.sum(table.remaining).label("remaining"),
            func.sum(unsettled).label("unsettled"),
        )
        .where(*where)
        .group_by(state, currency)
    )
