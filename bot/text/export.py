"""`/export` in words: what the files hold, what was left out, and the progress."""

from collections.abc import Iterable, Sequence

from bot.domain.export_lines import ExportSubject, LeftOut, PayoutTotals
from bot.domain.money import Money
from bot.domain.period import PeriodKind, Span
from bot.domain.sale import Producer
from bot.domain.totals import CurrencyTotals
from bot.text.language import gettext, ngettext
from bot.text.message import Color, Message, card
from bot.text.period_words import period_days, period_title
from bot.text.sale_lines import without_fees
from bot.text.words import in_mode, money, payouts_words, percent_words, sales_words

CONSENT = "https://docs.stripe.com/payments/checkout/promotional-emails-consent"


def file_stem(what: ExportSubject, span: Span, producer: Producer) -> str:
    """What the files' names begin with: `sales-2026-03`, `payouts-2026-09-01-to-2026-09-15`."""
    mode = "" if producer.livemode else "test-"
    return f"{mode}{what.value}-{_days(span)}"


def _days(span: Span) -> str:
    if span.first is None:
        return f"until-{span.last}"
    match span.kind:
        case PeriodKind.YEAR:
            return f"{span.first:%Y}"
        case PeriodKind.MONTH:
            return f"{span.first:%Y-%m}"
        case PeriodKind.DAY:
            return str(span.first)
    return f"{span.first}-to-{span.last}"


def export_message(
    what: ExportSubject, span: Span, producer: Producer, lines: Iterable[str], files: Sequence[str]
) -> Message:
    """The message with the files of these names."""
    titles = {
        ExportSubject.SALES: gettext("Sales"),
        ExportSubject.BUYERS: gettext("Buyers"),
        ExportSubject.PAYOUTS: gettext("Payouts"),
    }
    days = period_days(span, producer.timezone)
    title = period_title(span)
    split = []
    if any("-part-" in name for name in files):
        words = gettext("Split, as it was too large for Discord; the totals are in the last part.")
        split.append(words)
    embed = card(
        Color.LEASE if files else Color.REFUNDED,
        author=in_mode("", producer),
        title=f"{titles[what]} · {title}",
        lines=[*([days] if days != title else []), *lines, *split],
        footer=gettext("Days begin at midnight in {zone}", zone=producer.timezone),
    )
    return Message.of(embed)


def about_sales(
    totals: Sequence[CurrencyTotals], *, fees_possible: bool, unreadable: str = ""
) -> list[str]:
    """The totals of the lines, as in `/stats`."""
    if not totals:
        return [gettext("No sales or refunds in this period, so there is no file.")]
    return [
        *(_sales_line(one) for one in totals),
        *without_fees(totals, fees_possible=fees_possible, unreadable=unreadable),
        gettext("A line for each sale, refund and dispute; totals as in `/stats`."),
    ]


def _sales_line(one: CurrencyTotals) -> str:
    def say(minor: int) -> str:
        return money(Money(minor, one.currency))

    taken = {
        gettext("fees {amount}", amount=say(one.fees)): one.fees,
        gettext("refunded {amount}", amount=say(one.refunded)): one.refunded,
        gettext("disputes {amount}", amount=say(one.disputed)): one.disputed,
        gettext("tax {amount}", amount=say(one.tax - one.returned_tax)): one.tax,
    }
    net = gettext("**{left}** net of {gross}", left=say(one.net), gross=say(one.gross))
    parts = [sales_words(one.sales), *(words for words, amount in taken.items() if amount)]
    return " · ".join((net, *parts))


def about_payouts(totals: Sequence[PayoutTotals]) -> list[str]:
    """What went to the bank."""
    if not totals:
        return [gettext("No payouts in this period, so there is no file.")]
    lines = []
    for one in totals:
        amount = money(Money(one.amount, one.currency))
        lines.append(f"**{amount}** · {payouts_words(one.payouts)}")
        if one.failed:
            lines.append(gettext("└ not counted: {count} failed or canceled", count=one.failed))
    lines.append(gettext("Below each payout: what it is made of."))
    return lines


def about_buyers(agreed: int, left_out: LeftOut) -> list[str]:
    """How many buyers agreed, how many did not, and how to ask them."""
    if not agreed and not left_out.count:
        return [gettext("No purchases in this period, so there is no file.")]
    lines = [
        ngettext(
            "**{count}** buyer agreed at checkout to marketing emails",
            "**{count}** buyers agreed at checkout to marketing emails",
            agreed,
        )
        if agreed
        else gettext("No buyer in this period agreed to marketing emails, so there is no file.")
    ]
    if left_out.count:
        lines += ["", *_left_out(left_out)]
    return lines


def _left_out(left_out: LeftOut) -> list[str]:
    counts = (
        (left_out.never_asked, gettext("never asked")),
        (left_out.refused, gettext("said no")),
        (left_out.without_email, gettext("no email")),
    )
    reasons = ", ".join(f"{count:,} {why}" for count, why in counts if count)
    return [
        gettext("Left out: **{count}** ({reasons})", count=f"{left_out.count:,}", reasons=reasons),
        gettext(
            "Stripe can ask for consent at checkout, if your country has it: [how]({url})",
            url=CONSENT,
        ),
    ]


def progress_words(percent: int, lines: int) -> str:
    """The progress of a long export; the number of lines may not be known yet."""
    if not lines:
        return gettext("Reading your sales …")
    return ngettext(
        "Writing {count} line … {percent}",
        "Writing {count} lines … {percent}",
        lines,
        percent=percent_words(percent),
    )


def rest_words(number: int, messages: int) -> str:
    """Above the files that did not fit into the first message."""
    return gettext("More files ({number} of {messages})", number=number, messages=messages)
