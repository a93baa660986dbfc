"""What a message consists of, and how text is kept within Discord's limits.

Messages are embeds, not Discord's newer components: on a phone 390 px wide the same ten sales took
629 px as an embed, 917 px as a container and 1,431 px as sections with a button each; ten tracks
392, 649 and 1,163; eight exclusives 470 and 925 as sections. An alert took 253 and 251, but only an
embed leaves it a line of content for the lock screen.

Limits: https://docs.discord.com/developers/resources/message#embed-object-embed-limits
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any, NamedTuple, Self, TypeAlias

import discord

from bot.domain.sale import pages
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.words import size

DESCRIPTION = 4096
FIELD_VALUE = 1024
LABEL = 80
"""Of a button."""
OPTION = 100
OPTIONS = 25
"""Of one menu."""
_REST = 24
"""What `… and 1,000,000 more` takes."""
PREVIOUS_PAGE, NEXT_PAGE = phrase("Previous page"), phrase("Next page")


DANGER = discord.ButtonStyle.danger
Item: TypeAlias = "discord.ui.Item[discord.ui.View]"
"""A button or a menu."""


class Color(IntEnum):
    """The color of an embed's edge, which shows the state at a glance."""

    LEASE = 0x2ECC71
    EXCLUSIVE = 0xF1C40F
    REFUNDED = 0x95A5A6
    ALARM = 0xE74C3C
    """A conflict, a dispute, a payout that failed."""
    PENDING = 0x5865F2
    """On its way: pending payments and payouts."""


class Attachment(NamedTuple):
    """A file that comes with a message."""

    name: str
    content: bytes
    description: str | None = None
    """What a picture shows, in words; at most 1,024 characters."""


@dataclass(frozen=True, slots=True)
class Message:
    """Everything that is sent or edited; what is None or empty is absent."""

    content: str | None = None
    embeds: tuple[discord.Embed, ...] = ()
    view: discord.ui.View | None = None
    attachment: Attachment | None = None

    @classmethod
    def of(
        cls, embed: discord.Embed, items: Sequence[Item] = (), *, content: str | None = None
    ) -> Self:
        """One embed, with buttons and menus below it, if there are any."""
        return cls(content, (embed,), Buttons(items) if items else None)


class Buttons(discord.ui.View):
    """Buttons and menus without callbacks: their clicks are answered by custom id.

    discord.py sends a finished view but does not keep it, so a year of alerts takes
    no memory.
    """

    def __init__(self, items: Iterable[Item]) -> None:
        super().__init__(timeout=None)
        for item in items:
            self.add_item(item)

    def is_finished(self) -> bool:
        """Always: nothing waits for this view."""
        return True


def card(
    color: Color,
    *,
    title: str | None = None,
    lines: Sequence[str],
    author: str | None = None,
    footer: str | None = None,
    room: int = DESCRIPTION,
) -> discord.Embed:
    """An embed whose description is whole lines, dropped from the end beyond `room`."""
    embed = discord.Embed(color=int(color), title=title, description=clipped(lines, room))
    if author:
        embed.set_author(name=author)
    if footer:
        embed.set_footer(text=footer)
    return embed


def headed(text: str, view: discord.ui.View | None = None) -> Message:
    """A text whose first line is what a phone shows of it, unadorned; the rest is an embed."""
    head, _, rest = text.partition("\n")
    embeds = (discord.Embed(description=rest),) if rest.strip() else ()
    return Message(content=re.sub(r"(?<!\\)(\*\*|`)", "", head), embeds=embeds, view=view)


def field(
    embed: discord.Embed,
    name: str,
    lines: Sequence[str],
    *,
    inline: bool = False,
    room: int = FIELD_VALUE,
) -> None:
    """Add a field of at most `room` characters, unless empty, which Discord refuses."""
    value = clipped(lines, room)
    if value.strip():
        embed.add_field(name=name, value=value, inline=inline)


def illustrated(message: Message, picture: Attachment) -> Message:
    """The same message with a picture above it, described for people who cannot see it.

    An embed's picture stands at its end, so it is an embed of its own. discord.py has no word yet
    for the description: https://github.com/discord/discord-api-docs/issues/8373
    """
    image: Any = {"url": f"attachment://{picture.name}", "description": picture.description}
    color = message.embeds[0].to_dict().get("color")
    above = discord.Embed.from_dict({"type": "rich", "color": color or 0, "image": image})
    return replace(message, embeds=(above, *message.embeds), attachment=picture)


def clipped(lines: Iterable[str], room: int, *, total: int | None = None) -> str:
    """As many whole lines as fit, then how many are missing. No line is cut.

    `total`: how many there are in all, if `lines` are only the first, or an iterator:
    lines beyond `room` are then never made.
    """
    if total is None:
        lines = list(lines)
        total = len(lines)
    kept: list[str] = []
    certain = 0
    used = -1
    for line in lines:
        used += size(line) + 1
        if used > room:
            return "\n".join([*kept[:certain], _rest_words(total - certain)])
        kept.append(line)
        if used <= room - _REST:
            certain = len(kept)
    if total > len(kept):
        return "\n".join([*kept[:certain], _rest_words(total - certain)])
    return "\n".join(kept)


def _rest_words(count: int) -> str:
    return ngettext("… and {count} more", "… and {count} more", count)


def button(
    label: str,
    custom_id: str,
    style: discord.ButtonStyle = discord.ButtonStyle.secondary,
    *,
    disabled: bool = False,
    row: int | None = None,
) -> Item:
    """A button whose click is answered by its id."""
    return discord.ui.Button(
        label=label, custom_id=custom_id, style=style, disabled=disabled, row=row
    )


def links(label: str, url: str | None) -> list[Item]:
    """A button that opens an address, if there is one."""
    return [discord.ui.Button(label=label, url=url)] if url else []


def menus(
    custom_id: str,
    options: Sequence[discord.SelectOption],
    invitation: str | None = None,
    *,
    several: bool = False,
    none: bool = False,
    row: int | None = None,
) -> list[Item]:
    """A menu, if it has options: of which one is chosen, or `several`, or even `none`."""
    if not options:
        return []
    most = len(options) if several else 1
    return [
        discord.ui.Select(
            custom_id=custom_id,
            placeholder=invitation,
            options=[*options],
            min_values=0 if none else 1,
            max_values=most,
            row=row,
        )
    ]


def page_words(page: int, count: int) -> str:
    """The page (from 0) of those that `count` rows fill: `Page 1 of 13`."""
    whole = pages(count)
    return gettext("Page {page} of {pages}", page=f"{page + 1:,}", pages=f"{whole:,}")


def page_buttons(page: int, count: int, custom_id: Callable[[int], str]) -> list[Item]:
    """Buttons to the previous and next page, whose ids `custom_id` makes; none if one page."""
    whole = pages(count)
    if whole == 1:
        return []
    # Both need an id of their own, even the disabled one.
    return [
        button(
            said(label),
            custom_id(beside if 0 <= beside < whole else whole),
            disabled=not 0 <= beside < whole,
        )
        for label, beside in ((PREVIOUS_PAGE, page - 1), (NEXT_PAGE, page + 1))
    ]


def details_button(custom_id: str) -> Item:
    """Shows what few ask for, such as Stripe's ids, which the message itself leaves out."""
    return button(gettext("Details"), custom_id)
