"""Which page of a list it is, and the arrows that lead to others."""

from collections.abc import Callable

import discord

from bot.domain.paging import PAGE, pages
from bot.text.language import gettext


def page_words(page: int, count: int, size: int = PAGE) -> str:
    """Which page it is (from 0) of those that `count` rows fill: `Page 1 of 13`."""
    whole = pages(count, size)
    return gettext("Page {page} of {pages}", page=f"{page + 1:,}", pages=f"{whole:,}")


def arrows(
    page: int, count: int, custom_id: Callable[[int], str], size: int = PAGE
) -> list["discord.ui.Item[discord.ui.View]"]:
    """Buttons to the pages beside this one, by what `custom_id` makes of them; none of one page."""
    whole = pages(count, size)
    if whole == 1:
        return []
    # Both need an id of their own, also the one that leads nowhere.
    return [
        discord.ui.Button(
            label=label,
            custom_id=custom_id(beside if 0 <= beside < whole else whole),
            disabled=not 0 <= beside < whole,
        )
        for label, beside in (("◀", page - 1), ("▶", page + 1))
    ]
