"""A digest: a finished period next to the one before it, coming payouts, and what needs an answer.

Everybody in the channel reads it, so it names no buyer.
"""

from collections.abc import Iterator

from bot.domain.digest_schedule import Actions, Digest
from bot.domain.money import Money
from bot.domain.preferences import Cadence
from bot.domain.sale import Producer
from bot.text.chart import net_kind
from bot.text.insights import insight_lines
from bot.text.language import gettext, ngettext
from bot.text.message import Color, Message, card, field
from bot.text.payouts import balance_line
from bot.text.period_words import period_title
from bot.text.sale_lines import without_fees
from bot.text.stats import best_lines, details_button, period_lines
from bot.text.words import day, in_mode, money, monies, sales_words, timestamp

_CURRENCIES = 3
_INSIGHTS = 2
_PAYOUTS = 3


def digest_message(
    digest: Digest, producer: Producer, *, charted: bool = False, fees_possible: bool = True
) -> Message:
    """The whole digest as one message, without empty sections.

    `charted`: a chart stands above it. `fees_possible`: whether there is a key that reads fees.
    """
    statistics = digest.statistics
    unsettled = without_fees(
        statistics.totals, fees_possible=fees_possible, unreadable=statistics.unreadable
    )
    embed = card(
        Color.LEASE if statistics.totals else Color.REFUNDED,
        title=None if charted else period_title(statistics.span),
        lines=[*period_lines(statistics, charted=charted), *unsettled],
        footer=gettext("More: /stats {period}", period=statistics.span.name),
    )
    if not charted:
        field(embed, *best_lines(statistics, by_count=False))
    field(embed, gettext("Upcoming payouts"), list(_to_come(digest)))
    field(embed, gettext("To do"), list(_to_do(digest.actions)))
    field(embed, gettext("Worth knowing"), insight_lines(digest.insights, _INSIGHTS))
    named, sold = statistics.totals[:3], sum(one.sales for one in statistics.totals)
    nets = monies(Money(one.net, one.currency) for one in named)
    kinds = {net_kind(one) for one in named}
    net = [" ".join([nets, *kinds]) if len(kinds) == 1 else nets] if named else []
    headline = [cadence_name(digest.cadence), *net, sales_words(sold)]
    content = in_mode(" · ".join(filter(None, headline)), producer)
    return Message.of(embed, [details_button(statistics, producer)], content=content)


def cadence_name(cadence: Cadence) -> str:
    """What a digest is called."""
    names = {
        Cadence.DAILY: gettext("Daily digest"),
        Cadence.WEEKLY: gettext("Weekly digest"),
        Cadence.MONTHLY: gettext("Monthly digest"),
    }
    return names.get(cadence, gettext("Digest"))


def _to_come(digest: Digest) -> Iterator[str]:
    """Payouts on their way, then the money of the next ones."""
    for payout in digest.on_the_way[:_PAYOUTS]:
        arrives = gettext("arrives {day}", day=day(payout.arrival, short=True))
        yield f"**{money(payout.amount)}** · {arrives}"
    yield from filter(None, map(balance_line, digest.waiting[:_CURRENCIES]))


def _to_do(actions: Actions) -> Iterator[str]:
    if actions.conflicts:
        yield "⚠️ " + ngettext(
            "{count} exclusive conflict: `/exclusive`",
            "{count} exclusive conflicts: `/exclusive`",
            actions.conflicts,
        )
    if actions.disputes and actions.answer_by is not None:
        yield "⚖️ " + ngettext(
            "{count} dispute to answer, due {when}",
            "{count} disputes to answer, due {when}",
            actions.disputes,
            when=timestamp(actions.answer_by, "R"),
        )
    if actions.steps:
        yield "☐ " + ngettext(
            "{count} off-sale step left: `/exclusive`",
            "{count} off-sale steps left: `/exclusive`",
            actions.steps,
        )
    if actions.failed:
        yield "✉️ " + ngettext(
            "{count} alert not posted: `/settings show`",
            "{count} alerts not posted: `/settings show`",
            actions.failed,
        )
