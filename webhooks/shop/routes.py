"""The public page: its routes, and the pages that every visitor sees alike."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping

from aiohttp import web

from bot.domain.license_terms import Templates
from bot.domain.period import Clock
from bot.domain.track import SoldTrack, slug_id
from bot.store.books import offers
from bot.store.engine import Store
from bot.sync.checkouts import Checkouts
from webhooks.shop import pages
from webhooks.shop.checkout import CheckoutPages
from webhooks.shop.currency import LONGEST_LANGUAGES, ShownCurrency, shown_currency
from webhooks.shop.pages import HERE, UP, tracks_json
from webhooks.shop.responses import Edition, Handler, Page, Responses, answer
from webhooks.shop.track_search import EVERYTHING, TrackSearch

OTHER = "/{other:(?!webhooks/).+}"
JSON = "application/json; charset=utf-8"
JSON_HEADERS = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}

_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    'rx="8" fill="#191619"/><path stroke="#ffd680" stroke-width="3" stroke-linecap="round" '
    'd="M7 13v6M12.5 9v14M18 12v8M23.5 7v18"/></svg>'
)
_ICON_HEADERS = {"Cache-Control": "public, max-age=604800", "X-Content-Type-Options": "nosniff"}
_NUMBER = re.compile(r"[0-9]{1,6}")
_MOST_SLASHES = 8
"""In an address of ours; one with more links back by an absolute path."""


class Shop:
    """The public page of the current producer."""

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
        """`templates`: what licenses are sold under. `key` signs the links to sold licenses.
        `seconds`: a monotonic clock."""
        self._responses = Responses(store, templates, checkouts.public_url)
        self._checkout = CheckoutPages(self._responses, checkouts, clock, key, seconds)

    def add_to(self, app: web.Application) -> None:
        """Add the routes."""
        routes: Mapping[str, Handler] = {
            "/": self.index,
            "/tracks.json": self.tracks_json,
            "/tracks/{slug}": self.track,
            "/player/{slug}": self.player,
            "/terms/{name}": self.terms,
            "/icon.svg": self.icon,
            "/bought": self._checkout.bought,
            "/buy/{price}": self._checkout.not_bought,
            # After all others, the application's own among them.
            OTHER: self.not_found,
        }
        for path, handler in routes.items():
            app.router.add_get(path, self._responses.handler(handler))
        app.router.add_post("/buy/{price}", self._responses.handler(self._checkout.buy))

    async def index(self, request: web.Request) -> web.Response:
        """GET /: all that can be bought, in one currency.

        `?q=`, `genre=`, `mood=`, `key=` and `bpm=80-99` search, `?page=` turns the page, and
        `?currency=` chooses the currency, which is else that of the visitor's region.

        200 with the page, 304 if the browser has it, 404 for a page after the last, 503 while the
        store can't be read (as for any of these pages).
        """
        edition = await self._responses.edition()
        currency = _currency(request, edition)
        search, number = _search(request) if request.query_string else (EVERYTHING, 1)

        def render() -> Page:
            html = self._responses.pages.index(edition.shop, search, number, currency)
            if html is None:
                raise NoSuchPage
            return self._responses.page(html)

        try:
            if search:  # anybody can make up any number of these
                page = await asyncio.to_thread(render)
                return answer(request, edition, page, _variant(currency))
            key = f"/?page={number}"
            return await self._responses.cached(request, edition, key, render, _variant(currency))
        except NoSuchPage:
            return await self._responses.notice(edition.shop, pages.NO_PAGE, root=HERE)

    async def tracks_json(self, request: web.Request) -> web.Response:
        """GET /tracks.json: the catalogue as data, for other sites too."""
        edition = await self._responses.edition()

        def render() -> Page:
            json = tracks_json(edition.shop, self._responses.public_url)
            return Page(json, JSON_HEADERS, JSON)

        return await self._responses.cached(request, edition, "/tracks.json", render)

    async def track(self, request: web.Request) -> web.Response:
        """GET /tracks/{slug}: a track's own page.

        200 with the page; 301 to its right address from any other that ends with its id; 410 once
        it is sold exclusively or off sale; 404 if there is no such track.
        """
        edition = await self._responses.edition()
        slug = request.match_info["slug"]
        track_id = slug_id(slug)
        track = edition.shop.by_id.get(track_id or 0)
        if track is None:
            return await self._not_for_sale(edition, slug, track_id)
        currency = _currency(request, edition)
        if track.slug != slug:
            return _moved(f"{track.slug}{currency.query}")

        def render() -> Page:
            return self._responses.page(self._responses.pages.track(edition.shop, track, currency))

        key = f"/tracks/{track.id}"
        return await self._responses.cached(request, edition, key, render, _variant(currency))

    async def player(self, request: web.Request) -> web.Response:
        """GET /player/{slug}: a track's preview, within the list of tracks. `?play=1` begins it.

        404 if there is no such track, or nothing to hear of it.
        """
        edition = await self._responses.edition()
        track = edition.shop.by_id.get(slug_id(request.match_info["slug"]) or 0)
        plays, currency = "play" in request.query, _currency(request, edition)

        def html() -> str:
            return self._responses.pages.player(edition.shop, track, currency, plays=plays)

        if track is None or track.preview is None:
            return await self._responses.uncached(html, 404, self._responses.framed)

        def render() -> Page:
            return Page(html(), self._responses.framed)

        key = f"/player/{track.id}?{plays}"
        return await self._responses.cached(request, edition, key, render, _variant(currency))

    async def terms(self, request: web.Request) -> web.Response:
        """GET /terms/{name}: the full terms of a license that is on sale. 404 for others."""
        edition = await self._responses.edition()
        name = request.match_info["name"]
        terms = edition.shop.terms.get(name)
        if terms is None:
            return await self._responses.notice(edition.shop, pages.NO_TERMS)

        def render() -> Page:
            return self._responses.page(self._responses.pages.terms(edition.shop, terms))

        return await self._responses.cached(request, edition, f"/terms/{name}", render)

    async def icon(self, _request: web.Request) -> web.Response:
        """GET /icon.svg: a few bars of sound."""
        return web.Response(text=_ICON, content_type="image/svg+xml", headers=_ICON_HEADERS)

    async def not_found(self, request: web.Request) -> web.Response:
        """GET any other address: 404, with a link to the shop."""
        edition = await self._responses.edition()
        slashes = request.path.count("/") - 1
        root = "/" if slashes > _MOST_SLASHES else UP * slashes or HERE
        return await self._responses.notice(edition.shop, pages.NOT_FOUND, root=root)

    async def _not_for_sale(
        self, edition: Edition, slug: str, track_id: int | None
    ) -> web.Response:
        sold = None
        if edition.shop.producer is not None and track_id is not None:
            async with self._responses.store.read() as connection:
                sold = await offers.track_page(connection, edition.shop.producer, track_id)
        if not isinstance(sold, SoldTrack):
            return await self._responses.notice(edition.shop, pages.NO_TRACK)
        if sold.slug != slug:
            return _moved(sold.slug)
        notice = pages.SOLD if sold.exclusively else pages.OFF_SALE
        return await self._responses.notice(edition.shop, notice, above=sold.name)


def _search(request: web.Request) -> tuple[TrackSearch, int]:
    """What is searched for, and the number of the page (0 if it is not a number)."""
    typed = request.query.get("page", "1")
    return TrackSearch.read(request.query), int(typed) if _NUMBER.fullmatch(typed) else 0


class NoSuchPage(Exception):
    """The list of tracks has fewer pages."""


def _currency(request: web.Request, edition: Edition) -> ShownCurrency:
    chosen = request.query.get("currency", "")[:3] if request.query_string else ""
    languages = request.headers.get("Accept-Language", "")[:LONGEST_LANGUAGES]
    return shown_currency(edition.shop.currencies, chosen, languages)


def _variant(currency: ShownCurrency) -> str:
    return f"{currency.code}-chosen" if currency.chosen else currency.code


def _moved(slug: str) -> web.Response:
    # Revalidated each time: a track's name, and so its address, may change back.
    headers = {"Location": slug, "Cache-Control": "no-cache"}
    return web.Response(status=301, headers=headers)
