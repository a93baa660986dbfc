"""`/stats`: a chart, below it what it does not say, and all figures behind *Details*."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import discord

from bot.domain.insight import Insight
from bot.domain.money import Money, proportion
from bot.domain.period import EARLIEST, Span
from bot.domain.sale import Producer
from bot.domain.totals import CurrencyTotals, Purchases, Statistics, TrackTotals
from bot.text import ids
from bot.text.chart import best_tracks, net_kind, own_totals
from bot.text.ids import Shown
from bot.text.insights import explained, insight_lines
from bot.text.language import gettext, ngettext
from bot.text.message import (
    OPTIONS,
    Attachment,
    Color,
    Item,
    Message,
    button,
    card,
    field,
    illustrated,
    menus,
)
from bot.text.period_words import (
    change,
    compared,
    period_before,
    period_days,
    period_title,
    period_words,
    versus,
)
from bot.text.sale_lines import LINE, Row, amount_table, without_fees
from bot.text.words import (
    capitalized,
    first_names,
    in_mode,
    money,
    percent_words,
    safe,
    sales_words,
)

_CURRENCIES = 4
_NAME = 40
_INSIGHTS = 1


def statistics_message(
    statistics: Statistics,
    producer: Producer,
    *,
    by_count: bool = False,
    picture: Attachment | None = None,
    notes: Sequence[str] = (),
    insights: Sequence[Insight] = (),
    fees_possible: bool = True,
) -> Message:
    """The answer, with buttons that lead to other statistics.

    `by_count`: the chart counts sales. `notes`: whole lines, such as why there is no chart.
    """
    lines = [
        *notes,
        *period_lines(statistics, charted=picture is not None),
        *without_fees(
            statistics.totals, fees_possible=fees_possible, unreadable=statistics.unreadable
        ),
        *insight_lines(insights, _INSIGHTS),
    ]
    embed = card(
        Color.LEASE if statistics.totals else Color.REFUNDED,
        author=in_mode("", producer),
        # The chart stands above the embed, and names its period.
        title=period_title(statistics.span) if picture is None else None,
        lines=lines,
    )
    if picture is None:
        field(embed, *best_lines(statistics, by_count=by_count))
    message = Message.of(embed, statistics_buttons(statistics, producer, by_count=by_count))
    return message if picture is None else illustrated(message, picture)


def period_lines(statistics: Statistics, *, charted: bool) -> Iterator[str]:
    """A period's figures, of the currency shown first and of others; if `charted`, only what the
    chart does not say."""
    if not statistics.totals:
        yield gettext("No sales in this period.")
    own = own_totals(statistics)
    if not charted and own.currency:
        before = _before(statistics, own.currency)
        net = f"**{_money(own.net, own)}** {net_kind(own)} · {sales_words(own.sales)}"
        changed = compared(own.net, before.net, statistics.span)
        yield from filter(None, (net if statistics.totals else "", changed))
    yield from _paired(_parts(own))
    if statistics.projected is not None:
        amount = money(statistics.projected).removesuffix(".00")
        yield gettext("On track for about {amount} net this month", amount=amount)
    yield from _other_currencies(statistics)
    yield from _buyers(statistics.purchases, statistics.span)


def _parts(totals: CurrencyTotals) -> Iterator[str]:
    """What the net of a currency is made of."""
    if totals.gross and not totals.no_fee_known:
        yield gettext("{amount} before fees", amount=_money(totals.gross, totals))
    if totals.sales > 1:
        before = Money(proportion(totals.gross - totals.tax, 1, totals.sales), totals.currency)
        yield gettext("avg {amount}", amount=money(before))
    if totals.fees:
        yield gettext("{amount} fees", amount=_money(-totals.fees, totals))
    if totals.tax != totals.returned_tax:
        yield gettext("{amount} tax", amount=_money(totals.returned_tax - totals.tax, totals))
    if totals.refunded:
        refunded = _money(-totals.refunded, totals)
        yield gettext("{amount} refunds ({count})", amount=refunded, count=f"{totals.refunds:,}")
    if totals.disputed:
        yield gettext("{amount} disputes", amount=_money(-totals.disputed, totals))


def _paired(parts: Iterator[str]) -> Iterator[str]:
    """Two in a line, which a phone shows whole."""
    for first in parts:
        second = next(parts, None)
        yield first if second is None else f"{first} · {second}"


def _other_currencies(statistics: Statistics) -> Iterator[str]:
    """One line each, also for those without sales this time."""
    now = {one.currency: one for one in statistics.totals}
    own = own_totals(statistics)
    own_changed = change(own.net, _before(statistics, own.currency).net)
    codes = [
        code
        for code in dict.fromkeys((*now, *(one.currency for one in statistics.before)))
        if code != statistics.currency
    ]
    for code in codes[: _CURRENCIES - 1]:
        totals = now.get(code, CurrencyTotals(currency=code))
        before = _before(statistics, code).net
        # What the arrow means is said once.
        changed = change(totals.net, before)
        if not own_changed:
            changed = compared(totals.net, before, statistics.span)
        net = f"**{_money(totals.net, totals)}** {net_kind(totals)}"
        yield " · ".join(filter(None, (net, sales_words(totals.sales), changed)))
    if others := [code.upper() for code in codes[_CURRENCIES - 1 :]]:
        yield gettext("Also in {currencies}", currencies=first_names(others, 4))


def _before(statistics: Statistics, currency: str) -> CurrencyTotals:
    before = (one for one in statistics.before if one.currency == currency)
    return next(before, CurrencyTotals(currency=currency))


def _money(amount: int, totals: CurrencyTotals) -> str:
    return money(Money(amount, totals.currency))


def _buyers(purchases: Purchases, span: Span) -> list[str]:
    """How many buyers, new and returning."""
    new, again = purchases.new_buyers, purchases.repeat_buyers
    if not new:
        back = ngettext("**{count}** returning buyer", "**{count}** returning buyers", again)
        return [back] if again else []
    if span.first is None:
        all_of_them = ngettext("**{count}** buyer", "**{count}** buyers", new)
        came_back = ngettext("**{count}** came back", "**{count}** came back", again)
    else:
        all_of_them = ngettext("**{count}** new buyer", "**{count}** new buyers", new)
        came_back = ngettext("**{count}** returning", "**{count}** returning", again)
    return [f"{all_of_them} · {came_back}" if again else all_of_them]


def details_message(
    statistics: Statistics,
    producer: Producer,
    insights: Sequence[Insight],
    now: datetime,
    *,
    fees_possible: bool = True,
) -> Message:
    """All figures of a period: each currency's table, the rankings, and insights with reasons."""
    lines = [
        period_days(statistics.span, producer.timezone),
        *([] if statistics.totals else [gettext("No sales in this period.")]),
        *without_fees(
            statistics.totals, fees_possible=fees_possible, unreadable=statistics.unreadable
        ),
    ]
    embed = card(
        Color.LEASE if statistics.totals else Color.REFUNDED,
        author=in_mode("", producer),
        title=gettext("{period} in detail", period=period_title(statistics.span)),
        lines=lines,
        footer=gettext("Days begin at midnight in {zone}", zone=producer.timezone),
    )
    _add_currencies(embed, statistics)
    for by_count in (False, True):
        field(embed, *best_lines(statistics, by_count=by_count))
    licenses = [
        f"{place}. {safe(one.license, _NAME)} · **{sales_words(one.sales)}** · "
        f"{money(Money(one.gross, one.currency))}"
        for place, one in enumerate(statistics.licenses, start=1)
    ]
    code = (statistics.currency or "").upper()
    field(embed, gettext("Licenses ({currency}, before fees)", currency=code), licenses)
    purchases = statistics.purchases
    if purchases.returning:
        share = percent_words(purchases.returning * 100 / purchases.purchases)
        repeated = [gettext("**{percent}** repeat orders", percent=share)]
        field(embed, gettext("Buyers"), [*_buyers(purchases, statistics.span), *repeated])
    field(embed, gettext("Worth knowing"), explained(insights, now, producer.timezone))
    return Message.of(embed)


def _add_currencies(embed: discord.Embed, statistics: Statistics) -> None:
    """Tables; those that do not fit are named."""
    shown = statistics.totals[:_CURRENCIES]
    for totals in shown:
        before = _before(statistics, totals.currency)
        lines = [_table(totals)]
        if totals.sales:
            lines.append(_average(totals))
        if statistics.span.before is not None and (before.sales or before.net):
            earlier = f"{_money(before.net, before)} · {sales_words(before.sales)}"
            lines.append(f"{versus(statistics.span)}: {earlier}")
        field(embed, f"{totals.currency.upper()} · {sales_words(totals.sales)}", lines)
    left = [totals.currency.upper() for totals in statistics.totals[_CURRENCIES:]]
    field(embed, gettext("More currencies"), [", ".join(left)[:1000]] if left else [])


def _average(totals: CurrencyTotals) -> str:
    """The average sale without tax, to a minor unit; without fees while none is known."""
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


def best_lines(statistics: Statistics, *, by_count: bool) -> tuple[str, list[str]]:
    """What the best tracks are, and a line for each, with the figure that ranks it."""
    title, tracks = best_tracks(statistics, by_count=by_count)
    return title, [
        f"{place}. {safe(totals.track, _NAME)} · **{_figure(totals, by_count)}**"
        for place, totals in enumerate(tracks, start=1)
    ]


def _figure(totals: TrackTotals, by_count: bool) -> str:
    return sales_words(totals.sales) if by_count else money(Money(totals.net, totals.currency))


def details_button(statistics: Statistics, producer: Producer, *, row: int | None = None) -> Item:
    """Opens `details_message`."""
    span, currency = statistics.span, statistics.currency or ""
    custom_id = ids.STATISTICS_DETAILS(producer.id, span.name, currency)
    return button(gettext("Details"), custom_id, row=row)


def statistics_buttons(statistics: Statistics, producer: Producer, *, by_count: bool) -> list[Item]:
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
        items.append(button(capitalized(name), custom_id, row=1))
    label = gettext("Show net") if by_count else gettext("Count sales")
    items.append(button(label, shown._replace(by_count=not by_count).button, row=1))
    items.append(details_button(statistics, producer, row=1))
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
