"""Exported files, read back as a spreadsheet would, and gone after the export."""

import asyncio
import csv
import io
import subprocess
import sys
from collections.abc import Iterable, Sequence
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text import export_files
from bot.text.export_files import AT_ONCE, BYTE_ORDER_MARK, TooLarge, exporting, grouped, harmless
from bot.text.export_tables import Column, Kind, Row, Table
from tests.text.hostile import NASTY, any_text

TABLE = Table(
    "Sales",
    (
        Column("Sale", Kind.NUMBER, 8),
        Column("Date (Europe/Berlin)", Kind.LOCAL, 19),
        Column("Date (UTC)", Kind.UTC, 19),
        Column("Arrives", Kind.DAY, 12),
        Column("Track", Kind.TEXT, 28),
        Column("Paid", Kind.MONEY, 12, currency=6),
        Column("Currency", Kind.TEXT, 8),
    ),
    "Europe/Berlin",
)
LATE = 1_774_742_399
"""A second before 00:00 UTC of 29 March 2026, in which Berlin's clocks go forward."""
ROWS: tuple[Row, ...] = (
    (1001, LATE, LATE, 1_774_656_000, "Midnight Drive", 123_456, "USD"),
    (1002, LATE + 7200, LATE + 7200, None, "=HYPERLINK(1)", -5, "USD"),
    (1003, None, None, None, None, 500, "JPY"),
    (1004, None, None, None, "-1", -12_345, "KWD"),
    (None, None, None, None, "Total", 10**17 + 1, "USD"),
)


async def made(folder: Path, rows: Sequence[Row], limit: int = 10**9) -> list[Path]:
    """The files, taken out of their folder before it is gone."""
    async with exporting("sales-2026-03", TABLE) as export:
        await export.add(rows)
        files = await export.files(limit)
        assert all(file.stat().st_size <= limit for file in files)
        kept = [file.rename(folder / file.name) for file in files]
        left = files[0].parent
    assert not left.exists()
    return kept


def csv_rows(content: bytes) -> list[list[str]]:
    assert content.startswith(BYTE_ORDER_MARK)
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True))


def sheet_of(path: Path) -> Any:
    return openpyxl.load_workbook(path).active


async def test_csv_has_exact_decimals_and_local_dates(tmp_path: Path) -> None:
    table, _ = await made(tmp_path, ROWS)
    assert table.name == "sales-2026-03.csv"
    assert table.read_bytes().count(b"\r\n") == len(ROWS) + 1
    head, *rows = csv_rows(table.read_bytes())
    assert head == [column.heading for column in TABLE.columns]
    dates = ["2026-03-29 00:59:59", "2026-03-28 23:59:59", "2026-03-28"]
    assert rows[0] == ["1001", *dates, "Midnight Drive", "1234.56", "USD"]
    # An hour that does not exist is never shown.
    assert rows[1] == [
        *("1002", "2026-03-29 03:59:59", "2026-03-29 01:59:59", "", "'=HYPERLINK(1)"),
        *("-0.05", "USD"),
    ]
    assert rows[2] == ["1003", "", "", "", "", "500", "JPY"]
    # A text that looks like a number is none; a number is one, also below zero.
    assert rows[3][4:] == ["'-1", "-12.345", "KWD"]
    assert rows[4][5] == "1000000000000000.01"


async def test_workbook_has_numbers_dates_and_a_head_that_stays(tmp_path: Path) -> None:
    _, book = await made(tmp_path, ROWS)
    sheet = sheet_of(book)
    assert sheet.title == "Sales"
    assert sheet.freeze_panes == "A2"
    assert sheet.column_dimensions["E"].width > 28
    head, *rows = sheet.iter_rows()
    assert [cell.value for cell in head] == [column.heading for column in TABLE.columns]
    assert head[0].font.bold
    first = rows[0]
    assert [str(cell.value) for cell in first[:4]] == [
        *("1001", "2026-03-29 00:59:59", "2026-03-28 23:59:59", "2026-03-28 00:00:00")
    ]
    assert [row[5].value for row in rows[:4]] == [1234.56, -0.05, 500, -12.345]
    formats = ["#,##0.00", "#,##0.00", "#,##0", "#,##0.000"]
    assert [row[5].number_format for row in rows[:4]] == formats
    assert (rows[1][4].value, rows[1][4].data_type) == ("=HYPERLINK(1)", "s")
    # More digits than a spreadsheet keeps.
    assert (rows[4][5].value, rows[4][5].data_type) == ("1000000000000000.01", "s")
    assert rows[2][4].value is None


@given(texts=st.lists(any_text, min_size=1, max_size=4))
async def test_cells_of_hostile_text_come_back_unchanged(
    tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> None:
    rows = [(1, None, None, None, text, 0, "USD") for text in (*NASTY, *texts)]
    table, book = await made(tmp_path_factory.mktemp("made"), rows)
    for (*_, text, _, _), read in zip(rows, csv_rows(table.read_bytes())[1:], strict=True):
        shown = text.encode(errors="replace").decode()
        assert read[4].replace("'", "") == shown.replace("'", "")
        assert not read[4].strip().startswith(tuple("=+-@＝＋－＠"))
        assert not read[4].startswith(("\t", "\r"))
    cells = [row[4] for row in sheet_of(book).iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} <= {"s", "inlineStr", "n"}


@pytest.mark.parametrize(
    "text", ["=1", " +1", "-1", "@a", "\tx", "\r=1", "＝1", "x;=1", "x\t-2", "x\n@y", "=", "; ="]
)
def test_no_formula_begins_anywhere_in_a_cell(text: str) -> None:
    assert "'" in harmless(text)
    assert harmless(text).replace("'", "") == text


@pytest.mark.parametrize("text", ["a-b", "jo+beats@example.com", "1=1", "x; y", "", "_", "pi_1"])
def test_cells_that_are_no_formula_stay_as_they_are(text: str) -> None:
    assert harmless(text) == text


async def test_cells_that_xml_cannot_hold_are_written_as_excel_does(tmp_path: Path) -> None:
    rows = [
        (1, None, None, None, text, 0, "USD")
        for text in (
            "<a> & \x07",
            "_x0041_",
            " x\n y ",
            "y" * 40_000,
            "\ud800",
            "𝕏" * 20_000,
            "<r><t>rich</t></r>",
        )
    ]
    _, book = await made(tmp_path, rows)
    with ZipFile(book) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "&lt;a&gt; &amp; _x0007_<" in sheet
    assert ">_x005F_x0041_<" in sheet
    values = [row[4].value for row in sheet_of(book).iter_rows(min_row=2)]
    assert values[2] == " x\n y "
    assert values[3] == "y" * 32_766 + "…"
    assert values[4] == "\ufffd"
    assert len(values[5].encode("utf-16-le")) // 2 <= 32_767
    assert values[6] == "<r><t>rich</t></r> "


def _many(count: int) -> list[Row]:
    """Rows that hardly get smaller when they are compressed."""
    texts = (sha256(str(n).encode()).hexdigest() for n in range(count))
    return [(n, LATE, LATE, None, text, n, "USD") for n, text in enumerate(texts)]


async def test_file_that_is_too_large_is_zipped_first(tmp_path: Path) -> None:
    rows = _many(1200)
    plain, _ = await made(tmp_path, rows)
    content = plain.read_bytes()
    zipped, *books = await made(tmp_path, rows, limit=len(content) - 1)
    assert zipped.name == "sales-2026-03.zip"
    assert [book.name for book in books] == ["sales-2026-03.xlsx"]
    with ZipFile(zipped) as archive:
        assert archive.read("sales-2026-03.csv") == content


async def test_file_that_is_too_large_zipped_is_split_by_rows(tmp_path: Path) -> None:
    rows = _many(1200)
    plain, _ = await made(tmp_path, rows)
    files = await made(tmp_path, rows, limit=24_000)
    zips = [file for file in files if file.suffix == ".zip"]
    books = [file for file in files if file.suffix == ".xlsx"]
    assert len(zips) > 1
    assert len(books) > 1
    assert zips[1].name == "sales-2026-03-part-2.zip"
    parts = []
    for file in zips:
        with ZipFile(file) as archive:
            head, *part = csv_rows(archive.read(f"{file.stem}.csv"))
            assert head[0] == "Sale"
            parts += part
    assert parts == csv_rows(plain.read_bytes())[1:]
    numbers: list[int] = []
    for book in books:
        numbers += [row[0].value for row in sheet_of(book).iter_rows(min_row=2)]
    assert numbers == list(range(1200))


async def test_rows_too_large_to_be_split_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await made(tmp_path, _many(AT_ONCE), limit=1000)


async def test_export_that_is_cancelled_leaves_nothing_behind() -> None:
    folders = []
    begun = asyncio.Event()

    async def work() -> None:
        async with exporting("sales", TABLE) as export:
            folders.append(export.folder)
            while True:
                begun.set()
                await export.add(_many(AT_ONCE * 20))

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not folders[0].exists()


def test_files_go_together_as_far_as_there_is_room(tmp_path: Path) -> None:
    def sized(sizes: Iterable[int]) -> list[Path]:
        files = [tmp_path / f"{n}" for n, _ in enumerate(sizes)]
        for file, size in zip(files, sizes, strict=True):
            file.write_bytes(b"x" * size)
        return files

    def names(groups: list[list[Path]]) -> list[str]:
        return ["".join(file.name for file in group) for group in groups]

    assert names(grouped(sized([5, 5, 5, 1, 9]), most=10, room=10)) == ["01", "23", "4"]
    assert names(grouped(sized([1] * 5), most=2, room=10)) == ["01", "23", "4"]
    assert grouped([], most=2, room=10) == []


@given(minor=st.integers(-(10**18), 10**18), currency=st.sampled_from(["USD", "JPY", "KWD"]))
def test_amounts_are_exact(minor: int, currency: str) -> None:
    places = {"USD": 2, "JPY": 0, "KWD": 3}[currency]
    text = str(TABLE.values((1, None, None, None, None, minor, currency))[5])
    assert Decimal(text) == Decimal(minor).scaleb(-places)
    assert len(text.partition(".")[2]) == places


KILLED = """
import os, signal
from bot.text.export_files import own_folder
with own_folder() as folder:
    (folder / "buyers.csv").write_text("ana@x.example")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_leftovers_of_a_killed_export_alone_are_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    subprocess.run([sys.executable, "-c", KILLED], env={"TMPDIR": str(tmp_path)}, check=False)
    (kept,) = tmp_path.iterdir()
    elsewhere = kept.rename(tmp_path / f"{export_files.PREFIX}of somebody else's")
    (tmp_path / f"{export_files.PREFIX}link").symlink_to(tmp_path)
    (tmp_path / f"{export_files.PREFIX}file").touch()
    with export_files.own_folder() as written_to:
        export_files.clear_leftovers()
        assert written_to.is_dir()
        assert not elsewhere.exists()
    assert sorted(path.name.rpartition("-")[2] for path in tmp_path.iterdir()) == ["file", "link"]
