"""License documents, read back as a reader of PDFs would."""

import asyncio
import hashlib
import io
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from bot.domain.payment import Buyer
from bot.domain.preferences import Preferences
from bot.domain.sale import SaleState
from bot.domain.sold_license import SoldLicense
from bot.templates import read_templates
from bot.text import license_document
from bot.text.license_document import MOST_WAITING, LicensePrinter, file_name
from tests import factories as make
from tests.factories import sold_exclusive, sold_license, terms
from tests.text.hostile import any_text, payment_records
from tests.text.pdf import text_of

KEY = bytes(range(32))
PUBLIC = "https://beats.example.com"


@pytest.fixture(scope="module")
def printer() -> LicensePrinter:
    return LicensePrinter(KEY, PUBLIC)


def test_license_says_who_sold_what_to_whom_for_how_much_and_when(printer: LicensePrinter) -> None:
    text = text_of(printer.print(sold_license()))
    for words in (
        "Midnight Drive",
        "Licensed by Night Owl Beats",
        "Licensed to Jordan Lee jordan.lee@example.com",
        "License Basic Lease",
        "Price paid $29.95",
        "Agreed at checkout March 10, 2026, 12:00 PM (America/New_York, UTC−04:00)",
        "LICENSE #1042 Midnight Drive",
    ):
        assert words in text


def test_license_names_the_producer_by_artist_and_legal_name(printer: LicensePrinter) -> None:
    chosen = Preferences(legal_name="María López")
    text = text_of(printer.print(sold_license(producer={"preferences": chosen})))
    assert "Licensed by Night Owl Beats Legal name: María López Licensed to" in text


def test_numbers_of_the_terms_stand_in_a_table(printer: LicensePrinter) -> None:
    numbers = "---\nfiles: MP3, WAV\nstreams: 50,000\nradio: none\n---\n\n"
    text = text_of(printer.print(sold_license(f"{numbers}Have {{streams}}.")))
    assert "What it allows Files MP3, WAV Streams Up to 50,000 Radio stations Not included" in text
    assert "Terms Have up to 50,000 streams." in text
    assert "What it allows" not in text_of(printer.print(sold_license()))


@pytest.mark.parametrize("name", ["Basic Lease", "Premium Lease", "Unlimited Lease", "Exclusive"])
@pytest.mark.parametrize("prior", [0, 3, 24, 25, 60, 200])
def test_last_page_is_not_nearly_empty(printer: LicensePrinter, name: str, prior: int) -> None:
    wording = read_templates().wording(name, exclusive=name == "Exclusive")
    assert wording
    kept = terms(wording.text, name=wording.name)
    if name == "Exclusive":
        sold = sold_exclusive(prior, terms=kept)
    else:
        sold = sold_license(terms=kept, line={"license": name, "track": "Midnight " * prior})
    last = PdfReader(io.BytesIO(printer.print(sold))).pages[-1]
    heights: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        if text.strip():
            heights.append(cm[5] + cm[3] * tm[5])

    last.extract_text(visitor_text=visit)
    # The lowest is the footer's.
    lowest = sorted(heights)[2]
    assert lowest < 842 * 0.8


def test_terms_are_filled_in_and_name_their_version(printer: LicensePrinter) -> None:
    text = text_of(printer.print(sold_license()))
    assert "One song, and Midnight Drive is yours." in text
    assert "Sell it, Jordan Lee" in text
    paid = "Paid $29.95 on March 10, 2026 to Night Owl Beats for Basic Lease, sale 1042."
    assert paid in text
    assert "Terms “lease”, version 2, in use since March 10, 2026" in text


def test_code_stands_on_it_with_the_address_that_checks_it(printer: LicensePrinter) -> None:
    code = printer.code(sold_license())
    pdf = printer.print(sold_license())
    assert f"{PUBLIC}/verify/{code}" in text_of(pdf)
    links = [
        note.get_object()["/A"]["/URI"]
        for page in PdfReader(io.BytesIO(pdf)).pages
        for note in page.get("/Annots", [])
    ]
    assert set(links) == {f"{PUBLIC}/verify/{code}"}
    without = text_of(LicensePrinter(KEY).print(sold_license()))
    assert code in without
    assert "http" not in without


def test_exclusive_names_earlier_leases_by_number_and_date(printer: LicensePrinter) -> None:
    text = text_of(printer.print(sold_exclusive(3)))
    assert "EXCLUSIVE LICENSE" in text
    assert "3 licenses sold before stay valid" in text
    for lease in ("#1001 · March 7, 2026", "#1002 · March 8, 2026", "#1003 · March 9, 2026"):
        assert lease in text
    assert "1 license sold before stays valid" in text_of(printer.print(sold_exclusive(1)))
    assert "No licenses sold before" in text_of(printer.print(sold_exclusive(0)))
    assert "sold before" not in text_of(printer.print(sold_license()))


def test_thousand_earlier_leases_take_pages_and_the_rest_are_counted(
    printer: LicensePrinter,
) -> None:
    pdf = printer.print(sold_exclusive(1000, prior_count=1234))
    assert "#2000 · March 9, 2026" in text_of(pdf)
    assert "… and 234 more" in text_of(pdf)
    assert len(PdfReader(io.BytesIO(pdf)).pages) > 3


def test_license_of_an_exclusive_of_another_name_says_exclusive(printer: LicensePrinter) -> None:
    named = sold_exclusive(0, line={"exclusive": True, "license": "Buyout"})
    assert "Exclusive · Buyout" in text_of(printer.print(named))


def test_license_of_a_refunded_sale_says_that_it_is_void(printer: LicensePrinter) -> None:
    back = make.refund(2995)
    text = text_of(
        printer.print(
            sold_license(payment={"refunds": (back,)}, sale={"state": SaleState.REFUNDED})
        )
    )
    assert "Refunded: this license is no longer valid" in text
    assert "refunded to the buyer on March 10, 2026" in text
    lost = text_of(printer.print(sold_license(sale={"state": SaleState.DISPUTE_LOST})))
    assert "buyer’s bank took its price back" in lost.replace("'", "’")
    assert "no longer valid" not in text_of(printer.print(sold_license()))


def test_test_mode_licenses_nothing(printer: LicensePrinter) -> None:
    assert "test mode" in text_of(printer.print(sold_license(producer={"livemode": False})))
    assert "test mode" not in text_of(printer.print(sold_license()))


def test_license_without_names_says_the_producer_and_the_buyer(printer: LicensePrinter) -> None:
    text = text_of(printer.print(sold_license(payment={"buyer": Buyer()}, producer={"name": None})))
    assert "Licensed by The producer Licensed to The buyer" in text
    only = Buyer(email="jo@example.com")
    text = text_of(printer.print(sold_license(payment={"buyer": only})))
    assert "Licensed to jo@example.com License Basic Lease" in text


def test_sale_without_terms_says_that_there_are_none(printer: LicensePrinter) -> None:
    text = text_of(printer.print(sold_license(terms=None)))
    assert "No terms were recorded with this sale" in text


def test_names_are_never_code_or_markup(printer: LicensePrinter) -> None:
    nasty = '#panic("x") *b* _i_ $x$ <script> [a](b) \\n // {buyer} `c` ~ @ref = h'
    text = text_of(printer.print(sold_license(line={"track": nasty})))
    assert f"One song, and {nasty} is yours." in text
    assert f"LICENSE #1042 {nasty}" in text


@pytest.mark.parametrize(
    "name",
    [
        "W" * 200,
        "Ein langer Name " * 12,
        "Привет Ωμέγα Łódź ñ ạ̈",
        "שלום עולם",
        "日本語の名前 김민수",
        "ชื่อไทย",
        "🔥🦉 ★☆ ♪♫ ♥ → ✦✧ ∞ © ™ – —",
    ],
)
def test_names_of_all_kinds_are_there_to_be_read_and_copied(
    printer: LicensePrinter, name: str
) -> None:
    pdf = printer.print(sold_license(line={"track": name}, payment={"buyer": Buyer(name=name)}))
    letters = set("".join(name.split()))
    assert letters <= set(text_of(pdf))
    assert _missing_glyphs(pdf) == 0


def test_long_email_that_fits_its_line_can_be_copied(printer: LicensePrinter) -> None:
    email = "firstname.lastname-and-more@a-record-label.example.com"
    pdf = printer.print(sold_license(payment={"buyer": Buyer(name="Jo", email=email)}))
    raw = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert email in raw


def test_long_names_stay_on_the_page(printer: LicensePrinter) -> None:
    pdf = printer.print(
        sold_license(
            line={"track": "W" * 500, "license": "M" * 500},
            payment={"buyer": Buyer(name="W" * 300, email="W" * 300)},
            producer={"name": "W" * 300},
        )
    )
    ends: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], font: Any, size: float) -> None:
        if set(text.strip()) in ({"W"}, {"M"}):
            # W, the widest letter of each font, in ems.
            em = {"Bold": 0.967, "Italic": 0.856}.get(font["/BaseFont"].rpartition("-")[2], 0.93)
            ends.append(cm[4] + tm[4] + em * size * len(text.strip()))

    for page in PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=visit)
    margin = 22 / 25.4 * 72
    assert len(ends) > 100
    assert max(ends) <= 595 - margin


def test_same_license_is_the_same_file(printer: LicensePrinter) -> None:
    first = printer.print(sold_license())
    printer.print(sold_license(line={"track": "Between"}))
    assert printer.print(sold_license()) == first
    assert printer.print(sold_license(sale={"number": 1043})) != first


def test_another_process_makes_the_same_file(printer: LicensePrinter) -> None:
    program = (
        "import hashlib; from tests.factories import sold_exclusive;"
        "from bot.text.license_document import LicensePrinter;"
        f"made = LicensePrinter({KEY!r}, {PUBLIC!r}).print(sold_exclusive(20));"
        "print(hashlib.sha256(made).hexdigest())"
    )
    root = Path(__file__).parents[2]
    made = subprocess.run(
        [sys.executable, "-c", program], cwd=root, check=True, capture_output=True, text=True
    )
    assert made.stdout.strip() == hashlib.sha256(printer.print(sold_exclusive(20))).hexdigest()


async def test_license_is_made_beside_the_event_loop(printer: LicensePrinter) -> None:
    assert await printer.pdf(sold_license()) == printer.print(sold_license())


def test_every_shipped_template_can_be_printed(printer: LicensePrinter, tmp_path: Path) -> None:
    for name, text in read_templates(tmp_path).texts.items():
        read = text_of(printer.print(sold_license(text, terms=terms(text, name=name))))
        assert "Midnight Drive" in read
        assert not {"{", "}", "#set", "**"} & set(read.split())
        assert "{" not in read


def test_file_is_named_by_number_alone() -> None:
    assert file_name(sold_license(line={"track": '../"; rm'})) == "license-1042.pdf"


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(record=payment_records(most=1), text=any_text, name=st.none() | any_text)
def test_any_sale_has_a_document(
    printer: LicensePrinter, record: object, text: str, name: str | None
) -> None:
    made = SoldLicense(
        record=record,  # type: ignore[arg-type]
        sale=record.sales[0],  # type: ignore[attr-defined]
        terms=terms(text),
    )
    assert printer.print(made).startswith(b"%PDF-")


def test_terms_with_half_a_character_can_be_printed(printer: LicensePrinter) -> None:
    assert printer.print(sold_license("\ud800 words")).startswith(b"%PDF-")


def _missing_glyphs(pdf: bytes) -> int:
    """How many boxes stand in for letters that no font has: glyph 0 of a font."""
    count = 0
    for page in PdfReader(io.BytesIO(pdf)).pages:
        for operands, operator in page.get_contents().operations:
            shown = operands[0] if operator == b"TJ" else operands if operator == b"Tj" else []
            for part in shown:
                raw = getattr(part, "original_bytes", b"")
                count += sum(raw[at : at + 2] == b"\0\0" for at in range(0, len(raw), 2))
    return count


def test_document_is_made_once_for_the_same_content() -> None:
    printer = LicensePrinter(KEY, PUBLIC)
    made = printer.print(sold_license())
    assert printer.print(sold_license()) is made
    assert printer.print(sold_license(payment={"buyer": Buyer(name="Ana")})) != made
    assert printer.print(sold_license()) is made


def test_only_so_many_documents_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(license_document, "KEPT", 1)
    printer = LicensePrinter(KEY, PUBLIC)
    first = printer.print(sold_license())
    printer.print(sold_license(sale={"number": 1043}))
    again = printer.print(sold_license())
    assert first == again
    assert first is not again


async def test_documents_are_made_one_at_a_time_and_few_wait() -> None:
    printer = LicensePrinter(KEY, PUBLIC)
    asked = [asyncio.create_task(printer.pdf(sold_license())) for _ in range(MOST_WAITING + 1)]
    assert not printer.is_busy
    await asyncio.sleep(0)
    assert printer.is_busy
    assert len({id(made) for made in await asyncio.gather(*asked)}) == 1
    assert not printer.is_busy
