"""The public page, put together, and its routes."""

import time
from collections.abc import Callable, Mapping
from functools import partial

from aiohttp import web

from bot.domain.license_terms import Templates
from bot.domain.period import Clock
from bot.store.engine import Store
from bot.sync.checkouts import Checkouts
from webhooks.shop.browsing import Browsing
from webhooks.shop.checkout import Buying
from webhooks.shop.purchase import Till
from webhooks.shop.responses import Desk, Handler

ELSEWHERE = "/{elsewhere:(?!webhooks/).+}"


class Shop:
    """The public page of the producer that commands speak of, as long as there is one."""

    def __init__(
        self,
        store: Store,
        checkouts: Checkouts,
        clock: Clock,
        templates: Templates,
        key: bytes,
        *,
        seconds: Callable[[], float] = time.monotonic,
    ) -> None:
        """`templates`: what licenses are sold under. `key` signs the links to sold ones. `seconds`:
        a clock that nobody sets."""
        self._desk = Desk(store, templates, checkouts.public_url)
        self._browsing = Browsing(self._desk)
        till = Till(store, checkouts, seconds)
        self._buying = Buying(
            self._desk, till, clock, key, details_come=checkouts.has_key, seconds=seconds
        )

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        shown: Mapping[str, Handler] = {
            "/": self._browsing.shop,
            "/tracks.json": self._browsing.listing,
            "/tracks/{slug}": self._browsing.track,
            "/terms/{name}": self._browsing.terms,
            "/icon.svg": self._browsing.icon,
            "/bought": self._buying.bought,
            "/buy/{price}": self._buying.not_bought,
        }
        for path, handler in shown.items():
            app.router.add_get(path, partial(self._desk.answered, handler))
        # After all others, the application's own among them.
        app.router.add_get(ELSEWHERE, partial(self._desk.answered, self._browsing.elsewhere))
        app.router.add_post("/buy/{price}", partial(self._desk.answered, self._buying.buy))
