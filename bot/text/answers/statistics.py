"""`/stats`: a period's books by currency, compared with the one before at the same point."""

from collections.abc import Sequence

import discord

from bot.domain.answers import CurrencyTotals, Purchases, Statistics, TrackTotals
from bot.domain.money import Money, proportion
from bot.domain.periods import Span
from bot.domain.records import Producer
from bot.text.answers.ledger_table import Row, ledger_table
from bot.text.language import gettext, ngettext
from bot.text.message import (
    Attachment,
    Buttons,
    Color,
    Message,
    card,
    clipped,
    field,
    with_picture,
)
from bot.text.money import money
from bot.text.parts.statistics_buttons import statistics_buttons
from bot.text.periods import period_days, period_title
from bot.text.price import without_fees
from bot.text.trend import compared
from bot.text.words import in_mode, safe, sales_words

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
    """The answer, with what leads to other statistics.

    `by_count`: the picture counts sales. `notes`: whole lines, such as why there is no picture.
    `insights`: what `bot.text.parts.insights.insight_lines` says of them.
    """
    color = Color.LEASE if statistics.totals else Color.REFUNDED
    head = card(
        color,
        author=in_mode(gettext("Statistics"), livemode=producer.livemode),
        title=period_title(statistics.span),
        lines=[*_head(statistics, producer, fees_possible), *notes],
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
    currencies = _currencies(statistics)
    for totals, before in currencies[:_CURRENCIES]:
        name = f"{totals.currency.upper()} · {sales_words(totals.sales)}"
        projected = statistics.projected if totals.currency == statistics.currency else None
        lines = [compared(totals, before, statistics.span), _average(totals), _projected(projected)]
        field(embed, name, [_table(totals), *(line for line in lines if line)])
    if len(currencies) > _CURRENCIES:
        left = ", ".join(totals.currency.upper() for totals, _ in currencies[_CURRENCIES:])
        field(embed, gettext("More currencies"), [left[:1000]])


def _add_rankings(embed: discord.Embed, statistics: Statistics) -> None:
    by_count, by_revenue = statistics.by_count, statistics.by_revenue
    field(embed, gettext("Most sold"), _ranking(by_count, by_count=True), inline=True)
    field(embed, gettext("Most earned"), _ranking(by_revenue, by_count=False), inline=True)
    licenses = [
        f"{place}. {safe(one.license, _NAME)} · **{sales_words(one.sales)}** · "
        f"{money(Money(one.gross, one.currency))}"
        for place, one in enumerate(statistics.licenses, start=1)
    ]
    title = gettext("Licenses ({currency}, before fees)", currency=_code(statistics))
    field(embed, title, licenses)
    field(embed, gettext("Buyers"), _buyers(statistics.purchases, statistics.span))


def _code(statistics: Statistics) -> str:
    return (statistics.currency or "").upper()


def _buyers(purchases: Purchases, span: Span) -> list[str]:
    """Who bought, as people; and how much of it came from those who had bought before."""
    if not purchases.purchases:
        return []
    again = purchases.repeat_buyers
    if span.first is None:
        lines = [ngettext("**{count}** buyer", "**{count}** buyers", purchases.new_buyers)]
        came_back = ngettext(
            "**{count}** of them bought more than once",
            "**{count}** of them bought more than once",
            again,
        )
    else:
        lines = [ngettext("**{count}** new buyer", "**{count}** new buyers", purchases.new_buyers)]
        came_back = ngettext(
            "**{count}** bought for the second time",
            "**{count}** bought for the second time",
            again,
        )
    return [*lines, *([came_back] if again else []), *_returning(purchases)]


def _returning(purchases: Purchases) -> list[str]:
    if not purchases.returning:
        return []
    return [
        ngettext(
            "**{count}** of {all} purchases by people who had bought before",
            "**{count}** of {all} purchases by people who had bought before",
            purchases.returning,
            all=f"{purchases.purchases:,}",
        )
    ]


def _average(totals: CurrencyTotals) -> str:
    """What a sale brings without tax, to a minor unit; of fees nothing while none is known."""
    if not totals.sales:
        return ""
    before = totals.gross - totals.tax
    gross, net = (
        money(Money(proportion(amount, 1, totals.sales), totals.currency))
        for amount in (before, before - totals.fees)
    )
    if totals.no_fee_known:
        return gettext("On average {gross} a sale", gross=gross)
    return gettext("On average {gross} a sale, {net} after fees", gross=gross, net=net)


def _projected(amount: Money | None) -> str:
    if amount is None:
        return ""
    return gettext(
        "If it goes on like this: about {amount} left at the month's end (an estimate)",
        amount=money(amount),
    )


def _head(statistics: Statistics, producer: Producer, fees_possible: bool) -> list[str]:
    lines = [period_days(statistics.span, producer.timezone)]
    if not statistics.totals:
        lines.append(gettext("No sales in this time."))
    unsettled = sum(totals.unsettled for totals in statistics.totals)
    if unsettled:
        lines.append(
            without_fees(unsettled, fees_possible=fees_possible, unreadable=statistics.unreadable)
        )
    return lines


def _currencies(statistics: Statistics) -> list[tuple[CurrencyTotals, CurrencyTotals | None]]:
    """Each currency with its previous period; one that has gone quiet is still shown."""
    before = {totals.currency: totals for totals in statistics.before}
    now = {totals.currency for totals in statistics.totals}
    pairs = [(totals, before.get(totals.currency)) for totals in statistics.totals]
    silent = [totals for totals in statistics.before if totals.currency not in now]
    pairs += [(CurrencyTotals(currency=totals.currency), totals) for totals in silent]
    return sorted(pairs, key=lambda pair: pair[0].currency != statistics.currency)


def _table(totals: CurrencyTotals) -> str:
    """Before fees, tax, each kind of fee, after them; what went back later, and what is left."""

    def amount(minor: int) -> Money:
        return Money(minor, totals.currency)

    rows: list[Row] = [(gettext("Before fees"), amount(totals.gross))]
    if totals.tax:
        rows.append((gettext("Tax from buyers"), amount(-totals.tax)))
    if totals.no_fee_known:
        rows.append((gettext("Fees"), gettext("not known")))
    else:
        rows += _fee_rows(totals)
        after = gettext("After fees and tax") if totals.tax else gettext("After fees")
        rows += [None, (after, amount(totals.gross - totals.tax - totals.fees))]
    later: list[Row] = []
    if totals.refunds or totals.refunded:
        refunds = gettext("Refunds ({count})", count=f"{totals.refunds:,}")
        later.append((refunds, amount(-totals.refunded)))
    if totals.disputed:
        later.append((gettext("Disputes"), amount(-totals.disputed)))
    if totals.returned_tax:
        later.append((gettext("Tax given back"), amount(totals.returned_tax)))
    if later:
        rows += [*later, None, (gettext("Left"), amount(totals.net))]
    return ledger_table(rows)


def _fee_rows(totals: CurrencyTotals) -> list[Row]:
    rows: list[Row] = [(gettext("Stripe fees"), Money(-totals.stripe_fee, totals.currency))]
    others = [
        (gettext("Tax on fees"), totals.fee_tax),
        (gettext("Platform fees"), totals.platform_fee),
        (gettext("Tax withheld"), totals.withheld_tax),
    ]
    return rows + [(name, Money(-fee, totals.currency)) for name, fee in others if fee]


def _ranking(tracks: tuple[TrackTotals, ...], *, by_count: bool) -> list[str]:
    return [
        f"{place}. {safe(totals.track, _NAME)} · **{_figure(totals, by_count)}**"
        for place, totals in enumerate(tracks, start=1)
    ]


def _figure(totals: TrackTotals, by_count: bool) -> str:
    if by_count:
        return sales_words(totals.sales)
    return money(Money(totals.net, totals.currency))
