"""What anybody may have typed is text; pages are kept no longer than they are right."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.domain.license_terms import Templates
from bot.store.engine import StoreUnavailable
from bot.sync.checkouts import Checkouts
from tests import factories as make
from tests.webhooks.shop.conftest import HOME, KEY, Answer, ShopSite, visitor
from webhooks.shop.routes import Shop

HOSTILE = (
    "W" * 200,
    "🔥👩🏽‍🎤" * 40,
    "\u202eمطر النيون\u202c ليل",
    "<script>alert('x')</script>",
    '"><img src=x onerror=alert(1)> {{ 7 * 7 }} {% raw %}',
    "a/../../etc?x=1#y&amp;%2e%2e",
)


async def test_addresses_that_are_not_safe_are_not_shown(site: ShopSite) -> None:
    path = await site.offer(
        "Midnight Drive",
        images=["javascript:alert(1)", "http://img.example/a.png"],
        metadata={"preview_url": 'https://x.example/"onload="alert(1)'},
    )
    for page in (await site.get("/"), await site.get(path)):
        assert "alert(1)" not in page.text
        assert "<img" not in page.text
        assert "<audio" not in page.text


async def test_a_browser_that_has_the_page_is_told_so(site: ShopSite) -> None:
    path = await site.offer("Midnight Drive")
    for at in ("/", path, "/tracks.json", "/terms/lease"):
        first = await site.get(at, Accept_Encoding="gzip")
        assert first.headers["Cache-Control"] == "no-cache"
        kept = await site.get(at, If_None_Match=first.headers["ETag"], Accept_Encoding="gzip")
        assert (kept.status, kept.body) == (304, b"")
        assert kept.headers["ETag"] == first.headers["ETag"]
    await site.offer("Low Tide")
    again = await site.get("/", If_None_Match=first.headers["ETag"])
    assert again.status == 200


async def test_pages_are_compressed_for_those_who_can_read_that(site: ShopSite) -> None:
    await site.offer("Midnight Drive")
    plain = await site.get("/", Accept_Encoding="identity")
    assert "Content-Encoding" not in plain.headers
    small = await site.get("/", Accept_Encoding="br, gzip;q=0.5")
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert small.headers["Vary"].startswith("Accept-Encoding")
    refused = await site.get("/", Accept_Encoding="gzip;q=0, identity")
    assert refused.body == plain.body


async def test_nothing_runs_and_nobody_frames_it(site: ShopSite) -> None:
    path = await site.offer("Midnight Drive")
    for at in ("/", path, "/terms/lease", "/tracks/nothing", "/bought?session_id=cs_live_1"):
        page = await site.get(at)
        policy = dict(
            part.split(" ", 1) for part in page.headers["Content-Security-Policy"].split("; ")
        )
        assert policy["default-src"] == policy["base-uri"] == policy["frame-ancestors"] == "'none'"
        assert re.fullmatch(r"'sha256-[\w+/]{43}='", policy["style-src"])
        assert policy["form-action"] == (
            "'self' https://checkout.stripe.com https://buy.stripe.com"
        )
        assert page.headers["X-Content-Type-Options"] == "nosniff"
        assert page.headers["Referrer-Policy"] == "same-origin"
        assert "<script" not in page.text
        assert " style=" not in page.text


class _Tags(HTMLParser):
    """Collects the tags and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_are_text_and_nothing_else(site: ShopSite, name: str) -> None:
    plain = await site.offer("Midnight Drive")
    path = await site.offer(name, (2999, f"{name} lease"), description=name)
    for at in ("/", path):
        page = _tags(await site.get(at))
        usual = _tags(await site.get("/" if at == "/" else plain))
        assert {tag for tag, _ in page} == {tag for tag, _ in usual}
        assert _attributes(page) == _attributes(usual)
    shown = json.loads((await site.get("/tracks.json")).text)["tracks"]
    assert path in {one["url"].removeprefix(HOME) for one in shown}


def _tags(answer: Answer) -> list[tuple[str, dict[str, str | None]]]:
    assert answer.status == 200
    parser = _Tags()
    parser.feed(answer.text)
    return parser.found


def _attributes(tags: list[tuple[str, dict[str, str | None]]]) -> set[str]:
    return {name for _, attributes in tags for name in attributes}


async def test_pages_beyond_what_is_kept_are_rendered_again(
    site: ShopSite, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.shop.responses.MOST_PAGES", 2)
    paths = [await site.offer(f"Track {number}") for number in range(4)]
    for _ in range(2):
        for number, path in enumerate(paths):
            assert f"Track {number}" in (await site.get(path)).text


async def test_while_the_store_is_away_it_says_so() -> None:
    class Away:
        def changes(self) -> None:
            """Not known."""

        def read(self) -> Any:
            raise StoreUnavailable("locked")

    time = make.NOON + timedelta()
    away: Any = Away()
    shop = Shop(away, Checkouts(None, lambda: time, None), lambda: time, Templates(), KEY)
    async with visitor(shop) as site:
        for answer in (await site.get("/"), await site.buy("price_1")):
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
            assert "Please try again in a minute" in answer.text
        assert (await site.get("/icon.svg")).status == 200


def _all_templates() -> Iterator[str]:
    folder = Path(__file__).parents[3] / "webhooks" / "shop" / "templates"
    for file in folder.glob("*.html"):
        yield file.read_text("utf-8")


def test_only_our_own_drawings_and_style_go_into_a_page_as_they_are() -> None:
    raw = [found for text in _all_templates() for found in re.findall(r"{{([^}]*\|safe)", text)]
    assert sorted(raw) == [" style|safe", " track.cover|safe"]
