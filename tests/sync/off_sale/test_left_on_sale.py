"""Tracks sold exclusively before the first start that can still be bought."""

import pytest

from bot.domain.off_sale import Obstacle, TakingOff
from bot.store import tables
from bot.store.books import off_sale_tracks
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop
from tests.sync import actions
from tests.sync.off_sale.actions import (
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


async def test_track_sold_before_the_first_start_waits(bot: LiveBot, shop: Shop) -> None:
    link = bot.account.link([shop.lease])
    bot.account.buy(shop.exclusive)
    bot.account.take_events()
    bot.time.pass_(days=40)
    await actions.import_by_command(bot)
    await look(bot)
    await bot.app.off_sale.settle()
    assert active(bot, link, shop.lease) == [True, True]
    assert set((await steps(bot)).values()) == {(BY_HAND, Obstacle.OLD)}
    await go_ahead(bot)
    assert active(bot, link, shop.lease) == [False, False]
    assert await states(bot) == {DONE}


async def test_old_exclusive_that_is_off_sale_needs_no_step(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.exclusive)
    bot.account.archive(shop.midnight_drive)
    for price in (shop.lease, shop.exclusive):
        bot.account.archive(price)
    bot.account.take_events()
    bot.time.pass_(days=40)
    await look(bot)
    await actions.import_by_command(bot)
    assert await bot.rows(tables.steps) == []


async def sold_long_ago(bot: LiveBot, shop: Shop, *others: str) -> None:
    """Midnight Drive, and other exclusives, forty days before the bot comes."""
    for price in (shop.exclusive, *others):
        bot.account.buy(price)
    bot.account.take_events()
    bot.time.pass_(days=40)


async def left(bot: LiveBot) -> list[tuple[str, bool]]:
    async with bot.app.store.read() as connection:
        found = await off_sale_tracks.left_on_sale(connection, await bot.producer())
    assert found.count == len(found.tracks)
    return [(track.name, track.possible) for track in found.tracks]


async def take_off(bot: LiveBot, *chosen: int) -> int:
    async with bot.app.store.write() as connection:
        producer = await bot.producer()
        wanted = frozenset(chosen) if chosen else None
        tracks = await off_sale_tracks.take_off(connection, producer, wanted, bot.time())
    await bot.app.off_sale.settle()
    return len(tracks)


@pytest.mark.parametrize("catalogue_first", [True, False])
async def test_exclusives_left_on_sale_are_reported_once(
    bot: LiveBot, shop: Shop, catalogue_first: bool
) -> None:
    await sold_long_ago(bot, shop)
    if catalogue_first:
        await look(bot)
        assert await bot.told("notice") == []
    await actions.backfill_task_of(bot).work()
    for _ in range(2):
        await look(bot)
    assert await bot.told("notice") == ["notice:left_on_sale:1"]
    assert await left(bot) == [("Midnight Drive", True)]


async def test_an_exclusive_put_on_sale_later_is_reported_too(bot: LiveBot, shop: Shop) -> None:
    gold = bot.account.price(shop.neon_rain, 40_000, metadata={"exclusive": "true"})
    await sold_long_ago(bot, shop, gold)
    for id_ in (shop.neon_rain, shop.neon_lease, gold):
        bot.account.archive(id_)
    bot.account.take_events()
    await actions.import_by_command(bot)
    await look(bot)
    assert await left(bot) == [("Midnight Drive", True)]
    bot.time.pass_(minutes=5)
    for id_ in (shop.neon_rain, shop.neon_lease):
        bot.account.change(id_, active=True)
    await happen(bot)
    await look(bot)
    assert len(await bot.told("notice")) == 2
    assert len(await left(bot)) == 2


async def test_some_are_taken_off_and_then_the_rest(bot: LiveBot, shop: Shop) -> None:
    gold = bot.account.price(shop.neon_rain, 40_000, metadata={"exclusive": "true"})
    link = bot.account.link([gold])
    await sold_long_ago(bot, shop, gold)
    await actions.import_by_command(bot)
    await look(bot)
    names = {row[1]: row[0] for row in await bot.rows(tables.tracks, "id", "key")}
    # What is none of these is left alone, whatever a click says.
    paper = names.get("paper moon", 99)
    assert await take_off(bot, names["neon rain"], paper) == 1
    assert active(bot, link, gold, shop.lease, shop.paper_lease) == [False, False, True, True]
    assert await left(bot) == [("Midnight Drive", True)]
    assert await take_off(bot) == 1
    assert active(bot, shop.lease, shop.midnight_drive) == [False, False]
    assert await left(bot) == []
    assert await take_off(bot) == 0


async def test_progress_of_many_tracks_edits_the_answer(bot: LiveBot, shop: Shop) -> None:
    gold = bot.account.price(shop.neon_rain, 40_000, metadata={"exclusive": "true"})
    await sold_long_ago(bot, shop, gold)
    await actions.import_by_command(bot)
    await look(bot)
    producer = await bot.producer()
    async with bot.app.store.write() as connection:
        tracks = await off_sale_tracks.take_off(connection, producer, None, bot.time())
        await off_sale_tracks.begin(
            *(connection, producer, tracks), by=5, now=bot.time(), channel_id=7, message_id=77
        )
        begun = await off_sale_tracks.taking_off(connection, producer)
    assert begun == TakingOff(by=5, at=bot.time(), tracks=2, done=0)
    await bot.app.off_sale.settle()
    assert f"edit:{off_sale_tracks.SUBJECT}" in await bot.told("edit")
    async with bot.app.store.read() as connection:
        assert await off_sale_tracks.taking_off(connection, producer) == begun._replace(done=2)


async def test_shared_link_is_left_to_the_producer(bot: LiveBot, shop: Shop) -> None:
    bot.account.link([shop.lease, shop.neon_lease])
    await sold_long_ago(bot, shop)
    await actions.import_by_command(bot)
    await look(bot)
    assert await take_off(bot) == 1
    assert await left(bot) == [("Midnight Drive", False)]


async def test_exclusive_sold_while_the_bot_runs_is_not_left(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.read_only |= ALL_KINDS
    await actions.backfill_task_of(bot).work()
    await sold(bot, shop)
    await look(bot)
    assert await left(bot) == []
    assert await bot.told("notice") == []
