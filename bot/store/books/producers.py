"""Producers: whose everything is, where their alerts go, whose midnight begins a day."""

from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Row,
    ScalarSelect,
    Select,
    String,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain import preferences
from bot.domain.preferences import Preferences
from bot.domain.sale import Producer
from bot.store import key_value, tables
from bot.store.books.day_totals import recount_days
from bot.store.tables import producers, upsert

FIRST_NUMBER = 1001
_MODE = "mode"

_mode_set = select(tables.notes.c.value).where(tables.notes.c.key == _MODE).scalar_subquery()
_CURRENT = (
    select(producers)
    .where(or_(_mode_set.is_(None), producers.c.livemode == (_mode_set == "live")))
    .order_by(
        (producers.c.next_number > FIRST_NUMBER).desc(), producers.c.livemode.desc(), producers.c.id
    )
)
# Made once: each piece of work begins with one of them.
_OF_ID = select(producers).where(producers.c.id == bindparam("of"))
_EVERYONE = select(producers).order_by(producers.c.id)
_OF_MODE = select(producers).where(
    producers.c.livemode == bindparam("mode", type_=Boolean),
    producers.c.account == bindparam("of", type_=String),
)


def _producer(row: Row[Any]) -> Producer:
    chosen = preferences.read(row.preferences)
    return Producer(
        id=row.id,
        livemode=row.livemode,
        account=row.account,
        stripe_account=row.stripe_account,
        timezone=row.timezone,
        guild_id=row.guild_id,
        channel_id=row.channel_id,
        name=chosen.artist_name or row.business_name or row.guild_name,
        preferences=chosen,
    )


async def find(connection: AsyncConnection, livemode: bool, account: str) -> Producer | None:
    """The producer of one mode of one account (empty: the one that owns the endpoint)."""
    row = (await connection.execute(_OF_MODE, {"mode": livemode, "of": account})).first()
    return None if row is None else _producer(row)


async def ensure(
    connection: AsyncConnection, *, livemode: bool, account: str, timezone: str
) -> Producer:
    """The producer of a mode and account, made when there is none yet.

    `timezone` (an IANA name) is for a new one only, whose account has no other mode. Their first
    sale gets the number 1001, and they are told where the account's other mode is, by the same
    days: going live must not need another set-up.
    """
    known = await find(connection, livemode, account)
    if known is not None:
        return known
    new = {
        "livemode": livemode,
        "account": account,
        "timezone": func.coalesce(_known(producers.c.timezone, account), timezone),
        "next_number": FIRST_NUMBER,
        "guild_id": _known(producers.c.guild_id, account),
        "channel_id": _known(producers.c.channel_id, account),
        "business_name": _known(producers.c.business_name, account),
        "guild_name": _known(producers.c.guild_name, account),
        "preferences": func.coalesce(_known(producers.c.preferences, account), "{}"),
    }
    await connection.execute(upsert(connection, producers).values(new))
    producer = await find(connection, livemode, account)
    assert producer is not None
    return producer


async def current(connection: AsyncConnection) -> Producer | None:
    """The producer that commands speak of: the one of the mode that was set.

    While none is set, the live one, unless only a test one has sales.
    """
    return await _first(connection, _CURRENT)


async def on_show(connection: AsyncConnection) -> tuple[Producer, int] | None:
    """The current producer and the version of their public page (see `page_version`), at once."""
    row = (await connection.execute(_CURRENT.limit(1))).first()
    return None if row is None else (_producer(row), row.catalogue_version)


async def set_mode(connection: AsyncConnection, livemode: bool | None) -> None:
    """Say which mode the bot runs in: that of the API key; None where there is no key."""
    if livemode is None:
        await key_value.drop(connection, _MODE)
    else:
        await key_value.put(connection, _MODE, "live" if livemode else "test")


async def by_id(connection: AsyncConnection, producer_id: int) -> Producer:
    """The producer with this id. Raises NoResultFound when there is none."""
    return _producer((await connection.execute(_OF_ID, {"of": producer_id})).one())


async def everyone(connection: AsyncConnection) -> list[Producer]:
    """All producers, oldest first."""
    return [_producer(row) for row in await connection.execute(_EVERYONE)]


async def shown(connection: AsyncConnection) -> list[Producer]:
    """The producers of the mode that commands speak of, oldest first."""
    ours = await current(connection)
    mode = ours is not None and ours.livemode
    return [one for one in await everyone(connection) if one.livemode == mode]


async def set_channel(
    connection: AsyncConnection,
    producer_id: int,
    guild_id: int,
    channel_id: int,
    guild_name: str | None = None,
) -> None:
    """Set where a producer's alerts go: a Discord server and one of its channels.

    In another server than before nothing has a channel of its own any more: those were of the
    server that was left.
    """
    values: dict[str, object] = {"guild_id": guild_id, "channel_id": channel_id}
    if guild_name is not None:
        values["guild_name"] = guild_name
    known = await by_id(connection, producer_id)
    if known.guild_id not in (None, guild_id):
        stayed = replace(known.preferences, channels={})
        values["preferences"] = preferences.document(stayed)
    await _set(connection, producer_id, **values)


async def set_fixed_channel(connection: AsyncConnection, producer_id: int, channel_id: int) -> None:
    """Set the channel alone, as the bot's settings fix it, while its server is not known yet."""
    await _set(connection, producer_id, channel_id=channel_id)


async def set_business_name(connection: AsyncConnection, producer_id: int, name: str) -> None:
    """Keep what the account calls itself in Stripe: what its licenses are sold under."""
    await _set(connection, producer_id, business_name=name)


async def set_stripe_account(connection: AsyncConnection, producer_id: int, account: str) -> None:
    """Keep the account's own id (acct_…), once Stripe told it."""
    await _set(connection, producer_id, stripe_account=account)


async def set_preferences(
    connection: AsyncConnection, producer: Producer, chosen: Preferences
) -> None:
    """Keep what a producer has chosen, for both modes of their account: going live must not need
    another set-up."""
    await connection.execute(
        update(producers)
        .where(producers.c.account == producer.account, producers.c.guild_id == producer.guild_id)
        .values(preferences=preferences.document(chosen))
    )


async def choose_timezone(connection: AsyncConnection, producer: Producer, timezone: str) -> None:
    """Keep for both modes of an account which time zone they chose; Stripe's no longer counts."""
    await set_preferences(connection, producer, replace(producer.preferences, timezone=timezone))
    for one in await everyone(connection):
        if (one.account, one.guild_id) == (producer.account, producer.guild_id):
            await set_timezone(connection, one, timezone)


async def set_timezone(connection: AsyncConnection, producer: Producer, timezone: str) -> Producer:
    """Move a producer's midnight, and ask what their new days come to.

    `timezone` is an IANA name; raises ValueError when there is no such zone. Gives the producer as
    it is now.
    """
    try:
        ZoneInfo(timezone)
    except (LookupError, ValueError, OSError) as error:
        raise ValueError("no such time zone") from error
    if timezone != producer.timezone:
        await _set(connection, producer.id, timezone=timezone)
        await recount_days(connection, producer.id, timezone)
    return replace(producer, timezone=timezone)


def _known(column: ColumnElement[Any], account: str) -> ScalarSelect[Any]:
    """What another mode of the account has in a column."""
    others = select(column).where(producers.c.account == account, column.is_not(None))
    return others.limit(1).scalar_subquery()


async def _set(connection: AsyncConnection, producer_id: int, **values: object) -> None:
    await connection.execute(
        update(producers).where(producers.c.id == producer_id).values(**values)
    )


async def _first(connection: AsyncConnection, query: Select[Any]) -> Producer | None:
    row = (await connection.execute(query.limit(1))).first()
    return None if row is None else _producer(row)
