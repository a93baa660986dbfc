"""Rows as CSV and as an Excel workbook, in which no cell ever becomes a formula.

CSV is RFC 4180's (https://www.rfc-editor.org/rfc/rfc4180) in UTF-8 with a byte order mark, by which
Excel recognizes it.

xlsxwriter makes the workbook: styles, widths, the fixed head. The rows are put into it here, in the
form it writes them in itself, because at some thirty cells a row it takes five times as long.
https://learn.microsoft.com/en-us/office/open-xml/spreadsheet/structure-of-a-spreadsheetml-document
"""

import csv
import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime, tzinfo
from functools import lru_cache
from io import BytesIO, StringIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile
from zoneinfo import ZoneInfo

from bot.text.export_tables import Cell, Column, Kind, Row, Table, amount_text, is_word, places_of

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


MOST_ROWS = 1_000_000
"""A sheet holds 1,048,576. https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
"""
EFFORT = 3
"""Of compressing: more than this takes twice the time, and saves five percent."""
LONGEST_TEXT = 32_767
"""UTF-16 units of a cell."""
LARGEST = 10**15
"""Excel keeps fifteen digits: a larger number would show another one, so it becomes a text."""

# Formats of numbers, each of which becomes a style.
_MONEY = {0: "#,##0", 2: "#,##0.00", 3: "#,##0.000"}
_MOMENT, _DAY = "yyyy-mm-dd hh:mm:ss", "yyyy-mm-dd"
_FORMATS = (*_MONEY.values(), _MOMENT, _DAY)

_SHEET = "xl/worksheets/sheet1.xml"
_SECOND_ROW = re.compile(rb'<row r="2".*?</row>', re.DOTALL)
_DIMENSION = re.compile(rb"<dimension[^>]*/>")
_SECONDS_A_DAY = 86_400
_UNIX_EPOCH = 25_569
"""As Excel counts days."""

# What a text in XML cannot hold as it is; what XML knows no way to write is written as Excel does,
# and so is what would be read as written so.
# https://learn.microsoft.com/en-us/dotnet/api/documentformat.openxml.varianttypes.vtbstring
_STRANGE = re.compile("[&<>\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}

CellWriter = Callable[[Cell, Row], str]
"""Gives what stands behind the cell's name in its tag, and the cell's content."""


class Workbook:
    """A workbook with one sheet, on the way into a file. To be closed."""

    def __init__(self, path: Path, table: Table) -> None:
        self._file = path.open("wb")
        self._zip = ZipFile(self._file, "w", ZIP_DEFLATED, compresslevel=EFFORT)
        sheet = self._copy_rest(_made(table))
        match = _SECOND_ROW.search(sheet)
        assert match is not None
        numbers = re.findall(rb's="(\d+)"', match[0])
        self._styles = dict(zip(_FORMATS, map(bytes.decode, numbers), strict=True))
        self._formats = [
            (_letters(index), self._format(column, table.timezone))
            for index, column in enumerate(table.columns)
        ]
        self._row = 1
        self._end = sheet[match.end() :]
        self._out = self._zip.open(_SHEET, "w")
        self._out.write(_DIMENSION.sub(b"", sheet[: match.start()]))

    def add(self, rows: Iterable[Row]) -> None:
        """Write rows below those that are there."""
        self._out.write("".join(map(self._written, rows)).encode())

    def size(self) -> int:
        """Bytes of the file so far; some of the last rows are still on their way into it."""
        return self._file.tell()

    def close(self) -> None:
        """Finish the file."""
        if not self._out.closed:
            self._out.write(self._end)
            self._out.close()
        self._zip.close()
        self._file.close()

    def _copy_rest(self, made: bytes) -> bytes:
        """Take over all but the sheet, which is given back."""
        with ZipFile(BytesIO(made)) as shell:
            for name in shell.namelist():
                if name != _SHEET:
                    self._zip.writestr(name, shell.read(name))
            return shell.read(_SHEET)

    def _written(self, row: Row) -> str:
        self._row += 1
        number = self._row
        cells = [
            f'<c r="{letters}{number}"{form(cell, row)}</c>'
            for cell, (letters, form) in zip(row, self._formats, strict=True)
            if cell is not None and cell != ""
        ]
        return f'<row r="{number}">{"".join(cells)}</row>'

    def _format(self, column: Column, timezone: str) -> CellWriter:
        moment, day = self._styles[_MOMENT], self._styles[_DAY]
        match column.kind:
            case Kind.TEXT:
                # Names come again and again. Not kept any longer than this: they are buyers'.
                texts = lru_cache(maxsize=4096)(_text)
                return lambda cell, _: _word(cell) if is_word(cell) else texts(str(cell))
            case Kind.NUMBER:
                return lambda cell, _: _number(str(cell), int(cell or 0))
            case Kind.MONEY:
                return self._money(column.currency)
            case Kind.LOCAL:
                zone = ZoneInfo(timezone)
                return lambda cell, _: f' s="{moment}"><v>{_days(cell, zone)}</v>'
            case Kind.UTC:
                return lambda cell, _: f' s="{moment}"><v>{_days(cell)}</v>'
            case Kind.DAY:
                return lambda cell, _: f' s="{day}"><v>{_days(cell)}</v>'

    def _money(self, currency_at: int) -> CellWriter:
        styles = {places: self._styles[form] for places, form in _MONEY.items()}

        @lru_cache(maxsize=4096)
        def money(minor: int, currency: str) -> str:
            style = styles[places_of(currency)]
            return _number(amount_text(minor, currency), minor, f' s="{style}"')

        return lambda cell, row: money(cell, row[currency_at])


def _number(shown: str, value: int, style: str = "") -> str:
    return f"{style}><v>{shown}</v>" if -LARGEST < value < LARGEST else _text(shown)


def _text(text: str) -> str:
    """As a text whatever is in it: nothing in it is ever a formula or a link."""
    written = _STRANGE.sub(_escape, _cut(text))
    return f' t="inlineStr"><is><t xml:space="preserve">{written}</t></is>'


def _word(cell: Cell) -> str:
    """The same for ids and single words, which are most of all: they can stand as they are."""
    text = str(cell)
    if "_x" in text or len(text) > LONGEST_TEXT // 2:
        return _text(text)
    return f' t="inlineStr"><is><t>{text}</t></is>'


def _escape(found: re.Match[str]) -> str:
    char = found[0]
    if "\ud800" <= char <= "\udfff":
        return "\ufffd"
    return _ESCAPES.get(char) or f"_x{ord(char):04X}_"


def _cut(text: str) -> str:
    if len(text) <= LONGEST_TEXT // 2:
        return text
    units = text.encode("utf-16-le", "surrogatepass")[: (LONGEST_TEXT - 1) * 2]
    whole = units.decode("utf-16-le", "ignore")
    return text if len(whole) >= len(text) else f"{whole}…"


def _days(cell: Cell, zone: ZoneInfo | None = None) -> float:
    """Excel's number for a moment: days, as the clock of a time zone (else UTC) shows them."""
    seconds = int(cell or 0)
    if zone is not None:
        offset = datetime.fromtimestamp(seconds, zone).utcoffset()
        seconds += int(offset.total_seconds()) if offset else 0
    return seconds / _SECONDS_A_DAY + _UNIX_EPOCH


def _letters(index: int) -> str:
    """A column's name: A … Z, AA, …"""
    return ("" if index < 26 else _letters(index // 26 - 1)) + chr(ord("A") + index % 26)


def _made(table: Table) -> bytes:
    """The workbook with its head, and a second row that has a cell of each style."""
    # Not before somebody exports: it takes a while to load.
    import xlsxwriter

    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    sheet = book.add_worksheet(table.title)
    for index, column in enumerate(table.columns):
        sheet.set_column(index, index, column.width)
        sheet.write_string(0, index, column.heading, bold)
    for index, form in enumerate(_FORMATS):
        sheet.write_blank(1, index, None, book.add_format({"num_format": form}))
    sheet.freeze_panes(1, 0)
    book.close()
    return made.getvalue()
