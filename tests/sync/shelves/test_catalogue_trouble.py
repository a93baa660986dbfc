"""The catalogue while Stripe is away, the key may not read it, or it is broken."""

import json
from pathlib import Path
from typing import Any

import pytest

from bot.sync import catalogue_sync
from tests.journey.house import House, house
from tests.journey.shop import Shop
from tests.sync.shelves.reading import ALL, for_sale, look, offered, page, round_of


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
    assert round_of(home)._missed
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
    monkeypatch.setattr(catalogue_sync, "MOST", 100)
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
