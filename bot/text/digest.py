"""A digest: a finished period next to the one before it, coming payouts, and what needs an answer.

Everybody in the channel reads it, so it names no buyer.
"""

from collections.abc import Iterator

from bot.domain.digest_schedule import Actions, Digest
from bot.domain.money import Money
from bot.domain.payout import StripeBalance
from bot.domain.preferences import Cadence
from bot.domain.sale import Producer
from bot.domain.totals import CurrencyTotals, Statistics
from bot.text.language import gettext, ngettext
from bot.text.message import Color, Message, card, field
from bot.text.payouts import arrival_words
from bot.text.period_words import compared, period_title
from bot.text.sale_lines import without_fees
from bot.text.stats import insight_lines
from bot.text.words import in_mode, money, refunds_words, safe, sales_words, timestamp

_CURRENCIES = 6
_INSIGHTS = 4
_PAYOUTS = 5


def digest_message(digest: Digest, producer: Producer, *, fees_possible: bool = True) -> Message:
    """The whole digest as one message, without empty sections.

    `fees_possible`: whether there is a key that reads fees.
    """
    statistics = digest.statistics
    unsettled = without_fees(
        statistics.totals, fees_possible=fees_possible, unreadable=statistics.unreadable
    )
    best = [
        f"{place}. **{safe(track.track, 60)}** · {sales_words(track.sales)}"
        for place, track in enumerate(statistics.by_count, start=1)
    ]
    embed = card(
        Color.LEASE if statistics.totals else Color.REFUNDED,
        title=period_title(statistics.span),
        lines=[*_sold(statistics), *unsettled],
        footer=gettext("More: /stats {period}", period=statistics.span.name),
    )
    field(embed, gettext("Best sellers"), best)
    field(embed, gettext("Upcoming payouts"), list(_to_come(digest)))
    field(embed, gettext("To do"), list(_to_do(digest.actions)))
    field(embed, gettext("Worth knowing"), insight_lines(digest.insights[:_INSIGHTS]))
    named, sold = statistics.totals[:3], sum(one.sales for one in statistics.totals)
    headline = [cadence_name(digest.cadence), *(_money(one.gross, one) for one in named)]
    content = in_mode(" · ".join([*headline, sales_words(sold)]), producer)
    return Message.of(embed, content=content)


def cadence_name(cadence: Cadence) -> str:
    """What a digest is called."""
    names = {
        Cadence.DAILY: gettext("Daily digest"),
        Cadence.WEEKLY: gettext("Weekly digest"),
        Cadence.MONTHLY: gettext("Monthly digest"),
    }
    return names.get(cadence, gettext("Digest"))


def _sold(statistics: Statistics) -> Iterator[str]:
    if not statistics.totals:
        yield gettext("No sales.")
    before = {totals.currency: totals for totals in statistics.before}
    for totals in statistics.totals[:_CURRENCIES]:
        yield from _currency(totals, before.get(totals.currency), statistics)
    others = statistics.totals[_CURRENCIES:]
    if others:
        codes = ", ".join(totals.currency.upper() for totals in others)
        yield gettext("Also in {currencies}.", currencies=codes[:500])


def _currency(
    totals: CurrencyTotals, before: CurrencyTotals | None, statistics: Statistics
) -> Iterator[str]:
    yield gettext(
        "**{gross}** before fees · {sales} · **{left}** net",
        gross=_money(totals.gross, totals),
        sales=sales_words(totals.sales),
        left=_money(totals.net, totals),
    )
    taken = []
    if totals.tax != totals.returned_tax:
        tax = _money(totals.returned_tax - totals.tax, totals)
        taken.append(gettext("tax: {amount}", amount=tax))
    if totals.refunds or totals.refunded:
        taken.append(f"{refunds_words(totals.refunds)}: {_money(-totals.refunded, totals)}")
    if totals.disputed:
        taken.append(gettext("disputes: {amount}", amount=_money(-totals.disputed, totals)))
    if taken:
        yield f"└ {' · '.join(taken)}"
    yield f"└ {compared(totals, before, statistics.span)}"


def _money(amount: int, totals: CurrencyTotals | StripeBalance) -> str:
    return money(Money(amount, totals.currency))


def _to_come(digest: Digest) -> Iterator[str]:
    """Payouts on their way, then the money of the next ones."""
    for payout in digest.on_the_way[:_PAYOUTS]:
        yield f"**{money(payout.amount)}** · {arrival_words(payout)}"
    for one in digest.waiting[:_CURRENCIES]:
        pending = sum(becoming.amount for becoming in one.pending)
        if one.available is not None and one.available > 0:
            yield gettext("{amount} available in Stripe", amount=_money(one.available, one))
        if pending:
            yield gettext("{amount} pending in Stripe", amount=_money(pending, one))


def _to_do(actions: Actions) -> Iterator[str]:
    if actions.conflicts:
        yield "⚠️ " + ngettext(
            "{count} sale conflicts with an exclusive: `/exclusive`",
            "{count} sales conflict with an exclusive: `/exclusive`",
            actions.conflicts,
        )
    if actions.disputes and actions.answer_by is not None:
        yield "⚖️ " + ngettext(
            "{count} dispute to answer by {when}",
            "{count} disputes to answer, the first by {when}",
            actions.disputes,
            when=timestamp(actions.answer_by),
        )
    if actions.steps:
        yield "☐ " + ngettext(
            "{count} step to take an exclusive off sale: `/exclusive`",
            "{count} steps to take exclusives off sale: `/exclusive`",
            actions.steps,
        )
    if actions.failed:
        yield "✉️ " + ngettext(
            "{count} alert could not be posted: see `/settings show`",
            "{count} alerts could not be posted: see `/settings show`",
            actions.failed,
        )
