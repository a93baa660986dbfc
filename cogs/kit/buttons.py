"""Buttons and menus that work whenever they are pressed: today, or after a year of restarts."""

from re import Match
from typing import Any, Self, TypeVar

import discord
from discord.ext import commands

from cogs.kit.permission import Interaction, require_manager
from cogs.kit.respond import guarded

CogT = TypeVar("CogT", bound=commands.Cog)


class Click(discord.ui.DynamicItem[discord.ui.Item[Any]], template=r"(?!)"):
    """What every click has in common; a subclass gives its custom id's template and `clicked`.

    It is made again from the custom id at each click, so that nothing has to be remembered. The
    cog's `setup` registers it with `bot.add_dynamic_items`.
    https://discordpy.readthedocs.io/en/stable/interactions/api.html#dynamicitem
    """

    for_everyone = False
    """Whether also those may press it who may not manage the server: it must show no money."""

    def __init__(self, item: discord.ui.Item[Any], match: Match[str]) -> None:
        super().__init__(item)
        self.match = match

    @classmethod
    async def from_custom_id(
        cls, _interaction: Interaction, item: discord.ui.Item[Any], match: Match[str], /
    ) -> Self:
        return cls(item, match)

    async def callback(self, interaction: Interaction) -> None:
        await guarded(interaction, self._checked(interaction), type(self).__name__)

    async def _checked(self, interaction: Interaction) -> None:
        if not self.for_everyone:
            require_manager(interaction)
        await self.clicked(interaction)

    async def clicked(self, interaction: Interaction) -> None:
        """What it does. Raises Say to refuse."""
        raise NotImplementedError

    @property
    def values(self) -> list[str]:
        """What was chosen, of a menu."""
        return self.item.values if isinstance(self.item, discord.ui.Select) else []


def cog_of(interaction: Interaction, kind: type[CogT]) -> CogT:
    """The running cog of a kind."""
    cog = interaction.client.get_cog(kind.__cog_name__)
    assert isinstance(cog, kind)
    return cog
