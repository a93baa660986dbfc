"""Lists with pages: their buttons, and a menu that opens one of the rows.

A list lives in memory with its filters, and at most as long as Discord lets an answer be edited
(15 minutes). After that, and after a restart, its buttons say how to get a new one.
https://docs.discord.com/developers/interactions/receiving-and-responding#followup-messages
"""

import secrets
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias
from weakref import WeakKeyDictionary

import discord
import structlog

from bot.text import ids
from bot.text.language import Phrase, gettext, said, speaking
from bot.text.message import NEXT_PAGE, PREVIOUS_PAGE, Buttons, Message
from cogs.kit.buttons import Click
from cogs.kit.permission import Interaction, Say
from cogs.kit.respond import (
    answer,
    asker_language,
    edit,
    guarded,
    send,
    speak_with,
    tell_error,
)

log = structlog.get_logger()

LIFE = 14.5 * 60
"""Seconds after the last click."""


@dataclass(frozen=True, slots=True)
class ListPage:
    """A page as it is shown."""

    embed: discord.Embed
    options: tuple[discord.SelectOption, ...]
    """Its rows in the menu."""
    page: int
    """From 0."""
    pages: int
    instead: "Instead | None" = None
    """Of an empty list: another that is not."""
    totals: Message | None = None
    """What the figures above the rows are made of, if that is more than they say."""


class Instead(NamedTuple):
    """A button that shows another list."""

    label: str
    show: Callable[[Interaction], Coroutine[Any, Any, None]]


Load: TypeAlias = Callable[[Interaction, int], Coroutine[Any, Any, ListPage]]
"""Reads a page, checking the asker again."""
Open: TypeAlias = Callable[[Interaction, str], Coroutine[Any, Any, Message]]
"""Gives the record of a row, by its option's value."""

LIVING: WeakKeyDictionary[discord.Client, set[str]] = WeakKeyDictionary()
"""Which lists and questions still answer clicks, by the bot they are of."""


async def show_list(
    interaction: Interaction, load: Load, open_row: Open, *, command: str, menu: str
) -> None:
    """Answer with the first page. `command` makes a new list; `menu` is the menu's invitation."""
    view = ListView(interaction, load, open_row, command=command, menu=menu)
    await answer(interaction, view.first())


async def show_tracks(
    interaction: Interaction, track: str | None, load: Load, open_track: Open, *, command: str
) -> None:
    """Answer with one track if it is named, else with the first page of all."""
    if track is not None:
        await answer(interaction, open_track(interaction, track))
        return
    await show_list(interaction, load, open_track, command=command, menu=gettext("Open a track"))


class ListView(discord.ui.View):
    """The buttons of one list. Only the asker can see and press them."""

    def __init__(
        self, interaction: Interaction, load: Load, open_row: Open, *, command: str, menu: str
    ) -> None:
        super().__init__(timeout=LIFE)
        self.token = secrets.token_hex(4)
        self.menu = menu
        self._command = command
        self._load = load
        self._open = open_row
        self._latest = interaction
        self._totals = Message()

    async def first(self) -> Message:
        """The list's first page."""
        message = await self._page(self._latest, 0)
        if message.view is not None:
            LIVING.setdefault(self._latest.client, set()).add(self.token)
        return message

    async def turn(self, interaction: Interaction, page: int) -> None:
        """Show another page in the same message."""
        await edit(interaction, self._page(interaction, page))
        self._latest = interaction

    async def open(self, interaction: Interaction, value: str) -> None:
        """Show a row's record in a message of its own; the list stays as it is."""
        await self._beside(interaction)
        await send(interaction, await self._open(interaction, value))

    async def open_totals(self, interaction: Interaction) -> None:
        """Show what the figures of the page shown now are made of."""
        await self._beside(interaction)
        await send(interaction, self._totals)

    async def _beside(self, interaction: Interaction) -> None:
        # Answering "the list itself will be updated" makes this click's token good for editing
        # the list for another 15 minutes.
        await interaction.response.defer()
        self._latest = interaction

    async def on_timeout(self) -> None:
        """Say that the list is over, as long as it can still be edited."""
        LIVING.get(self._latest.client, set()).discard(self.token)
        # No one asks now: this is for the last asker.
        with speaking(asker_language(self._latest)):
            expired = gettext("This list has expired. Run {command} again.", command=self._command)
        over: discord.ui.Button[discord.ui.View] = discord.ui.Button(
            label=expired,
            custom_id=ids.LIST(self.token, "over"),
            disabled=True,
        )
        try:
            await self._latest.edit_original_response(view=Buttons([over]))
        except Exception as error:  # noqa: BLE001 - Discord would answer a click the same way
            log.debug("list not closed", error=type(error).__name__)

    async def on_error(
        self, interaction: Interaction, error: Exception, item: discord.ui.Item[Any]
    ) -> None:
        """Answer errors as everywhere; the items below catch theirs before."""
        await speak_with(interaction)
        await tell_error(interaction, error, "list")

    async def _page(self, interaction: Interaction, number: int) -> Message:
        page = await self._load(interaction, number)
        self.clear_items()
        if page.pages > 1:
            self.add_item(
                _PageButton(self, "back", PREVIOUS_PAGE, page.page - 1, disabled=page.page <= 0)
            )
            last = page.page >= page.pages - 1
            self.add_item(_PageButton(self, "next", NEXT_PAGE, page.page + 1, disabled=last))
        if page.totals is not None:
            self._totals = page.totals
            self.add_item(_TotalsButton(self))
        if page.options:
            self.add_item(_Menu(self, page.options))
        if page.instead:
            self.add_item(_InsteadButton(self, page.instead))
        return Message(embeds=(page.embed,), view=self if self.children else None)


class _PageButton(discord.ui.Button[ListView]):
    def __init__(
        self, shown: ListView, action: str, label: Phrase, page: int, *, disabled: bool
    ) -> None:
        super().__init__(
            label=said(label), custom_id=ids.LIST(shown.token, action), disabled=disabled
        )
        self.shown = shown
        self.page = page

    async def callback(self, interaction: Interaction) -> None:
        await guarded(interaction, self.shown.turn(interaction, self.page), "list page")


class _TotalsButton(discord.ui.Button[ListView]):
    def __init__(self, shown: ListView) -> None:
        super().__init__(label=gettext("Totals"), custom_id=ids.LIST(shown.token, "totals"))
        self.shown = shown

    async def callback(self, interaction: Interaction) -> None:
        await guarded(interaction, self.shown.open_totals(interaction), "list totals")


class _Menu(discord.ui.Select[ListView]):
    def __init__(self, shown: ListView, options: tuple[discord.SelectOption, ...]) -> None:
        super().__init__(
            custom_id=ids.LIST(shown.token, "open"),
            placeholder=shown.menu,
            options=list(options),
        )
        self.shown = shown

    async def callback(self, interaction: Interaction) -> None:
        await guarded(interaction, self.shown.open(interaction, self.values[0]), "list menu")


class _InsteadButton(discord.ui.Button[ListView]):
    def __init__(self, shown: ListView, instead: Instead) -> None:
        super().__init__(
            label=instead.label,
            custom_id=ids.LIST(shown.token, "instead"),
            style=discord.ButtonStyle.primary,
        )
        self._show = instead.show

    async def callback(self, interaction: Interaction) -> None:
        await guarded(interaction, self._show(interaction), "list instead")


class ExpiredList(Click, template=ids.LIST.template):
    """Answers clicks on lists that are no longer in memory. The bot registers it for all cogs."""

    for_everyone = True

    async def clicked(self, interaction: Interaction) -> None:
        """Nothing for a list that lives: its own view answers."""
        if self.match["list"] not in LIVING.get(interaction.client, set()):
            raise Say("This list has expired. Run the command again.")
