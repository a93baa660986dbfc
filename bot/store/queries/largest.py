"""Sales by size, the largest first: one settlement currency after the other.

Whatever matches, no more than a few thousand sales are looked at. Where an index has just what is
wanted in its order, it is walked; where few may match, those are sorted; else the largest of what
an index has are sifted for the rest of what is wanted. That fails where what matches is rare among
them, and says so.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, select, text, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import day_start
from bot.domain.sale import SaleState
from bot.store.books.finding import Lead, Wanted, conditions, sizes
from bot.store.queries.list_heads import head
from bot.store.tables import sales, without_index

FEW = 5_000
"""So many sales are sorted by size."""
LOOKED_AT = 10_000
"""So many of the largest are sifted, in their index alone: less work than sorting `FEW`."""

_Matches: TypeAlias = Callable[[ColumnElement[Any]], ColumnElement[bool]]

# Of these an index has the sales of one value in order of size; another one has all.
_IN_ORDER = {Lead.TRACK, Lead.LICENSE, Lead.STATE}


class TooManySales(Exception):
    """What matches is too much to be sorted by size, and too rare among the largest."""


async def largest(
    connection: AsyncConnection,
    wanted: Wanted,
    counts: Mapping[str, int],
    limit: int,
    offset: int,
) -> list[int]:
    """The ids of the sales that match, the largest of the first currency first.

    `counts`: how many match in each, in the order of the currencies. Raises TooManySales.
    """
    by_lead = await _sizes(connection, wanted)
    rarest = min(by_lead, key=by_lead.__getitem__)
    lead = _leading(wanted, by_lead)
    # An index in order of size that has so few of them is sifted whole.
    sort = by_lead[rarest] <= FEW and not (rarest is lead and lead in _IN_ORDER)
    ids: list[int] = []
    for currency, some, skipped in _slices(counts, limit, offset):
        if sort:
            query = _sorted(replace(wanted, lead=rarest), currency)
        else:
            query = _walked(wanted, lead, currency)
        these: list[int] = [*await connection.scalars(query.limit(some).offset(skipped))]
        if len(these) < some:
            raise TooManySales
        ids += these
    return ids


async def _sizes(connection: AsyncConnection, wanted: Wanted) -> dict[Lead, int]:
    """By what the sales may be looked for, and how many there would be to look at."""
    if wanted.buyer is not None:
        # Bounded by how many buyers a text may fit.
        return {Lead.BUYER: 0}
    by_lead = await sizes(connection, wanted)
    all_since = Wanted(producer=wanted.producer, since=wanted.since)
    return by_lead | {Lead.TIME: (await head(connection, all_since)).count}


def _slices(counts: Mapping[str, int], limit: int, offset: int) -> Iterator[tuple[str, int, int]]:
    """What of each currency is on a page: the currency, how many, and after how many."""
    for currency, count in counts.items():
        some = min(limit, count - offset)
        if some > 0:
            yield currency, some, offset
            limit -= some
        offset = max(0, offset - count)


def _sorted(wanted: Wanted, currency: str) -> Select[tuple[int]]:
    """All that match, by what leads to the fewest, to be sorted."""
    in_currency = without_index("settled_currency") == currency
    # Each state is looked up by itself, as the index has them one after the other.
    by_state = wanted.lead is Lead.STATE and wanted.states is not None
    each = [replace(wanted, states=(state,)) for state in wanted.states or ()] if by_state else []
    found = union_all(
        *(
            select(sales.c.id, sales.c.gross).where(*conditions(one), in_currency)
            for one in each or [wanted]
        )
    ).subquery()
    return select(found.c.id).order_by(found.c.gross.desc(), found.c.id.desc())


def _walked(wanted: Wanted, lead: Lead, currency: str) -> Select[tuple[int]]:
    """The largest that an index has, and of them those that match."""
    if wanted.conflict:
        # No index of these is in order of size: nobody has thousands of them.
        raise TooManySales
    some = in_order(wanted, lead, currency)
    rest = list(_rest(wanted, lead))
    if not rest:
        return some
    columns = (sales.c[name] for name, _ in rest)
    found = some.add_columns(sales.c.gross, *columns).limit(LOOKED_AT).subquery()
    query = select(found.c.id).where(*(matches(found.c[name]) for name, matches in rest))
    return query.order_by(found.c.gross.desc(), found.c.id.desc())


def in_order(wanted: Wanted, lead: Lead, currency: str) -> Select[Any]:
    """The sales that an index has, the largest first."""
    query = select(sales.c.id).where(
        sales.c.producer_id == wanted.producer.id,
        sales.c.settled_currency == currency,
        sales.c.state != SaleState.FAILED.value,
    )
    match lead:
        case Lead.TRACK:
            query = query.where(sales.c.track_id == wanted.track_id)
        case Lead.LICENSE:
            query = query.where(sales.c.license_id == wanted.license_id)
        case Lead.STATE:
            # The index is only taken where its condition is repeated word for word.
            states = sales.c.state.in_(wanted.states or ())
            query = query.where(states, text("sales.state <> 'paid'"))
    return query.order_by(sales.c.gross.desc(), sales.c.id.desc())


def _leading(wanted: Wanted, by_lead: Mapping[Lead, int]) -> Lead:
    """The index that leaves the fewest; a track's can be sifted for licenses, not the reverse."""
    walkable = {lead: size for lead, size in by_lead.items() if lead in _IN_ORDER}
    if len(wanted.states or ()) != 1:
        walkable.pop(Lead.STATE, None)
    if Lead.TRACK in walkable:
        return Lead.TRACK
    return min(walkable, key=walkable.__getitem__, default=Lead.TIME)


def _rest(wanted: Wanted, lead: Lead) -> Iterator[tuple[str, _Matches]]:
    """What the index that leads does not say: columns, and what they have to be."""
    if wanted.track_id is not None and lead is not Lead.TRACK:
        yield "track_id", lambda column: column == wanted.track_id
    if wanted.license_id is not None and lead is not Lead.LICENSE:
        yield "license_id", lambda column: column == wanted.license_id
    if wanted.states is not None and lead is not Lead.STATE:
        yield "state", lambda column: column.in_(wanted.states or ())
    if wanted.since is not None:
        start = day_start(wanted.since, wanted.producer.timezone)
        yield "sold", lambda column: column >= start
