"""The public page as a visitor's browser gets it."""

import gzip
import json
import re
from collections.abc import Iterator
from datetime import timedelta
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from bot.ledger.terms import Templates
from bot.store import producers, rights
from bot.store.engine import StoreUnavailable, open_store
from bot.sync.checkouts import Checkouts
from tests.store import samples
from tests.webhooks.shop.conftest import HOME, KEY, NAME, Answer, Stand, open_stand, visitor
from webhooks.shop.pages import PER_PAGE
from webhooks.shop.routes import Shop

HOSTILE = (
    "W" * 200,
    "🔥👩🏽‍🎤" * 40,
    "\u202eمطر النيون\u202c ليل",
    "<script>alert('x')</script>",
    '"><img src=x onerror=alert(1)> {{ 7 * 7 }} {% raw %}',
    "a/../../etc?x=1#y&amp;%2e%2e",
)


def names(answer: Answer) -> list[str]:
    """The tracks listed on a page, in order."""
    return re.findall(r'<h3 dir="auto"><a href="[^"]+">([^<]*)</a>', answer.text)


async def test_the_first_page_shows_what_can_be_bought(stand: Stand) -> None:
    await stand.offer(
        "Midnight Drive",
        (49_900, "Exclusive Rights"),
        (2999, "MP3 Lease"),
        (2500, "MP3 Lease", {"currency": "eur"}),
    )
    await stand.offer("Low Tide", (500_000, "Basic Lease", {"currency": "jpy"}))
    page = await stand.get("/")
    assert page.status == 200
    assert f'<h1 dir="auto">{NAME}</h1>' in page.text
    assert names(page) == ["Low Tide", "Midnight Drive"]
    for said in ("$29.99", "€25.00", "$499.00", "¥500,000", "2 tracks to license"):
        assert said in page.text
    # What each license allows, from its terms.
    assert "A lease for one song: up to 2,000 copies and 50,000 streams, MP3." in page.text
    assert '<li dir="auto">Make one music video of that song.</li>' in page.text
    assert 'href="./terms/mp3-lease"' in page.text
    assert "Test mode" not in page.text


async def test_every_price_has_a_button_that_says_what_it_buys(stand: Stand) -> None:
    await stand.offer("Midnight Drive", (2999, "Basic Lease"), (0, "Free Lease"))
    for path in ("/", await stand.page_of("Midnight Drive")):
        buttons = re.findall(
            r'formaction="([^"]+)"><span class="unseen">([^<]+)</span>([^<]+)<',
            (await stand.get(path)).text,
        )
        free, lease = buttons
        assert lease[0].endswith(f"buy/{stand.prices()[0]}")
        assert lease[1] == "Buy Basic Lease of Midnight Drive for "
        assert lease[2].endswith("$29.99")
        assert free[2].endswith("Free")


async def test_a_track_has_a_page_of_its_own(stand: Stand) -> None:
    path = await stand.offer(
        "Midnight Drive",
        description="Slow drums, and rain.\n\nMade in one night.",
        images=["https://img.example/a.png"],
        metadata={"preview_url": "https://cdn.example/a.mp3"},
    )
    page = await stand.get(path)
    assert page.status == 200
    assert '<h1 dir="auto">Midnight Drive</h1>' in page.text
    for paragraph in ("Slow drums, and rain.", "Made in one night."):
        assert f'<p class="text" dir="auto">{paragraph}</p>' in page.text
    assert 'src="https://img.example/a.png"' in page.text
    assert 'alt="Cover of Midnight Drive"' in page.text
    assert '<audio controls preload="none" src="https://cdn.example/a.mp3"' in page.text
    assert f'<link rel="canonical" href="{HOME}{path}">' in page.text


async def test_without_a_picture_the_cover_is_drawn_from_the_name(stand: Stand) -> None:
    await stand.offer("Midnight Drive")
    await stand.offer("Low Tide")
    drawn = re.findall(r"<svg .*?</svg>", (await stand.get("/")).text)
    assert len(set(drawn)) == 2
    assert "style=" not in "".join(drawn)


async def test_addresses_that_are_not_safe_are_not_shown(stand: Stand) -> None:
    path = await stand.offer(
        "Midnight Drive",
        images=["javascript:alert(1)", "http://img.example/a.png"],
        metadata={"preview_url": 'https://x.example/"onload="alert(1)'},
    )
    for page in (await stand.get("/"), await stand.get(path)):
        assert "alert(1)" not in page.text
        assert "<img" not in page.text
        assert "<audio" not in page.text


async def test_another_spelling_of_its_address_leads_to_the_right_one(stand: Stand) -> None:
    path = await stand.offer("Midnight Drive")
    number = path.rpartition("-")[2]
    for other in (number, f"x-{number}", f"MIDNIGHT-drive-{number}"):
        moved = await stand.get(f"/tracks/{other}")
        assert (moved.status, moved.headers["Location"]) == (301, path.rpartition("/")[2])
        assert moved.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("slug", ["nothing", "nothing-99", "0", "9" * 18, "%00", "%F0%9F%94%A5-1x"])
async def test_what_is_no_track_helps_to_find_one(stand: Stand, slug: str) -> None:
    await stand.offer("Midnight Drive")
    page = await stand.get(f"/tracks/{slug}")
    assert page.status == 404
    assert "There is no such track" in page.text
    assert 'href="../"' in page.text


@pytest.mark.parametrize(
    ("path", "home"), [("/beats", "./"), ("/a/b", "../"), ("/a/b/c", "../../"), ("/" * 99, "/")]
)
async def test_any_other_address_leads_back_to_the_shop(stand: Stand, path: str, home: str) -> None:
    page = await stand.get(path)
    assert page.status == 404
    assert "There is no such page" in page.text
    assert f'<a class="go" href="{home}">See what is for sale</a>' in page.text
    assert "script" not in page.headers["Content-Security-Policy"]


async def test_a_track_sold_exclusively_is_gone_from_the_very_next_request(stand: Stand) -> None:
    path = await stand.offer("Midnight Drive")
    await stand.offer("Low Tide")
    assert names(await stand.get("/")) == ["Low Tide", "Midnight Drive"]
    assert (await stand.get(path)).status == 200
    await stand.sell(samples.paid("1", samples.exclusive("Midnight Drive")))
    assert names(await stand.get("/")) == ["Low Tide"]
    assert [
        one["name"] for one in json.loads((await stand.get("/tracks.json")).text)["tracks"]
    ] == ["Low Tide"]
    gone = await stand.get(path)
    assert gone.status == 410
    assert "Sold exclusively" in gone.text
    assert "Midnight Drive" in gone.text
    assert not re.search(r"Ana|Lima|example\.com", gone.text)
    number = path.rpartition("-")[2]
    assert (await stand.get(f"/tracks/other-{number}")).status == 301


async def test_it_is_gone_too_when_another_program_wrote_it_down(
    stand: Stand, tmp_path: Path
) -> None:
    await stand.offer("Midnight Drive")
    assert names(await stand.get("/")) == ["Midnight Drive"]
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as other:
        sold = samples.paid("1", samples.exclusive("Midnight Drive"))
        await samples.write(other, stand.producer, sold)
    assert names(await stand.get("/")) == []


async def test_a_track_kept_off_sale_says_only_that(stand: Stand) -> None:
    path = await stand.offer("Midnight Drive")
    sold = samples.settled(samples.paid("1", samples.exclusive("Midnight Drive")))
    await stand.sell(sold)
    await stand.sell(samples.refunded(sold))
    async with stand.store.write() as connection:
        await rights.decide(
            connection,
            stand.producer,
            int(path.rpartition("-")[2]),
            keep_off=True,
            by=7,
            now=stand.time(),
            again=True,
        )
    gone = await stand.get(path)
    assert gone.status == 410
    assert "Not for sale at the moment" in gone.text
    assert "exclusively" not in gone.text.lower().partition("<main")[2]


async def test_a_browser_that_has_the_page_is_told_so(stand: Stand) -> None:
    path = await stand.offer("Midnight Drive")
    for at in ("/", path, "/tracks.json", "/terms/lease"):
        first = await stand.get(at, Accept_Encoding="gzip")
        assert first.headers["Cache-Control"] == "no-cache"
        kept = await stand.get(at, If_None_Match=first.headers["ETag"], Accept_Encoding="gzip")
        assert (kept.status, kept.body) == (304, b"")
        assert kept.headers["ETag"] == first.headers["ETag"]
    await stand.offer("Low Tide")
    again = await stand.get("/", If_None_Match=first.headers["ETag"])
    assert again.status == 200


async def test_pages_are_compressed_for_those_who_can_read_that(stand: Stand) -> None:
    await stand.offer("Midnight Drive")
    plain = await stand.get("/", Accept_Encoding="identity")
    assert "Content-Encoding" not in plain.headers
    small = await stand.get("/", Accept_Encoding="br, gzip;q=0.5")
    assert small.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(small.body) == plain.body
    assert small.headers["ETag"] != plain.headers["ETag"]
    assert small.headers["Vary"] == "Accept-Encoding"
    refused = await stand.get("/", Accept_Encoding="gzip;q=0, identity")
    assert refused.body == plain.body


async def test_nothing_runs_and_nobody_frames_it(stand: Stand) -> None:
    path = await stand.offer("Midnight Drive")
    for at in ("/", path, "/terms/lease", "/tracks/nothing", "/bought?session_id=cs_live_1"):
        page = await stand.get(at)
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
async def test_names_are_text_and_nothing_else(stand: Stand, name: str) -> None:
    plain = await stand.offer("Midnight Drive")
    path = await stand.offer(name, (2999, f"{name} lease"), description=name)
    for at in ("/", path):
        page = _tags(await stand.get(at))
        usual = _tags(await stand.get("/" if at == "/" else plain))
        assert {tag for tag, _ in page} == {tag for tag, _ in usual}
        assert _attributes(page) == _attributes(usual)
    shown = json.loads((await stand.get("/tracks.json")).text)["tracks"]
    assert path in {one["url"].removeprefix(HOME) for one in shown}


def _tags(answer: Answer) -> list[tuple[str, dict[str, str | None]]]:
    assert answer.status == 200
    parser = _Tags()
    parser.feed(answer.text)
    return parser.found


def _attributes(tags: list[tuple[str, dict[str, str | None]]]) -> set[str]:
    return {name for _, attributes in tags for name in attributes}


async def test_an_empty_shop_says_so_and_nothing_of_how_it_is_set_up(stand: Stand) -> None:
    page = await stand.get("/")
    assert page.status == 200
    assert "Nothing is for sale right now" in page.text
    assert not re.search(
        r"key|webhook|setting|discord|\.env", page.text.partition("<body")[2], re.I
    )
    assert json.loads((await stand.get("/tracks.json")).text)["tracks"] == []


async def test_a_bot_that_knows_no_producer_yet_has_an_empty_shop(tmp_path: Path) -> None:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store:
        time = samples.NOON
        shop = Shop(store, Checkouts(None, lambda: time, None), lambda: time, Templates(), KEY)
        async with visitor(shop) as stand:
            page = await stand.get("/")
            assert (page.status, "Tracks for sale" in page.text) == (200, True)
            assert (await stand.get("/tracks/x-1")).status == 404
            assert (await stand.buy("price_1")).status == 404


async def test_a_shop_in_test_mode_says_that_no_money_is_paid(tmp_path: Path) -> None:
    async with open_stand(tmp_path, livemode=False) as stand:
        path = await stand.offer("Midnight Drive")
        for at in ("/", path):
            page = await stand.get(at)
            assert "<strong>Test mode.</strong> No real money is paid here." in page.text
            assert '<meta name="robots" content="noindex">' in page.text


async def test_the_catalogue_is_there_as_data_for_other_sites(stand: Stand) -> None:
    path = await stand.offer(
        "Midnight Drive",
        (2999, "Basic Lease"),
        (49_900, "Exclusive Rights"),
        description="Slow drums.",
        images=["https://img.example/a.png"],
    )
    answer = await stand.get("/tracks.json")
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    shown = json.loads(answer.text)
    lease, exclusive = shown["tracks"][0].pop("licenses")
    assert shown == {
        "name": NAME,
        "test": False,
        "url": f"{HOME}/",
        "tracks": [
            {
                "id": int(path.rpartition("-")[2]),
                "name": "Midnight Drive",
                "url": f"{HOME}{path}",
                "description": "Slow drums.",
                "images": ["https://img.example/a.png"],
                "preview_url": None,
            }
        ],
    }
    assert lease["prices"] == [
        {"id": stand.prices()[0], "amount": 2999, "currency": "usd", "text": "$29.99"}
    ]
    assert (lease["name"], lease["exclusive"]) == ("Basic Lease", False)
    assert lease["terms_url"] == f"{HOME}/terms/lease"
    assert lease["allows"][0].startswith("Record vocals")
    assert exclusive["exclusive"] is True


async def test_terms_can_be_read_whole_before_buying(stand: Stand) -> None:
    await stand.offer("Midnight Drive", (2999, "MP3 Lease"))
    page = await stand.get("/terms/mp3-lease")
    assert page.status == 200
    assert "Terms of MP3 Lease" in page.text
    assert f"“Prod. by {NAME}”" in page.text
    assert "<strong>2,000</strong>" in page.text
    assert "{" not in page.text.partition("<main")[2]
    assert (await stand.get("/terms/exclusive")).status == 404
    assert (await stand.get("/terms/%2e%2e%2fetc")).status == 404


async def test_terms_of_a_price_of_its_own_have_a_page_too(stand: Stand) -> None:
    own = "One song, <b>one</b> year.\n\n- Sing *over* it."
    await stand.offer("Midnight Drive", (2999, "Basic Lease", {"metadata": {"terms": own}}))
    page = (await stand.get("/")).text
    assert "One song, &lt;b&gt;one&lt;/b&gt; year." in page
    (address,) = re.findall(r'href="\./(terms/price-[0-9a-f]{12})"', page)
    terms = await stand.get(f"/{address}")
    assert "<em>over</em>" in terms.text
    assert "<b>" not in terms.text


async def test_a_long_list_has_pages_and_can_be_searched(stand: Stand) -> None:
    for number in range(PER_PAGE + 1):
        made = stand.account.product(f"Track {number:03}")
        stand.account.price(made, 2999, nickname="Basic Lease")
    await stand.offer("Straße & Regen")
    first, second = await stand.get("/"), await stand.get("/?page=2")
    assert len(names(first)) == PER_PAGE
    assert names(first)[0] == "Straße &amp; Regen"
    assert names(second) == [f"Track {PER_PAGE - 1:03}", f"Track {PER_PAGE:03}"]
    assert 'rel="next" href="./?page=2"' in first.text
    for beyond in ("0", "3", "x", "-1", "9" * 50):
        assert (await stand.get(f"/?page={beyond}")).status == 404
    assert names(await stand.get("/?q=regen+STRASSE")) == ["Straße &amp; Regen"]
    assert names(await stand.get("/?q=TRACK+015")) == ["Track 015"]
    none = await stand.get("/?q=%22%3E%3Cscript%3E")
    assert (none.status, names(none), "<script" in none.text) == (200, [], False)
    assert "0 tracks for" in none.text


async def test_pages_nobody_asks_for_are_not_kept_for_ever(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("webhooks.shop.showcase.MOST_BYTES", 100_000)
    await stand.offer("Midnight Drive")
    for number in range(30):
        assert (await stand.get(f"/?q=x{number}")).status == 200
    assert (await stand.get("/")).status == 200


async def test_a_new_name_of_the_producer_shows_at_once(stand: Stand) -> None:
    await stand.offer("Midnight Drive")
    assert NAME in (await stand.get("/")).text
    async with stand.store.write() as connection:
        await producers.set_business_name(connection, stand.producer.id, "High Tide <Beats>")
    assert '<h1 dir="auto">High Tide &lt;Beats&gt;</h1>' in (await stand.get("/")).text


async def test_while_the_store_is_away_it_says_so() -> None:
    class Away:
        def changes(self) -> None:
            """Not known."""

        def read(self) -> Any:
            raise StoreUnavailable("locked")

    time = samples.NOON + timedelta()
    away: Any = Away()
    shop = Shop(away, Checkouts(None, lambda: time, None), lambda: time, Templates(), KEY)
    async with visitor(shop) as stand:
        for answer in (await stand.get("/"), await stand.buy("price_1")):
            assert (answer.status, answer.headers["Retry-After"]) == (503, "30")
            assert "Please try again in a minute" in answer.text
        assert (await stand.get("/icon.svg")).status == 200


def _all_templates() -> Iterator[str]:
    folder = Path(__file__).parents[3] / "webhooks" / "shop" / "templates"
    for file in folder.glob("*.html"):
        yield file.read_text("utf-8")


def test_only_our_own_drawings_and_style_go_into_a_page_as_they_are() -> None:
    raw = [found for text in _all_templates() for found in re.findall(r"{{([^}]*\|safe)", text)]
    assert sorted(raw) == [" style|safe", " track.cover|safe"]
