"""The list of tracks, a track's page, and what is there once it is sold."""

import json
import re
from pathlib import Path

import pytest

from bot.domain.license_terms import Templates
from bot.store.engine import open_store
from bot.store.queries import exclusive
from bot.sync.checkouts import Checkouts
from tests import factories as make
from tests.store import samples
from tests.webhooks.shop.conftest import HOME, KEY, NAME, Stand, open_stand, visitor
from tests.webhooks.shop.looking import names
from webhooks.shop.routes import Shop


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
    await stand.sell(make.paid("1", make.exclusive("Midnight Drive")))
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
        sold = make.paid("1", make.exclusive("Midnight Drive"))
        await samples.write(other, stand.producer, sold)
    assert names(await stand.get("/")) == []


async def test_a_track_kept_off_sale_says_only_that(stand: Stand) -> None:
    path = await stand.offer("Midnight Drive")
    sold = make.settled(make.paid("1", make.exclusive("Midnight Drive")))
    await stand.sell(sold)
    await stand.sell(make.refunded(sold))
    async with stand.store.write() as connection:
        await exclusive.decide(
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
        time = make.NOON
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
