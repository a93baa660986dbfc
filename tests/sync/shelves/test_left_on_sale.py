"""What was sold exclusively before the bot was there and can still be bought."""

import pytest

from bot.domain.off_sale import Obstacle, TakingOff
from bot.store import tables
from bot.store.books import off_sale_tracks
from bot.store.queries import left_on_sale
from tests.journey.house import House
from tests.journey.shop import Shop
from tests.sync import ways
from tests.sync.shelves.doing import (
    ALL_KINDS,
    BY_HAND,
    DONE,
    active,
    go_ahead,
    happen,
    look,
    sold,
    states,
    steps,
)


async def test_what_was_sold_before_the_bot_was_there_waits_for_a_word(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.lease])
    home.account.buy(shop.exclusive)
    home.account.take_events()
    home.time.pass_(days=40)
    await ways.import_by_command(home)
    await look(home)
    await home.app.off_sale.settle()
    assert active(home, link, shop.lease) == [True, True]
    assert set((await steps(home)).values()) == {(BY_HAND, Obstacle.OLD)}
    await go_ahead(home)
    assert active(home, link, shop.lease) == [False, False]
    assert await states(home) == {DONE}


async def test_of_old_exclusives_only_those_still_on_a_shelf_are_named(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.exclusive)
    home.account.archive(shop.midnight_drive)
    for price in (shop.lease, shop.exclusive):
        home.account.archive(price)
    home.account.take_events()
    home.time.pass_(days=40)
    await look(home)
    await ways.import_by_command(home)
    assert await home.rows(tables.steps) == []


async def sold_long_ago(home: House, shop: Shop, *others: str) -> None:
    """Midnight Drive, and other exclusives, forty days before the bot comes."""
    for price in (shop.exclusive, *others):
        home.account.buy(price)
    home.account.take_events()
    home.time.pass_(days=40)


async def left(home: House) -> list[tuple[str, bool]]:
    async with home.app.store.read() as connection:
        found = await left_on_sale.left_on_sale(connection, await home.producer())
    assert found.count == len(found.tracks)
    return [(track.name, track.possible) for track in found.tracks]


async def take_off(home: House, *chosen: int) -> int:
    async with home.app.store.write() as connection:
        producer = await home.producer()
        wanted = frozenset(chosen) if chosen else None
        tracks = await left_on_sale.take_off(connection, producer, wanted, home.time())
    await home.app.off_sale.settle()
    return len(tracks)


@pytest.mark.parametrize("catalogue_first", [True, False])
async def test_the_producer_is_told_of_them_once(
    home: House, shop: Shop, catalogue_first: bool
) -> None:
    await sold_long_ago(home, shop)
    if catalogue_first:
        await look(home)
        assert await home.told("notice") == []
    await ways.backfill_task_of(home).work()
    for _ in range(2):
        await look(home)
    assert await home.told("notice") == ["notice:left_on_sale:1"]
    assert await left(home) == [("Midnight Drive", True)]


async def test_what_is_put_on_sale_later_is_told_too(home: House, shop: Shop) -> None:
    gold = home.account.price(shop.neon_rain, 40_000, metadata={"exclusive": "true"})
    await sold_long_ago(home, shop, gold)
    for id_ in (shop.neon_rain, shop.neon_lease, gold):
        home.account.archive(id_)
    home.account.take_events()
    await ways.import_by_command(home)
    await look(home)
    assert await left(home) == [("Midnight Drive", True)]
    home.time.pass_(minutes=5)
    for id_ in (shop.neon_rain, shop.neon_lease):
        home.account.change(id_, active=True)
    await happen(home)
    await look(home)
    assert len(await home.told("notice")) == 2
    assert len(await left(home)) == 2


async def test_some_are_taken_off_and_then_the_rest(home: House, shop: Shop) -> None:
    gold = home.account.price(shop.neon_rain, 40_000, metadata={"exclusive": "true"})
    link = home.account.link([gold])
    await sold_long_ago(home, shop, gold)
    await ways.import_by_command(home)
    await look(home)
    names = {row[1]: row[0] for row in await home.rows(tables.tracks, "id", "key")}
    # What is none of these is left alone, whatever a click says.
    paper = names.get("paper moon", 99)
    assert await take_off(home, names["neon rain"], paper) == 1
    assert active(home, link, gold, shop.lease, shop.paper_lease) == [False, False, True, True]
    assert await left(home) == [("Midnight Drive", True)]
    assert await take_off(home) == 1
    assert active(home, shop.lease, shop.midnight_drive) == [False, False]
    assert await left(home) == []
    assert await take_off(home) == 0


async def test_how_far_many_are_is_told_under_the_word_that_was_said(
    home: House, shop: Shop
) -> None:
    gold = home.account.price(shop.neon_rain, 40_000, metadata={"exclusive": "true"})
    await sold_long_ago(home, shop, gold)
    await ways.import_by_command(home)
    await look(home)
    producer = await home.producer()
    async with home.app.store.write() as connection:
        tracks = await left_on_sale.take_off(connection, producer, None, home.time())
        await off_sale_tracks.begin(
            *(connection, producer, tracks), by=5, now=home.time(), channel_id=7, message_id=77
        )
        begun = await off_sale_tracks.taking_off(connection, producer)
    assert begun == TakingOff(by=5, at=home.time(), tracks=2, done=0)
    await home.app.off_sale.settle()
    assert f"edit:{off_sale_tracks.SUBJECT}" in await home.told("edit")
    async with home.app.store.read() as connection:
        assert await off_sale_tracks.taking_off(connection, producer) == begun._replace(done=2)


async def test_what_only_the_producer_can_take_off_is_named_as_such(
    home: House, shop: Shop
) -> None:
    home.account.link([shop.lease, shop.neon_lease])
    await sold_long_ago(home, shop)
    await ways.import_by_command(home)
    await look(home)
    assert await take_off(home) == 1
    assert await left(home) == [("Midnight Drive", False)]


async def test_what_is_sold_before_the_bots_eyes_is_none_of_them(home: House, shop: Shop) -> None:
    home.stripe.faults.read_only |= ALL_KINDS
    await ways.backfill_task_of(home).work()
    await look(home)
    await sold(home, shop)
    await look(home)
    assert await left(home) == []
    assert await home.told("notice") == []
