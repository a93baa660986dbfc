"""Licenses on the web: a buyer's document, and what a license is worth."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial

from aiohttp import web

from bot.domain.period import Clock
from bot.domain.sold_license import LicenseState, SoldLicense, read_code, read_token
from bot.store.books import producers
from bot.store.engine import Store, StoreUnavailable
from bot.store.queries import license as licenses
from bot.text.license_check import license_check
from bot.text.license_document import LicensePrinter, file_name
from webhooks.shop.pages import HERE, UP, Link, Notice, Pages
from webhooks.shop.view_model import ShopView

PRIVATE = {
    # https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Cache-Control
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""For answers to one person: cached nowhere, and no other site sees their address."""


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


class LicensePages:
    """Serves documents to people with a link, and shows what a license is worth to everyone with
    its code. In the style of the shop."""

    def __init__(
        self, store: Store, printer: LicensePrinter, clock: Clock, *, details_come: bool = True
    ) -> None:
        """`details_come`: whether Stripe is asked for what events leave out."""
        self._details_come = details_come
        self._store = store
        self._printer = printer
        self._clock = clock
        self._pages = Pages(None)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        app.router.add_get("/license/{token}", partial(self._answered, self.download))
        app.router.add_get("/verify", partial(self._answered, self.ask))
        app.router.add_get("/verify/{code}", partial(self._answered, self.verify))

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
            return await self._notice(_BROKEN_LINK)
        if self._clock() >= asked.expires:
            return await self._notice(_EXPIRED)
        sold = await self._sold(asked.code)
        if sold is not None and sold.state is LicenseState.REFUNDED:
            return await self._notice(_REVOKED)
        if sold is None or sold.state is not LicenseState.VALID:
            return await self._notice(_NONE)
        if self._details_come and not sold.record.payment.detailed:
            return await self._notice(_NOT_YET)
        if self._printer.is_busy:
            return await self._notice(_BUSY)
        return web.Response(
            body=await self._printer.pdf(sold),
            content_type="application/pdf",
            headers={
                **PRIVATE,
                "Content-Disposition": f'attachment; filename="{file_name(sold)}"',
            },
        )

    async def ask(self, request: web.Request) -> web.Response:
        """GET /verify: a field for a code; `?code=`, as the field sends it, leads to its page.

        200: the field.
        303: to the page of the code that was typed.
        404: what was typed cannot be a code.
        503: the store cannot be read now.
        """
        typed = request.query.get("code", "").strip()
        code = read_code(typed)
        if code is not None:
            return web.Response(status=303, headers={**PRIVATE, "Location": f"./verify/{code}"})
        shop = await self._shop()
        wrong = _typed(typed) if typed else None
        html = await asyncio.to_thread(self._pages.license, shop, root=HERE, wrong=wrong)
        return self._page(html, 404 if typed else 200)

    async def verify(self, request: web.Request) -> web.Response:
        """GET /verify/{code}: what the license with this code is and allows, and if it is valid;
        never whose it is.

        200: it is valid, or was refunded or replaced, as the page says.
        404: no license has this code.
        503: the store cannot be read now.
        """
        code = read_code(request.match_info["code"])
        sold = None if code is None else await self._sold(code)
        if sold is None or sold.state not in (LicenseState.VALID, LicenseState.REFUNDED):
            wrong = code or _typed(request.match_info["code"])
            shop = await self._shop()
            html = await asyncio.to_thread(self._pages.license, shop, wrong=wrong)
            return self._page(html, 404)
        shop = ShopView(sold.record.producer)
        check = license_check(sold, shop.name, self._clock())
        return self._page(await asyncio.to_thread(self._pages.license, shop, check=check))

    async def _sold(self, code: str) -> SoldLicense | None:
        async with self._store.read() as connection:
            return await licenses.by_code(connection, code, self._clock())

    async def _shop(self) -> ShopView:
        """Whose page it is, without what they sell."""
        async with self._store.read() as connection:
            return ShopView(await producers.current(connection))

    async def _notice(self, notice: Notice, shop: ShopView | None = None) -> web.Response:
        shop = shop or await self._shop()
        links = [Link("Check a license by its code", f"{UP}verify"), Link("See the shop", UP)]
        html = await asyncio.to_thread(self._pages.notice, shop, notice, links=links)
        return self._page(html, notice.status)

    def _page(self, html: str, status: int = 200) -> web.Response:
        policy = (
            f"default-src 'none'; style-src {self._pages.style_source}; img-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
        headers = {**PRIVATE, "Content-Security-Policy": policy}
        return web.Response(text=html, status=status, content_type="text/html", headers=headers)

    async def _answered(
        self,
        handle: Callable[[web.Request], Awaitable[web.Response]],
        request: web.Request,
    ) -> web.Response:
        try:
            return await handle(request)
        except StoreUnavailable:
            return await self._notice(_DOWN, ShopView(None))


def _typed(text: str) -> str:
    """What was typed as a code, as far as it can be in one."""
    return re.sub(r"[^A-Za-z0-9 -]", "", text)[:40]
