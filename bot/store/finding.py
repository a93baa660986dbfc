"""What a list of sales asks for, as conditions that an index serves."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, TextClause, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.periods import day_start
from bot.ledger.records import Producer, SaleFilter, SaleState
from bot.store.catalog import find_license, find_track
from bot.store.people import typed_prefix
from bot.store.tables import DISPUTED, buyer_words, sales

MOST_BUYERS = 1000
"""Of more buyers than this the sales are not listed: the text says too little."""

# No sale is outside of these, and every calendar can reckon with them.
_FIRST_DAY, _LAST_DAY = date(1980, 1, 1), date(9000, 1, 1)

_DISPUTED_STATES = (SaleState.DISPUTED.value, SaleState.DISPUTE_LOST.value)


class TooManyBuyers(Exception):
    """What was typed fits more than `MOST_BUYERS` buyers."""


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
        await _require_few_buyers(connection, producer.id, buyer)
    return Wanted(
        producer=producer,
        track_id=track_id,
        license_id=license_id,
        buyer=buyer,
        states=states,
        conflict=wanted.status == "conflict",
        since=wanted.since and min(max(wanted.since, _FIRST_DAY), _LAST_DAY),
    )


def _states(status: str | None) -> tuple[str, ...] | None:
    """None for any; none at all for what is no state, or never listed."""
    if status is None or status == "conflict":
        return None
    if status == SaleState.DISPUTED.value:
        return _DISPUTED_STATES
    listed = {state.value for state in SaleState} - {SaleState.FAILED.value}
    return (status,) if status in listed else ()


async def _require_few_buyers(connection: AsyncConnection, producer_id: int, prefix: str) -> None:
    some = _buyers(producer_id, prefix).limit(MOST_BUYERS + 1).subquery()
    found = await connection.scalar(select(func.count()).select_from(some))
    if (found or 0) > MOST_BUYERS:
        raise TooManyBuyers


def _buyers(producer_id: int, prefix: str) -> Select[tuple[int]]:
    return (
        select(buyer_words.c.buyer_id)
        .where(
            buyer_words.c.producer_id == producer_id,
            buyer_words.c.word >= prefix,
            buyer_words.c.word < prefix + "\U0010ffff",
        )
        .distinct()
    )


def conditions(wanted: Wanted) -> list[ColumnElement[bool] | TextClause]:
    """The WHERE of the sales that match, written so that one index walks them newest first.

    A partial index serves only a query that says its condition in the same words. So the words
    are there when that index is the best, and not when the track's or the license's is.
    """
    return [
        sales.c.producer_id == wanted.producer.id,
        *_of_names(wanted),
        *_of_states(wanted),
        *_of_time(wanted),
    ]


def _of_names(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.track_id is not None:
        yield sales.c.track_id == wanted.track_id
    if wanted.license_id is not None:
        yield sales.c.license_id == wanted.license_id
    if wanted.buyer is not None:
        yield sales.c.buyer_id.in_(_buyers(wanted.producer.id, wanted.buyer))


def _of_states(wanted: Wanted) -> Iterator[ColumnElement[bool] | TextClause]:
    named = (wanted.track_id, wanted.license_id, wanted.buyer) != (None, None, None)
    if wanted.conflict:
        yield sales.c.conflict.is_(True) if named else text("sales.conflict")
    if wanted.states is None:
        yield sales.c.state != SaleState.FAILED.value
    elif wanted.states == _DISPUTED_STATES and not named:
        yield text(f"sales.{DISPUTED}")
    else:
        yield sales.c.state.in_(wanted.states)
        if not named and wanted.states != (SaleState.PAID.value,):
            yield text("sales.state <> 'paid'")


def _of_time(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    if wanted.since is not None:
        yield sales.c.sold >= day_start(wanted.since, wanted.producer.timezone)
