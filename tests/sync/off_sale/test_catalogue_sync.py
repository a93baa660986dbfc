"""The catalogue follows Stripe, in whatever order events come, also while Stripe is away."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from bot.domain.track import TrackStanding
from bot.store.books import track_rows
from bot.sync import catalogue_sync
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import Shop
from tests.sync.off_sale.actions import ALL, for_sale, look, offered, page, round_of

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


async def test_events_in_any_order_leave_the_latest_state(bot: LiveBot) -> None:
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


async def test_events_older_than_the_reading_change_nothing(bot: LiveBot, shop: Shop) -> None:
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


async def test_link_in_an_event_is_read_for_what_it_sells(bot: LiveBot, shop: Shop) -> None:
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


async def test_deleted_objects_stay_gone_after_late_events(bot: LiveBot, shop: Shop) -> None:
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


async def test_a_change_without_an_event_is_found_by_the_next_reading(
    bot: LiveBot, shop: Shop
) -> None:
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
        return await track_rows.version(connection, await bot.producer())


async def test_exclusive_sale_takes_its_track_off_at_once(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    bot.account.buy(shop.exclusive)
    await bot.happen()
    assert list(await offered(bot)) == ["Neon Rain", "Paper Moon"]
    drive = next(track for track in (await page(bot)).tracks if track.name == "Midnight Drive")
    assert drive.standing is TrackStanding.SOLD
    assert drive.sales == 1


async def test_the_reading_stops_when_it_is_asked_to(bot: LiveBot, shop: Shop) -> None:
    round_of(bot).stop()
    await round_of(bot).run()


async def test_stripe_away_for_a_while_holds_up_nothing_for_good(bot: LiveBot) -> None:
    for number in range(120):
        bot.account.price(bot.account.product(f"Track {number:03}"), 999)
    bot.stripe.faults.fail_next(9, 500, after=1)
    await look(bot)
    assert len(await offered(bot)) == 120


async def test_while_stripe_is_away_an_event_speaks_for_itself(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    bot.time.pass_(minutes=5)
    link = bot.account.link([shop.lease])
    bot.account.archive(shop.neon_lease)
    bot.stripe.faults.down = True
    await bot.happen()
    assert "Neon Rain" not in await offered(bot)
    assert not (await for_sale(bot))[0].offers[0].links
    # It was missed, so all is read again when Stripe is back.
    assert round_of(bot).missed
    bot.stripe.faults.clear()
    await look(bot)
    offer = (await for_sale(bot))[0].offers[0]
    assert offer.links == (bot.account.get("payment_link", link)["url"],)


async def test_list_denied_to_the_key_leaves_the_others_read(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.denied.add("payment_link")
    await look(bot)
    assert await offered(bot) == ALL
    found = await page(bot)
    assert found.read is None
    assert "rak_payment_links_read" in found.trouble
    bot.stripe.faults.clear()
    await look(bot)
    assert (await page(bot)).trouble == ""


async def test_what_cannot_be_listed_is_not_taken_for_gone(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    bot.stripe.faults.denied.add("price")
    bot.time.pass_(hours=1)
    await look(bot)
    assert await offered(bot) == ALL


async def test_a_shop_with_too_much_is_read_as_far_as_that(
    bot: LiveBot, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    await look(bot)
    for number in range(250):
        bot.account.price(bot.account.product(f"Made for sale {number}"), 999)
    monkeypatch.setattr(catalogue_sync, "MOST", 100)
    bot.stripe.calls.reset()
    bot.time.pass_(hours=1)
    await look(bot)
    assert bot.stripe.calls.paths["/v1/products"] == 1
    # What lies beyond is not taken for gone.
    assert ALL.items() <= (await offered(bot)).items()


async def test_without_a_key_nothing_is_kept(tmp_path: Path) -> None:
    async with live_bot(tmp_path, key=False) as bot:
        bot.account.price(bot.account.product("Low Tide"), 2999)
        await bot.happen()
        assert await offered(bot) == {}
        assert set((await bot.event_states()).values()) == {"done"}


async def test_another_modes_events_are_kept_apart(bot: LiveBot, shop: Shop) -> None:
    await look(bot)
    bot.account.rename(shop.neon_rain, "Live Rain")
    (event,) = bot.account.take_events()
    await bot.deliver([{**event, "livemode": True}])
    await bot.work()
    assert await offered(bot) == ALL
    assert (await bot.event_states())[event["id"]] == "foreign"


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
    bot: LiveBot, shop: Shop, shown: dict[str, Any]
) -> None:
    await look(bot)
    bot.time.pass_(minutes=5)
    bot.account.rename(shop.neon_rain, "Neon Rain II")
    (event,) = bot.account.take_events()
    broken = json.loads(json.dumps(event)) | {"id": "evt_broken"}
    broken["data"]["object"] = {"id": "prod_broken", **shown}
    bot.time.pass_(seconds=5)
    await bot.deliver([broken, event])
    await bot.work()
    assert list(await offered(bot)) == ["Midnight Drive", "Neon Rain II", "Paper Moon"]
    assert set((await bot.event_states()).values()) == {"done"}
