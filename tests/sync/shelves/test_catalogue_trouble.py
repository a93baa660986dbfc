"""The catalogue while Stripe is away, the key may not read it, or it is broken."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sync import catalogue_sync
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import Shop
from tests.sync.shelves.reading import ALL, for_sale, look, offered, page, round_of


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
    assert round_of(bot)._missed
    bot.stripe.faults.clear()
    await look(bot)
    offer = (await for_sale(bot))[0].offers[0]
    assert offer.links == (bot.account.get("payment_link", link)["url"],)


async def test_what_the_key_may_not_read_is_said_and_the_rest_is_read(
    bot: LiveBot, shop: Shop
) -> None:
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
