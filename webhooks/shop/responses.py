"""What every page of the shop needs: the shop as it is now, the pages' maker, how they go out."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial

from aiohttp import web

from bot.domain.license_terms import Templates
from bot.store.engine import Store, StoreUnavailable
from webhooks.shop.pages import UP, Link, Pages
from webhooks.shop.refusals import STORE_AWAY, Notice
from webhooks.shop.showcase import Page, Showcase, once, protection
from webhooks.shop.view_model import Window

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Desk:
    """Shared by the shop's handlers."""

    def __init__(self, store: Store, templates: Templates, public_url: str | None) -> None:
        self.store = store
        self.public_url = public_url
        self.pages = Pages(public_url)
        self.showcase = Showcase(store, templates)

    @cached_property
    def headers(self) -> Mapping[str, str]:
        """Of each page."""
        return protection(self.pages.style_source)

    def page(self, text: str | None) -> Page | None:
        """A page to be kept; None for none. Call it in a thread."""
        return None if text is None else Page(text, self.headers)

    async def notice(
        self,
        window: Window,
        notice: Notice,
        *,
        above: str = "",
        links: tuple[Link, ...] = (),
        root: str = UP,
        more: Mapping[str, str] | None = None,
    ) -> web.Response:
        """A page that says one thing.

        `above` stands over its title, `links` go before the one to the shop, `more` are headers.
        """
        make = partial(
            self.pages.notice,
            window,
            notice.title,
            *notice.paragraphs,
            links=(*links, Link("See what is for sale", root)),
            root=root,
            status=above,
        )
        return await self.once(make, notice.status, more)

    async def once(
        self, make: Callable[[], str], status: int = 200, more: Mapping[str, str] | None = None
    ) -> web.Response:
        """A page that nobody keeps, made in a thread; `more` are headers."""
        text = await asyncio.to_thread(make)
        return once(text, {**self.headers, **(more or {})}, status)

    async def answered(self, handle: Handler, request: web.Request) -> web.Response:
        """What a handler answers; while the store is away, that it is."""
        try:
            return await handle(request)
        except StoreUnavailable:
            return await self.notice(Window(None), STORE_AWAY, more={"Retry-After": "30"})
