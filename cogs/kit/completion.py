"""What comes up while the user types: sales, tracks, licenses, marketplaces.

At most 25, within 3 seconds. A failed completion shows nothing: Discord has no place for its
error, so only the log has it.
https://docs.discord.com/developers/interactions/application-commands#autocomplete
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import structlog
from discord import app_commands
from discord.app_commands import Choice
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.money import KNOWN_CURRENCIES
from bot.domain.sale import Producer
from bot.domain.spelling import meant
from bot.store.books import marketplaces
from bot.store.queries import sales, suggestions
from bot.store.queries.currencies import currency_order
from bot.store.queries.suggestions import Named
from bot.text import ids
from bot.text.message import OPTION
from bot.text.sales import suggestion
from bot.text.words import distinct
from cogs.kit.command_bot import CommandBot
from cogs.kit.permission import Interaction, Say, producer_of, sale_number

log = structlog.get_logger()

CHOICES = 25
TYPED = 100
"""The longest that can be typed for a name, which may be longer."""


class Completed(app_commands.Transformer[Any]):
    """A text option of a command, of at most `longest` characters, with suggestions.

    https://discordpy.readthedocs.io/en/stable/interactions/api.html#transformer
    """

    longest = TYPED

    async def suggest(
        self, connection: AsyncConnection, producer: Producer, typed: str, now: datetime
    ) -> Mapping[str, str]:
        """What to suggest to the producer whose server this is: values, each with its words."""
        raise NotImplementedError

    async def transform(self, _interaction: Interaction, value: Any, /) -> Any:
        return value

    async def autocomplete(self, interaction: Interaction, value: Any, /) -> list[Choice[Any]]:
        """The suggestions; none for anybody else."""
        bot: CommandBot = interaction.client
        try:
            async with bot.store.read() as connection:
                producer = await producer_of(connection, interaction)
                found = await self.suggest(connection, producer, value, bot.clock())
        except Say:
            return []
        except Exception as error:  # noqa: BLE001 - nothing above us would tell anybody
            log.warning("completion failed", error=type(error).__name__)
            return []
        return [Choice(name=name, value=value) for value, name in found.items()][:CHOICES]

    @property
    def min_value(self) -> int:
        return 1

    @property
    def max_value(self) -> int:
        return self.longest


class SaleOption(Completed):
    """A sale: by its number, by its track or by its buyer; the newest while nothing is typed."""

    async def suggest(
        self, connection: AsyncConnection, producer: Producer, typed: str, now: datetime
    ) -> Mapping[str, str]:
        try:
            typed = str(sale_number(typed))
        except Say:
            typed = typed.strip().lstrip("#")
        found = await sales.suggest(connection, producer, typed, now)
        return {f"#{sale.number}": suggestion(sale, now) for sale in found}


class TrackOption(Completed):
    """Sold tracks by what is typed of their name."""

    offered = False

    async def suggest(
        self, connection: AsyncConnection, producer: Producer, typed: str, _now: datetime
    ) -> Mapping[str, str]:
        found = await suggestions.suggest_tracks(connection, producer, typed, offered=self.offered)
        if not found:
            known = await suggestions.known_tracks(connection, producer, offered=self.offered)
            found = _like(typed, known)
        return _values(ids.track_value, found)


class OfferedTrackOption(TrackOption):
    """Tracks that were sold or are for sale."""

    offered = True


class LicenseOption(Completed):
    """Licenses by what is typed of their name."""

    async def suggest(
        self, connection: AsyncConnection, producer: Producer, typed: str, _now: datetime
    ) -> Mapping[str, str]:
        found = await suggestions.suggest_licenses(connection, producer, typed)
        if not found:
            found = _like(typed, await suggestions.known_licenses(connection, producer))
        return _values(ids.license_value, found)


class BuyerOption(Completed):
    """Buyers by how a word of their name or email begins."""

    async def suggest(
        self, connection: AsyncConnection, producer: Producer, typed: str, _now: datetime
    ) -> Mapping[str, str]:
        found = await suggestions.suggest_buyers(connection, producer, typed)
        if not found:
            others = await suggestions.other_buyers(connection, producer, typed)
            surely, perhaps = meant(typed, others)
            found = [others[place] for place in (perhaps if surely is None else [surely])]
        names = [name for name in found if len(name) <= TYPED]
        return _named(names, names)


class MarketplaceOption(Completed):
    """Where else the producer sells, by what is typed of the name."""

    async def suggest(
        self, connection: AsyncConnection, producer: Producer, typed: str, _now: datetime
    ) -> Mapping[str, str]:
        listed = await marketplaces.listed(connection, producer)
        sought = typed.strip().casefold()
        # No longer than a value may be: `/settings shelves` takes no longer one.
        names = [one.name for one in listed if sought in one.name.casefold()]
        return _named(names, names)


class CurrencyOption(Completed):
    """Currencies by what is typed of their code: the producer's own first, then all of Stripe's."""

    longest = 20

    async def suggest(
        self, connection: AsyncConnection, producer: Producer, typed: str, _now: datetime
    ) -> Mapping[str, str]:
        own = await currency_order(connection, producer)
        sought = typed.strip().lower()
        codes = [*own, *sorted(KNOWN_CURRENCIES - set(own))]
        return {code.upper(): code.upper() for code in codes if code.startswith(sought)}


def _like(typed: str, known: Sequence[Named]) -> list[Named]:
    """The names that may be meant by one that none holds as it was typed."""
    surely, perhaps = meant(typed, [one.name for one in known])
    return [known[place] for place in (perhaps if surely is None else [surely])]


def _values(value: Callable[[int], str], found: Sequence[Named]) -> Mapping[str, str]:
    return _named([value(one.id) for one in found], [one.name for one in found])


def _named(values: Sequence[str], names: Sequence[str]) -> Mapping[str, str]:
    return dict(zip(values, distinct(names, OPTION), strict=True))
