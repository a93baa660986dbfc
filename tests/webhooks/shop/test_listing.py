"""The shop as data, the terms of its licenses, and finding a track."""

import json
import re

from bot.store.books import producers
from tests.webhooks.shop.conftest import HOME, NAME, Stand
from tests.webhooks.shop.looking import names
from webhooks.shop.pages import PER_PAGE


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


async def test_a_new_name_of_the_producer_shows_at_once(stand: Stand) -> None:
    await stand.offer("Midnight Drive")
    assert NAME in (await stand.get("/")).text
    async with stand.store.write() as connection:
        await producers.set_business_name(connection, stand.producer.id, "High Tide <Beats>")
    assert '<h1 dir="auto">High Tide &lt;Beats&gt;</h1>' in (await stand.get("/")).text
