"""What every answer of the shop needs: what is for sale right now, headers, ETag, compression.

Pages are kept for one version of the catalogue (`page_version` in the store), and the version is
read for each request: a track that was sold a moment ago is on no page, whichever process sold it.
"""

import asyncio
import gzip
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from aiohttp import web

from bot.domain.license_terms import Templates
from bot.domain.sale import Producer
from bot.domain.track import LOOPBACK
from bot.store.books import offers, producers
from bot.store.engine import Store, StoreUnavailable
from bot.store.queries.currencies import currency_order
from webhooks.shop.pages import STORE_UNAVAILABLE, UP, Link, Notice, Pages
from webhooks.shop.view_model import ShopView, shop_view

Version: TypeAlias = tuple[Producer, int] | None
"""The producer and the version of their page; None while there is no producer."""
Handler: TypeAlias = Callable[[web.Request], Awaitable[web.Response]]

MOST_PAGES = 100
"""Kept in memory at a time: some 10 kB each, the list of tracks some 400 kB."""
HTML = "text/html; charset=utf-8"

# The payment pages our buttons lead to: Chromium applies form-action to redirects as well.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/form-action
PAYMENT_PAGES = ("https://checkout.stripe.com", "https://buy.stripe.com")

_REFUSES_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


class Page:
    """A page's bytes, plain and compressed. Compressing takes milliseconds: do it in a thread."""

    def __init__(self, text: str, headers: Mapping[str, str], content_type: str = HTML) -> None:
        self.plain = text.encode()
        self.gzipped = gzip.compress(self.plain, 6, mtime=0)
        self.headers = {**headers, "Content-Type": content_type}


@dataclass(frozen=True)
class Edition:
    """The shop at one version of the catalogue, and the pages rendered of it so far."""

    version: Version
    shop: ShopView
    tag: str = field(default_factory=lambda: secrets.token_hex(8))
    """The ETag of every page of this version. A restart makes a new one, since templates and
    terms may have changed."""
    pages: dict[str, Page] = field(default_factory=dict)


class Responses:
    """Reads the shop and answers requests with its pages."""

    def __init__(self, store: Store, templates: Templates, public_url: str | None) -> None:
        self.store = store
        self.public_url = public_url
        self.local = (public_url or "").startswith(LOOPBACK)
        """Whether the shop is only being tried out, on this very machine."""
        self.pages = Pages(public_url)
        self._templates = templates
        self._edition: Edition | None = None
        self._changes: int | None = None
        """The store's count of changes before the edition was last known to be current."""
        self._rendering = asyncio.Lock()

    async def edition(self) -> Edition:
        """The shop as it is now. Raises StoreUnavailable."""
        changes = self.store.changes()
        edition = self._edition
        # Without this shortcut a page costs a query: 0.1 of a bare handler instead of 0.5.
        if edition is not None and changes is not None and changes == self._changes:
            return edition
        async with self.store.read() as connection:
            version = await producers.on_show(connection)
        if edition is None or edition.version != version:
            edition = await self._renewed(version)
        self._changes = changes
        return edition

    async def _renewed(self, version: Version) -> Edition:
        async with self._rendering:
            edition = self._edition
            if edition is not None and edition.version == version:
                return edition
            # In one transaction, so that the version is that of these very tracks.
            async with self.store.read() as connection:
                version = await producers.on_show(connection)
                tracks = await offers.for_sale(connection, version[0]) if version else ()
                order = await currency_order(connection, version[0]) if version else []
            producer = version[0] if version else None
            shop = await asyncio.to_thread(
                shop_view, producer, tracks, self._templates, order, local=self.local
            )
            self._edition = Edition(version, shop)
            return self._edition

    async def cached(
        self,
        request: web.Request,
        edition: Edition,
        key: str,
        render: Callable[[], Page],
        variant: str = "",
    ) -> web.Response:
        """The page under `key`, rendered once for each edition: 200, or 304 if the browser has
        it. `variant`: what else than its address decides what is on it."""
        key = f"{key} {variant}"
        page = edition.pages.get(key)
        if page is None:
            async with self._rendering:
                page = edition.pages.get(key)
                if page is None:
                    page = await asyncio.to_thread(render)
                    if len(edition.pages) >= MOST_PAGES:
                        edition.pages.clear()
                    edition.pages[key] = page
        return answer(request, edition, page, variant)

    def page(self, html: str) -> Page:
        """A page with the shop's own headers."""
        return Page(html, self.headers)

    @cached_property
    def framed(self) -> Mapping[str, str]:
        """The headers of a page that other pages of ours show within them."""
        policy = self.headers["Content-Security-Policy"]
        own = policy.replace("frame-ancestors 'none'", "frame-ancestors 'self'")
        return {**self.headers, "Content-Security-Policy": own}

    async def notice(
        self,
        shop: ShopView,
        notice: Notice,
        *,
        above: str = "",
        links: tuple[Link, ...] = (),
        root: str = UP,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """A page with one message. `above` stands over its title, `links` go before the one to
        the shop."""
        links = (*links, Link("See what is for sale", root))
        return await self.uncached(
            lambda: self.pages.notice(shop, notice, links=links, root=root, status=above),
            notice.status,
            headers,
        )

    async def uncached(
        self,
        render: Callable[[], str],
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> web.Response:
        """A page for one visitor, rendered in a thread."""
        return web.Response(
            text=await asyncio.to_thread(render),
            status=status,
            content_type="text/html",
            headers={**self.headers, "Cache-Control": "private, no-store", **(headers or {})},
        )

    def handler(self, handle: Handler) -> Handler:
        """The handler, answering 503 while the store is unavailable."""

        async def handled(request: web.Request) -> web.Response:
            try:
                return await handle(request)
            except StoreUnavailable:
                return await self.notice(
                    ShopView(None), STORE_UNAVAILABLE, headers={"Retry-After": "30"}
                )

        return handled

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Of each page: no script, no frames but our player, pictures and sound by https only.

        The referrer goes to our own pages: without it, browsers wouldn't say where a form is from.
        """
        policy = {
            "default-src": "'none'",
            "style-src": self.pages.style_source,
            "img-src": "'self' https:",
            "media-src": f"https: {LOOPBACK}*" if self.local else "https:",
            "frame-src": "'self'",
            "form-action": " ".join(("'self'", *PAYMENT_PAGES)),
            "frame-ancestors": "'none'",
            "base-uri": "'none'",
        }
        return {
            "Content-Security-Policy": "; ".join(f"{key} {value}" for key, value in policy.items()),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }


def answer(request: web.Request, edition: Edition, page: Page, variant: str = "") -> web.Response:
    """200 with the page, or 304 if the browser has it in either encoding."""
    accepted = request.headers.get("Accept-Encoding", "")
    gzipped = "gzip" in accepted and not _REFUSES_GZIP.search(accepted)
    tag = f"{edition.tag}-{variant}" if variant else edition.tag
    headers = {
        "ETag": f'"{tag}-gz"' if gzipped else f'"{tag}"',
        "Cache-Control": "no-cache",  # may be kept, but must be revalidated each time
        "Vary": "Accept-Encoding, Accept-Language" if variant else "Accept-Encoding",
    }
    kept = request.headers.get("If-None-Match", "")
    if f'"{tag}"' in kept or f'"{tag}-gz"' in kept:
        return web.Response(status=304, headers=headers)
    headers |= page.headers
    if gzipped:
        headers["Content-Encoding"] = "gzip"
    return web.Response(body=page.gzipped if gzipped else page.plain, headers=headers)
