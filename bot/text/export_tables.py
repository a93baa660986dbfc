"""The tables of `/export`: their columns, and rows made of the lines that the store reads.

`sales`: one row for each movement of money. `payouts`: each payout, then what is in it. `buyers`:
those who agreed to get news by email.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum, auto
from functools import cache
from itertools import zip_longest
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias
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

field = attrgetter


def seconds(name: str) -> "Callable[[Any], Cell]":
    """A moment of a line, if it has one, in unix seconds."""
    moment = attrgetter(name)
    return lambda line: int(at.timestamp()) if (at := moment(line)) else None


def minus(name: str) -> "Callable[[Any], Cell]":
    """An amount of a line that was taken off; none instead of zero."""
    amount = attrgetter(name)
    return lambda line: -amount(line) or None


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
    value: Callable[[Any], Cell] | None = None
    """What it has of a line, unless its table puts the cells of a row together itself."""
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

    def rows(self, lines: Iterable[Any]) -> list[Row]:
        """A row for each line."""
        values = [column.value for column in self.columns if column.value]
        return [[value(line) for value in values] for line in lines]

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


def amount_columns(currency: int, *values: Callable[[Any], Cell] | None) -> list[Column]:
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
    return [
        Column(heading, Kind.MONEY, 12, value, currency)
        for heading, value in zip_longest(headings, values)
    ]


_PAID, _SETTLED = 12, 15
"""The cells that hold the currencies."""
_RETURNS = (EntryKind.REFUND, EntryKind.REFUND_REVERSAL, EntryKind.FEE_RETURN)


class SalesTable:
    """Makes its rows, in the language spoken when it was made."""

    def __init__(self, timezone: str) -> None:
        self.table = Table(gettext("Sales"), _sale_columns(timezone), timezone)

    def rows(self, lines: Iterable[SaleLine]) -> list[Row]:
        """One row for each line."""
        return self.table.rows(lines)

    def totals(self, totals: Iterable[CurrencyTotals]) -> list[Row]:
        """A row for each currency, below all others."""
        return [_total_row(one) for one in totals]


def _sale_columns(timezone: str) -> tuple[Column, ...]:
    kinds, answers = kind_words(), {False: gettext("no"), True: gettext("yes")}
    states = {state.value: state_words(state) for state in SaleState}

    def of_sale(value: Callable[[SaleLine], Cell]) -> Callable[[SaleLine], Cell]:
        """What is said of the whole sale once, on its own row."""
        return lambda line: value(line) if line.kind == EntryKind.SALE else None

    return (
        Column(gettext("Sale"), Kind.NUMBER, 8, field("number")),
        Column(gettext("Type"), Kind.TEXT, 14, lambda line: kinds[line.kind]),
        Column(gettext("Date ({zone})", zone=timezone), Kind.LOCAL, 19, seconds("at")),
        Column(gettext("Date ({zone})", zone="UTC"), Kind.UTC, 19, seconds("at")),
        Column(gettext("Track"), Kind.TEXT, 28, field("track")),
        Column(gettext("License"), Kind.TEXT, 20, field("license")),
        Column(gettext("Exclusive"), Kind.TEXT, 9, lambda line: answers[line.exclusive]),
        Column(gettext("Current status"), Kind.TEXT, 15, lambda line: states[line.state]),
        Column(gettext("Buyer"), Kind.TEXT, 22, field("name")),
        Column(gettext("Email"), Kind.TEXT, 28, field("email")),
        Column(gettext("Country"), Kind.TEXT, 8, field("country")),
        Column(gettext("Paid by the buyer"), Kind.MONEY, 12, of_sale(field("amount")), _PAID),
        Column(gettext("Paid in"), Kind.TEXT, 8, of_sale(lambda line: line.currency.upper())),
        Column(gettext("Refunded so far"), Kind.MONEY, 12, of_sale(minus("refunded")), _PAID),
        Column(gettext("Fees known"), Kind.TEXT, 8, lambda line: answers[line.booked]),
        Column(gettext("Settled in"), Kind.TEXT, 8, lambda line: line.settled_currency.upper()),
        *amount_columns(
            _SETTLED,
            of_sale(field("gross")),
            lambda line: -line.stripe_fee,
            *map(minus, ("fee_tax", "platform_fee", "withheld_tax")),
            lambda line: (line.gross or None) if line.kind in _RETURNS else None,
            lambda line: line.gross if line.kind == EntryKind.DISPUTE else None,
        ),
        Column(gettext("Tax from the buyer"), Kind.MONEY, 12, minus("tax"), _SETTLED),
        Column(gettext("Net"), Kind.MONEY, 12, field("net"), _SETTLED),
        Column(gettext("Payout"), Kind.TEXT, 30, field("payout")),
        Column(gettext("Payout arrives"), Kind.DAY, 12, seconds("arrival")),
        Column(gettext("Stripe payment"), Kind.TEXT, 30, field("intent")),
        Column(gettext("Stripe charge"), Kind.TEXT, 30, field("charge")),
        Column(gettext("Stripe Checkout"), Kind.TEXT, 30, field("session")),
        Column(gettext("Stripe balance transaction"), Kind.TEXT, 30, field("source")),
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
        self._statuses = {
            "pending": gettext("pending"),
            "in_transit": gettext("on its way"),
            "paid": gettext("arrived"),
            "failed": gettext("failed"),
            "canceled": gettext("canceled"),
        }
        self._payout = gettext("Payout")

    def head(self, head: PayoutHead) -> Row:
        """The payout itself."""
        return (*self._about(head), self._payout, head.amount, *(None,) * 13)

    def rows(self, head: PayoutHead, lines: Iterable[PayoutLine]) -> list[Row]:
        """Its contents, one row for each line."""
        about = self._about(head)
        rows: list[Row] = []
        for line in lines:
            of = parts(line)
            amounts = [of.get(name) or (0 if name == _ALWAYS else None) for name in _AMOUNTS]
            kind = self._kinds[line.kind]
            rows.append((*about, kind, None, line.number, line.track, *amounts, line.movement))
        return rows

    def totals(self, totals: Iterable[PayoutTotals]) -> list[Row]:
        """A row for each currency, below all others."""
        rows: list[Row] = []
        for one in totals:
            named = (gettext("Total"), None, None, None, one.currency.upper())
            amounts = (getattr(one, name) for name in _AMOUNTS)
            counted = payouts_words(one.payouts), one.amount
            rows.append((*named, *counted, None, None, *amounts, None))
        return rows

    def _about(self, head: PayoutHead) -> Row:
        return (
            head.payout,
            int(head.created.timestamp()),
            int(head.arrival.timestamp()),
            self._statuses.get(head.status, head.status),
            head.currency.upper(),
        )


def _payout_columns(timezone: str) -> tuple[Column, ...]:
    return (
        Column(gettext("Payout"), Kind.TEXT, 30),
        Column(gettext("Created ({zone})", zone=timezone), Kind.LOCAL, 19),
        Column(gettext("Arrives"), Kind.DAY, 12),
        Column(gettext("Status"), Kind.TEXT, 12),
        Column(gettext("Currency"), Kind.TEXT, 9),
        Column(gettext("Type"), Kind.TEXT, 16),
        Column(gettext("Paid out"), Kind.MONEY, 12, currency=_CURRENCY),
        Column(gettext("Sale"), Kind.NUMBER, 8),
        Column(gettext("Track"), Kind.TEXT, 28),
        *amount_columns(_CURRENCY),
        Column(gettext("Other"), Kind.MONEY, 12, currency=_CURRENCY),
        Column(gettext("Amount in the payout"), Kind.MONEY, 12, currency=_CURRENCY),
        Column(gettext("Tax from buyers in it"), Kind.MONEY, 12, currency=_CURRENCY),
        Column(gettext("Stripe balance transaction"), Kind.TEXT, 30),
    )


class BuyersTable:
    """Makes its rows, in the language spoken when it was made."""

    def __init__(self, timezone: str) -> None:
        columns = (
            Column(gettext("Email"), Kind.TEXT, 32, field("email")),
            Column(gettext("Name"), Kind.TEXT, 26, field("name")),
            Column(gettext("Country"), Kind.TEXT, 8, field("country")),
            Column(gettext("Purchases"), Kind.NUMBER, 10, field("payments")),
            Column(
                gettext("First purchase ({zone})", zone=timezone),
                Kind.LOCAL,
                19,
                seconds("first"),
            ),
            Column(
                gettext("Last purchase ({zone})", zone=timezone), Kind.LOCAL, 19, seconds("last")
            ),
        )
        self.table = Table(gettext("Buyers"), columns, timezone)

    def rows(self, lines: Iterable[BuyerLine]) -> list[Row]:
        """A row for each buyer who agreed; the others are left out."""
        return self.table.rows(line for line in lines if line.agreed)
