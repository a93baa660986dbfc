"""A test sale, as far as the outbox: it is taken like Stripe's own events, and is in no books."""

import pytest

from bot.domain.test_sale import Progress, Step, TooSoon, event
from bot.store import discord_messages, outbox, tables
from bot.store.books import test_sale
from tests.journey.live_bot import LiveBot
from webhooks.test_sale import TestSales

pytestmark = pytest.mark.counted

PLACES = (tables.events, tables.outbox, tables.messages, tables.payments, tables.sales)


async def nothing_is_left(bot: LiveBot) -> bool:
    kept = [row for table in PLACES for row in await bot.rows(table)]
    notes = [key for (key,) in await bot.rows(tables.notes, "key") if key.startswith("test_sale")]
    return not kept and not notes


@pytest.mark.parametrize("begun", [None, "another"])
async def test_event_of_a_test_not_begun_by_the_bot_is_deleted(
    bot: LiveBot, begun: str | None
) -> None:
    producer = await bot.producer()
    if begun:
        async with bot.app.store.write() as connection:
            await test_sale.begin(connection, producer.id, begun)
    await bot.take([event("forged", bot.time(), livemode=producer.livemode)])
    assert await bot.rows(tables.events) == []
    assert await bot.outbox() == []


async def test_event_becomes_one_notice_and_enters_no_books(bot: LiveBot) -> None:
    producer = await bot.producer()
    async with bot.app.store.write() as connection:
        await test_sale.begin(connection, producer.id, "one")
    for _ in range(2):
        await bot.take([event("one", bot.time(), livemode=producer.livemode)])
    assert [kind for (kind,) in await bot.rows(tables.outbox, "kind")] == ["notice"]
    assert await bot.rows(tables.payments) == []
    assert bot.stripe.calls.total == 0
    async with bot.app.store.write() as connection:
        await test_sale.remove_all(connection, bot.time())
    assert await nothing_is_left(bot)


async def test_bot_killed_while_it_posts_removes_the_test_at_the_next_start(bot: LiveBot) -> None:
    producer, store = await bot.producer(), bot.app.store
    async with store.write() as connection:
        await test_sale.begin(connection, producer.id, "one")
        await test_sale.announce(connection, producer, "one", bot.time())
        [row] = await outbox.open_rows(connection, producer.id, 9)
        await outbox.begin(connection, [row.id], bot.time())
        # The next start: the alert may be in the channel, so it is searched for, and edited then.
        await test_sale.remove_all(connection, bot.time())
        posted, edit = await outbox.open_rows(connection, producer.id, 9)
        assert (posted.id, posted.state) == (row.id, "sending")
        assert (edit.kind, test_sale.is_alert(edit.subject)) == ("edit", True)
        await discord_messages.place(connection, producer.id, [edit.subject], 20, 30)
        await outbox.begin(connection, [edit.id], bot.time())
        await outbox.sent(connection, [posted.id, edit.id])
        await test_sale.remove_all(connection, bot.time())
    assert await nothing_is_left(bot)


async def test_failed_step_is_reported_and_nothing_is_left(bot: LiveBot) -> None:
    producer, found = await bot.producer(), list[Progress]()
    app = bot.app
    tests = TestSales(app.store, bot.time, app.settings.webhook_secrets, patience=0.0)

    async def report(progress: Progress) -> None:
        found.append(progress)
        await bot.work()

    await tests.run(producer, report)
    assert [progress.failed for progress in found] == [Step.ACCEPTED]
    assert await nothing_is_left(bot)
    with pytest.raises(TooSoon):
        await tests.run(producer, report)

    bot.time.pass_(minutes=2)
    tests.address = app.test_sales.address
    await tests.run(producer, report)
    assert found[-1].failed is Step.POSTED
    assert [step for step, _ in found[-1].steps] == [Step.ACCEPTED, Step.STORED, Step.REMOVED]
    assert await nothing_is_left(bot)
