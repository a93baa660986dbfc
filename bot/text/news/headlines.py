"""The line of an alert that a phone shows on its lock screen: how much, for what, how it stands.

It is the message's content, and the headline above its embed. No buyer is in it.
"""

from collections.abc import Sequence

from bot.domain.answers import CurrencyTotals
from bot.domain.digests import Digest
from bot.domain.money import Money, sums
from bot.domain.preferences import Cadence
from bot.domain.records import PaymentRecord, Producer, Sale, SaleState
from bot.text.language import gettext
from bot.text.money import money, monies
from bot.text.parts.licenses import license_name
from bot.text.price import and_more, state_words
from bot.text.words import in_mode, line, sales_words

TRACK = 80
LICENSE = 40
_CURRENCIES = 3


def sale_headline(record: PaymentRecord) -> str:
    """`$499.00 · Midnight Drive · Exclusive`; before it, what is wrong with it or over."""
    first, *others = record.sales
    what = [line(first.track, TRACK)]
    what = [and_more(what[0], len(others))] if others else [*what, _license(first)]
    parts = [*_state(record.sales), _price(record), *what]
    return in_mode(" · ".join(parts), livemode=record.producer.livemode)


def burst_headline(records: Sequence[PaymentRecord]) -> str:
    """`10 sales · $299.90 · Midnight Drive · Exclusive + 9 more`."""
    sales = [sale for record in records for sale in record.sales]
    first = next((sale for sale in sales if sale.exclusive), sales[0])
    name = line(first.track, TRACK)
    name = f"{name} · {_license(first)}" if first.exclusive else name
    parts = [sales_words(len(sales)), _sum(sales), and_more(name, len(sales) - 1)]
    return in_mode(" · ".join(parts), livemode=records[0].producer.livemode)


def summary_headline(records: Sequence[PaymentRecord]) -> str:
    """`3 sales · $89.97 · while I could not post here`."""
    sales = [sale for record in records for sale in record.sales]
    parts = [sales_words(len(sales)), _sum(sales), gettext("while I could not post here")]
    livemode = not records or records[0].producer.livemode
    return in_mode(" · ".join(part for part in parts if part), livemode=livemode)


def conflict_headline(sale: Sale) -> str:
    """`⚠️ Conflict · $29.95 · Midnight Drive · Basic Lease`."""
    parts = [f"⚠️ {gettext('Conflict')}", money(sale.price), line(sale.track, TRACK), _license(sale)]
    return " · ".join(parts)


def digest_headline(digest: Digest, producer: Producer) -> str:
    """`Weekly digest · $1,234.50 · 12 sales`."""
    totals = digest.statistics.totals
    parts = [cadence_name(digest.cadence), *map(_gross, totals[:_CURRENCIES])]
    parts.append(sales_words(sum(one.sales for one in totals)))
    return in_mode(" · ".join(parts), livemode=producer.livemode)


def cadence_name(cadence: Cadence) -> str:
    """What a digest is called."""
    names = {
        Cadence.DAILY: gettext("Daily digest"),
        Cadence.WEEKLY: gettext("Weekly digest"),
        Cadence.MONTHLY: gettext("Monthly digest"),
    }
    return names.get(cadence, gettext("Digest"))


def _state(sales: Sequence[Sale]) -> list[str]:
    """What all of them are beyond paid; and whether any collides with an exclusive."""
    if any(sale.conflict for sale in sales):
        return [f"⚠️ {gettext('Conflict')}"]
    states = {sale.state for sale in sales}
    if len(states) > 1 or states == {SaleState.PAID}:
        return []
    words = state_words(states.pop())
    return [words[:1].upper() + words[1:]]


def _price(record: PaymentRecord) -> str:
    payment = record.payment
    return gettext("Free") if payment.free else money(Money(payment.amount, payment.currency))


def _sum(sales: Sequence[Sale]) -> str:
    return monies(sums(sale.price for sale in sales))


def _gross(totals: CurrencyTotals) -> str:
    return money(Money(totals.gross, totals.currency))


def _license(sale: Sale) -> str:
    return line(license_name(sale, LICENSE, markup=False), LICENSE + 20)
