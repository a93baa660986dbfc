"""A page as it goes out: its bytes, plain and compressed, and what a browser may do with them.

One question for all who ask at the same time, never an answer older than the asking.

What the shop shows now, and its pages ready to be sent.

Both are kept for one version of the catalogue (see bot.store.books.track_rows), and the version
is asked for at each request: so what was sold a moment ago is shown to nobody, whoever wrote it.
"""

import asyncio
import gzip
import hashlib
import re
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, TypeAlias, TypeVar

from aiohttp import web

from bot.domain.license_terms import Templates
from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.queries import catalogue
from webhooks.shop.view_model import Dresser, Window

REVALIDATED = "no-cache"
"""May be kept, and is asked for again each time: what is sold is gone from the next look."""
NOT_KEPT = "private, no-store"

# Our pages pay here. Chromium holds redirects that follow a form to it as well.
# https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Content-Security-Policy/form-action
PAYMENT_PAGES = ("https://checkout.stripe.com", "https://buy.stripe.com")

_REFUSES_GZIP = re.compile(r"gzip\s*;\s*q=0(?:\.0*)?\s*(?:,|$)", re.IGNORECASE)


def protection(style_source: str) -> Mapping[str, str]:
    """Headers of each of our pages: nothing runs, nothing frames us, pictures and sound by https.

    The referrer goes to ourselves alone; without any, browsers would not say where a form is from.
    """
    policy = {
        "default-src": "'none'",
        "style-src": style_source,
        "img-src": "'self' https:",
        "media-src": "https:",
        "form-action": " ".join(("'self'", *PAYMENT_PAGES)),
        "frame-ancestors": "'none'",
        "base-uri": "'none'",
    }
    return {
        "Content-Security-Policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
    }


class Page:
    """Bytes to be sent often. Made once; compressing takes some milliseconds: in a thread."""

    def __init__(
        self, text: str, headers: Mapping[str, str], content_type: str = "text/html; charset=utf-8"
    ) -> None:
        self._plain = text.encode()
        self._small = gzip.compress(self._plain, 6, mtime=0)
        self._tag = hashlib.sha256(self._plain).hexdigest()[:24]
        common = {
            **headers,
            "Content-Type": content_type,
            "Cache-Control": REVALIDATED,
            "Vary": "Accept-Encoding",
        }
        self._of_plain = {**common, "ETag": f'"{self._tag}"'}
        self._of_small = {**common, "ETag": f'"{self._tag}-gz"', "Content-Encoding": "gzip"}

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return len(self._plain) + len(self._small)

    def answer(self, request: web.Request) -> web.Response:
        """200 with the page, or 304 where the browser has this very one."""
        given = request.headers
        small = _takes_gzip(given.get("Accept-Encoding", ""))
        headers = self._of_small if small else self._of_plain
        # Of both encodings: it is the same page.
        if self._tag in given.get("If-None-Match", ""):
            kept = ("ETag", "Cache-Control", "Vary")
            return web.Response(status=304, headers={name: headers[name] for name in kept})
        return web.Response(body=self._small if small else self._plain, headers=headers)


def once(text: str, headers: Mapping[str, str], status: int = 200) -> web.Response:
    """A page that is nobody else's business, or that is not worth keeping."""
    return web.Response(
        text=text,
        status=status,
        content_type="text/html",
        headers={**headers, "Cache-Control": NOT_KEPT},
    )


def _takes_gzip(accepted: str) -> bool:
    return "gzip" in accepted and not _REFUSES_GZIP.search(accepted)


Answer = TypeVar("Answer")


class Shared(Generic[Answer]):
    """Asks once for many. Whoever comes while a question is out waits for the next one.

    So an answer is as new as if each had asked for themselves, and a thousand visitors at once
    cost as much as two.
    """

    def __init__(self, ask: Callable[[], Awaitable[Answer]]) -> None:
        self._ask = ask
        self._out: asyncio.Task[Answer] | None = None
        self._next: asyncio.Task[Answer] | None = None

    async def __call__(self) -> Answer:
        """The answer to a question asked from now on; raises what asking raises."""
        task = self._out
        if task is None:
            task = self._out = asyncio.create_task(self._asked())
        else:
            if self._next is None:
                self._next = asyncio.create_task(self._asked(after=task))
            task = self._next
        # Who goes away does not take the answer from the others.
        return await asyncio.shield(task)

    async def _asked(self, after: "asyncio.Task[Answer] | None" = None) -> Answer:
        if after is not None:
            await asyncio.wait({after})
            self._out, self._next = self._next, None
        try:
            return await self._ask()
        finally:
            if self._next is None:
                self._out = None


MOST_BYTES = 16 * 1024 * 1024
"""Of pages kept ready; those that nobody asked for longest go first."""

_Seen: TypeAlias = tuple[Producer, int] | None
"""Whose shop it is, and its version."""


@dataclass
class Edition:
    """The shop at one version, and the pages made of it so far."""

    seen: _Seen
    window: Window
    _pages: OrderedDict[str, Page] = field(default_factory=OrderedDict)
    _coming: dict[str, "asyncio.Task[Page | None]"] = field(default_factory=dict)
    _bytes: int = 0

    async def page(self, key: str, make: Callable[[], Page | None]) -> Page | None:
        """The page under `key`: kept, or made in a thread, once for all who wait for it."""
        page = self._pages.get(key)
        if page is not None:
            self._pages.move_to_end(key)
            return page
        coming = self._coming.get(key)
        if coming is None:
            coming = self._coming[key] = asyncio.create_task(self._made(key, make))
        return await asyncio.shield(coming)

    async def _made(self, key: str, make: Callable[[], Page | None]) -> Page | None:
        try:
            page = await asyncio.to_thread(make)
            if page is not None:
                self._keep(key, page)
            return page
        finally:
            del self._coming[key]

    def _keep(self, key: str, page: Page) -> None:
        self._pages[key] = page
        self._bytes += page.size
        while self._bytes > MOST_BYTES and len(self._pages) > 1:
            self._bytes -= self._pages.popitem(last=False)[1].size


class Showcase:
    """Gives the edition of this moment."""

    def __init__(self, store: Store, templates: Templates) -> None:
        self._store = store
        self._dresser = Dresser(templates)
        self._version = Shared(self._look)
        self._edition: Edition | None = None
        self._changes: int | None = None
        """What the store's number was before the edition was last known to be right."""
        self._turn = asyncio.Lock()

    async def now(self) -> Edition:
        """The shop as it is at the moment of asking. Raises StoreUnavailable."""
        changes = self._store.changes()
        edition = self._edition
        if edition is not None and changes is not None and changes == self._changes:
            return edition  # nothing at all was written
        seen = await self._version()
        edition = self._edition
        if edition is None or edition.seen != seen:
            edition = await self._renewed(seen)
        self._changes = changes
        return edition

    async def _renewed(self, seen: _Seen) -> Edition:
        async with self._turn:
            # Somebody else may have made it meanwhile.
            if self._edition is None or self._edition.seen != seen:
                self._edition = await self._open()
            return self._edition

    async def _look(self) -> _Seen:
        async with self._store.read() as connection:
            return await producers.on_show(connection)

    async def _open(self) -> Edition:
        # In one reading, so that the version is that of these very tracks.
        async with self._store.read() as connection:
            seen = await producers.on_show(connection)
            tracks = await catalogue.for_sale(connection, seen[0]) if seen else ()
        producer = seen[0] if seen else None
        return Edition(seen, await asyncio.to_thread(self._dresser.dress, producer, tracks))
