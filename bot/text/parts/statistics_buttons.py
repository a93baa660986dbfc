"""What leads from statistics to others: periods, the one before, count or revenue, currencies."""

from typing import TypeAlias

import discord

from bot.domain.answers import Statistics
from bot.domain.periods import EARLIEST
from bot.text import ids
from bot.text.ids import Shown
from bot.text.language import gettext
from bot.text.periods import period_before, period_words
from bot.text.words import sales_words

Item: TypeAlias = discord.ui.Item[discord.ui.View]

_OPTIONS = 25
"""That a menu may have."""
_SEVERAL = 2


def statistics_buttons(statistics: Statistics, *, by_count: bool) -> list[Item]:
    """Whatever is pressed, the rest stays as it is shown."""
    shown = Shown(statistics.span.name, statistics.currency, by_count)
    return [
        *_periods(shown),
        *_before(statistics, shown),
        _measure(shown),
        *_menu(statistics, shown),
    ]


def _periods(shown: Shown) -> list[Item]:
    return [
        discord.ui.Button(
            label=name,
            custom_id=ids.statistics(shown._replace(period=period)),
            disabled=period == shown.period,
            row=0,
        )
        for period, name in period_words().items()
    ]


def _before(statistics: Statistics, shown: Shown) -> list[Item]:
    before = statistics.span.before
    if before is None or before.first < EARLIEST:
        return []
    name = period_before(statistics.span)
    custom_id = ids.statistics(shown._replace(period=before.name))
    return [discord.ui.Button(label=f"← {name[:1].upper()}{name[1:]}", custom_id=custom_id, row=1)]


def _measure(shown: Shown) -> Item:
    label = gettext("Show revenue") if shown.by_count else gettext("Count sales")
    custom_id = ids.statistics(shown._replace(by_count=not shown.by_count))
    return discord.ui.Button(label=label, custom_id=custom_id, row=1)


def _menu(statistics: Statistics, shown: Shown) -> list[Item]:
    """Where there are several currencies: they are never summed."""
    sales = {one.currency: one.sales for one in statistics.totals}
    sales = dict.fromkeys((one.currency for one in statistics.before), 0) | sales
    if len(sales) < _SEVERAL:
        return []
    options = [
        discord.SelectOption(
            label=f"{code.upper()} · {sales_words(count)}",
            value=code,
            default=code == statistics.currency,
        )
        for code, count in list(sales.items())[:_OPTIONS]
    ]
    return [discord.ui.Select(custom_id=ids.currency(shown), options=options, row=2)]
