"""Licenses on the web: a buyer's document, and whether a license is valid."""

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial
from html import escape
from string import Template

from aiohttp import web

from bot.domain.period import Clock
from bot.domain.sold_license import LicenseState, SoldLicense, read_code, read_token
from bot.store.engine import Store, StoreUnavailable
from bot.store.queries import license as licenses
from bot.text.license_document import LicensePrinter, file_name
from webhooks.shop.pages import Notice

_STYLE = """
:root{color-scheme:light dark;--ink:#1b1e28;--quiet:#5b6170;--page:#fff;
--good:#1f6f4a;--bad:#b3261e}
@media(prefers-color-scheme:dark){
:root{--ink:#eceef4;--quiet:#a6acba;--page:#14161c;--good:#5fd39a;--bad:#ff8a80}}
body{margin:0;padding:12vh 1.5rem;background:var(--page);color:var(--ink);
font:1.0625rem/1.5 system-ui,sans-serif}
main{max-width:34rem;margin:0 auto;overflow-wrap:anywhere}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .75rem}
p{margin:0 0 .75rem;color:var(--quiet)}
.good h1{color:var(--good)}.bad h1{color:var(--bad)}
"""
_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>$title</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>$style</style></head>
<body><main class="$tone"><h1>$title</h1>$paragraphs</main></body></html>
"""
)
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

PRIVATE = {
    # https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Cache-Control
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""For answers to one person: cached nowhere, and no other site sees their address."""

_HEADERS = {
    **PRIVATE,
    # Nothing is loaded, run, framed or sent; the one style sheet is allowed by its hash.
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
}


_BROKEN_LINK = Notice(
    403,
    "This link does not open a license",
    "It may have been cut off. Ask the producer for a new link.",
)
_EXPIRED = Notice(
    410, "This link has expired", "Your license is still valid. Ask the producer for a new link."
)
_REVOKED = Notice(
    410, "This license was refunded", "The payment was refunded, so it is no longer valid."
)
_NONE = Notice(410, "There is no license to download", "Please ask the producer.")
_NOT_YET = Notice(
    503,
    "Your license is not ready yet",
    "Your purchase is still being recorded. Please try again in a minute.",
)
_DOWN = Notice(
    503,
    "Please try again in a minute",
    "The records cannot be read right now. Nothing is lost.",
)
_BUSY = Notice(503, "Please try again in a minute", "Many licenses are being created right now.")
_UNKNOWN = Notice(
    404,
    "Unknown",
    "No license has this code. Check each character: the code is on the last page of a license.",
)
_REFUNDED = Notice(
    200,
    "Refunded",
    "The license with this code is no longer valid: its payment was refunded.",
)
_VALID = Notice(200, "Valid", "The license with this code is valid.")
_VALID_TEST = replace(_VALID, text=f"{_VALID.text}\nIt was issued in test mode: no money was paid.")
_TONES = {_REVOKED: "bad", _REFUNDED: "bad", _VALID: "good", _VALID_TEST: "good"}


def _page(notice: Notice) -> web.Response:
    """A notice's page, escaped."""
    body = _PAGE.substitute(
        title=escape(notice.title),
        style=_STYLE,
        tone=_TONES.get(notice, ""),
        paragraphs="".join(f"<p>{escape(text)}</p>" for text in notice.text.split("\n")),
    )
    return web.Response(text=body, status=notice.status, content_type="text/html", headers=_HEADERS)


class LicensePages:
    """Serves documents to people with a link, and a license's validity to everyone else."""

    def __init__(
        self, store: Store, printer: LicensePrinter, clock: Clock, *, details_come: bool = True
    ) -> None:
        """`details_come`: whether Stripe is asked for what events leave out."""
        self._details_come = details_come
        self._store = store
        self._printer = printer
        self._clock = clock

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/license/{token}", partial(_answered, self.download))
        app.router.add_get("/verify/{code}", partial(_answered, self.verify))

    async def download(self, request: web.Request) -> web.Response:
        """GET /license/{token}: a sale's license as a PDF, for anyone with its link.

        200: the document.
        403: the token is not ours.
        410: it has expired, or the sale was refunded or has no license.
        503: the store cannot be read now, Stripe has not said yet what was bought, or too many
             documents are requested at the same time.
        """
        asked = read_token(self._printer.key, request.match_info["token"])
        if asked is None:
            return _page(_BROKEN_LINK)
        if self._clock() >= asked.expires:
            return _page(_EXPIRED)
        sold = await self._sold(asked.code)
        if sold is not None and sold.state is LicenseState.REFUNDED:
            return _page(_REVOKED)
        if sold is None or sold.state is not LicenseState.VALID:
            return _page(_NONE)
        if self._details_come and not sold.record.payment.detailed:
            return _page(_NOT_YET)
        if self._printer.is_busy:
            return _page(_BUSY)
        return web.Response(
            body=await self._printer.pdf(sold),
            content_type="application/pdf",
            headers={
                **PRIVATE,
                "Content-Disposition": f'attachment; filename="{file_name(sold)}"',
            },
        )

    async def verify(self, request: web.Request) -> web.Response:
        """GET /verify/{code}: whether the license with this code is valid, and nothing else.

        200: it is valid, or was refunded, as the page says.
        404: no license has this code.
        503: the store cannot be read now.
        """
        code = read_code(request.match_info["code"])
        if code is None:
            return _page(_UNKNOWN)
        sold = await self._sold(code)
        if sold is not None and sold.state is LicenseState.REFUNDED:
            return _page(_REFUNDED)
        if sold is not None and sold.state is LicenseState.VALID:
            return _page(_VALID if sold.record.producer.livemode else _VALID_TEST)
        return _page(_UNKNOWN)

    async def _sold(self, code: str) -> SoldLicense | None:
        async with self._store.read() as connection:
            return await licenses.by_code(connection, code, self._clock())


async def _answered(
    handle: Callable[[web.Request], Awaitable[web.Response]], request: web.Request
) -> web.Response:
    try:
        return await handle(request)
    except StoreUnavailable:
        return _page(_DOWN)
