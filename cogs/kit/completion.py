"""What comes up while the user types: sales, tracks, licenses, marketplaces.

At most 25, within 3 seconds. A failed completion shows nothing: Discord has no place for its
error, so only the log has it.
https://docs.discord.com/developers/interactions/application-commands#autocomplete
"""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import TypeAlias, TypeVar

import structlog
from discord.app_commands import Choice
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import KNOWN_CURRENCIES
from bot.domain.sale import Producer
from bot.store.books import marketplaces
from bot.store.engine import Store
from bot.store.queries import sales
from bot.store.queries.stats import currencies
from bot.text import ids
from bot.text.message import OPTION
from bot.text.sales import suggestion
from bot.text.words import distinct
from cogs.kit.permission import Interaction, Say, producer_of

log = structlog.get_logger()

Look: TypeAlias = Callable[[AsyncConnection, Producer], Awaitable[list[Choice[str]]]]

CHOICES = 25
TYPED = 100
"""The longest that can be typed for a name, which may be longer."""

NameT = TypeVar("NameT", str, str | None)


async def sales_like(
    store: Store, interaction: Interaction, typed: str, now: datetime
) -> list[Choice[str]]:
    """Sales whose number begins as typed; the newest while nothing is."""

    async def look(connection: AsyncConnection, producer: Producer) -> list[Choice[str]]:
        found = await sales.suggest(connection, producer, typed.strip().lstrip("#"), now)
        return [Choice(name=suggestion(sale, now), value=f"#{sale.number}") for sale in found]

    return await looked_up(store, interaction, look)


async def tracks_like(
    store: Store, interaction: Interaction, typed: str, *, offered: bool = False
) -> list[Choice[str]]:
    """Sold tracks by what is typed of their name; `offered`: those that are for sale, too."""

    async def look(connection: AsyncConnection, producer: Producer) -> list[Choice[str]]:
        found = await sales.suggest_tracks(connection, producer, typed, offered=offered)
        return _choices([one.name for one in found], [ids.track_value(one.id) for one in found])

    return await looked_up(store, interaction, look)


async def licenses_like(store: Store, interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Licenses by what is typed of their name."""

    async def look(connection: AsyncConnection, producer: Producer) -> list[Choice[str]]:
        found = await sales.suggest_licenses(connection, producer, typed)
        return _choices([one.name for one in found], [ids.license_value(one.id) for one in found])

    return await looked_up(store, interaction, look)


async def marketplaces_like(
    store: Store, interaction: Interaction, typed: str
) -> list[Choice[str]]:
    """Where else the producer sells, by what is typed of the name."""

    async def look(connection: AsyncConnection, producer: Producer) -> list[Choice[str]]:
        listed = await marketplaces.listed(connection, producer)
        sought = typed.strip().casefold()
        # No longer than a value may be: `/settings shelves` takes no longer one.
        names = [one.name for one in listed if sought in one.name.casefold()]
        return _choices(names, names)

    return await looked_up(store, interaction, look)


async def currencies_like(store: Store, interaction: Interaction, typed: str) -> list[Choice[str]]:
    """Currencies by what is typed of their code: the producer's own first, then all of Stripe's."""

    async def look(connection: AsyncConnection, producer: Producer) -> list[Choice[str]]:
        own = await currencies(connection, producer)
        sought = typed.strip().lower()
        codes = [*own, *sorted(KNOWN_CURRENCIES - set(own))]
        found = [code.upper() for code in codes if code.startswith(sought)]
        return [Choice(name=code, value=code) for code in found]

    return await looked_up(store, interaction, look)


async def track_meant(connection: AsyncConnection, producer: Producer, typed: NameT) -> NameT:
    """The name of the track that was picked, or typed by hand."""
    if typed is None:
        return typed
    picked = ids.chosen_id(typed)
    if picked is not None:
        return await sales.track_of_id(connection, producer, picked) or typed
    if len(typed) < TYPED:
        return typed
    found = await sales.suggest_tracks(connection, producer, typed, offered=True)
    longer = [one.name for one in found if one.name.startswith(typed)]
    return longer[0] if len(longer) == 1 else typed


async def license_meant(
    connection: AsyncConnection, producer: Producer, typed: str | None
) -> str | None:
    """The name of the license that was picked, or typed by hand."""
    picked = None if typed is None else ids.chosen_id(typed)
    if picked is None:
        return typed
    return await sales.license_of_id(connection, producer, picked) or typed


def _choices(names: Sequence[str], values: Sequence[str]) -> list[Choice[str]]:
    shown = distinct(names, OPTION)
    return [Choice(name=name, value=value) for name, value in zip(shown, values, strict=True)]


async def looked_up(store: Store, interaction: Interaction, look: Look) -> list[Choice[str]]:
    """What `look` finds for the producer whose server this is; nothing for anybody else."""
    try:
        async with store.read() as connection:
            found = await look(connection, await producer_of(connection, interaction))
    except Say:
        return []
    except Exception as error:  # noqa: BLE001 - nothing above us would tell anybody
        log.warning("completion failed", error=type(error).__name__)
        return []
    return found[:CHOICES]
