"""What completes as one types, and the names among which a near miss is looked for."""

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import ColumnElement, Table, case, func, or_, select, true
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.item_names import license_key, track_key
from bot.domain.sale import Producer, SaleState
from bot.store.books.buyers import buyers_called, typed_prefix
from bot.store.books.offers import ever_offered
from bot.store.tables import buyers, licenses, sales, tracks

SUGGESTIONS = 25
"""Discord shows no more. https://docs.discord.com/developers/interactions/application-commands#autocomplete"""
_KNOWN = 5000
"""Names that are compared with one that was typed, the newest ones: more would take too long."""
_NEAR = 3
"""Numbers offered in place of one that no sale has."""


class Named(NamedTuple):
    """A track or a license that completes what is typed."""

    id: int
    """The store's: two names may begin with the same 100 characters."""
    name: str


async def suggest_tracks(
    connection: AsyncConnection, producer: Producer, typed: str, *, offered: bool = False
) -> list[Named]:
    """At most 25 sold tracks with what was typed in them, those that begin so first.

    `offered`: of tracks that something in the catalogue sells, or has sold, as well.
    """
    known = _known_tracks(producer, offered=offered)
    return await _suggest(connection, tracks, producer, track_key(typed), known)


async def suggest_licenses(
    connection: AsyncConnection, producer: Producer, typed: str
) -> list[Named]:
    """At most 25 sold licenses with what was typed in them, those that begin so first."""
    return await _suggest(
        connection, licenses, producer, license_key(typed), _known_licenses(producer)
    )


async def known_tracks(
    connection: AsyncConnection, producer: Producer, *, offered: bool = False
) -> list[Named]:
    """The tracks that may be meant, the newest first; `offered` as above."""
    return await _newest(connection, tracks, producer, _known_tracks(producer, offered=offered))


async def known_licenses(connection: AsyncConnection, producer: Producer) -> list[Named]:
    """The licenses that may be meant, the newest first."""
    return await _newest(connection, licenses, producer, _known_licenses(producer))


async def track_of_id(connection: AsyncConnection, producer: Producer, track_id: int) -> str | None:
    """The name of the track that a completion or a menu chose; None if no track has that id."""
    return await _name_of(connection, tracks, producer, track_id)


async def license_of_id(
    connection: AsyncConnection, producer: Producer, license_id: int
) -> str | None:
    """The name of the license that a completion chose; None if no license has that id."""
    return await _name_of(connection, licenses, producer, license_id)


async def suggest_buyers(connection: AsyncConnection, producer: Producer, typed: str) -> list[str]:
    """The names (or emails, if one is typed or there is no name) of at most 25 buyers who are
    called so, the newest first; of all of them while nothing is typed."""
    prefix = typed_prefix(typed)
    called = buyers.c.id.in_(buyers_called(producer.id, prefix)) if prefix else true()
    return await _called(connection, producer, typed, called, SUGGESTIONS)


async def other_buyers(connection: AsyncConnection, producer: Producer, typed: str) -> list[str]:
    """If no buyer is called as typed: the newest buyers' names (or emails, if one was typed)."""
    prefix = typed_prefix(typed)
    if (
        not prefix
        or (await connection.execute(buyers_called(producer.id, prefix).limit(1))).first()
    ):
        return []
    return await _called(connection, producer, typed, true(), _KNOWN)


async def _called(
    connection: AsyncConnection,
    producer: Producer,
    typed: str,
    which: ColumnElement[bool],
    most: int,
) -> list[str]:
    name: ColumnElement[str | None] = func.coalesce(buyers.c.name, buyers.c.email)
    query = (
        select(buyers.c.email if "@" in typed else name)
        .where(buyers.c.producer_id == producer.id, buyers.c.latest.is_not(None), which)
        .order_by(buyers.c.latest.desc(), buyers.c.id.desc())
        .limit(most)
    )
    return list(dict.fromkeys(name for name in await connection.scalars(query) if name))


async def near_numbers(
    connection: AsyncConnection, producer: Producer, number: int
) -> list[tuple[int, str]]:
    """The sales, each with its track, whose number may be meant by one that no sale has.

    Two digits changed places, one too many, one missing, or only the last ones were typed; if none
    of these is a sale's, and there are not yet so many sales, the newest.
    """
    digits = str(number)
    listed = sales.c.producer_id == producer.id, sales.c.state != SaleState.FAILED.value
    named = select(sales.c.number, tracks.c.name).join(tracks, tracks.c.id == sales.c.track_id)
    newest = named.where(*listed).order_by(sales.c.number.desc()).limit(1)
    last = (await connection.execute(newest)).first()
    if last is None:
        return []
    like: ColumnElement[bool] = sales.c.number.in_(_misspelled(digits))
    if len(digits) < len(str(last.number)):
        like = or_(like, sales.c.number % 10 ** len(digits) == number)
    found = await connection.execute(
        named.where(*listed, like).order_by(sales.c.number.desc()).limit(_NEAR)
    )
    near = [(row.number, row.name) for row in found]
    return near or ([(last.number, last.name)] if number > last.number else [])


def _misspelled(digits: str) -> list[int]:
    places = range(len(digits))
    swapped = [
        digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
        for place in places[:-1]
    ]
    fewer = [digits[:place] + digits[place + 1 :] for place in places if len(digits) > 1]
    more = [
        digits[:place] + digit + digits[place:]
        for place in range(len(digits) + 1)
        for digit in "0123456789"
        if len(digits) < 7
    ]
    return sorted({int(one) for one in (*swapped, *fewer, *more)} - {int(digits)})


def _known_tracks(producer: Producer, *, offered: bool) -> ColumnElement[bool]:
    sold = _sold(producer, sales.c.track_id == tracks.c.id)
    return or_(sold, ever_offered()) if offered else sold


def _known_licenses(producer: Producer) -> ColumnElement[bool]:
    return _sold(producer, sales.c.license_id == licenses.c.id)


def _sold(producer: Producer, of_it: ColumnElement[bool]) -> ColumnElement[bool]:
    return select(sales.c.id).where(sales.c.producer_id == producer.id, of_it).exists()


async def _suggest(
    connection: AsyncConnection,
    table: Table,
    producer: Producer,
    key: str,
    known: ColumnElement[bool],
) -> list[Named]:
    begins = case((table.c.key.startswith(key, autoescape=True), 0), else_=1)
    order = begins, table.c.key
    where = table.c.key.contains(key, autoescape=True), known
    return await _named(connection, table, producer, where, order, SUGGESTIONS)


async def _newest(
    connection: AsyncConnection, table: Table, producer: Producer, known: ColumnElement[bool]
) -> list[Named]:
    return await _named(connection, table, producer, [known], [table.c.id.desc()], _KNOWN)


async def _named(
    connection: AsyncConnection,
    table: Table,
    producer: Producer,
    where: Sequence[ColumnElement[bool]],
    order: Sequence[ColumnElement[object]],
    most: int,
) -> list[Named]:
    query = select(table.c.id, table.c.name).where(table.c.producer_id == producer.id, *where)
    found = await connection.execute(query.order_by(*order).limit(most))
    return [Named(*row) for row in found]


async def _name_of(
    connection: AsyncConnection, table: Table, producer: Producer, row_id: int
) -> str | None:
    return await connection.scalar(
        select(table.c.name).where(table.c.producer_id == producer.id, table.c.id == row_id)
    )
