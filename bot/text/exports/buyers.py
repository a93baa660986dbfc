"""The table of `/export buyers`: those to whom news may be mailed."""

from collections.abc import Iterable

from bot.domain.exports import BuyerLine
from bot.text.exports.table import Column, Kind, Row, Table
from bot.text.language import gettext


class BuyersTable:
    """Makes its rows, in the language spoken when it was made."""

    def __init__(self, timezone: str) -> None:
        self.table = Table(gettext("Buyers"), _columns(timezone), timezone)

    def rows(self, lines: Iterable[BuyerLine]) -> list[Row]:
        """A row for each who agreed; the others are left out."""
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


def _columns(timezone: str) -> tuple[Column, ...]:
    return (
        Column(gettext("Email"), Kind.TEXT, 32),
        Column(gettext("Name"), Kind.TEXT, 26),
        Column(gettext("Country"), Kind.TEXT, 8),
        Column(gettext("Purchases"), Kind.NUMBER, 10),
        Column(gettext("First purchase ({zone})", zone=timezone), Kind.LOCAL, 19),
        Column(gettext("Last purchase ({zone})", zone=timezone), Kind.LOCAL, 19),
    )
