"""Licenses as PDFs: the same bytes for the same license, on every machine."""

import asyncio
import hashlib
import json
import threading
from collections import OrderedDict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.domain.license import SoldLicense
from bot.domain.verification import license_code, license_url, verify_url
from bot.text.license_facts import license_data

if TYPE_CHECKING:
    from typst import Compiler

_HERE = Path(__file__).parent
_TEMPLATE = _HERE / "license_document.typ"
_FONTS = _HERE / "fonts"
KEPT_BYTES = 8 * 1024 * 1024
"""Of documents that were made: those that nobody asked for longest go first."""
MOST_WAITING = 20
"""How many may wait for the one that is being made; each takes a tenth of a second or so."""


class LicensePrinter:
    """Makes documents, with their codes and links. Takes some 60 MB once it has made the first."""

    def __init__(
        self, key: bytes, public_url: str | None = None, own_fonts: Path | None = None
    ) -> None:
        """`key`: the store's signing key. `public_url`: where our pages can be reached, if at all.

        `own_fonts`: a folder whose fonts stand in where ours have no letter.
        """
        self.key = key
        self._public_url = public_url
        self._fonts = [_FONTS, *([own_fonts] if own_fonts and own_fonts.is_dir() else [])]
        self._compiler: Compiler | None = None
        self._turn = threading.Lock()
        self._made: OrderedDict[str, bytes] = OrderedDict()
        """By a digest of all that goes into them."""
        self._bytes = 0
        self._one = asyncio.Semaphore()
        self._waiting = 0

    @property
    def is_busy(self) -> bool:
        """Whether so many wait for documents that one more should come later."""
        return self._waiting > MOST_WAITING

    async def pdf(self, sold: SoldLicense) -> bytes:
        """The document, made in a thread, one at a time: others need threads, too."""
        self._waiting += 1
        try:
            async with self._one:
                return await asyncio.to_thread(self.print, sold)
        finally:
            self._waiting -= 1

    def print(self, sold: SoldLicense) -> bytes:
        """The document, made here and now, unless one was made of the very same."""
        code = self.code(sold)
        verify = verify_url(self._public_url, code) if self._public_url else None
        data = license_data(sold, code, verify)
        with self._turn:
            return self._compile(data, sold.sale.sold)

    def code(self, sold: SoldLicense) -> str:
        """The code by which anybody can check the license."""
        record = sold.record
        return license_code(self.key, record.producer, record.payment, sold.sale.position)

    def link(self, sold: SoldLicense, expires: datetime) -> str | None:
        """An address that opens the document until `expires`; None without a public address."""
        if self._public_url is None:
            return None
        return license_url(self._public_url, self.key, self.code(sold), expires)

    def _compile(self, data: dict[str, Any], at: datetime) -> bytes:
        if self._compiler is None:
            self._compiler = _compiler(self._fonts)
        text, timestamp = json.dumps(data), int(at.timestamp())
        digest = hashlib.sha256(f"{timestamp}\n{text}".encode()).hexdigest()
        if digest in self._made:
            self._made.move_to_end(digest)
            return self._made[digest]
        made = self._compiler.compile(
            format="pdf",
            sys_inputs={"license": text},
            # Also goes into the document's id: another time would make other bytes.
            timestamp=timestamp,
        )
        assert isinstance(made, bytes)
        self._keep(digest, made)
        return made

    def _keep(self, digest: str, made: bytes) -> None:
        self._made[digest] = made
        self._bytes += len(made)
        while self._bytes > KEPT_BYTES:
            self._bytes -= len(self._made.popitem(last=False)[1])


def _compiler(fonts: list[Path]) -> "Compiler":
    # Only once a license is asked for: a bot without licenses does without its memory.
    import typst

    shipped = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=fonts
    )
    return typst.Compiler(_TEMPLATE, root=_HERE, font_paths=shipped, ignore_system_fonts=True)


def file_name(sold: SoldLicense) -> str:
    """`license-1042.pdf`: plain ASCII, without a name of anybody or anything."""
    return f"license-{sold.sale.number}.pdf"
