"""The files of an export, CSV and XLSX, split if they are too large for Discord.

Rows go to disk first, as they come, so that the store is read quickly. The slow work runs in a
thread, a few rows at a time: in between it releases Python's lock, which the event loop needs.
The files name buyers, so their folder never outlives the export.
"""

import asyncio
import fcntl
import json
import os
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, NamedTuple, TypeAlias, TypeVar
from zipfile import ZIP_DEFLATED, ZipFile

from bot.text.export_formats import EFFORT, MOST_ROWS, CsvRows, Workbook
from bot.text.export_tables import Row, Table

T = TypeVar("T")

AT_ONCE = 50
"""Rows made without a pause: about a millisecond."""
PAUSE = 0.0002
"""Seconds: enough for whoever waits for Python's lock to get it."""
_SLACK = 16
"""A part is closed when this part of its room is left: some rows are still to be compressed."""


class TooLarge(Exception):
    """Even a few rows are larger than a file may be."""


class _Stopped(Exception):
    """Nobody wants the files any more."""


class _Rows(NamedTuple):
    """A few rows that lie in both files: from where, and how many bytes."""

    rows: int
    spool: tuple[int, int]
    csv: tuple[int, int]


_Make: TypeAlias = Callable[[Path, Sequence[_Rows], int], int]
"""Makes a file of rows, as large as that at most where it can tell; how many of these it took."""


@dataclass(slots=True)
class Progress:
    """How far it is; read while it is being made."""

    whole: int = 0
    """Rows in all, as far as is known."""
    done: int = 0
    """Rows that are in both kinds of file, plus those that are laid down, by thirds."""

    @property
    def percent(self) -> int:
        return min(99, self.done * 100 // (3 * self.whole)) if self.whole else 0


class Export:
    """Takes rows and makes files of them. Made by `exporting`."""

    def __init__(self, folder: Path, stem: str, table: Table) -> None:
        self.progress = Progress()
        self._folder = folder
        self._stem = stem
        self._table = table
        self._lines = CsvRows(table)
        self._head = self._lines.head()
        self._spool = (folder / "spool").open("wb")
        self._csv = (folder / f"{stem}.csv").open("wb")
        self._csv.write(self._head)
        self._laid: list[_Rows] = []
        self._stopped = threading.Event()

    @property
    def empty(self) -> bool:
        """Whether no row has been laid down."""
        return not self._laid

    async def add(self, rows: Sequence[Row]) -> None:
        """Lay down the next rows."""
        if rows:
            await self._in_thread(lambda: self._lay_down(rows))

    async def files(self, limit: int) -> list[Path]:
        """The files, each of `limit` bytes at most: CSV before XLSX. Raises TooLarge.

        A CSV file that is too large is zipped, and only then split; a workbook is zipped already.
        """
        return await self._in_thread(lambda: self._files(limit))

    def close(self) -> None:
        """Let go of the files."""
        self._spool.close()
        self._csv.close()

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run it in a thread; when we are cancelled, wait until it has noticed."""
        running = asyncio.ensure_future(asyncio.to_thread(work))
        try:
            return await asyncio.shield(running)
        except asyncio.CancelledError:
            self._stopped.set()
            await asyncio.wait({running})
            raise

    def _lay_down(self, rows: Sequence[Row]) -> None:
        for few in (rows[first : first + AT_ONCE] for first in range(0, len(rows), AT_ONCE)):
            self._breathe()
            spooled = json.dumps(few).encode()
            lines = self._lines.lines(few)
            places = (self._spool.tell(), len(spooled)), (self._csv.tell(), len(lines))
            self._spool.write(spooled)
            self._csv.write(lines)
            self._laid.append(_Rows(len(few), *places))
            self.progress.done += len(few)

    def _files(self, limit: int) -> list[Path]:
        self.close()
        plain = self._folder / f"{self._stem}.csv"
        if plain.stat().st_size <= limit:
            self.progress.done *= 2
            texts = [plain]
        else:
            texts = self._parts("zip", limit, self._zipped)
        return [*texts, *self._parts("xlsx", limit, self._workbook)]

    def _parts(self, suffix: str, limit: int, make: _Make) -> list[Path]:
        """As few files as hold all rows."""
        whole = self._folder / f"{self._stem}.{suffix}"
        took = self._one(whole, self._laid, limit, make)
        if took == len(self._laid):
            return [whole]
        made: list[Path] = []
        # A ZIP file says inside what its file is called: the first part is made anew.
        rest: Sequence[_Rows] = self._laid
        if suffix == "xlsx":
            made.append(whole.rename(self._part(1, suffix)))
            rest = rest[took:]
        while rest:
            path = self._part(len(made) + 1, suffix)
            rest = rest[self._one(path, rest, limit, make) :]
            made.append(path)
        return made

    def _part(self, number: int, suffix: str) -> Path:
        return self._folder / f"{self._stem}-part-{number}.{suffix}"

    def _one(self, path: Path, rest: Sequence[_Rows], limit: int, make: _Make) -> int:
        """Make one file of the rows that are left; how many of them it took."""
        done = self.progress.done
        took = make(path, rest, limit)
        while path.stat().st_size > limit:
            # What was still to be compressed when it looked full was more than there was room for.
            if took == 1:
                raise TooLarge
            self.progress.done = done
            took = make(path, rest[: max(1, took * 4 // 5)], limit)
        return took

    def _zipped(self, path: Path, rest: Sequence[_Rows], limit: int) -> int:
        """A part of the CSV file in a ZIP file."""
        with (
            (self._folder / f"{self._stem}.csv").open("rb") as lines,
            path.open("wb") as file,
            ZipFile(file, "w", ZIP_DEFLATED, compresslevel=EFFORT) as archive,
            archive.open(f"{path.stem}.csv", "w", force_zip64=True) as part,
        ):
            part.write(self._head)
            for index, few in enumerate(rest):
                if index and _full(file.tell(), limit):
                    return index
                self._breathe()
                part.write(_read(lines, few.csv))
                self.progress.done += few.rows
        return len(rest)

    def _workbook(self, path: Path, rest: Sequence[_Rows], limit: int) -> int:
        """A part of the rows in a workbook."""
        rows = 0
        book = Workbook(path, self._table)
        try:
            with (self._folder / "spool").open("rb") as spool:
                for index, few in enumerate(rest):
                    rows += few.rows
                    if index and (rows > MOST_ROWS or _full(book.size(), limit)):
                        return index
                    self._breathe()
                    book.add(json.loads(_read(spool, few.spool)))
                    self.progress.done += few.rows
        finally:
            book.close()
        return len(rest)

    def _breathe(self) -> None:
        """Let others have Python's lock. Raises _Stopped once nobody wants the files any more."""
        time.sleep(PAUSE)
        if self._stopped.is_set():
            raise _Stopped


@asynccontextmanager
async def exporting(stem: str, table: Table) -> AsyncIterator[Export]:
    """Make files in a folder of their own, which is gone at the end of the block, whatever comes.

    `stem` is what their names begin with.
    """
    with folder_of_its_own() as folder:
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


def _full(size: int, limit: int) -> bool:
    return size > limit - limit // _SLACK


def _read(file: BinaryIO, place: tuple[int, int]) -> bytes:
    first, length = place
    file.seek(first)
    return file.read(length)


PREFIX = "producer-bot-export-"


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """A new folder that nobody else can read, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name, _locked(Path(name)):
        yield Path(name)


def clear_leftovers() -> None:
    """Remove the folders of exports that were killed, which could not clear up themselves.

    A lock goes with the process that holds it: what is locked is still written to.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(folder):
            if folder.stat().st_uid == os.getuid():
                shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder. Raises OSError where somebody else does, or it is none."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)
