"""What no webhook brought is found in Stripe's list, and announced once."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from bot.store import inbox, tables
from bot.sync import time_windows
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import actions
from tests.sync.world import World

EVENTS = "/v1/events"


@pytest.fixture
def world() -> World:
    """A shop that has sold nothing yet, made so long ago that Stripe lists no event of it."""
    world = World()
    world.time.pass_(days=31)
    return world


@pytest.fixture
async def bot(tmp_path: Path, world: World, shop: Shop) -> AsyncIterator[LiveBot]:
    """The bot has been up for an hour, and has looked: it knows what the shop offers."""
    async with live_bot(tmp_path, time=world.time, account=world.account) as opened:
        await actions.backfill_task_of(opened).work()
        await actions.look(opened)
        world.time.pass_(hours=1)
        yield opened


@pytest.fixture
def shop(world: World) -> Shop:
    made = Shop(world.account)
    world.account.take_events()
    return made


def sell(bot: LiveBot, shop: Shop) -> Purchase:
    return bot.account.buy(shop.lease, buyer=ANA)


async def notices(bot: LiveBot) -> list[dict[str, Any]]:
    row = tables.outbox.c
    query = select(row.key, row.subject, row.payload).where(row.kind == "notice").order_by(row.id)
    async with bot.app.store.read() as connection:
        found = (await connection.execute(query)).all()
    return [
        {"key": each.key, "subject": each.subject, **json.loads(each.payload)} for each in found
    ]


async def test_a_sale_whose_webhooks_were_lost_is_announced_once(bot: LiveBot, shop: Shop) -> None:
    sell(bot, shop)
    lost = bot.account.take_events()
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert await bot.told("announce") == ["announce:payment:1"]
    assert (await bot.sale()).share is not None
    # They come late after all, and another look is taken.
    await bot.deliver(lost)
    await bot.work()
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert await bot.told("announce") == ["announce:payment:1"]


async def test_a_sale_that_is_caught_up_keeps_its_own_time(bot: LiveBot, shop: Shop) -> None:
    sold = bot.time()
    sell(bot, shop)
    bot.time.pass_(hours=5)
    await actions.look(bot)
    assert (await bot.sale()).sold == sold


async def test_events_that_came_are_not_taken_again(bot: LiveBot, shop: Shop) -> None:
    sell(bot, shop)
    await bot.happen()
    bot.time.pass_(hours=1)
    before = await bot.event_states()
    await actions.look(bot)
    assert await bot.event_states() == before


async def test_refund_without_a_webhook_is_found(bot: LiveBot, shop: Shop) -> None:
    bought = sell(bot, shop)
    await bot.happen()
    bot.account.refund(bought, 1000)
    bot.account.take_events()
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert (await bot.payments())[0].refunded == 1000
    assert len([key for key in await bot.told("reply") if "refund" in key]) == 1


async def test_while_the_bot_was_away_sales_are_found_at_its_start(
    tmp_path: Path, bot: LiveBot, shop: Shop, world: World
) -> None:
    sell(bot, shop)
    bot.time.pass_(minutes=1)
    async with live_bot(tmp_path, time=world.time, account=world.account) as again:
        await actions.look(again)
        assert await again.told("announce") == ["announce:payment:1"]
        # Nothing is amiss with its webhooks: nobody was there to take them.
        assert await notices(again) == []


async def test_a_webhook_is_given_time_to_come(bot: LiveBot, shop: Shop) -> None:
    before = await bot.event_states()
    sell(bot, shop)
    bot.time.pass_(minutes=2)
    await actions.look(bot)
    assert await bot.event_states() == before


async def test_the_first_start_announces_nothing_old(tmp_path: Path, world: World) -> None:
    Shop(world.account)
    for _ in range(3):
        sold = world.account.buy(Shop(world.account).lease, buyer=ANA)
        world.time.pass_(days=1)
    assert sold
    async with live_bot(tmp_path, time=world.time, account=world.account) as bot:
        await actions.look(bot)
        assert await bot.event_states() == {}
        await actions.backfill_task_of(bot).work()
        assert len(await bot.payments()) == 3
        assert await bot.outbox() == []


async def test_between_two_looks_some_time_is_read_twice(bot: LiveBot, shop: Shop) -> None:
    before = await actions.seen(bot)
    sell(bot, shop)
    late = bot.account.take_events()
    bot.account.books.events.clear()
    ids = bot.account.books.all("event")
    hidden, ids[:] = list(ids), []
    bot.time.pass_(minutes=10)
    await actions.look(bot)
    ids[:] = hidden  # Stripe shows them late
    assert late
    bot.time.pass_(minutes=6)
    await actions.look(bot)
    assert len(await bot.payments()) == 1
    assert (await actions.seen(bot)).until > before.until


async def test_missing_webhooks_are_reported_once_a_day(bot: LiveBot, shop: Shop) -> None:
    for _ in range(3):
        sell(bot, shop)
    bot.account.take_events()
    bot.time.pass_(hours=1)
    await actions.look(bot)
    [notice] = await notices(bot)
    assert (notice["what"], notice["count"]) == ("webhooks_missing", 3)
    assert notice["key"] == f"notice:webhooks:{bot.time():%Y%m%d}"
    sell(bot, shop)
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert len(await notices(bot)) == 1
    sell(bot, shop)
    bot.time.pass_(days=1)
    await actions.look(bot)
    assert len(await notices(bot)) == 2


async def test_webhooks_that_come_are_not_reported_missing(bot: LiveBot, shop: Shop) -> None:
    sell(bot, shop)
    await bot.happen()
    # What is no sale of ours may come or not.
    bot.account.pay(10_000)
    bot.account.subscribe(shop.lease)
    bot.account.take_events()
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert await notices(bot) == []


async def test_endpoint_with_only_some_events_is_not_reported(bot: LiveBot, shop: Shop) -> None:
    sell(bot, shop)
    come = [e for e in bot.account.take_events() if e["type"] == "checkout.session.completed"]
    await bot.deliver(come)
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert await notices(bot) == []


async def test_a_crowd_of_events_is_taken_in_small_windows(
    bot: LiveBot, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_windows, "MOST", 20)
    for _ in range(12):
        bot.account.buy(shop.lease, shop.neon_lease, buyer=BEN)
        bot.time.pass_(minutes=7)
    bot.account.take_events()
    bot.time.pass_(hours=1)
    await actions.look(bot)
    assert len(await bot.payments()) == 12


async def test_stripe_out_of_reach_is_asked_again(bot: LiveBot, shop: Shop) -> None:
    sell(bot, shop)
    bot.time.pass_(hours=1)
    bot.stripe.faults.fail_next(6, path=EVENTS)
    await actions.look(bot)
    assert len(await bot.payments()) == 1


async def test_a_key_that_may_not_list_events_is_noted(bot: LiveBot, shop: Shop) -> None:
    bot.stripe.faults.denied.add("event")
    bot.time.pass_(hours=1)
    before = await actions.seen(bot)
    await actions.look(bot)
    noted = await actions.seen(bot)
    assert "rak_event_read" in noted.trouble
    assert noted.until == before.until
    bot.stripe.faults.clear()
    await actions.look(bot)
    seen = await actions.seen(bot)
    assert (seen.trouble, seen.looked) == ("", bot.time().replace(microsecond=0))


async def test_longer_away_than_stripe_keeps_events(
    tmp_path: Path, bot: LiveBot, shop: Shop, world: World
) -> None:
    told = sell(bot, shop)
    await bot.happen()
    await bot.hear()
    account, books = bot.account, bot.account.books
    world.time.pass_(days=10)
    sell(bot, shop)
    refund = account.refund(told, 1000)
    world.time.pass_(days=5)
    account.fail_refund(refund)
    payout = account.pay_out()
    account.payout_paid(payout)
    forgotten = len(books.all("event"))
    world.time.pass_(days=35)
    books.all("event")[:forgotten] = []
    sell(bot, shop)
    world.time.pass_(days=3)
    async with live_bot(tmp_path, time=world.time, account=world.account) as again:
        await actions.look(again)
        # What events still tell is told at once, what they do not is imported.
        assert await again.told("announce") == ["announce:payment:1", "announce:payment:2"]
        await actions.backfill_task_of(again).work()
        assert len(await again.payments()) == 3
        assert await again.told("announce") == ["announce:payment:1", "announce:payment:2"]
        [first] = await again.told("reply")
        assert first.startswith("reply:first_sale:")
        assert (await actions.audit(again)).differences == ()
        [notice] = await notices(again)
        assert (notice["what"], notice["payments"]) == ("imported_quietly", 1)
        begin = again.time() - timedelta(days=30)
        assert abs(notice["to"] - begin.timestamp()) < 2 * 3600
        again.stripe.calls.reset()
        await actions.backfill_task_of(again).work()
        assert again.stripe.calls.total == 0


async def test_events_of_an_absence_take_one_reading_a_sale(bot: LiveBot, shop: Shop) -> None:
    before = await bot.event_states()
    sell(bot, shop)
    bot.account.take_events()
    bot.time.pass_(days=2)
    await actions.catch_up_of(bot).look()
    bot.stripe.calls.reset()
    await bot.work()
    assert bot.stripe.calls.total == 1
    async with bot.app.store.read() as connection:
        assert await inbox.counts(connection) == {"done": len(before) + 4}


async def test_sales_read_slowly_are_numbered_in_stripes_order(bot: LiveBot, shop: Shop) -> None:
    """As when a backup was restored: then they get the numbers that they had."""
    sold = []
    for _ in range(8):
        bot.time.pass_(minutes=1)
        sold.append(bot.account.buy(shop.lease, shop.neon_lease, buyer=ANA).session)
    bot.account.take_events()
    slow = dict(zip(sold, (0.4, 0.0, 0.3, 0.0, 0.2, 0.1, 0.0, 0.0), strict=True))
    bot.time.pass_(hours=1)
    bot.stripe.faults.latency = lambda path: next(
        (seconds for session, seconds in slow.items() if session and session in path), 0.0
    )
    await actions.look(bot)
    await bot.work()
    async with bot.app.store.read() as connection:
        query = (
            select(tables.payments.c.session, tables.sales.c.number)
            .join_from(tables.sales, tables.payments)
            .order_by(tables.sales.c.number)
        )
        numbered = (await connection.execute(query)).all()
    assert [row.session for row in numbered] == [session for session in sold for _ in range(2)]
    assert [row.number for row in numbered] == list(range(1001, 1017))
