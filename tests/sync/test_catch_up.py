"""Nothing missed: what no webhook brought is found in Stripe's list, and told once."""

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
from tests.journey.house import House, house
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import ways
from tests.sync.world import World

EVENTS = "/v1/events"


@pytest.fixture
def world() -> World:
    """A shop that has sold nothing yet, made so long ago that Stripe lists no event of it."""
    world = World()
    world.time.pass_(days=31)
    return world


@pytest.fixture
async def home(tmp_path: Path, world: World, shop: Shop) -> AsyncIterator[House]:
    """The bot has been up for an hour, and has looked: it knows what the shop offers."""
    async with house(tmp_path, time=world.time, account=world.account) as opened:
        await ways.backfill_task_of(opened).work()
        await ways.look(opened)
        world.time.pass_(hours=1)
        yield opened


@pytest.fixture
def shop(world: World) -> Shop:
    made = Shop(world.account)
    world.account.take_events()
    return made


def sell(home: House, shop: Shop) -> Purchase:
    return home.account.buy(shop.lease, buyer=ANA)


async def notices(home: House) -> list[dict[str, Any]]:
    row = tables.outbox.c
    query = select(row.key, row.subject, row.payload).where(row.kind == "notice").order_by(row.id)
    async with home.app.store.read() as connection:
        found = (await connection.execute(query)).all()
    return [
        {"key": each.key, "subject": each.subject, **json.loads(each.payload)} for each in found
    ]


async def test_a_sale_whose_webhooks_were_lost_is_told_once(home: House, shop: Shop) -> None:
    sell(home, shop)
    lost = home.account.take_events()
    home.time.pass_(hours=1)
    await ways.look(home)
    assert await home.told("announce") == ["announce:payment:1"]
    assert (await home.sale()).share is not None
    # They come late after all, and another look is taken.
    await home.deliver(lost)
    await home.work()
    home.time.pass_(hours=1)
    await ways.look(home)
    assert await home.told("announce") == ["announce:payment:1"]


async def test_a_sale_is_told_with_its_own_time(home: House, shop: Shop) -> None:
    sold = home.time()
    sell(home, shop)
    home.time.pass_(hours=5)
    await ways.look(home)
    assert (await home.sale()).sold == sold


async def test_events_that_came_are_not_taken_again(home: House, shop: Shop) -> None:
    sell(home, shop)
    await home.happen()
    home.time.pass_(hours=1)
    before = await home.event_states()
    await ways.look(home)
    assert await home.event_states() == before


async def test_what_a_webhook_did_not_bring_of_a_known_sale_is_found(
    home: House, shop: Shop
) -> None:
    bought = sell(home, shop)
    await home.happen()
    home.account.refund(bought, 1000)
    home.account.take_events()
    home.time.pass_(hours=1)
    await ways.look(home)
    assert (await home.payments())[0].refunded == 1000
    assert len([key for key in await home.told("reply") if "refund" in key]) == 1


async def test_while_the_bot_was_away_sales_are_found_at_its_start(
    tmp_path: Path, home: House, shop: Shop, world: World
) -> None:
    sell(home, shop)
    home.time.pass_(minutes=1)
    async with house(tmp_path, time=world.time, account=world.account) as again:
        await ways.look(again)
        assert await again.told("announce") == ["announce:payment:1"]
        # Nothing is amiss with its webhooks: nobody was there to take them.
        assert await notices(again) == []


async def test_a_webhook_is_given_time_to_come(home: House, shop: Shop) -> None:
    before = await home.event_states()
    sell(home, shop)
    home.time.pass_(minutes=2)
    await ways.look(home)
    assert await home.event_states() == before


async def test_at_the_first_start_nothing_old_is_told(tmp_path: Path, world: World) -> None:
    Shop(world.account)
    for _ in range(3):
        sold = world.account.buy(Shop(world.account).lease, buyer=ANA)
        world.time.pass_(days=1)
    assert sold
    async with house(tmp_path, time=world.time, account=world.account) as home:
        await ways.look(home)
        assert await home.event_states() == {}
        await ways.backfill_task_of(home).work()
        assert len(await home.payments()) == 3
        assert await home.outbox() == []


async def test_between_two_looks_some_time_is_read_twice(home: House, shop: Shop) -> None:
    before = await ways.seen(home)
    sell(home, shop)
    late = home.account.take_events()
    home.account.books.events.clear()
    ids = home.account.books._by_kind["event"]
    hidden, ids[:] = list(ids), []
    home.time.pass_(minutes=10)
    await ways.look(home)
    ids[:] = hidden  # Stripe shows them late
    assert late
    home.time.pass_(minutes=6)
    await ways.look(home)
    assert len(await home.payments()) == 1
    assert (await ways.seen(home)).until > before.until


async def test_webhooks_that_do_not_come_are_said_once_a_day(home: House, shop: Shop) -> None:
    for _ in range(3):
        sell(home, shop)
    home.account.take_events()
    home.time.pass_(hours=1)
    await ways.look(home)
    [notice] = await notices(home)
    assert (notice["what"], notice["count"]) == ("webhooks_missing", 3)
    assert notice["key"] == f"notice:webhooks:{home.time():%Y%m%d}"
    sell(home, shop)
    home.time.pass_(hours=1)
    await ways.look(home)
    assert len(await notices(home)) == 1
    sell(home, shop)
    home.time.pass_(days=1)
    await ways.look(home)
    assert len(await notices(home)) == 2


async def test_webhooks_that_come_are_not_complained_of(home: House, shop: Shop) -> None:
    sell(home, shop)
    await home.happen()
    # What is no sale of ours may come or not.
    home.account.pay(10_000)
    home.account.subscribe(shop.lease)
    home.account.take_events()
    home.time.pass_(hours=1)
    await ways.look(home)
    assert await notices(home) == []


async def test_an_endpoint_that_asks_for_some_events_only_is_not_complained_of(
    home: House, shop: Shop
) -> None:
    sell(home, shop)
    come = [e for e in home.account.take_events() if e["type"] == "checkout.session.completed"]
    await home.deliver(come)
    home.time.pass_(hours=1)
    await ways.look(home)
    assert await notices(home) == []


async def test_a_crowd_of_events_is_taken_in_small_windows(
    home: House, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_windows, "MOST", 20)
    for _ in range(12):
        home.account.buy(shop.lease, shop.neon_lease, buyer=BEN)
        home.time.pass_(minutes=7)
    home.account.take_events()
    home.time.pass_(hours=1)
    await ways.look(home)
    assert len(await home.payments()) == 12


async def test_stripe_out_of_reach_is_asked_again(home: House, shop: Shop) -> None:
    sell(home, shop)
    home.time.pass_(hours=1)
    home.stripe.faults.fail_next(6, path=EVENTS)
    await ways.look(home)
    assert len(await home.payments()) == 1


async def test_a_key_that_may_not_list_events_is_noted(home: House, shop: Shop) -> None:
    home.stripe.faults.denied.add("event")
    home.time.pass_(hours=1)
    before = await ways.seen(home)
    await ways.look(home)
    noted = await ways.seen(home)
    assert "rak_event_read" in noted.trouble
    assert noted.until == before.until
    home.stripe.faults.clear()
    await ways.look(home)
    assert (await ways.seen(home)).trouble == ""


async def test_longer_away_than_stripe_keeps_events(
    tmp_path: Path, home: House, shop: Shop, world: World
) -> None:
    told = sell(home, shop)
    await home.happen()
    await home.hear()
    account, books = home.account, home.account.books
    world.time.pass_(days=10)
    sell(home, shop)
    refund = account.refund(told, 1000)
    world.time.pass_(days=5)
    account.fail_refund(refund)
    payout = account.pay_out()
    account.payout_paid(payout)
    forgotten = len(books.all("event"))
    world.time.pass_(days=35)
    books._by_kind["event"][:forgotten] = []
    sell(home, shop)
    world.time.pass_(days=3)
    async with house(tmp_path, time=world.time, account=world.account) as again:
        await ways.look(again)
        # What events still tell is told at once, what they do not is imported.
        assert await again.told("announce") == ["announce:payment:1", "announce:payment:2"]
        await ways.backfill_task_of(again).work()
        assert len(await again.payments()) == 3
        assert await again.told("announce") == ["announce:payment:1", "announce:payment:2"]
        [first] = await again.told("reply")
        assert first.startswith("reply:first_sale:")
        assert (await ways.audit(again)).differences == ()
        [notice] = await notices(again)
        assert (notice["what"], notice["payments"]) == ("imported_quietly", 1)
        begin = again.time() - timedelta(days=30)
        assert abs(notice["to"] - begin.timestamp()) < 2 * 3600
        again.stripe.calls.reset()
        await ways.backfill_task_of(again).work()
        assert again.stripe.calls.total == 0


async def test_events_of_a_whole_absence_wait_for_one_reading_each(home: House, shop: Shop) -> None:
    before = await home.event_states()
    sell(home, shop)
    home.account.take_events()
    home.time.pass_(days=2)
    await ways.catch_up_of(home).look()
    home.stripe.calls.reset()
    await home.work()
    assert home.stripe.calls.total == 1
    async with home.app.store.read() as connection:
        assert await inbox.counts(connection) == {"done": len(before) + 4}


async def test_sales_get_their_numbers_in_stripes_order_however_long_each_is_read(
    home: House, shop: Shop
) -> None:
    """As when a backup was restored: then they get the numbers that they had."""
    sold = []
    for _ in range(8):
        home.time.pass_(minutes=1)
        sold.append(home.account.buy(shop.lease, shop.neon_lease, buyer=ANA).session)
    home.account.take_events()
    slow = dict(zip(sold, (0.4, 0.0, 0.3, 0.0, 0.2, 0.1, 0.0, 0.0), strict=True))
    home.time.pass_(hours=1)
    assert home.stripe is not None
    home.stripe.faults.latency = lambda path: next(
        (seconds for session, seconds in slow.items() if session and session in path), 0.0
    )
    await ways.look(home)
    await home.work()
    async with home.app.store.read() as connection:
        query = (
            select(tables.payments.c.session, tables.sales.c.number)
            .join_from(tables.sales, tables.payments)
            .order_by(tables.sales.c.number)
        )
        numbered = (await connection.execute(query)).all()
    assert [row.session for row in numbered] == [session for session in sold for _ in range(2)]
    assert [row.number for row in numbered] == list(range(1001, 1017))
