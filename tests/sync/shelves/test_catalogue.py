"""The catalogue is what Stripe says: read whole, kept by events, in whatever order they come."""

from itertools import permutations

from bot.domain.track import TrackStanding
from bot.store.queries import catalogue
from tests.journey.house import House
from tests.journey.shop import Shop
from tests.sync.shelves.reading import ALL, for_sale, look, offered, page, round_of

LISTS = ("/v1/products", "/v1/prices", "/v1/payment_links")


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
