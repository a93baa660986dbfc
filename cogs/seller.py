"""`/settings seller`: the names under which licenses are sold."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from discord import app_commands
from discord.app_commands import Range

from bot.domain.json_access import text
from bot.store.books import producers
from bot.text.message import Message
from bot.text.seller import seller_names
from cogs.kit.command_bot import CommandBot, CommandCog, settings_group
from cogs.kit.permission import Interaction, Say
from cogs.kit.respond import answered

_REMOVE = "-"


class SellerCog(CommandCog):
    """Who sells, by name."""

    settings = settings_group()

    @settings.command(
        name="seller",
        description="Your artist name and legal name, as licenses show them",
        extras={"topic": "settings", "example": {"legal": "Jordan Rivera"}},
    )
    @app_commands.describe(
        artist="What you sell under; a single - takes the name from Stripe again",
        legal="Your own or your company's name, for contracts; a single - removes it",
    )
    @answered
    async def seller(
        self,
        interaction: Interaction,
        artist: Range[str, 1, 100] | None = None,
        legal: Range[str, 1, 100] | None = None,
    ) -> Message:
        """Both as they are now, after what was given was changed."""
        given = {"artist_name": artist, "legal_name": legal}
        chosen: Mapping[str, Any] = {
            field: _name(typed) for field, typed in given.items() if typed is not None
        }
        async with self.writing(interaction) as (connection, producer):
            if chosen:
                preferences = replace(producer.preferences, **chosen)
                await producers.set_preferences(connection, producer, preferences)
            now = await producers.by_id(connection, producer.id)
        return seller_names(now)


def _name(typed: str) -> str | None:
    """None to remove it. Raises Say for a name that shows nothing."""
    if typed.strip() == _REMOVE:
        return None
    name = text(typed)
    if name is None:
        raise Say("That name has no readable characters.")
    return name


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(SellerCog(bot))
