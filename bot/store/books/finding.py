"""What a list of sales asks for, as conditions that an index serves."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from enum import Enum, auto
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    TextClause,
    func,
    select,
    text,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import day_start
from bot.domain.sale import Producer, SaleFilter, SaleSort, SaleState
from bot.store.books.booking import ALL, EVER
from bot.store.books.buyers import typed_prefix
from bot.store.books.track_rows import find_license, find_track
from bot.store.tables import buyer_words, list_totals, sales, without_index

MOST_BUYERS = 1000
"""Of more buyers than this the sales are not listed: the text says too little."""

# No sale is outside of these, and every calendar can reckon with them.
_FIRST_DAY, _LAST_DAY = date(1980, 1, 1), date(9000, 1, 1)

_DISPUTED_STATES = (SaleState.DISPUTED.value, SaleState.DISPUTE_LOST.value)


class TooManyBuyers(Exception):
    """What was typed fits more than `MOST_BUYERS` buyers."""


class Lead(Enum):
    """By which of what is wanted an index is walked."""

    BUYER = auto()
    STATE = auto()
    TRACK = auto()
    LICENSE = auto()
    TIME = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A `SaleFilter` understood: None stands for any."""

    producer: Producer
    track_id: int | None = None
    license_id: int | None = None
    buyer: str | None = None
    """How a word of the buyer's name or email begins."""
    states: tuple[str, ...] | None = None
    conflict: bool = False
    since: date | None = None
    oldest_first: bool = False
    lead: Lead = Lead.TIME


async def understand(
    connection: AsyncConnection, producer: Producer, wanted: SaleFilter
) -> Wanted | None:
    """Find what the filter names; None where there is no such thing, so nothing can match.

    Raises TooManyBuyers.
    """
    track_id = license_id = None
    if wanted.track is not None:
        track_id = await find_track(connection, producer.id, wanted.track)
    if wanted.license is not None:
        license_id = await find_license(connection, producer.id, wanted.license)
    unknown_track = wanted.track is not None and track_id is None
    unknown_license = wanted.license is not None and license_id is None
    buyer = None if wanted.buyer is None else typed_prefix(wanted.buyer)
    states = _states(wanted.status)
    if unknown_track or unknown_license or buyer == "" or states == ():
        return None
    if buyer is not None:
        await require_few_buyers(connection, producer.id, buyer)
    understood = Wanted(
        producer=producer,
        track_id=track_id,
        license_id=license_id,
        buyer=buyer,
        states=states,
        conflict=wanted.status == "conflict",
        since=wanted.since and min(max(wanted.since, _FIRST_DAY), _LAST_DAY),
        oldest_first=wanted.sort is SaleSort.OLDEST,
    )
    return replace(understood, lead=await _lead(connection, understood))


def _states(status: str | None) -> tuple[str, ...] | None:
    """None for any; none at all for what is no state, or never listed."""
    if status is None or status == "conflict":
        return None
    if status == SaleState.DISPUTED.value:
        return _DISPUTED_STATES
    listed = {state.value for state in SaleState} - {SaleState.FAILED.value}
    return (status,) if status in listed else ()


async def require_few_buyers(connection: AsyncConnection, producer_id: int, prefix: str) -> None:
    """Raise TooManyBuyers where more than a thousand have a word that begins so."""
    some = buyers_called(producer_id, prefix).limit(MOST_BUYERS + 1).subquery()
    found = await connection.scalar(select(func.count()).select_from(some))
    if (found or 0) > MOST_BUYERS:
        raise TooManyBuyers


def buyers_called(producer_id: int, prefix: str) -> Select[tuple[int]]:
    """The ids of buyers of whose name or email a word begins so."""
    return (
        select(buyer_words.c.buyer_id)
        .where(
            buyer_words.c.producer_id == producer_id,
            buyer_words.c.word >= prefix,
            buyer_words.c.word < prefix + "\U0010ffff",
        )
        .distinct()
    )


async def _lead(connection: AsyncConnection, wanted: Wanted) -> Lead:
    """What leaves the fewest sales to look at, by the counts kept ready."""
    if wanted.buyer is not None:
        return Lead.BUYER
    leads = [lead for lead, _ in _sizes(wanted)]
    if len(leads) < 2:
        return next(iter(leads), Lead.TIME)
    by_lead = await sizes(connection, wanted)
    return min(by_lead, key=by_lead.__getitem__)


async def sizes(connection: AsyncConnection, wanted: Wanted) -> dict[Lead, int]:
    """How many sales each of what is wanted leaves by itself, by the counts kept ready."""
    queries = dict(_sizes(wanted))
    if not queries:
        return {}
    counted = select(*(query.scalar_subquery() for query in queries.values()))
    counts = (await connection.execute(counted)).one()
    return {lead: int(count or 0) for lead, count in zip(queries, counts, strict=True)}


def _sizes(wanted: Wanted) -> Iterator[tuple[Lead, Select[Any]]]:
    """For each of what is wanted, the query of how many sales have that alone."""
    if wanted.track_id is not None:
        yield Lead.TRACK, _count(wanted, track_id=wanted.track_id)
    if wanted.license_id is not None:
        yield Lead.LICENSE, _count(wanted, license_id=wanted.license_id)
    if wanted.conflict:
        yield Lead.STATE, _count(wanted).where(list_totals.c.conflict.is_(True))
    elif wanted.states not in (None, (SaleState.PAID.value,)):
        yield Lead.STATE, _count(wanted).where(list_totals.c.state.in_(wanted.states or ()))


def _count(wanted: Wanted, *, track_id: int = ALL, license_id: int = ALL) -> Select[Any]:
    return select(func.sum(list_totals.c.sales)).where(
        list_totals.c.producer_id == wanted.producer.id,
        list_totals.c.track_id == track_id,
        list_totals.c.license_id == license_id,
        list_totals.c.span == EVER[0],
    )


def by_time(wanted: Wanted, limit: int, offset: int) -> Select[tuple[int]]:
    """The ids of the sales that match, by when they were sold."""
    if wanted.lead is Lead.STATE and len(wanted.states or ()) > 1:
        return _of_each_state(wanted, limit, offset)
    sold = _column("sold", indexed=wanted.lead is not Lead.BUYER)
    query = select(sales.c.id).where(*conditions(wanted))
    return query.order_by(*_order(wanted, sold, sales.c.id)).limit(limit).offset(offset)


def _of_each_state(wanted: Wanted, limit: int, offset: int) -> Select[tuple[int]]:
    """Each state is walked by itself, as the index has them one after the other."""
    found = []
    for state in wanted.states or ():
        some = (
            select(sales.c.id, sales.c.sold)
            .where(*conditions(replace(wanted, states=(state,))))
            .order_by(*_order(wanted, sales.c.sold, sales.c.id))
            .limit(offset + limit)
            .subquery()
        )
        found.append(select(some.c.id, some.c.sold))
    every = union_all(*found).subquery()
    query = select(every.c.id).order_by(*_order(wanted, every.c.sold, every.c.id))
    return query.limit(limit).offset(offset)


def _order(wanted: Wanted, *columns: ColumnElement[Any]) -> Iterator[ColumnElement[Any]]:
    for column in columns:
        yield column.asc() if wanted.oldest_first else column.desc()


def conditions(wanted: Wanted) -> list[ColumnElement[bool] | TextClause]:
    """The WHERE of the sales that match, written so that the database takes the index that leads.

    SQLite keeps no statistics by which to choose. So the other columns are said as expressions,
    which no index serves; and a partial index is only taken where its condition is repeated word
    for word. https://www.sqlite.org/partialindex.html#queries_using_partial_indexes
    """
    return [
        sales.c.producer_id == wanted.producer.id,
        *_of_names(wanted),
        *_of_states(wanted),
        *_of_time(wanted),
    ]


def _column(name: str, *, indexed: bool) -> ColumnElement[Any]:
    return sales.c[name] if indexed else without_index(name)


def _of_names(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.track_id is not None:
        yield _column("track_id", indexed=wanted.lead is Lead.TRACK) == wanted.track_id
    if wanted.license_id is not None:
        yield _column("license_id", indexed=wanted.lead is Lead.LICENSE) == wanted.license_id
    if wanted.buyer is not None:
        yield sales.c.buyer_id.in_(buyers_called(wanted.producer.id, wanted.buyer))


def _of_states(wanted: Wanted) -> Iterator[ColumnElement[bool] | TextClause]:
    if wanted.conflict:
        yield sales.c.conflict.is_(True)
        if wanted.lead is Lead.STATE:
            yield text("sales.conflict")
    if wanted.states is None:
        yield sales.c.state != SaleState.FAILED.value
        return
    yield _column("state", indexed=wanted.lead is Lead.STATE).in_(wanted.states)
    if wanted.lead is Lead.STATE:
        yield text("sales.state <> 'paid'")


def _of_time(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        sold = _column("sold", indexed=wanted.lead is not Lead.BUYER)
        yield sold >= day_start(wanted.since, wanted.producer.timezone)
