"""Buttons and menus that work whenever they are pressed: today, or after a year of restarts.

A cog's method with `on_click` is what a click does.
"""

from collections.abc import Callable, Coroutine, Iterator
from dataclasses import dataclass
from enum import Enum
from re import Match
from typing import Any, Self, TypeAlias, TypeVar

import discord
from discord.ext import commands

from bot.text.ids import CustomId
from bot.text.message import Message
from cogs.kit.permission import Interaction, no_such_choice, require_manager
from cogs.kit.respond import guarded

SortT = TypeVar("SortT", bound=Enum)
MethodT = TypeVar("MethodT", bound=Callable[..., Coroutine[Any, Any, Any]])
Reply: TypeAlias = Callable[[Interaction, Coroutine[Any, Any, Message]], Coroutine[Any, Any, None]]


class Click(discord.ui.DynamicItem[discord.ui.Item[Any]], template=r"(?!)"):
    """What every click has in common; a subclass gives its custom id's template and `clicked`.

    It is made again from the custom id at each click, so that nothing has to be remembered.
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


def chosen_sort(sorts: type[SortT], click: Click) -> SortT:
    """The order in which a click wants a list; the first of all while none is chosen."""
    try:
        return sorts(click.match["sort"]) if click.match["sort"] else next(iter(sorts))
    except ValueError:
        raise no_such_choice() from None


@dataclass(frozen=True, slots=True)
class _Mark:
    id: CustomId | str
    reply: Reply | None
    for_everyone: bool


def on_click(
    id_: CustomId | str, reply: Reply | None = None, *, for_everyone: bool = False
) -> Callable[[MethodT], MethodT]:
    """Call this method of a cog, with the interaction and the `Click`, for clicks on such an id.

    `reply`: `answer` or `edit` with the message that it returns; without, it replies by itself.
    """

    def mark(method: MethodT) -> MethodT:
        vars(method)["on_click"] = _Mark(id_, reply, for_everyone)
        return method

    return mark


def clicks_of(cog: commands.Cog) -> Iterator[type[Click]]:
    """What to register with `bot.add_dynamic_items`: a kind of click for each marked method."""
    for name, method in vars(type(cog)).items():
        if mark := getattr(method, "on_click", None):
            yield _click(getattr(cog, name), mark)


def _click(method: Callable[[Interaction, Click], Coroutine[Any, Any, Any]], mark: _Mark) -> Any:
    template = mark.id.template if isinstance(mark.id, CustomId) else mark.id

    class Marked(Click, template=template):
        for_everyone = mark.for_everyone

        async def clicked(self, interaction: Interaction) -> None:
            work = method(interaction, self)
            await (mark.reply(interaction, work) if mark.reply else work)

    Marked.__name__ = method.__qualname__  # for the log
    return Marked
