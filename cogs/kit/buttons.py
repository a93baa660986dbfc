"""Buttons and menus that work whenever they are pressed: today, or after a year of restarts."""

from re import Match
from typing import Any, Self, TypeVar

import discord
from discord.ext import commands

from cogs.kit.respond import Asked, guarded

CogT = TypeVar("CogT", bound=commands.Cog)


class Click(discord.ui.DynamicItem[discord.ui.Item[Any]], template=r"(?!)"):
    """What every click has in common; a subclass gives its custom id's template and `clicked`.

    It is made anew from the custom id at each click, so that nothing has to be remembered.
    https://discordpy.readthedocs.io/en/stable/interactions/api.html#dynamicitem
    """

    def __init__(self, item: discord.ui.Item[Any], match: Match[str]) -> None:
        super().__init__(item)
        self.match = match

    @classmethod
    async def from_custom_id(
        cls, _interaction: Asked, item: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        """Make it from what was clicked."""
        return cls(item, match)

    async def callback(self, interaction: Asked) -> None:
        """Answer the click; errors are told to who clicked."""
        await guarded(interaction, self.clicked(interaction), type(self).__name__)

    async def clicked(self, interaction: Asked) -> None:
        """What it does. Raises Say to refuse."""
        raise NotImplementedError

    @property
    def values(self) -> list[str]:
        """What was chosen, of a menu."""
        return self.item.values if isinstance(self.item, discord.ui.Select) else []


def cog_of(interaction: Asked, kind: type[CogT]) -> CogT:
    """The running cog of a kind."""
    cog = interaction.client.get_cog(kind.__cog_name__)
    assert isinstance(cog, kind)
    return cog
