"""The table of `/export payouts`: each payout, and below it what is in it."""

from collections.abc import Iterable, Mapping

from bot.domain.exports import OTHER, UNTOLD, PayoutHead, PayoutLine, PayoutTotals, parts
from bot.text.exports.movements import amount_columns, kind_words
from bot.text.exports.table import Column, Kind, Row, Table
from bot.text.language import gettext
from bot.text.words import payouts_words

_CURRENCY = 4
"""In which cell the currency stands."""
_AMOUNTS = (
    *("gross", "stripe_fee", "fee_tax", "platform_fee", "withheld_tax"),
    *("refunded", "disputed", "other", "net", "tax"),
)
_ALWAYS = "net"
"""The one that is shown where it is nothing, too."""


class PayoutsTable:
    """Makes its rows, in the language spoken when it was made."""

    def __init__(self, timezone: str) -> None:
        self.table = Table(gettext("Payouts"), _columns(timezone), timezone)
        self._kinds = kind_words() | {
            OTHER: gettext("No sale"),
            UNTOLD: gettext("Not told by Stripe"),
        }
        self._statuses = _statuses()
        self._payout = gettext("Payout")

    def head(self, head: PayoutHead) -> Row:
        """The payout itself."""
        return (*self._about(head), self._payout, head.amount, *(None,) * 13)

    def rows(self, head: PayoutHead, lines: Iterable[PayoutLine]) -> list[Row]:
        """What is in it, a row a line."""
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
        """A row a currency, below all others."""
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


def _columns(timezone: str) -> tuple[Column, ...]:
    return (
        Column(gettext("Payout"), Kind.TEXT, 30),
        Column(gettext("Made ({zone})", zone=timezone), Kind.LOCAL, 19),
        Column(gettext("Arrives"), Kind.DAY, 12),
        Column(gettext("Status"), Kind.TEXT, 12),
        Column(gettext("Currency"), Kind.TEXT, 9),
        Column(gettext("What"), Kind.TEXT, 16),
        Column(gettext("Paid out"), Kind.MONEY, 12, _CURRENCY),
        Column(gettext("Sale"), Kind.NUMBER, 8),
        Column(gettext("Track"), Kind.TEXT, 28),
        *amount_columns(_CURRENCY),
        Column(gettext("Other"), Kind.MONEY, 12, _CURRENCY),
        Column(gettext("Part of the payout"), Kind.MONEY, 12, _CURRENCY),
        Column(gettext("Of it tax from buyers"), Kind.MONEY, 12, _CURRENCY),
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
