"""The catalogue is what Stripe says: read whole, kept by events, in whatever order they come."""

from itertools import permutations

from bot.domain.track import TrackStanding
from bot.store.queries import catalogue
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop
from tests.sync.shelves.reading import ALL, for_sale, look, offered, page, round_of

LISTS = ("/v1/products", "/v1/prices", "/v1/payment_links")


async def test_at_the_start_all_of_it_is_read(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    await look(bot)
    assert await offered(bot) == ALL
    assert bot.stripe.calls.paths == dict.fromkeys(LISTS, 1)
    (offer, _) = (await for_sale(bot))[0].offers
    assert offer.links == (bot.account.get("payment_link", link)["url"],)
    assert (await page(bot)).read == bot.time()


async def test_events_keep_it_without_a_call(bot: LiveBot) -> None:
    product = bot.account.product("Low Tide")
    bot.account.price(product, 2999, nickname="Basic Lease")
    await bot.happen()
    assert await offered(bot) == {"Low Tide": ["Basic Lease"]}
    bot.time.pass_(minutes=5)
    bot.account.archive(product)
    await bot.happen()
    assert await offered(bot) == {}
    bot.time.pass_(minutes=5)
    bot.account.change(product, active=True)
    await bot.happen()
    assert await offered(bot) == {"Low Tide": ["Basic Lease"]}
    assert bot.stripe.calls.total == 0


async def test_whatever_the_order_of_events_the_last_word_stays(bot: LiveBot) -> None:
    for number, order in enumerate(permutations(range(4))):
        product = bot.account.product(f"Track {number:02}")
        bot.time.pass_(seconds=2)
        bot.account.price(product, 2999)
        bot.time.pass_(seconds=2)
        bot.account.archive(product)
        bot.time.pass_(seconds=2)
        bot.account.change(product, active=True, name=f"Song {number:02}")
        events = bot.account.take_events()
        for place in order:
            bot.time.pass_(seconds=1)
            await bot.deliver([events[place], events[place]])
            await bot.work()
    assert list(await offered(bot)) == [f"Song {number:02}" for number in range(24)]


async def test_of_two_events_in_one_second_stripe_knows_the_last(bot: LiveBot) -> None:
    product = bot.account.product("Low Tide")
    bot.account.price(product, 2999)
    bot.account.archive(product)
    bot.account.change(product, active=True)
    created, price, archived, back = bot.account.take_events()
    bot.time.pass_(seconds=1)
    await bot.deliver([price, created, back, archived])
    await bot.work()
    assert list(await offered(bot)) == ["Low Tide"]
    assert bot.stripe.calls.paths == {"/v1/products/{id}": 1}


async def test_events_from_before_the_reading_change_nothing_and_ask_nothing(
    bot: LiveBot, shop: Shop
) -> None:
    bot.account.rename(shop.neon_rain, "Old Name")
    bot.time.pass_(minutes=5)
    bot.account.rename(shop.neon_rain, "Neon Rain")
    events = bot.account.take_events()
    bot.time.pass_(minutes=5)
    await look(bot)
    bot.stripe.calls.reset()
    await bot.deliver(events[:1])
    await bot.work()
    assert await offered(bot) == ALL
    assert bot.stripe.calls.total == 0


async def test_a_link_is_read_since_its_events_do_not_show_what_it_sells(
    bot: LiveBot, shop: Shop
) -> None:
    await look(bot)
    bot.stripe.calls.reset()
    bot.time.pass_(minutes=5)
    link = bot.account.link([shop.lease])
    await bot.happen()
    assert bot.stripe.calls.paths == {"/v1/payment_links/{id}": 1}
    assert (await for_sale(bot))[0].offers[0].links
    bot.time.pass_(minutes=5)
    bot.account.archive(link)
    await bot.happen()
    assert not (await for_sale(bot))[0].offers[0].links


async def test_what_is_deleted_is_gone_and_late_events_do_not_bring_it_back(
    bot: LiveBot, shop: Shop
) -> None:
    await look(bot)
    bot.time.pass_(minutes=5)
    bot.account.rename(shop.neon_rain, "Neon Rain II")
    bot.account.delete(shop.neon_lease)
    bot.account.delete(shop.neon_rain)
    renamed, *deleted = bot.account.take_events()
    bot.time.pass_(seconds=5)
    await bot.deliver(deleted)
    await bot.work()
    assert "Neon Rain" not in await offered(bot)
    await bot.deliver([renamed])
    await bot.work()
    assert list(await offered(bot)) == ["Midnight Drive", "Paper Moon"]


async def test_what_stripe_no_longer_knows_is_taken_out(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    bot.account.rename(shop.neon_rain, "Neon Rain II")
    bot.account.rename(shop.neon_rain, "Neon Rain III")
    changed = bot.account.take_events()
    bot.account.delete(shop.neon_rain)
    bot.account.take_events()
    await bot.deliver(changed)
    await bot.work()
    assert list(await offered(bot)) == ["Midnight Drive", "Paper Moon"]


async def test_what_no_event_told_of_comes_out_within_the_hour(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    bot.account.archive(shop.neon_lease)
    bot.account.rename(shop.paper_moon, "Paper Sun")
    bot.account.delete(shop.exclusive)
    bot.account.take_events()
    bot.time.pass_(hours=1)
    await look(bot)
    assert await offered(bot) == {"Midnight Drive": ["Basic Lease"], "Paper Sun": ["Basic Lease"]}


async def test_a_reading_that_finds_nothing_new_changes_nothing(bot: LiveBot, shop: Shop) -> None:
    bot.account.link([shop.lease])
    await look(bot)
    before = await version(bot)
    bot.time.pass_(hours=1)
    await look(bot)
    assert await version(bot) == before


async def version(bot: LiveBot) -> int:
    async with bot.app.store.read() as connection:
        return await catalogue.version(connection, await bot.producer())


async def test_an_exclusive_sale_takes_its_track_off_in_the_same_moment(
    bot: LiveBot, shop: Shop
) -> None:
    await look(bot)
    bot.account.buy(shop.exclusive)
    await bot.happen()
    assert list(await offered(bot)) == ["Neon Rain", "Paper Moon"]
    drive = next(track for track in (await page(bot)).tracks if track.name == "Midnight Drive")
    assert drive.standing is TrackStanding.SOLD
    assert drive.sales == 1


async def test_it_stops_when_it_is_asked_to(bot: LiveBot, shop: Shop) -> None:
    round_of(bot).stop()
    await round_of(bot).run()
