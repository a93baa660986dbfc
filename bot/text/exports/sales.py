"""The table of `/export sales`: a line for each movement of money, and what they come to."""

from collections.abc import Iterable

from bot.domain.answers import CurrencyTotals
from bot.domain.entries import EntryKind
from bot.domain.exports import SaleLine
from bot.domain.records import SaleState
from bot.text.exports.movements import amount_columns, kind_words
from bot.text.exports.table import Column, Kind, Row, Table
from bot.text.language import gettext
from bot.text.price import state_words
from bot.text.words import refunds_words, sales_words

_PAID, _SETTLED = 12, 15
"""In which cells the currencies stand."""


class SalesTable:
    """Makes its rows, in the language spoken when it was made."""

    def __init__(self, timezone: str) -> None:
        self.table = Table(gettext("Sales"), _columns(timezone), timezone)
        self._kinds = kind_words()
        self._states = {state.value: state_words(state) for state in SaleState}
        self._answers = {False: gettext("no"), True: gettext("yes")}

    def rows(self, lines: Iterable[SaleLine]) -> list[Row]:
        """A row a line."""
        return [self._row(line) for line in lines]

    def totals(self, totals: Iterable[CurrencyTotals]) -> list[Row]:
        """A row a currency, below all others."""
        return [_total_row(one) for one in totals]

    def _row(self, line: SaleLine) -> Row:
        at = int(line.at.timestamp())
        sale = line.kind == EntryKind.SALE
        dispute = line.kind == EntryKind.DISPUTE
        return (
            line.number,
            self._kinds[line.kind],
            at,
            at,
            line.track,
            line.license,
            self._answers[line.exclusive],
            self._states[line.state],
            line.name,
            line.email,
            line.country,
            # What was paid and given back is of the whole sale: said once, where it was sold.
            line.amount if sale else None,
            line.currency.upper() if sale else None,
            (-line.refunded or None) if sale else None,
            self._answers[line.booked],
            line.settled_currency.upper(),
            line.gross if sale else None,
            -line.stripe_fee,
            -line.fee_tax or None,
            -line.platform_fee or None,
            -line.withheld_tax or None,
            None if sale or dispute else line.gross or None,
            line.gross if dispute else None,
            -line.tax or None,
            line.net,
            line.payout,
            int(line.arrival.timestamp()) if line.arrival else None,
            line.intent,
            line.charge,
            line.session,
            line.source,
        )


def _columns(timezone: str) -> tuple[Column, ...]:
    return (
        Column(gettext("Sale"), Kind.NUMBER, 8),
        Column(gettext("What"), Kind.TEXT, 14),
        Column(gettext("Date ({zone})", zone=timezone), Kind.LOCAL, 19),
        Column(gettext("Date ({zone})", zone="UTC"), Kind.UTC, 19),
        Column(gettext("Track"), Kind.TEXT, 28),
        Column(gettext("License"), Kind.TEXT, 20),
        Column(gettext("Exclusive"), Kind.TEXT, 9),
        Column(gettext("State now"), Kind.TEXT, 15),
        Column(gettext("Buyer"), Kind.TEXT, 22),
        Column(gettext("Email"), Kind.TEXT, 28),
        Column(gettext("Country"), Kind.TEXT, 8),
        Column(gettext("Paid by the buyer"), Kind.MONEY, 12, _PAID),
        Column(gettext("Paid in"), Kind.TEXT, 8),
        Column(gettext("Refunded until now"), Kind.MONEY, 12, _PAID),
        Column(gettext("Fees known"), Kind.TEXT, 8),
        Column(gettext("Settled in"), Kind.TEXT, 8),
        *amount_columns(_SETTLED),
        Column(gettext("Tax from the buyer"), Kind.MONEY, 12, _SETTLED),
        Column(gettext("Left"), Kind.MONEY, 12, _SETTLED),
        Column(gettext("Payout"), Kind.TEXT, 30),
        Column(gettext("Payout arrives"), Kind.DAY, 12),
        Column(gettext("Stripe payment"), Kind.TEXT, 30),
        Column(gettext("Stripe charge"), Kind.TEXT, 30),
        Column(gettext("Stripe Checkout"), Kind.TEXT, 30),
        Column(gettext("Stripe balance transaction"), Kind.TEXT, 30),
    )


def _total_row(totals: CurrencyTotals) -> Row:
    counts = sales_words(totals.sales), refunds_words(totals.refunds)
    amounts = (
        totals.gross,
        -totals.stripe_fee,
        -totals.fee_tax,
        -totals.platform_fee,
        -totals.withheld_tax,
        -totals.refunded,
        -totals.disputed,
        totals.returned_tax - totals.tax,
        totals.net,
    )
    named = (None, gettext("Total"), None, None, *counts, *(None,) * 9)
    return (*named, totals.currency.upper(), *amounts, *(None,) * 6)
