"""The catalogue is what Stripe says: read whole, kept by events, in whatever order they come."""

import json
from collections.abc import AsyncIterator
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from bot.ledger.catalogue import CataloguePage, TrackOffers, TrackStanding
from bot.store import catalogue
from bot.sync import catalogue_round
from bot.sync.catalogue_round import CatalogueRound
from tests.journey.house import House, Time, house
from tests.journey.shop import Shop

LISTS = ("/v1/products", "/v1/prices", "/v1/payment_links")


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    async with house(tmp_path, time=Time()) as opened:
        yield opened


@pytest.fixture
def shop(home: House) -> Shop:
    return Shop(home.account)


def round_of(home: House) -> CatalogueRound:
    assert home.app.recovery is not None
    return home.app.recovery.catalogue


async def look(home: House) -> None:
    home.time.pass_(seconds=1)
    await round_of(home).look()


async def for_sale(home: House) -> tuple[TrackOffers, ...]:
    async with home.app.store.read() as connection:
        return await catalogue.for_sale(connection, await home.producer())


async def offered(home: House) -> dict[str, list[str]]:
    """The licenses of each track that can be bought."""
    return {track.name: [one.license for one in track.offers] for track in await for_sale(home)}


async def page(home: House) -> CataloguePage:
    async with home.app.store.read() as connection:
        return await catalogue.catalogue(connection, await home.producer(), 0)


ALL = {
    "Midnight Drive": ["Basic Lease", "Exclusive"],
    "Neon Rain": ["Basic Lease"],
    "Paper Moon": ["Basic Lease"],
}


async def test_at_the_start_all_of_it_is_read(home: House, shop: Shop) -> None:
    link = home.account.link([shop.lease])
    await look(home)
    assert await offered(home) == ALL
    assert home.stripe.calls.paths == dict.fromkeys(LISTS, 1)
    (offer, _) = (await for_sale(home))[0].offers
    assert offer.links == (home.account.get("payment_link", link)["url"],)
    assert (await page(home)).read == home.time()


async def test_events_keep_it_without_a_call(home: House) -> None:
    product = home.account.product("Low Tide")
    home.account.price(product, 2999, nickname="Basic Lease")
    await home.happen()
    assert await offered(home) == {"Low Tide": ["Basic Lease"]}
    home.time.pass_(minutes=5)
    home.account.archive(product)
    await home.happen()
    assert await offered(home) == {}
    home.time.pass_(minutes=5)
    home.account.change(product, active=True)
    await home.happen()
    assert await offered(home) == {"Low Tide": ["Basic Lease"]}
    assert home.stripe.calls.total == 0


async def test_whatever_the_order_of_events_the_last_word_stays(home: House) -> None:
    for number, order in enumerate(permutations(range(4))):
        product = home.account.product(f"Track {number:02}")
        home.time.pass_(seconds=2)
        home.account.price(product, 2999)
        home.time.pass_(seconds=2)
        home.account.archive(product)
        home.time.pass_(seconds=2)
        home.account.change(product, active=True, name=f"Song {number:02}")
        events = home.account.take_events()
        for place in order:
            home.time.pass_(seconds=1)
            await home.deliver([events[place], events[place]])
            await home.work()
    assert list(await offered(home)) == [f"Song {number:02}" for number in range(24)]


async def test_of_two_events_in_one_second_stripe_knows_the_last(home: House) -> None:
    product = home.account.product("Low Tide")
    home.account.price(product, 2999)
    home.account.archive(product)
    home.account.change(product, active=True)
    created, price, archived, back = home.account.take_events()
    home.time.pass_(seconds=1)
    await home.deliver([price, created, back, archived])
    await home.work()
    assert list(await offered(home)) == ["Low Tide"]
    assert home.stripe.calls.paths == {"/v1/products/{id}": 1}


async def test_events_from_before_the_reading_change_nothing_and_ask_nothing(
    home: House, shop: Shop
) -> None:
    home.account.rename(shop.neon_rain, "Old Name")
    home.time.pass_(minutes=5)
    home.account.rename(shop.neon_rain, "Neon Rain")
    events = home.account.take_events()
    home.time.pass_(minutes=5)
    await look(home)
    home.stripe.calls.reset()
    await home.deliver(events[:1])
    await home.work()
    assert await offered(home) == ALL
    assert home.stripe.calls.total == 0


async def test_a_link_is_read_since_its_events_do_not_show_what_it_sells(
    home: House, shop: Shop
) -> None:
    await look(home)
    home.stripe.calls.reset()
    home.time.pass_(minutes=5)
    link = home.account.link([shop.lease])
    await home.happen()
    assert home.stripe.calls.paths == {"/v1/payment_links/{id}": 1}
    assert (await for_sale(home))[0].offers[0].links
    home.time.pass_(minutes=5)
    home.account.archive(link)
    await home.happen()
    assert not (await for_sale(home))[0].offers[0].links


async def test_what_is_deleted_is_gone_and_late_events_do_not_bring_it_back(
    home: House, shop: Shop
) -> None:
    await look(home)
    home.time.pass_(minutes=5)
    home.account.rename(shop.neon_rain, "Neon Rain II")
    home.account.delete(shop.neon_lease)
    home.account.delete(shop.neon_rain)
    renamed, *deleted = home.account.take_events()
    home.time.pass_(seconds=5)
    await home.deliver(deleted)
    await home.work()
    assert "Neon Rain" not in await offered(home)
    await home.deliver([renamed])
    await home.work()
    assert list(await offered(home)) == ["Midnight Drive", "Paper Moon"]


async def test_what_stripe_no_longer_knows_is_taken_out(home: House, shop: Shop) -> None:
    await look(home)
    home.account.rename(shop.neon_rain, "Neon Rain II")
    home.account.rename(shop.neon_rain, "Neon Rain III")
    changed = home.account.take_events()
    home.account.delete(shop.neon_rain)
    home.account.take_events()
    await home.deliver(changed)
    await home.work()
    assert list(await offered(home)) == ["Midnight Drive", "Paper Moon"]


async def test_what_no_event_told_of_comes_out_within_the_hour(home: House, shop: Shop) -> None:
    await look(home)
    home.account.archive(shop.neon_lease)
    home.account.rename(shop.paper_moon, "Paper Sun")
    home.account.delete(shop.exclusive)
    home.account.take_events()
    home.time.pass_(hours=1)
    await look(home)
    assert await offered(home) == {"Midnight Drive": ["Basic Lease"], "Paper Sun": ["Basic Lease"]}


async def test_a_reading_that_finds_nothing_new_changes_nothing(home: House, shop: Shop) -> None:
    home.account.link([shop.lease])
    await look(home)
    before = await version(home)
    home.time.pass_(hours=1)
    await look(home)
    assert await version(home) == before


async def version(home: House) -> int:
    async with home.app.store.read() as connection:
        return await catalogue.version(connection, await home.producer())


async def test_stripe_away_for_a_while_holds_up_nothing_for_good(home: House) -> None:
    for number in range(120):
        home.account.price(home.account.product(f"Track {number:03}"), 999)
    home.stripe.faults.fail_next(9, 500, after=1)
    await look(home)
    assert len(await offered(home)) == 120


async def test_while_stripe_is_away_an_event_speaks_for_itself(home: House, shop: Shop) -> None:
    await look(home)
    home.time.pass_(minutes=5)
    link = home.account.link([shop.lease])
    home.account.archive(shop.neon_lease)
    home.stripe.faults.down = True
    await home.happen()
    assert "Neon Rain" not in await offered(home)
    assert not (await for_sale(home))[0].offers[0].links
    # It was missed, so all is read again when Stripe is back.
    assert round_of(home)._wanted.is_set()
    home.stripe.faults.clear()
    await look(home)
    offer = (await for_sale(home))[0].offers[0]
    assert offer.links == (home.account.get("payment_link", link)["url"],)


async def test_what_the_key_may_not_read_is_said_and_the_rest_is_read(
    home: House, shop: Shop
) -> None:
    home.stripe.faults.denied.add("payment_link")
    await look(home)
    assert await offered(home) == ALL
    found = await page(home)
    assert found.read is None
    assert "rak_payment_links_read" in found.trouble
    home.stripe.faults.clear()
    await look(home)
    assert (await page(home)).trouble == ""


async def test_what_cannot_be_listed_is_not_taken_for_gone(home: House, shop: Shop) -> None:
    await look(home)
    home.stripe.faults.denied.add("price")
    home.time.pass_(hours=1)
    await look(home)
    assert await offered(home) == ALL


async def test_a_shop_with_too_much_is_read_as_far_as_that(
    home: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(home)
    for number in range(250):
        home.account.price(home.account.product(f"Made for sale {number}"), 999)
    monkeypatch.setattr(catalogue_round, "MOST", 100)
    home.stripe.calls.reset()
    home.time.pass_(hours=1)
    await look(home)
    assert home.stripe.calls.paths["/v1/products"] == 1
    # What lies beyond is not taken for gone.
    assert ALL.items() <= (await offered(home)).items()


async def test_without_a_key_nothing_is_kept(tmp_path: Path) -> None:
    async with house(tmp_path, key=False) as home:
        home.account.price(home.account.product("Low Tide"), 2999)
        await home.happen()
        assert await offered(home) == {}
        assert set((await home.event_states()).values()) == {"done"}


async def test_another_modes_events_are_kept_apart(home: House, shop: Shop) -> None:
    await look(home)
    home.account.rename(shop.neon_rain, "Live Rain")
    (event,) = home.account.take_events()
    await home.deliver([{**event, "livemode": True}])
    await home.work()
    assert await offered(home) == ALL
    assert (await home.event_states())[event["id"]] == "foreign"


@pytest.mark.parametrize(
    "shown",
    [
        {"object": "product"},
        {"object": "customer", "active": True},
        {"object": "product", "active": "yes", "name": ["x"], "metadata": 5, "images": {}},
        {"object": "product", "active": True, "name": "\u202e" * 10_000, "metadata": {"track": 7}},
    ],
)
async def test_broken_objects_hold_up_nothing(
    home: House, shop: Shop, shown: dict[str, Any]
) -> None:
    await look(home)
    home.time.pass_(minutes=5)
    home.account.rename(shop.neon_rain, "Neon Rain II")
    (event,) = home.account.take_events()
    broken = json.loads(json.dumps(event)) | {"id": "evt_broken"}
    broken["data"]["object"] = {"id": "prod_broken", **shown}
    home.time.pass_(seconds=5)
    await home.deliver([broken, event])
    await home.work()
    assert list(await offered(home)) == ["Midnight Drive", "Neon Rain II", "Paper Moon"]
    assert set((await home.event_states()).values()) == {"done"}


async def test_an_exclusive_sale_takes_its_track_off_in_the_same_moment(
    home: House, shop: Shop
) -> None:
    await look(home)
    home.account.buy(shop.exclusive)
    await home.happen()
    assert list(await offered(home)) == ["Neon Rain", "Paper Moon"]
    drive = next(track for track in (await page(home)).tracks if track.name == "Midnight Drive")
    assert drive.standing is TrackStanding.SOLD
    assert drive.sales == 1


async def test_it_stops_when_it_is_asked_to(home: House, shop: Shop) -> None:
    round_of(home).stop()
    await round_of(home).run()
