"""The shop as data: `GET /tracks.json`.

    {"name": "Low Tide Beats", "test": false, "url": "https://beats.example.com/", "tracks": [
      {"id": 12, "name": "Midnight Drive", "url": "https://beats.example.com/tracks/midnight-drive-12",
       "description": "…" or null, "images": ["https://…"], "preview_url": "https://…" or null,
       "licenses": [
         {"name": "Basic Lease", "exclusive": false, "summary": "A lease for one song …",
          "allows": ["Record vocals …"],
          "terms_url": "https://beats.example.com/terms/lease" or null,
          "prices": [{"id": "price_…", "amount": 2999, "currency": "usd", "text": "$29.99"}]}]}]}

Amounts are in minor units (cents for usd, yen for jpy). Without PUBLIC_URL, addresses are relative.

Looking around: the list of tracks, a track, the terms of a license, all of it as data.
"""

import json
import re
from typing import Any
from urllib.parse import quote

from aiohttp import web

from bot.domain.track import SoldTrack, slug_id
from bot.store.queries import catalogue
from webhooks.shop import refusals
from webhooks.shop.pages import HERE, LONGEST_SEARCH, UP
from webhooks.shop.responses import Desk
from webhooks.shop.showcase import Edition, Page
from webhooks.shop.view_model import LicenseShown, TrackShown, Window

CONTENT_TYPE = "application/json; charset=utf-8"


def listing(window: Window, public_url: str | None) -> str:
    """Everything for sale, as JSON."""
    home = f"{(public_url or '').rstrip('/')}/"
    return json.dumps(
        {
            "name": window.name,
            "test": window.test,
            "url": home,
            "tracks": [_track(track, home) for track in window.tracks],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def _track(track: TrackShown, home: str) -> dict[str, Any]:
    return {
        "id": track.id,
        "name": track.name,
        "url": f"{home}tracks/{track.slug}",
        "description": "\n".join(track.paragraphs) or None,
        "images": list(track.images),
        "preview_url": track.preview,
        "licenses": [_license(one, home) for one in track.licenses],
    }


def _license(one: LicenseShown, home: str) -> dict[str, Any]:
    return {
        "name": one.name,
        "exclusive": one.exclusive,
        "summary": one.allows.short if one.allows else "",
        "allows": list(one.allows.points) if one.allows else [],
        "terms_url": f"{home}terms/{quote(one.terms, safe='')}" if one.terms else None,
        "prices": [
            {"id": tag.id, "amount": tag.amount, "currency": tag.currency, "text": tag.words}
            for tag in one.tags
        ],
    }


_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    'rx="8" fill="#191619"/><path stroke="#ffd680" stroke-width="3" stroke-linecap="round" '
    'd="M7 13v6M12.5 9v14M18 12v8M23.5 7v18"/></svg>'
)
_NUMBER = re.compile(r"[0-9]{1,6}")
_DEEPEST = 8
"""Slashes beyond which an address is nobody's."""
_LONG = "public, max-age=604800"


class Browsing:
    """Pages that are the same for everybody, and so are kept until the shop changes."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def shop(self, request: web.Request) -> web.Response:
        """GET /: all that can be bought. `?q=` finds tracks by name, `?page=` turns the page.

        200 with the page, 304 where the browser has it, 404 for a page beyond the last, 503 while
        the store cannot be read (as any of these pages).
        """
        edition = await self._desk.showcase.now()
        words, number = _asked(request) if request.query_string else ("", 1)
        pages = self._desk.pages
        page = await edition.page(
            f"/?{number} {words}",
            lambda: self._desk.page(pages.shop(edition.window, words, number)),
        )
        if page is None:
            return await self._desk.notice(edition.window, refusals.NO_PAGE, root=HERE)
        return page.answer(request)

    async def listing(self, request: web.Request) -> web.Response:
        """GET /tracks.json: the same as data (see webhooks.shop.browsing), for other sites too."""
        edition = await self._desk.showcase.now()
        headers = {"Access-Control-Allow-Origin": "*", "X-Content-Type-Options": "nosniff"}
        home = self._desk.public_url
        page = await edition.page(
            "/tracks.json", lambda: Page(listing(edition.window, home), headers, CONTENT_TYPE)
        )
        assert page is not None
        return page.answer(request)

    async def track(self, request: web.Request) -> web.Response:
        """GET /tracks/{slug}: a track's own page.

        200 with the page; 301 to its right address from any other that ends with its id; 410 once
        it is sold exclusively, or off sale; 404 where there is no such track.
        """
        edition = await self._desk.showcase.now()
        asked = request.match_info["slug"]
        track_id = slug_id(asked)
        track = edition.window.by_id.get(track_id or 0)
        if track is None:
            return await self._off_sale(edition, asked, track_id)
        if track.slug != asked:
            return _moved(track.slug)
        shown, pages = track, self._desk.pages
        page = await edition.page(
            f"/tracks/{shown.id}", lambda: self._desk.page(pages.track(edition.window, shown))
        )
        assert page is not None
        return page.answer(request)

    async def terms(self, request: web.Request) -> web.Response:
        """GET /terms/{name}: the terms of a license that is on sale, whole. 404 for others."""
        edition = await self._desk.showcase.now()
        name = request.match_info["name"]
        shown = edition.window.terms.get(name)
        if shown is None:
            return await self._desk.notice(edition.window, refusals.NO_TERMS)
        terms, pages = shown, self._desk.pages
        page = await edition.page(
            f"/terms/{name}", lambda: self._desk.page(pages.terms(edition.window, terms))
        )
        assert page is not None
        return page.answer(request)

    async def elsewhere(self, request: web.Request) -> web.Response:
        """GET any other address: 404, with the way back to the shop."""
        window = (await self._desk.showcase.now()).window
        depth = request.path.count("/") - 1
        root = "/" if depth > _DEEPEST else UP * depth or HERE
        return await self._desk.notice(window, refusals.NOTHING_HERE, root=root)

    async def icon(self, request: web.Request) -> web.Response:
        """GET /icon.svg: a few bars of sound."""
        headers = {"Cache-Control": _LONG, "X-Content-Type-Options": "nosniff"}
        return web.Response(text=_ICON, content_type="image/svg+xml", headers=headers)

    async def _off_sale(self, edition: Edition, asked: str, track_id: int | None) -> web.Response:
        """A track that is not for sale: sold, or none at all."""
        sold = None
        producer = edition.window.producer
        if producer is not None and track_id is not None:
            async with self._desk.store.read() as connection:
                sold = await catalogue.track_page(connection, producer, track_id)
        if not isinstance(sold, SoldTrack):
            return await self._desk.notice(edition.window, refusals.NO_TRACK)
        if sold.slug != asked:
            return _moved(sold.slug)
        notice = refusals.SOLD if sold.exclusively else refusals.OFF_SALE
        return await self._desk.notice(edition.window, notice, above=sold.name)


def _asked(request: web.Request) -> tuple[str, int]:
    """The words to find, and the number of the page (0 for what is none)."""
    words = " ".join(request.query.get("q", "")[:LONGEST_SEARCH].split())
    typed = request.query.get("page", "1")
    return words, int(typed) if _NUMBER.fullmatch(typed) else 0


def _moved(slug: str) -> web.Response:
    # Asked again each time: a track's name, and so its address, may change back.
    headers = {"Location": slug, "Cache-Control": "no-cache"}
    return web.Response(status=301, headers=headers)
