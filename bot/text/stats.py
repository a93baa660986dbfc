"""`/stats`: a period's money by currency, next to the one before, and what the figures suggest.

Insights also appear in channels, where they stay as they are: they name a buyer only by a sale's
number, so that nothing of a forgotten buyer remains there.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import assert_never

import discord

from bot.domain.insight import (
    BestSellers,
    Insight,
    LowExclusive,
    StoppedSelling,
    Underpriced,
    WorthAnOffer,
)
from bot.domain.money import Money, proportion
from bot.domain.period import EARLIEST, Span
from bot.domain.sale import Producer
from bot.domain.totals import CurrencyTotals, Purchases, Statistics, TrackTotals
from bot.text.ids import Shown
from bot.text.language import gettext, ngettext
from bot.text.message import (
    OPTIONS,
    Attachment,
    Buttons,
    Color,
    Item,
    Message,
    button,
    card,
    clipped,
    field,
    menus,
    with_picture,
)
from bot.text.period_words import compared, period_before, period_days, period_title, period_words
from bot.text.sale_lines import LINE, Row, amount_table, without_fees
from bot.text.words import (
    capitalized,
    date_words,
    in_mode,
    money,
    percent_words,
    safe,
    sales_words,
    timestamp,
)

_CURRENCIES = 4
_NAME = 40
_ROOM_FOR_INSIGHTS = 700


def statistics_message(
    statistics: Statistics,
    producer: Producer,
    *,
    by_count: bool = False,
    picture: Attachment | None = None,
    notes: Sequence[str] = (),
    insights: Sequence[str] = (),
    fees_possible: bool = True,
) -> Message:
    """The answer, with buttons that lead to other statistics.

    `by_count`: the chart counts sales. `notes`: whole lines, such as why there is no chart.
    `insights`: what `bot.text.stats.insight_lines` says of them.
    """
    color = Color.LEASE if statistics.totals else Color.REFUNDED
    lines = [period_days(statistics.span, producer.timezone)]
    if not statistics.totals:
        lines.append(gettext("No sales in this period."))
    lines += without_fees(
        statistics.totals, fees_possible=fees_possible, unreadable=statistics.unreadable
    )
    head = card(
        color,
        author=in_mode(gettext("Statistics"), producer),
        title=period_title(statistics.span),
        lines=[*lines, *notes],
    )
    # An embed's picture stands at its end: so the figures are an embed of their own below it.
    figures = head if picture is None else discord.Embed(color=int(color))
    _add_currencies(figures, statistics)
    _add_rankings(figures, statistics)
    if insights:
        field(figures, gettext("Worth knowing"), [clipped(insights, _ROOM_FOR_INSIGHTS)])
    zone = gettext("Days begin at midnight in {zone}", zone=producer.timezone)
    figures.set_footer(text=zone)
    view = Buttons(statistics_buttons(statistics, by_count=by_count))
    if picture is None:
        return Message(embeds=(figures,), view=view)
    return Message(embeds=(with_picture(head, picture), figures), view=view, attachment=picture)


def _add_currencies(embed: discord.Embed, statistics: Statistics) -> None:
    before = {totals.currency: totals for totals in statistics.before}
    currencies = [(totals, before.pop(totals.currency, None)) for totals in statistics.totals]
    # A currency without sales this time is compared, too.
    currencies += [(CurrencyTotals(currency=code), silent) for code, silent in before.items()]
    currencies.sort(key=lambda pair: pair[0].currency != statistics.currency)
    for totals, earlier in currencies[:_CURRENCIES]:
        name = f"{totals.currency.upper()} · {sales_words(totals.sales)}"
        projected = statistics.projected if totals.currency == statistics.currency else None
        lines = [compared(totals, earlier, statistics.span), _average(totals)]
        if projected is not None:
            amount = money(projected)
            lines.append(gettext("On track for about {amount} net this month", amount=amount))
        field(embed, name, [_table(totals), *(line for line in lines if line)])
    if len(currencies) > _CURRENCIES:
        left = ", ".join(totals.currency.upper() for totals, _ in currencies[_CURRENCIES:])
        field(embed, gettext("More currencies"), [left[:1000]])


def _add_rankings(embed: discord.Embed, statistics: Statistics) -> None:
    by_count, by_revenue = statistics.by_count, statistics.by_revenue
    field(embed, gettext("Best sellers"), _ranking(by_count, by_count=True), inline=True)
    field(embed, gettext("Top earners"), _ranking(by_revenue, by_count=False), inline=True)
    licenses = [
        f"{place}. {safe(one.license, _NAME)} · **{sales_words(one.sales)}** · "
        f"{money(Money(one.gross, one.currency))}"
        for place, one in enumerate(statistics.licenses, start=1)
    ]
    title = gettext(
        "Licenses ({currency}, before fees)", currency=(statistics.currency or "").upper()
    )
    field(embed, title, licenses)
    field(embed, gettext("Buyers"), _buyers(statistics.purchases, statistics.span))


def _buyers(purchases: Purchases, span: Span) -> list[str]:
    """How many buyers, new and returning, and the share of repeat orders."""
    if not purchases.purchases:
        return []
    again = purchases.repeat_buyers
    if span.first is None:
        lines = [ngettext("**{count}** buyer", "**{count}** buyers", purchases.new_buyers)]
        came_back = ngettext(
            "**{count}** bought more than once",
            "**{count}** bought more than once",
            again,
        )
    else:
        lines = [ngettext("**{count}** new buyer", "**{count}** new buyers", purchases.new_buyers)]
        came_back = ngettext(
            "**{count}** returning buyer",
            "**{count}** returning buyers",
            again,
        )
    if again:
        lines.append(came_back)
    if purchases.returning:
        share = percent_words(purchases.returning * 100 / purchases.purchases)
        lines.append(gettext("**{percent}** repeat orders", percent=share))
    return lines


def _average(totals: CurrencyTotals) -> str:
    """The average sale without tax, to a minor unit; without fees while none is known."""
    if not totals.sales:
        return ""
    before = totals.gross - totals.tax
    gross, net = (
        money(Money(proportion(amount, 1, totals.sales), totals.currency))
        for amount in (before, before - totals.fees)
    )
    if totals.no_fee_known:
        return gettext("Avg sale {gross}", gross=gross)
    return gettext("Avg sale {gross} ({net} net)", gross=gross, net=net)


def _table(totals: CurrencyTotals) -> str:
    """Before fees, tax, each kind of fee, after fees; then refunds and disputes, and the net."""

    def amount(minor: int) -> Money:
        return Money(minor, totals.currency)

    rows: list[Row] = [(gettext("Before fees"), amount(totals.gross))]
    if totals.tax:
        rows.append((gettext("Tax from buyers"), amount(-totals.tax)))
    if totals.no_fee_known:
        rows.append((gettext("Fees"), gettext("unknown")))
    else:
        fees = (
            (gettext("Stripe fees"), totals.stripe_fee, True),
            (gettext("Tax on fees"), totals.fee_tax, False),
            (gettext("Platform fees"), totals.platform_fee, False),
            (gettext("Tax withheld"), totals.withheld_tax, False),
        )
        rows += [(name, amount(-fee)) for name, fee, always in fees if fee or always]
        after = gettext("After fees and tax") if totals.tax else gettext("After fees")
        rows += [LINE, (after, amount(totals.gross - totals.tax - totals.fees))]
    later: list[Row] = []
    if totals.refunds or totals.refunded:
        refunds = gettext("Refunds ({count})", count=f"{totals.refunds:,}")
        later.append((refunds, amount(-totals.refunded)))
    if totals.disputed:
        later.append((gettext("Disputes"), amount(-totals.disputed)))
    if totals.returned_tax:
        later.append((gettext("Tax refunded"), amount(totals.returned_tax)))
    if later:
        rows += [*later, LINE, (gettext("Net"), amount(totals.net))]
    return amount_table(rows)


def _ranking(tracks: tuple[TrackTotals, ...], *, by_count: bool) -> list[str]:
    return [
        f"{place}. {safe(totals.track, _NAME)} · **{_figure(totals, by_count)}**"
        for place, totals in enumerate(tracks, start=1)
    ]


def _figure(totals: TrackTotals, by_count: bool) -> str:
    return sales_words(totals.sales) if by_count else money(Money(totals.net, totals.currency))


def statistics_buttons(statistics: Statistics, *, by_count: bool) -> list[Item]:
    """Each button changes one thing about what is shown."""
    shown = Shown(statistics.span.name, statistics.currency, by_count)
    items = [
        button(name, shown._replace(period=period).button, disabled=period == shown.period, row=0)
        for period, name in period_words().items()
    ]
    before = statistics.span.before
    if before is not None and before.first >= EARLIEST:
        name = period_before(statistics.span)
        custom_id = shown._replace(period=before.name).button
        items.append(button(f"← {capitalized(name)}", custom_id, row=1))
    label = gettext("Show revenue") if by_count else gettext("Count sales")
    items.append(button(label, shown._replace(by_count=not by_count).button, row=1))
    return [*items, *_menu(statistics, shown)]


def _menu(statistics: Statistics, shown: Shown) -> list[Item]:
    """If there are several currencies: they are never summed."""
    sales = {one.currency: one.sales for one in statistics.totals}
    sales = dict.fromkeys((one.currency for one in statistics.before), 0) | sales
    if len(sales) < 2:
        return []
    options = [
        discord.SelectOption(
            label=f"{code.upper()} · {sales_words(count)}",
            value=code,
            default=code == statistics.currency,
        )
        for code, count in list(sales.items())[:OPTIONS]
    ]
    return menus(shown.menu, options, row=2)


def insight_lines(found: Iterable[Insight]) -> list[str]:
    """A line for each insight."""
    return [f"💡 {_line(one)}" for one in found]


def _line(one: Insight) -> str:
    match one:
        case BestSellers():
            return _best_sellers(one)
        case Underpriced():
            return _underpriced(one)
        case LowExclusive():
            return _low_exclusive(one)
        case StoppedSelling():
            return _stopped(one)
        case WorthAnOffer():
            return _worth_an_offer(one)
    assert_never(one)


def _best_sellers(one: BestSellers) -> str:
    names = [f"**{safe(name, 50)}** ({sales:,})" for name, sales in one.tracks]
    return gettext(
        "Best sellers: {tracks} of {count} sales since {since}.",
        tracks=", ".join(names),
        count=f"{one.sales:,}",
        since=_day(one.since),
    )


def _underpriced(one: Underpriced) -> str:
    return gettext(
        "**{track}** sold {count} times since {since}, but its {license} costs {price}; on "
        "your other {peers} tracks it is about {usual}. Raise it?",
        track=safe(one.track, 50),
        count=f"{one.sales:,}",
        since=_day(one.since),
        license=safe(one.license, 50),
        price=money(one.price),
        peers=f"{one.peers:,}",
        usual=money(one.usual),
    )


def _low_exclusive(one: LowExclusive) -> str:
    names = {
        "track": safe(one.track, 50),
        "price": money(one.leases.exclusive),
        "income": money(one.leases.income),
        "leases": f"{one.leases.leases:,}",
        "since": timestamp(one.leases.since, "d"),
    }
    if one.months < 1:
        return gettext(
            "**{track}**: {price} exclusive = less than a month of leases ({leases} leases "
            "since {since}: {income}). Raise it?",
            **names,
        )
    return ngettext(
        "**{track}**: {price} exclusive = about {count} month of leases ({leases} leases "
        "since {since}: {income}). Raise it?",
        "**{track}**: {price} exclusive = about {count} months of leases ({leases} leases "
        "since {since}: {income}). Raise it?",
        round(one.months),
        **names,
    )


def _stopped(one: StoppedSelling) -> str:
    return gettext(
        "**{track}** has not sold since {since}, after {count} sales in the half year before. "
        "Can buyers still find it?",
        track=safe(one.track, 50),
        since=_day(one.since),
        count=f"{one.earlier:,}",
    )


def _worth_an_offer(one: WorthAnOffer) -> str:
    return gettext(
        "The buyer of `#{number}` has leased {count} times since {first} and never bought an "
        "exclusive. Make an offer? `/buyer` shows who it is.",
        count=f"{one.leases:,}",
        first=timestamp(one.first, "d"),
        number=one.number,
    )


def _day(day: date) -> str:
    return date_words(day, "MMMd")
