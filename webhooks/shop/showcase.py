"""What the shop shows now, and its pages ready to be sent.

Both are kept for one version of the catalogue (see bot.store.on_sale.page_version), and the version
is asked for at each request: so what was sold a moment ago is shown to nobody, whoever wrote it.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeAlias

from bot.domain.records import Producer
from bot.domain.terms import Templates
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.queries import catalogue
from webhooks.shop.answers import Page
from webhooks.shop.dresser import Dresser
from webhooks.shop.shared import Shared
from webhooks.shop.view_model import Window

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
