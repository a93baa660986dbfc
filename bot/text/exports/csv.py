"""Rows as CSV that a spreadsheet opens without doing anything that a cell asks for.

The form is RFC 4180's: https://www.rfc-editor.org/rfc/rfc4180. UTF-8 with a mark at its beginning,
by which Excel tells it from older encodings.
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from io import StringIO
from zoneinfo import ZoneInfo

from bot.text.exports.table import Cell, Column, Kind, Row, Table, amount_text, is_word

BEGINNING = "\ufeff".encode()

# What makes a spreadsheet take a text for a formula, also where it takes a semicolon or a tab for
# the end of a cell. The wide forms are read like the plain ones in some languages.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\t\r]|\s*[=+\-@＝＋－＠])")

Format = Callable[[Cell, Row], object]


class CsvRows:
    """Makes the lines of a table."""

    def __init__(self, table: Table) -> None:
        self._headings = [column.heading for column in table.columns]
        self._formats = [_format(column, table.timezone) for column in table.columns]

    def head(self) -> bytes:
        """The first line, with the mark before it."""
        return BEGINNING + _lines([self._headings])

    def lines(self, rows: Iterable[Row]) -> bytes:
        """A line a row."""
        return _lines(
            [
                "" if cell is None else form(cell, row)
                for cell, form in zip(row, self._formats, strict=True)
            ]
            for row in rows
        )


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what would be."""
    return _FORMULA.sub(r"\1'", text)


def _lines(rows: Iterable[Sequence[object]]) -> bytes:
    written = StringIO()
    csv.writer(written).writerows(rows)
    return written.getvalue().encode(errors="replace")


def _format(column: Column, timezone: str) -> Format:
    zone = ZoneInfo(timezone)
    match column.kind:
        case Kind.TEXT:
            # Names come again and again. Not kept any longer than this: they are buyers'. Ids and
            # single words, which are most of all, can stand as they are.
            texts = lru_cache(maxsize=4096)(harmless)
            return lambda cell, _: cell if is_word(cell) else texts(str(cell))
        case Kind.NUMBER:
            return lambda cell, _: cell
        case Kind.MONEY:
            amounts = lru_cache(maxsize=4096)(amount_text)
            return lambda cell, row: amounts(cell, row[column.currency])
        case Kind.LOCAL:
            return lambda cell, _: _moment(cell, zone)
        case Kind.UTC:
            return lambda cell, _: _moment(cell, UTC)
        case Kind.DAY:
            return lambda cell, _: _moment(cell, UTC)[:10]


def _moment(cell: Cell, zone: tzinfo) -> str:
    return str(datetime.fromtimestamp(int(cell or 0), zone).replace(tzinfo=None))
