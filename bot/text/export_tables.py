"""The tables of `/export`: their columns, and rows made of the lines that the store reads.

`sales`: one row for each movement of money. `payouts`: each payout, then what is in it. `buyers`:
those who agreed to get news by email.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, auto
from functools import cache
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from bot.domain.entries import EntryKind
from bot.domain.export_lines import (
    OTHER,
    UNTOLD,
    BuyerLine,
    PayoutHead,
    PayoutLine,
    PayoutTotals,
    SaleLine,
    parts,
)
from bot.domain.money import decimals
from bot.domain.sale import SaleState
from bot.domain.totals import CurrencyTotals
from bot.text.language import gettext
from bot.text.sale_lines import state_words
from bot.text.words import payouts_words, refunds_words, sales_words


class Kind(Enum):
    """What the cells of a column are. Any cell may be None: empty."""

    TEXT = auto()
    NUMBER = auto()
    MONEY = auto()
    """Minor units; another cell of the row holds the currency."""
    LOCAL = auto()
    """A moment in unix seconds, shown in the table's time zone."""
    UTC = auto()
    """The same, shown in UTC."""
    DAY = auto()
    """A day, as unix seconds of its midnight in UTC."""


Cell: TypeAlias = str | int | None
Row: TypeAlias = Sequence[Cell]


class Column(NamedTuple):
    """A column of a table."""

    heading: str
    kind: Kind
    width: int
    """In characters."""
    currency: int = -1
    """For money: the cell of the row that holds its currency, in capitals."""


Value: TypeAlias = str | int | Decimal | datetime | date | None
"""What a cell shows: exact, and on the clock of its column's time zone."""


@dataclass(frozen=True, slots=True)
class Table:
    """The head of a table; its rows are made as they are needed."""

    title: str
    """Of the sheet, at most 31 characters, none of []:*?/\\ among them."""
    columns: tuple[Column, ...]
    timezone: str

    def values(self, row: Row) -> list[Value]:
        """What the cells of a row show."""
        return [
            cell
            if cell is None or column.kind in _AS_THEY_ARE
            else _value(cell, column, row, self.timezone)
            for cell, column in zip(row, self.columns, strict=True)
        ]


_AS_THEY_ARE = (Kind.TEXT, Kind.NUMBER)


def _value(cell: str | int, column: Column, row: Row, timezone: str) -> Value:
    number = int(cell)
    match column.kind:
        case Kind.MONEY:
            return Decimal(number).scaleb(-_places(str(row[column.currency])))
        case Kind.LOCAL:
            return datetime.fromtimestamp(number, ZoneInfo(timezone)).replace(tzinfo=None)
        case Kind.UTC:
            return datetime.fromtimestamp(number, UTC).replace(tzinfo=None)
        case Kind.DAY:
            return datetime.fromtimestamp(number, UTC).date()
        case _:
            return cell


@cache
def _places(currency: str) -> int:
    """How many decimals Stripe's minor unit of a currency has, which is in capitals."""
    return decimals(currency.lower())


def kind_words() -> dict[str, str]:
    """Kinds of entries, in the language spoken."""
    return {
        EntryKind.SALE.value: gettext("Sale"),
        EntryKind.REFUND.value: gettext("Refund"),
        EntryKind.REFUND_REVERSAL.value: gettext("Refund failed"),
        EntryKind.DISPUTE.value: gettext("Dispute"),
        EntryKind.FEE_RETURN.value: gettext("Fee returned"),
    }


def amount_columns(currency: int) -> tuple[Column, ...]:
    """The amounts of an entry; `currency`: the cell of the row that holds the currency."""
    headings = (
        gettext("Before fees"),
        gettext("Stripe fee"),
        gettext("Tax on the fee"),
        gettext("Platform fee"),
        gettext("Tax withheld"),
        gettext("Refunds"),
        gettext("Disputes"),
    )
    return tuple(Column(heading, Kind.MONEY, 12, currency) for heading in headings)


_PAID, _SETTLED = 12, 15
"""The cells that hold the currencies."""


class SalesTable:
    """Makes its rows, in the language spoken when it was made."""

    def __init__(self, timezone: str) -> None:
        self.table = Table(gettext("Sales"), _sale_columns(timezone), timezone)
        self._kinds = kind_words()
        self._states = {state.value: state_words(state) for state in SaleState}
        self._answers = {False: gettext("no"), True: gettext("yes")}

    def rows(self, lines: Iterable[SaleLine]) -> list[Row]:
        """One row for each line."""
        return [self._row(line) for line in lines]

    def totals(self, totals: Iterable[CurrencyTotals]) -> list[Row]:
        """A row for each currency, below all others."""
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
            # Price and refund of the whole sale, once, on the row of the sale.
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


def _sale_columns(timezone: str) -> tuple[Column, ...]:
    return (
        Column(gettext("Sale"), Kind.NUMBER, 8),
        Column(gettext("Type"), Kind.TEXT, 14),
        Column(gettext("Date ({zone})", zone=timezone), Kind.LOCAL, 19),
        Column(gettext("Date ({zone})", zone="UTC"), Kind.UTC, 19),
        Column(gettext("Track"), Kind.TEXT, 28),
        Column(gettext("License"), Kind.TEXT, 20),
        Column(gettext("Exclusive"), Kind.TEXT, 9),
        Column(gettext("Current status"), Kind.TEXT, 15),
        Column(gettext("Buyer"), Kind.TEXT, 22),
        Column(gettext("Email"), Kind.TEXT, 28),
        Column(gettext("Country"), Kind.TEXT, 8),
        Column(gettext("Paid by the buyer"), Kind.MONEY, 12, _PAID),
        Column(gettext("Paid in"), Kind.TEXT, 8),
        Column(gettext("Refunded so far"), Kind.MONEY, 12, _PAID),
        Column(gettext("Fees known"), Kind.TEXT, 8),
        Column(gettext("Settled in"), Kind.TEXT, 8),
        *amount_columns(_SETTLED),
        Column(gettext("Tax from the buyer"), Kind.MONEY, 12, _SETTLED),
        Column(gettext("Net"), Kind.MONEY, 12, _SETTLED),
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


_CURRENCY = 4
"""The cell that holds the currency."""
_AMOUNTS = (
    *("gross", "stripe_fee", "fee_tax", "platform_fee", "withheld_tax"),
    *("refunded", "disputed", "other", "net", "tax"),
)
_ALWAYS = "net"
"""The one that is shown even if it is zero."""


class PayoutsTable:
    """Makes its rows, in the language spoken when it was made."""

    def __init__(self, timezone: str) -> None:
        self.table = Table(gettext("Payouts"), _payout_columns(timezone), timezone)
        self._kinds = kind_words() | {
            OTHER: gettext("Not a sale"),
            UNTOLD: gettext("Not itemized by Stripe"),
        }
        self._statuses = _statuses()
        self._payout = gettext("Payout")

    def head(self, head: PayoutHead) -> Row:
        """The payout itself."""
        return (*self._about(head), self._payout, head.amount, *(None,) * 13)

    def rows(self, head: PayoutHead, lines: Iterable[PayoutLine]) -> list[Row]:
        """Its contents, one row for each line."""
        about = self._about(head)
        return [
            (
                *about,
                self._kinds[line.kind],
                None,
                line.number,
                line.track,
                *_amounts(parts(line)),
                line.movement,
            )
            for line in lines
        ]

    def totals(self, totals: Iterable[PayoutTotals]) -> list[Row]:
        """A row for each currency, below all others."""
        return [
            (
                gettext("Total"),
                None,
                None,
                None,
                one.currency.upper(),
                payouts_words(one.payouts),
                one.amount,
                None,
                None,
                *(getattr(one, name) for name in _AMOUNTS),
                None,
            )
            for one in totals
        ]

    def _about(self, head: PayoutHead) -> Row:
        return (
            head.payout,
            int(head.created.timestamp()),
            int(head.arrival.timestamp()),
            self._statuses.get(head.status, head.status),
            head.currency.upper(),
        )


def _amounts(of: Mapping[str, int]) -> list[int | None]:
    return [of.get(name) or (0 if name == _ALWAYS else None) for name in _AMOUNTS]


def _payout_columns(timezone: str) -> tuple[Column, ...]:
    return (
        Column(gettext("Payout"), Kind.TEXT, 30),
        Column(gettext("Created ({zone})", zone=timezone), Kind.LOCAL, 19),
        Column(gettext("Arrives"), Kind.DAY, 12),
        Column(gettext("Status"), Kind.TEXT, 12),
        Column(gettext("Currency"), Kind.TEXT, 9),
        Column(gettext("Type"), Kind.TEXT, 16),
        Column(gettext("Paid out"), Kind.MONEY, 12, _CURRENCY),
        Column(gettext("Sale"), Kind.NUMBER, 8),
        Column(gettext("Track"), Kind.TEXT, 28),
        *amount_columns(_CURRENCY),
        Column(gettext("Other"), Kind.MONEY, 12, _CURRENCY),
        Column(gettext("Amount in the payout"), Kind.MONEY, 12, _CURRENCY),
        Column(gettext("Tax from buyers in it"), Kind.MONEY, 12, _CURRENCY),
        Column(gettext("Stripe balance transaction"), Kind.TEXT, 30),
    )


def _statuses() -> dict[str, str]:
    return {
        "pending": gettext("pending"),
        "in_transit": gettext("on its way"),
        "paid": gettext("arrived"),
        "failed": gettext("failed"),
        "canceled": gettext("canceled"),
    }


class BuyersTable:
    """Makes its rows, in the language spoken when it was made."""

    def __init__(self, timezone: str) -> None:
        self.table = Table(gettext("Buyers"), _buyer_columns(timezone), timezone)

    def rows(self, lines: Iterable[BuyerLine]) -> list[Row]:
        """A row for each buyer who agreed; the others are left out."""
        return [
            (
                line.email,
                line.name,
                line.country,
                line.payments,
                int(line.first.timestamp()),
                int(line.last.timestamp()),
            )
            for line in lines
            if line.agreed
        ]


def _buyer_columns(timezone: str) -> tuple[Column, ...]:
    return (
        Column(gettext("Email"), Kind.TEXT, 32),
        Column(gettext("Name"), Kind.TEXT, 26),
        Column(gettext("Country"), Kind.TEXT, 8),
        Column(gettext("Purchases"), Kind.NUMBER, 10),
        Column(gettext("First purchase ({zone})", zone=timezone), Kind.LOCAL, 19),
        Column(gettext("Last purchase ({zone})", zone=timezone), Kind.LOCAL, 19),
    )
