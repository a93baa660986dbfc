"""Licenses as PDFs: the same bytes for the same license on every machine."""

import asyncio
import json
import re
import threading
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unicodedata import normalize
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from bot.domain.license_terms import PLACEHOLDERS
from bot.domain.payment import Buyer
from bot.domain.preferences import ENGLISH
from bot.domain.sale import SaleState
from bot.domain.sold_license import LicenseState, SoldLicense, license_code, license_url, verify_url
from bot.text.language import speaking
from bot.text.license_summary import summary_rows
from bot.text.terms_text import blocks
from bot.text.words import LOCALE, NO_NAME, money, plain

if TYPE_CHECKING:
    from typst import Compiler


_NAME = 500
"""Characters of a name: no longer name is stored."""
# Mathematical, circled and fullwidth letters, in which names are written for their looks.
_DRESSED = re.compile("[\U0001d400-\U0001d7ff\u2460-\u24ff\uff01-\uff5e]+")
NO_PRODUCER = "The producer"
NO_BUYER = "The buyer"
FORGOTTEN = "Name removed at the buyer's request"
_UNFIXED = "No terms were recorded with this sale: ask the seller for them."


def license_data(sold: SoldLicense, code: str, verify: str | None) -> dict[str, Any]:
    """All that the template shows. `verify`: the address that says whether `code` is valid.

    In the language of the terms, whatever the asker's.
    """
    with speaking(ENGLISH):
        return _data(sold, code, verify)


def _data(sold: SoldLicense, code: str, verify: str | None) -> dict[str, Any]:
    sale = sold.sale
    kind = f"{'Exclusive license' if sale.exclusive else 'License'} #{sale.number}"
    facts = _facts(sold)
    return {
        "title": f"{kind}: {facts['track']}",
        "author": facts["producer"],
        "exclusive": sale.exclusive,
        "kind": kind,
        "track": facts["track"],
        "void": void_notice(sold),
        "test": None if sold.record.producer.livemode else _TEST,
        "parties": _parties(sold, facts),
        "facts": _table(sold, facts),
        "summary": lasting_rows(sold),
        "prior": _prior(sold),
        "terms": blocks(sold.terms.text if sold.terms else _UNFIXED, facts),
        "terms-note": _terms_note(sold),
        "check": _CHECK if verify else _CODE_ONLY,
        "verify": verify,
        "qr": _qr_code(verify) if verify else None,
        "code": code,
        "footer": f"{kind} · {code}",
    }


_TEST = {
    "lead": "Made in test mode",
    "body": "No money was paid, and nothing is licensed by this document.",
}
_CHECK = "Scan to check this license"
_CODE_ONLY = "The seller can check this license by its code"


def _qr_code(address: str) -> str:
    """As an SVG drawing."""
    # Imported with the first license, as all that makes documents.
    import segno

    return str(segno.make(address, error="m", micro=False).svg_inline(border=0))


def _facts(sold: SoldLicense) -> dict[str, str]:
    producer = sold.record.producer
    sale = sold.sale
    license_name = _name(sale.license)
    facts = {
        "producer": _name(producer.name) if producer.name else NO_PRODUCER,
        "buyer": _buyer(sold.record.payment.buyer) or NO_BUYER,
        "track": _name(sale.track),
        "license": f"{license_name} × {sale.quantity:,}" if sale.quantity > 1 else license_name,
        "price": money(sale.price),
        "date": document_day(sale.sold, producer.timezone),
        "number": str(sale.number),
    }
    assert facts.keys() == PLACEHOLDERS.keys()
    return facts


def _parties(sold: SoldLicense, facts: dict[str, str]) -> list[dict[str, Any]]:
    """Who licenses to whom: a name each, and what else is known of it."""
    legal = sold.record.producer.preferences.legal_name
    buyer = sold.record.payment.buyer
    email = _name(buyer.email) if buyer.email else ""
    return [
        {
            "label": "Licensed by",
            "name": facts["producer"],
            "more": [f"Legal name: {_name(legal)}"] if legal else [],
        },
        {
            "label": "Licensed to",
            "name": FORGOTTEN if buyer.forgotten else facts["buyer"],
            "more": [email] if email and email != facts["buyer"] else [],
        },
    ]


def _table(sold: SoldLicense, facts: dict[str, str]) -> list[tuple[str, str]]:
    license_name = facts["license"]
    if sold.sale.exclusive and "exclusive" not in license_name.casefold():
        license_name = f"Exclusive · {license_name}"
    return [
        ("License", license_name),
        ("Price paid", facts["price"]),
        ("Agreed at checkout", _moment(sold.sale.sold, sold.record.producer.timezone)),
    ]


def lasting_rows(sold: SoldLicense) -> list[tuple[str, str]]:
    """What a license delivers and allows, in numbers, with the day on which it ends."""
    if sold.terms is None:
        return []
    ends = format_date(sold.ends, "MMMM d, y", locale=LOCALE) if sold.ends else ""
    return summary_rows(sold.terms.facts(sold.sale.license), until=ends)


def _buyer(buyer: Buyer) -> str:
    name = _name(buyer.name) if buyer.name else NO_NAME
    if name != NO_NAME:
        return name
    return _name(buyer.email) if buyer.email else ""


def _name(text: str) -> str:
    """A name as documents show it, with decorative letters as plain ones."""
    return plain(_DRESSED.sub(lambda match: normalize("NFKC", match[0]), text), _NAME)


def void_notice(sold: SoldLicense) -> dict[str, str] | None:
    """That a license is no longer valid, and why: `lead` and `body`; None if it is."""
    if sold.state is not LicenseState.REFUNDED:
        return None
    lead = "Refunded: this license is no longer valid"
    if sold.sale.state is SaleState.DISPUTE_LOST:
        return {"lead": lead, "body": "The buyer's bank took its price back."}
    given = [refund.created for refund in sold.record.payment.refunds if refund.counts]
    when = f" on {document_day(max(given), sold.record.producer.timezone)}" if given else ""
    return {"lead": lead, "body": f"Its price was refunded to the buyer{when}."}


def _prior(sold: SoldLicense) -> dict[str, Any] | None:
    """Earlier leases that concern an exclusive's buyer: number and date, never a name."""
    if not sold.sale.exclusive:
        return None
    count = sold.prior_count
    if not count:
        return {"lead": "No licenses sold before", "body": _NONE_BEFORE, "leases": []}
    timezone = sold.record.producer.timezone
    listed = [f"#{lease.number} · {document_day(lease.sold, timezone)}" for lease in sold.prior]
    if count > len(listed):
        listed.append(f"… and {count - len(listed):,} more")
    licenses = "1 license" if count == 1 else f"{count:,} licenses"
    lead = f"{licenses} sold before {'stays' if count == 1 else 'stay'} valid"
    return {"lead": lead, "body": _BEFORE, "leases": listed}


_NONE_BEFORE = "No license of this track that was sold before this one is still valid."
_BEFORE = (
    "Non-exclusive licenses of this track were sold before this one. They stay valid on their own "
    "terms. The number and date of each sale:"
)


def _terms_note(sold: SoldLicense) -> str:
    if sold.terms is None:
        return ""
    since = document_day(sold.terms.since, sold.record.producer.timezone)
    return (
        f"Terms “{plain(sold.terms.name, 100)}”, version {sold.terms.version}, in use since "
        f"{since}; fixed when this sale was recorded."
    )


def document_day(at: datetime, timezone: str) -> str:
    """`March 10, 2026`, where the producer is."""
    return str(format_date(at.astimezone(ZoneInfo(timezone)).date(), "MMMM d, y", locale=LOCALE))


def _moment(at: datetime, timezone: str) -> str:
    """`March 10, 2026, 12:00 PM (America/New_York, UTC−04:00)`."""
    local = at.astimezone(ZoneInfo(timezone))
    clock = format_time(local, "h:mm a", tzinfo=local.tzinfo, locale=LOCALE)
    offset = f"{local:%z}".replace("-", "−")
    zone = "UTC" if timezone == "UTC" else f"{timezone}, UTC{offset[:3]}:{offset[3:5]}"
    return f"{document_day(at, timezone)}, {clock} ({zone})"


_TEMPLATE = Path(__file__).with_name("license_document.typ")
FONTS = Path(__file__).with_name("fonts")
KEPT = 100
"""Documents in memory, mostly some 50 KB each; the least recently used go first."""
MOST_WAITING = 20
"""How many may wait for their turn; each takes about a tenth of a second."""


class LicensePrinter:
    """Makes documents, with their codes and links. Takes about 60 MB after the first."""

    def __init__(
        self, key: bytes, public_url: str | None = None, own_fonts: Path | None = None
    ) -> None:
        """`key`: the store's signing key. `public_url`: where our pages can be reached, if at all.

        `own_fonts`: a folder of fonts for letters that ours lack.
        """
        self.key = key
        self._public_url = public_url
        self._fonts = [FONTS, *([own_fonts] if own_fonts and own_fonts.is_dir() else [])]
        self._compiler: Compiler | None = None
        self._turn = threading.Lock()
        self._made = lru_cache(KEPT)(self._compile)
        self._one = asyncio.Semaphore()
        self._waiting = 0

    @property
    def is_busy(self) -> bool:
        """Whether so many are waiting that another request should come later."""
        return self._waiting > MOST_WAITING

    async def pdf(self, sold: SoldLicense) -> bytes:
        """The document, made in a thread, one at a time, because others need threads too."""
        self._waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(self.print, sold)
        finally:
            self._waiting -= 1

    def print(self, sold: SoldLicense) -> bytes:
        """The document, made in the calling thread, unless the very same is in memory."""
        code = self.code(sold)
        verify = verify_url(self._public_url, code) if self._public_url else None
        data = license_data(sold, code, verify)
        with self._turn:
            # Half of a character outside the basic plane, which no JSON may hold, becomes a mark.
            said = json.dumps(data, ensure_ascii=False).encode("utf-8", "replace").decode()
            return self._made(said, int(sold.sale.sold.timestamp()))

    def code(self, sold: SoldLicense) -> str:
        """The code with which anyone can check the license."""
        record = sold.record
        return license_code(self.key, record.producer, record.payment, sold.sale.position)

    def link(self, sold: SoldLicense, expires: datetime) -> str | None:
        """An address that opens the document until `expires`; None without a public address."""
        if self._public_url is None:
            return None
        return license_url(self._public_url, self.key, self.code(sold), expires)

    def _compile(self, text: str, timestamp: int) -> bytes:
        if self._compiler is None:
            self._compiler = compiler(_TEMPLATE, self._fonts)
        made = self._compiler.compile(
            format="pdf",
            sys_inputs={"license": text},
            # Part of the document's id: another time would make other bytes.
            timestamp=timestamp,
        )
        assert isinstance(made, bytes)
        return made


def compiler(template: Path, fonts: list[Path]) -> "Compiler":
    """Makes documents and charts of a template, with these fonts alone."""
    # Imported with the first of them: a bot that makes none saves the memory.
    import typst

    shipped = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts
    )
    return typst.Compiler(
        template, root=template.parent, font_paths=shipped, ignore_system_fonts=True
    )


def file_name(sold: SoldLicense) -> str:
    """`license-1042.pdf`: plain ASCII, without any names."""
    return f"license-{sold.sale.number}.pdf"
