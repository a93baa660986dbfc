"""The list of tracks, a track's page, terms, the catalogue as data, and what is left once sold."""

import json
import re
from pathlib import Path

import pytest

from bot.domain.license_terms import Templates
from bot.store.books import producers
from bot.store.engine import open_store
from bot.store.queries import exclusive
from bot.sync.checkouts import Checkouts
from tests import factories as make
from tests.store import samples
from tests.webhooks.shop.conftest import HOME, KEY, NAME, ShopSite, names, open_site, visitor
from webhooks.shop.pages import PER_PAGE
from webhooks.shop.routes import Shop

EXCLUSIVE = {"metadata": {"exclusive": "true"}}


async def test_the_first_page_shows_what_can_be_bought(site: ShopSite) -> None:
    await site.offer(
        "Midnight Drive",
        (49_900, "Exclusive Rights"),
        (2999, "MP3 Lease"),
        (2500, "MP3 Lease", {"currency": "eur"}),
    )
    await site.offer("Low Tide", (500_000, "Basic Lease", {"currency": "jpy"}))
    page = await site.get("/")
    assert page.status == 200
    assert f'<h1 dir="auto">{NAME}</h1>' in page.text
    assert names(page) == ["Low Tide", "Midnight Drive"]
    # In one currency; what is not sold in it keeps its own.
    for said in ("from $29.99", "$499.00", "License ¥500,000", "2 tracks to license"):
        assert said in page.text
    assert "€25.00" not in page.text
    # What each license allows, from its terms.
    for label, *cells in (("Streams", "50,000", "Unlimited"), ("Lasts", "5 years", "No end")):
        row = "".join(f"<td>{cell}</td>" for cell in cells)
        assert f'<th scope="row">{label}</th>{row}' in page.text
    assert 'href="./terms/mp3-lease"' in page.text
    assert "Test mode" not in page.text


async def test_every_price_has_a_button_that_says_what_it_buys(site: ShopSite) -> None:
    await site.offer("Midnight Drive", (2999, "Basic Lease"), (0, "Free Lease"))
    for path in ("/", await site.page_of("Midnight Drive")):
        buttons = re.findall(
            r'formaction="([^"]+)"><span class="unseen">([^<]+)</span>(.+?)</button>',
            (await site.get(path)).text,
        )
        free, lease = buttons
        assert lease[0].endswith(f"buy/{site.prices()[0]}")
        assert lease[1] == "Buy Basic Lease of Midnight Drive for "
        assert lease[2] == '<span aria-hidden="true">Buy </span>$29.99'
        assert free[2] == '<span aria-hidden="true">Get it </span>free'


async def test_a_track_has_a_page_of_its_own(site: ShopSite) -> None:
    path = await site.offer(
        "Midnight Drive",
        description="Slow drums, and rain.\n\nMade in one night.",
        images=["https://img.example/a.png"],
        metadata={"preview_url": "https://cdn.example/a.mp3"},
    )
    page = await site.get(path)
    assert page.status == 200
    assert '<h1 dir="auto">Midnight Drive</h1>' in page.text
    for paragraph in ("Slow drums, and rain.", "Made in one night."):
        assert f'<p class="text" dir="auto">{paragraph}</p>' in page.text
    assert 'src="https://img.example/a.png"' in page.text
    assert 'alt="Cover of Midnight Drive"' in page.text
    assert '<audio controls preload="none" src="https://cdn.example/a.mp3"' in page.text
    assert f'<link rel="canonical" href="{HOME}{path}">' in page.text


async def test_without_a_picture_the_cover_is_drawn_from_the_name(site: ShopSite) -> None:
    await site.offer("Midnight Drive")
    await site.offer("Low Tide")
    drawn = re.findall(r"<svg .*?</svg>", (await site.get("/")).text)
    assert len(set(drawn)) == 2
    assert "style=" not in "".join(drawn)


async def test_another_spelling_of_its_address_leads_to_the_right_one(site: ShopSite) -> None:
    path = await site.offer("Midnight Drive")
    number = path.rpartition("-")[2]
    for other in (number, f"x-{number}", f"MIDNIGHT-drive-{number}"):
        moved = await site.get(f"/tracks/{other}")
        assert (moved.status, moved.headers["Location"]) == (301, path.rpartition("/")[2])
        assert moved.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("slug", ["nothing", "nothing-99", "0", "9" * 18, "%00", "%F0%9F%94%A5-1x"])
async def test_what_is_no_track_helps_to_find_one(site: ShopSite, slug: str) -> None:
    await site.offer("Midnight Drive")
    page = await site.get(f"/tracks/{slug}")
    assert page.status == 404
    assert "There is no such track" in page.text
    assert 'href="../"' in page.text


@pytest.mark.parametrize(
    ("path", "home"), [("/beats", "./"), ("/a/b", "../"), ("/a/b/c", "../../"), ("/" * 99, "/")]
)
async def test_any_other_address_leads_back_to_the_shop(
    site: ShopSite, path: str, home: str
) -> None:
    page = await site.get(path)
    assert page.status == 404
    assert "There is no such page" in page.text
    assert f'<a class="go" href="{home}">See what is for sale</a>' in page.text
    assert "script" not in page.headers["Content-Security-Policy"]


async def test_a_track_sold_exclusively_is_gone_from_the_very_next_request(site: ShopSite) -> None:
    path = await site.offer("Midnight Drive")
    await site.offer("Low Tide")
    assert names(await site.get("/")) == ["Low Tide", "Midnight Drive"]
    assert (await site.get(path)).status == 200
    await site.sell(make.paid("1", make.exclusive("Midnight Drive")))
    assert names(await site.get("/")) == ["Low Tide"]
    assert [one["name"] for one in json.loads((await site.get("/tracks.json")).text)["tracks"]] == [
        "Low Tide"
    ]
    gone = await site.get(path)
    assert gone.status == 410
    assert "Sold exclusively" in gone.text
    assert "Midnight Drive" in gone.text
    assert not re.search(r"Ana|Lima|example\.com", gone.text)
    number = path.rpartition("-")[2]
    assert (await site.get(f"/tracks/other-{number}")).status == 301


async def test_it_is_gone_too_when_another_program_wrote_it_down(
    site: ShopSite, tmp_path: Path
) -> None:
    await site.offer("Midnight Drive")
    assert names(await site.get("/")) == ["Midnight Drive"]
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as other:
        sold = make.paid("1", make.exclusive("Midnight Drive"))
        await samples.write(other, site.producer, sold)
    assert names(await site.get("/")) == []


async def test_a_track_kept_off_sale_says_only_that(site: ShopSite) -> None:
    path = await site.offer("Midnight Drive")
    sold = make.settled(make.paid("1", make.exclusive("Midnight Drive")))
    await site.sell(sold)
    await site.sell(make.refunded(sold))
    async with site.store.write() as connection:
        await exclusive.decide(
            connection,
            site.producer,
            int(path.rpartition("-")[2]),
            keep_off=True,
            by=7,
            now=site.time(),
            again=True,
        )
    gone = await site.get(path)
    assert gone.status == 410
    assert "Not for sale at the moment" in gone.text
    assert "exclusively" not in gone.text.lower().partition("<main")[2]


async def test_an_empty_shop_says_so_and_nothing_of_how_it_is_set_up(site: ShopSite) -> None:
    page = await site.get("/")
    assert page.status == 200
    assert "Nothing is for sale right now" in page.text
    assert not re.search(
        r"key|webhook|setting|discord|\.env", page.text.partition("<body")[2], re.I
    )
    assert json.loads((await site.get("/tracks.json")).text)["tracks"] == []


async def test_a_bot_that_knows_no_producer_yet_has_an_empty_shop(tmp_path: Path) -> None:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as store:
        time = make.NOON
        shop = Shop(store, Checkouts(None, lambda: time, None), lambda: time, Templates(), KEY)
        async with visitor(shop) as site:
            page = await site.get("/")
            assert (page.status, "Tracks for sale" in page.text) == (200, True)
            assert (await site.get("/tracks/x-1")).status == 404
            assert (await site.buy("price_1")).status == 404


async def test_a_shop_in_test_mode_says_that_no_money_is_paid(tmp_path: Path) -> None:
    async with open_site(tmp_path, livemode=False) as site:
        path = await site.offer("Midnight Drive")
        for at in ("/", path):
            page = await site.get(at)
            assert "<strong>Test mode.</strong> No real money is paid here." in page.text
            assert '<meta name="robots" content="noindex">' in page.text


async def test_the_catalogue_is_there_as_data_for_other_sites(site: ShopSite) -> None:
    path = await site.offer(
        "Midnight Drive",
        (2999, "Basic Lease"),
        (49_900, "Exclusive Rights"),
        description="Slow drums. 92 BPM, F minor.",
        images=["https://img.example/a.png"],
        metadata={"genre": "trap, lo-fi"},
    )
    answer = await site.get("/tracks.json")
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
                "description": "Slow drums. 92 BPM, F minor.",
                "images": ["https://img.example/a.png"],
                "preview_url": None,
                "bpm": 92,
                "key": "F minor",
                "genres": ["Trap", "Lo-fi"],
                "moods": [],
            }
        ],
    }
    assert lease["prices"] == [
        {"id": site.prices()[0], "amount": 2999, "currency": "usd", "text": "$29.99"}
    ]
    assert (lease["name"], lease["exclusive"]) == ("Basic Lease", False)
    assert lease["terms_url"] == f"{HOME}/terms/lease"
    assert lease["allows"][0].startswith("Record vocals")
    assert exclusive["exclusive"] is True


async def test_terms_can_be_read_whole_before_buying(site: ShopSite) -> None:
    await site.offer("Midnight Drive", (2999, "MP3 Lease"))
    page = await site.get("/terms/mp3-lease")
    assert page.status == 200
    assert "Terms of MP3 Lease" in page.text
    assert f"“Prod. by {NAME}”" in page.text
    assert "<strong>up to 2,000 copies</strong>" in page.text
    assert "{" not in page.text.partition("<main")[2]
    assert (await site.get("/terms/exclusive")).status == 404
    assert (await site.get("/terms/%2e%2e%2fetc")).status == 404


async def test_terms_of_a_price_of_its_own_have_a_page_too(site: ShopSite) -> None:
    own = "One song, <b>one</b> year.\n\n- Sing *over* it."
    await site.offer("Midnight Drive", (2999, "Basic Lease", {"metadata": {"terms": own}}))
    page = (await site.get("/")).text
    assert "One song, &lt;b&gt;one&lt;/b&gt; year." in page
    (address,) = re.findall(r'href="\./(terms/price-[0-9a-f]{12})"', page)
    terms = await site.get(f"/{address}")
    assert "<em>over</em>" in terms.text
    assert "<b>" not in terms.text


async def test_a_long_list_has_pages_and_can_be_searched(site: ShopSite) -> None:
    for number in range(PER_PAGE + 1):
        made = site.account.product(f"Track {number:03}")
        site.account.price(made, 2999, nickname="Basic Lease")
    await site.offer("Straße & Regen")
    first, second = await site.get("/"), await site.get("/?page=2")
    assert len(names(first)) == PER_PAGE
    assert names(first)[0] == "Straße &amp; Regen"
    assert names(second) == [f"Track {PER_PAGE - 1:03}", f"Track {PER_PAGE:03}"]
    assert 'rel="next" href="./?page=2"' in first.text
    for beyond in ("0", "3", "x", "-1", "9" * 50):
        assert (await site.get(f"/?page={beyond}")).status == 404
    assert names(await site.get("/?q=regen+STRASSE")) == ["Straße &amp; Regen"]
    assert names(await site.get("/?q=TRACK+015")) == ["Track 015"]
    none = await site.get("/?q=%22%3E%3Cscript%3E")
    assert (none.status, names(none), "<script" in none.text) == (200, [], False)
    assert "<strong>No tracks</strong> for “<bdi>&#34;&gt;&lt;script&gt;</bdi>”" in none.text
    assert "What each license allows" not in none.text


async def test_a_new_name_of_the_producer_shows_at_once(site: ShopSite) -> None:
    await site.offer("Midnight Drive")
    assert NAME in (await site.get("/")).text
    async with site.store.write() as connection:
        await producers.set_business_name(connection, site.producer.id, "High Tide <Beats>")
    assert '<h1 dir="auto">High Tide &lt;Beats&gt;</h1>' in (await site.get("/")).text


async def _tagged(site: ShopSite) -> None:
    said = {"Neon Rain": (92, "F minor", "Trap", "Dark"), "Low Tide": (140, "A major", "Soul", "")}
    for name, (bpm, key, genre, mood) in said.items():
        metadata = {"bpm": f"{bpm}", "key": key, "genre": genre, "mood": mood}
        await site.offer(name, (2999, "MP3 Lease"), metadata=metadata)
    await site.offer("Midnight Drive", description="Rain on a window. 100 BPM.")
    for number in range(3):
        await site.offer(f"Filler {number}")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("genre=trap", ["Neon Rain"]),
        ("genre=Soul&key=a+major", ["Low Tide"]),
        ("mood=Dark&genre=Soul", []),
        ("bpm=80-99", ["Neon Rain"]),
        ("bpm=90-140", ["Low Tide", "Midnight Drive", "Neon Rain"]),
        ("bpm=140-90", ["Low Tide", "Midnight Drive", "Neon Rain"]),
        # Named so first, then said so of.
        ("q=rain", ["Neon Rain", "Midnight Drive"]),
        ("q=100+bpm", ["Midnight Drive"]),
    ],
)
async def test_tracks_are_found_by_their_tags_and_words(
    site: ShopSite, query: str, found: list[str]
) -> None:
    await _tagged(site)
    assert names(await site.get(f"/?{query}")) == found


async def test_a_search_says_what_it_found_and_what_is_near(site: ShopSite) -> None:
    await _tagged(site)
    page = (await site.get("/?genre=Trap&bpm=80-99")).text
    shown = "<strong>1 track</strong> · <bdi>Trap</bdi> · <bdi>80–99 BPM</bdi>."
    assert shown in page
    assert '<option value="Trap" selected>Trap</option>' in page
    assert '<details class="filters" open>' in page
    near = (await site.get("/?q=noen+rian&currency=usd")).text
    path = await site.page_of("Neon Rain")
    assert f'Did you mean <a href=".{path}?currency=usd" dir="auto">Neon Rain</a>?' in near
    assert '<a href="./?currency=usd">Show all 6</a>' in near
    assert len(names(await site.get("/?bpm=fast&page=1"))) == 6
    assert "Did you mean" not in (await site.get("/?genre=Polka")).text


async def test_prices_are_in_the_money_of_the_visitors_region(site: ShopSite) -> None:
    prices = [(2999, "Basic Lease"), (2500, "Basic Lease", {"currency": "gbp"})]
    path = await site.offer("Midnight Drive", *prices, (49_900, "Exclusive Rights"))
    for at in ("/", path):
        home, away = await site.get(at), await site.get(at, Accept_Language="en-GB,de;q=0.5")
        assert ("$29.99" in home.text, "£25.00" in home.text) == (True, False)
        assert ("$29.99" in away.text, "£25.00" in away.text) == (False, True)
        assert "$499.00" in away.text
        assert away.headers["Vary"] == "Accept-Encoding, Accept-Language"
        kept = await site.get(at, Accept_Language="en-GB", If_None_Match=home.headers["ETag"])
        assert kept.status == 200


async def test_a_chosen_currency_stays_from_page_to_page(site: ShopSite) -> None:
    prices = [(2999, "Basic Lease"), (2500, "Basic Lease", {"currency": "gbp"})]
    path = await site.offer("Midnight Drive", *prices, (49_900, "Exclusive Rights"))
    page = (await site.get("/?currency=GBP")).text
    assert '<a href="./?currency=gbp" aria-current="true">GBP</a>' in page
    assert f'<a href=".{path}?currency=gbp">' in page
    track = (await site.get(f"{path}?currency=gbp")).text
    assert '<a class="home" href="../?currency=gbp" dir="auto">' in track
    assert "£25.00" in track
    moved = await site.get(f"/tracks/{path.rpartition('-')[2]}?currency=gbp")
    assert moved.headers["Location"].endswith("?currency=gbp")
    unknown = (await site.get("/?currency=%22%3E")).text
    assert "$29.99" in unknown
    assert "currency=%22" not in unknown


async def test_licenses_of_the_same_rights_never_read_as_if_they_differed(site: ShopSite) -> None:
    path = await site.offer("Midnight Drive", (2999, "Silver Lease"), (4999, "Gold Lease"))
    index, track = (await site.get("/")).text, (await site.get(path)).text
    for page in (index, track):
        assert "The same rights as <bdi>Silver Lease</bdi>." in page
    (columns,) = re.findall(r"<thead>(.*?)</thead>", index, re.DOTALL)
    assert columns.count("<th ") == 1


async def test_basic_and_premium_differ_by_their_terms(site: ShopSite) -> None:
    path = await site.offer("Midnight Drive", (2999, "Basic Lease"), (4999, "Premium Lease"))
    for page in ((await site.get("/")).text, (await site.get(path)).text):
        assert "The same rights" not in page
        assert "50,000 streams" in page
        assert "500,000 streams" in page
        assert '<span class="file" dir="auto">WAV</span>' in page


async def test_one_player_serves_all_tracks_and_needs_no_script(site: ShopSite) -> None:
    await site.offer("Low Tide")
    sound = {"preview_url": "https://cdn.example/a.mp3"}
    path = await site.offer("Midnight Drive", metadata=sound)
    page = (await site.get("/")).text
    slug = path.rpartition("/")[2]
    assert page.count("<iframe") == 1
    assert f'name="player" title="Player" src="./player/{slug}"' in page
    assert page.count(f'href="./player/{slug}?play=1" target="player"') == 1
    ready, playing = await site.get(f"/player/{slug}"), await site.get(f"/player/{slug}?play=1")
    assert '<audio controls preload="none" src="https://cdn.example/a.mp3"' in ready.text
    assert "<audio controls autoplay" in playing.text
    assert "frame-ancestors 'self'" in playing.headers["Content-Security-Policy"]
    silent = (await site.page_of("Low Tide")).rpartition("/")[2]
    for other in (silent, "nothing-99", "x"):
        gone = await site.get(f"/player/{other}?play=1")
        assert (gone.status, "This track is no longer here" in gone.text) == (404, True)
        assert "frame-ancestors 'self'" in gone.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("home", "heard"), [(HOME, False), ("http://127.0.0.1:8080", True)])
async def test_previews_on_this_machine_are_heard_only_while_the_shop_is_tried_out(
    tmp_path: Path, home: str, heard: bool
) -> None:
    async with open_site(tmp_path, home=home) as site:
        sound = {"preview_url": "http://127.0.0.1:9000/a.wav"}
        path = await site.offer("Midnight Drive", metadata=sound)
        page = await site.get(path)
        assert ("http://127.0.0.1:9000/a.wav" in page.text) == heard
        policy = page.headers["Content-Security-Policy"]
        assert ("media-src https: http://127.0.0.1:*" in policy) == heard


@pytest.mark.parametrize(
    ("prices", "words"),
    [
        ([(2999, "Basic Lease"), (4999, "WAV Lease")], "Licenses from $29.99"),
        ([(2999, "Basic Lease")], "License $29.99"),
        ([(0, "Free Lease"), (2999, "Basic Lease")], "Licenses free or from $29.99"),
        ([(0, "Free Lease")], "Free license"),
        ([(0, "Free Lease"), (0, "Basic Lease")], "Free licenses"),
    ],
)
async def test_a_tracks_one_button_says_what_its_licenses_cost(
    site: ShopSite, prices: list[tuple[int, str]], words: str
) -> None:
    await site.offer("Midnight Drive", *prices)
    summaries = re.findall(r'<summary class="go"><span>([^<]*)<', (await site.get("/")).text)
    assert summaries == [words]


async def test_a_license_without_copies_or_streams_shows_what_it_has(tmp_path: Path) -> None:
    texts = {"show": "---\nshows: 12\n---\nFor the stage.", "film": "---\nyears: 3\n---\nA film."}
    async with open_site(tmp_path, templates=Templates(texts)) as site:
        await site.offer("Midnight Drive", (2999, "Show"), (49_900, "Film", EXCLUSIVE))
        page = (await site.get("/")).text
        assert '<p class="short">Up to 12 live shows</p>' in page
        assert '<p class="short">One buyer only</p>' in page
