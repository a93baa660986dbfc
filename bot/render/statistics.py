"""`/stats`: a period's books by currency, compared with the one before at the same point."""

import discord

from bot.ledger.answers import CurrencyTotals, Statistics, TrackTotals
from bot.ledger.money import Money
from bot.ledger.records import Producer
from bot.render import ids
from bot.render.language import gettext, ngettext, said
from bot.render.ledger_table import Row, ledger_table
from bot.render.message import Buttons, Color, Message, card, field
from bot.render.money import money
from bot.render.periods import period_before, period_days, period_title, period_words
from bot.render.price import HAVE_FEES
from bot.render.words import in_mode, safe, sales_words

_CURRENCIES = 6


def statistics_message(
    statistics: Statistics, producer: Producer, *, fees_possible: bool = True
) -> Message:
    """The answer, with a button for each other period."""
    embed = card(
        Color.LEASE if statistics.totals else Color.REFUNDED,
        author=in_mode(gettext("Statistics"), livemode=producer.livemode),
        title=period_title(statistics.span),
        lines=_head(statistics, producer, fees_possible),
        footer=gettext("Days begin at midnight in {zone}", zone=producer.timezone),
    )
    currencies = _currencies(statistics)
    for totals, before in currencies[:_CURRENCIES]:
        name = f"{totals.currency.upper()} · {sales_words(totals.sales)}"
        compared = _compared(totals, before, statistics)
        field(embed, name, [_table(totals), *([compared] if compared else [])])
    if len(currencies) > _CURRENCIES:
        left = ", ".join(totals.currency.upper() for totals, _ in currencies[_CURRENCIES:])
        field(embed, gettext("More currencies"), [left[:1000]])
    most_sold, most_earned = gettext("Most sold"), gettext("Most earned")
    field(embed, most_sold, _ranking(statistics.by_count, by_count=True), inline=True)
    field(embed, most_earned, _ranking(statistics.by_revenue, by_count=False), inline=True)
    return Message(embeds=(embed,), view=Buttons(_buttons(statistics.span.name)))


def _head(statistics: Statistics, producer: Producer, fees_possible: bool) -> list[str]:
    lines = [period_days(statistics.span, producer.timezone)]
    if not statistics.totals:
        lines.append(gettext("No sales in this time."))
    unsettled = sum(totals.unsettled for totals in statistics.totals)
    if unsettled and not fees_possible:
        before = ngettext(
            "{count} sale counts before fees.", "{count} sales count before fees.", unsettled
        )
        lines.append(f"{before} {said(HAVE_FEES)}")
    elif unsettled:
        lines.append(
            ngettext(
                "{count} sale still waits for fees and count before them.",
                "{count} sales still wait for fees and count before them.",
                unsettled,
            )
        )
    return lines


def _currencies(statistics: Statistics) -> list[tuple[CurrencyTotals, CurrencyTotals | None]]:
    """Each currency with its previous period; one that has gone quiet is still shown."""
    before = {totals.currency: totals for totals in statistics.before}
    now = {totals.currency for totals in statistics.totals}
    pairs = [(totals, before.get(totals.currency)) for totals in statistics.totals]
    silent = [totals for totals in statistics.before if totals.currency not in now]
    return pairs + [(CurrencyTotals(currency=totals.currency), totals) for totals in silent]


def _table(totals: CurrencyTotals) -> str:
    """Before fees, each kind of fee, after fees; what went back later, and what is left then."""

    def amount(minor: int) -> Money:
        return Money(minor, totals.currency)

    fees = totals.stripe_fee + totals.fee_tax + totals.platform_fee
    rows: list[Row] = [(gettext("Before fees"), amount(totals.gross))]
    if totals.sales and totals.unsettled == totals.sales and not fees:
        rows.append((gettext("Fees"), gettext("not known")))
    else:
        rows += _fee_rows(totals)
        rows += [None, (gettext("After fees"), amount(totals.gross - fees))]
    later: list[Row] = []
    if totals.refunds or totals.refunded:
        refunds = gettext("Refunds ({count})", count=f"{totals.refunds:,}")
        later.append((refunds, amount(-totals.refunded)))
    if totals.disputed:
        later.append((gettext("Disputes"), amount(-totals.disputed)))
    if later:
        rows += [*later, None, (gettext("Left"), amount(totals.net))]
    return ledger_table(rows)


def _fee_rows(totals: CurrencyTotals) -> list[Row]:
    rows: list[Row] = [(gettext("Stripe fees"), Money(-totals.stripe_fee, totals.currency))]
    others = [
        (gettext("Tax on fees"), totals.fee_tax),
        (gettext("Platform fees"), totals.platform_fee),
    ]
    return rows + [(name, Money(-fee, totals.currency)) for name, fee in others if fee]


def _compared(totals: CurrencyTotals, before: CurrencyTotals | None, statistics: Statistics) -> str:
    """`▲ 12 % vs last month at the same point ($995.10, 37 sales)`: of what is left."""
    name = period_before(statistics.span)
    if not name:
        return ""
    earlier = before or CurrencyTotals(currency=totals.currency)
    if not earlier.sales and not earlier.net:
        return _nothing(name, statistics.span.going_on)
    words = {
        "change": change(totals.net, earlier.net),
        "period": name,
        "money": money(Money(earlier.net, totals.currency)),
        "sales": sales_words(earlier.sales),
    }
    if statistics.span.going_on:
        return gettext("**{change}** vs {period} at the same point ({money}, {sales})", **words)
    return gettext("**{change}** vs {period} ({money}, {sales})", **words)


def _nothing(period: str, going_on: bool) -> str:
    if going_on:
        return gettext("Nothing {period} at the same point", period=period)
    return gettext("Nothing in the period before ({period})", period=period)


def change(now: int, before: int) -> str:
    """`▲ 12 %`, `▼ 8 %`, `=`; of nothing or less a percentage would say nothing: `▲`."""
    if now == before:
        return "="
    arrow = "▲" if now > before else "▼"
    if before <= 0:
        return arrow
    return f"{arrow} {abs(now - before) * 100 / before:,.0f} %"


def _ranking(tracks: tuple[TrackTotals, ...], *, by_count: bool) -> list[str]:
    return [
        f"{place}. {safe(totals.track, 60)} · **{_figure(totals, by_count)}**"
        for place, totals in enumerate(tracks, start=1)
    ]


def _figure(totals: TrackTotals, by_count: bool) -> str:
    if by_count:
        return sales_words(totals.sales)
    return money(Money(totals.net, totals.currency))


def _buttons(chosen: str) -> list[discord.ui.Item[discord.ui.View]]:
    return [
        discord.ui.Button(label=name, custom_id=ids.statistics(period), disabled=period == chosen)
        for period, name in period_words().items()
    ]
