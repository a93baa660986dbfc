"""The files of an export, CSV and XLSX, split if they are too large for Discord.

Rows go to disk first, as they come, so that the store is read quickly. The slow work runs in a
thread, a few rows at a time: in between it releases Python's lock, which the event loop needs.
The files name buyers, so their folder never outlives the export.
"""

import asyncio
import csv
import fcntl
import json
import os
import re
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from zipfile import ZIP_DEFLATED, ZipFile

from bot.text.export_tables import Row, Table, Value

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

T = TypeVar("T")

AT_ONCE = 50
"""Rows written without a pause: some milliseconds."""
PAUSE = 0.0002
"""Seconds: long enough for the event loop to get Python's lock."""
MOST_ROWS = 1_000_000
"""A sheet holds 1,048,576. https://support.microsoft.com/office/1672b34d-7043-467e-8e27-269d656771c3
"""
LONGEST_TEXT = 32_767
"""UTF-16 units of a cell."""
MOST_DIGITS = 15
"""Excel keeps no more: an amount with more digits becomes a text, so that it stays exact."""
EFFORT = 3
"""Of compressing: more than this takes twice the time, and saves five percent."""
PREFIX = "producer-bot-export-"
BYTE_ORDER_MARK = "\ufeff".encode()

_PROBE = 40
"""Batches in the first try of a file that may have to be split; its size says how many fit."""
_FORMATS: dict[object, str] = {
    0: "#,##0",
    -2: "#,##0.00",
    -3: "#,##0.000",
    datetime: "yyyy-mm-dd hh:mm:ss",
    date: "yyyy-mm-dd",
}
"""Of amounts by their exponent, of days and times by their type."""

# What makes a spreadsheet take a text for a formula, also if it takes a semicolon or a tab for the
# end of a cell. Some languages read the wide forms like the plain ones.
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[\t\r]|\s*[=+\-@＝＋－＠])")


class TooLarge(Exception):
    """Even a few rows are larger than a file may be."""


class _Stopped(Exception):
    """The files are no longer wanted."""


@dataclass(slots=True)
class Progress:
    """How much is done; read by others during the export."""

    whole: int = 0
    """Rows in all, as far as is known."""
    done: int = 0
    """Rows on disk plus rows in either kind of file: three times `whole` at the end."""

    @property
    def percent(self) -> int:
        return min(99, self.done * 100 // (3 * self.whole)) if self.whole else 0


@dataclass(frozen=True, slots=True)
class _Batch:
    """A few rows on disk: how many, and where in the file of all rows."""

    rows: int
    begins: int


class Export:
    """Takes rows and makes files of them. Made by `exporting`."""

    def __init__(self, folder: Path, stem: str, table: Table) -> None:
        self.progress = Progress()
        self.folder = folder
        self._stem = stem
        self._table = table
        self._rows = (folder / "rows").open("w+b")
        self._csv = (folder / f"{stem}.csv").open("wb")
        self._csv.write(self._head)
        self._batches: list[_Batch] = []
        self._stopped = threading.Event()

    @property
    def empty(self) -> bool:
        """Whether no row was added."""
        return not self._batches

    @property
    def _head(self) -> bytes:
        # By the mark Excel tells UTF-8 from older encodings.
        return BYTE_ORDER_MARK + csv_lines([[column.heading for column in self._table.columns]])

    async def add(self, rows: Sequence[Row]) -> None:
        """Put the next rows on disk."""
        if rows:
            await self._in_thread(lambda: self._add(rows))

    async def files(self, limit: int) -> list[Path]:
        """The files, each of `limit` bytes at most: CSV before XLSX. Raises TooLarge.

        A CSV file that is too large is zipped, and only then split; a workbook is zipped anyway.
        """
        return await self._in_thread(lambda: self._files(limit))

    def close(self) -> None:
        self._rows.close()
        self._csv.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run it in a thread; when cancelled, wait until the thread has noticed."""
        running = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            self._stopped.set()
            await asyncio.wait({running})
            raise

    def _add(self, rows: Sequence[Row]) -> None:
        for few in (rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE)):
            self._breathe()
            self._batches.append(_Batch(len(few), self._rows.tell()))
            self._rows.write(json.dumps(few).encode() + b"\n")
            self._csv.write(csv_lines(map(self._table.values, few)))
            self.progress.done += len(few)

    def _files(self, limit: int) -> list[Path]:
        self._csv.close()
        plain = self._path(".csv")
        if plain.stat().st_size > limit:
            texts = self._parts("zip", limit, self._zip)
        else:
            texts = [plain]
            self.progress.done *= 2
        return [*texts, *self._parts("xlsx", limit, self._workbook)]

    def _path(self, ending: str) -> Path:
        return self.folder / f"{self._stem}{ending}"

    def _parts(
        self, suffix: str, limit: int, make: Callable[[Path, Sequence[_Batch]], None]
    ) -> list[Path]:
        """Files that hold all rows. The size of the first try says how many rows fit into one."""
        made: list[Path] = []
        rest: Sequence[_Batch] = self._batches
        take, probing = _PROBE, True
        while rest:
            most = min(len(rest), MOST_ROWS // AT_ONCE)
            take = min(take, most)
            whole = take == len(rest) and not made
            path = self._path(f".{suffix}" if whole else f"-part-{len(made) + 1}.{suffix}")
            done = self.progress.done
            make(path, rest[:take])
            size = path.stat().st_size
            if size > limit and take == 1:
                raise TooLarge
            if size > limit or (probing and take < most):
                self.progress.done = done
                take = max(1, int(take * 0.9 * limit / size))
            else:
                made.append(path)
                rest = rest[take:]
            probing = False
        return made

    def _zip(self, path: Path, batches: Sequence[_Batch]) -> None:
        with (
            ZipFile(path, "w", ZIP_DEFLATED, compresslevel=EFFORT) as archive,
            archive.open(f"{path.stem}.csv", "w", force_zip64=True) as part,
        ):
            part.write(self._head)
            for rows in self._read(batches):
                part.write(csv_lines(map(self._table.values, rows)))

    def _workbook(self, path: Path, batches: Sequence[_Batch]) -> None:
        # Imported with the first export: it takes a while to load.
        import xlsxwriter

        options = {"constant_memory": True, "tmpdir": str(self.folder)}
        with xlsxwriter.Workbook(str(path), options) as book:
            bold = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
            formats = {key: book.add_format({"num_format": form}) for key, form in _FORMATS.items()}
            sheet = book.add_worksheet(self._table.title)
            sheet.freeze_panes(1, 0)
            for index, column in enumerate(self._table.columns):
                sheet.set_column(index, index, column.width)
                sheet.write_string(0, index, column.heading, bold)
            number = 0
            for rows in self._read(batches):
                for number, row in enumerate(rows, start=number + 1):  # noqa: B020 - goes on
                    _write_row(sheet, number, self._table.values(row), formats)

    def _read(self, batches: Sequence[_Batch]) -> Iterator[list[Row]]:
        """Rows from disk, a batch at a time."""
        self._rows.seek(batches[0].begins)
        for batch in batches:
            self._breathe()
            yield json.loads(self._rows.readline())
            self.progress.done += batch.rows

    def _breathe(self) -> None:
        """Let others have Python's lock. Raises _Stopped once the files are no longer wanted."""
        time.sleep(PAUSE)
        if self._stopped.is_set():
            raise _Stopped


@asynccontextmanager
async def exporting(stem: str, table: Table) -> AsyncIterator[Export]:
    """Make files in a folder of their own, which is removed at the end of the block in any case.

    `stem`: what their names begin with.
    """
    with own_folder() as folder:
        export = Export(folder, stem, table)
        try:
            yield export
        finally:
            export.close()


def grouped(files: Sequence[Path], *, most: int, room: int) -> list[list[Path]]:
    """Files as they go together into messages: at most so many, and so many bytes."""
    groups: list[list[Path]] = []
    taken = 0
    for file in files:
        size = file.stat().st_size
        if not groups or len(groups[-1]) == most or taken + size > room:
            groups.append([])
            taken = 0
        groups[-1].append(file)
        taken += size
    return groups


def harmless(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe goes before what would be."""
    return _FORMULA.sub(r"\1'", text)


def csv_lines(rows: Iterable[Iterable[Value]]) -> bytes:
    """Rows as RFC 4180 has them: https://www.rfc-editor.org/rfc/rfc4180"""
    written = StringIO()
    csv.writer(written).writerows(
        # Ids and single words, which most cells are, cannot be formulas.
        [harmless(v) if isinstance(v, str) and not v.isidentifier() else v for v in row]
        for row in rows
    )
    return written.getvalue().encode(errors="replace")


def _write_row(
    sheet: "Worksheet", number: int, values: Iterable[Value], formats: Mapping[object, "Format"]
) -> None:
    for index, value in enumerate(values):
        match value:
            case None | "":
                pass
            case str():
                sheet.write_string(number, index, _cell_text(value))
            case int():
                sheet.write_number(number, index, value)
            case Decimal() if len(value.as_tuple().digits) > MOST_DIGITS:
                sheet.write_string(number, index, str(value))
            case Decimal():
                sheet.write_number(number, index, value, formats[value.as_tuple().exponent])
            case _:
                sheet.write_datetime(number, index, value, formats[type(value)])


def _cell_text(text: str) -> str:
    """A text as a cell can hold it: not too long, no half characters."""
    if text.startswith("<r>") and text.endswith("</r>"):
        # xlsxwriter would take it for ready-made XML, and not escape it.
        return f"{text} "
    if text.isascii() and len(text) <= LONGEST_TEXT:
        return text
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * LONGEST_TEXT:
        return units.decode("utf-16-le", "replace")
    return units[: 2 * (LONGEST_TEXT - 1)].decode("utf-16-le", "ignore") + "…"


@contextmanager
def own_folder() -> Iterator[Path]:
    """A new folder that no other user can read, removed at the end of the block."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name, _locked(Path(name)):
        yield Path(name)


def clear_leftovers() -> None:
    """Remove the folders of exports that were killed, which could not clean up themselves.

    A lock ends with the process that holds it: a locked folder is still in use.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(folder):
            if folder.stat().st_uid == os.getuid():
                shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder. Raises OSError if another process does, or if it is no folder."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)
