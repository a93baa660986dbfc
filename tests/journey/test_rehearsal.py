"""A test sale, as far as the outbox: it is taken like Stripe's own events, and is in no books."""

import pytest

from bot.domain.test_sale import Progress, Step, TooSoon, Trouble, event
from bot.store import discord_messages, outbox, tables
from bot.store.books import test_sale
from tests.journey.house import House
from webhooks import test_sale as endpoint

pytestmark = pytest.mark.counted

PLACES = (tables.events, tables.outbox, tables.messages, tables.payments, tables.sales)


async def nothing_is_left(home: House) -> bool:
    kept = [row for table in PLACES for row in await home.rows(table)]
    notes = [key for (key,) in await home.rows(tables.notes, "key") if key.startswith("rehearsal")]
    return not kept and not notes


@pytest.mark.parametrize("begun", [None, "another"])
async def test_one_that_the_bot_did_not_begin_is_thrown_away(
    home: House, begun: str | None
) -> None:
    producer = await home.producer()
    if begun:
        async with home.app.store.write() as connection:
            await test_sale.begin(connection, producer.id, begun)
    await home.deliver([event("forged", home.time(), livemode=producer.livemode)])
    await home.work()
    assert await home.rows(tables.events) == []
    assert await home.outbox() == []


async def test_until_it_is_told_it_is_a_notice_and_nothing_else(home: House) -> None:
    producer = await home.producer()
    async with home.app.store.write() as connection:
        await test_sale.begin(connection, producer.id, "one")
    for _ in range(2):
        await home.deliver([event("one", home.time(), livemode=producer.livemode)])
        await home.work()
    assert [kind for (kind,) in await home.rows(tables.outbox, "kind")] == ["notice"]
    assert await home.rows(tables.payments) == []
    assert home.stripe.calls.total == 0
    async with home.app.store.write() as connection:
        await test_sale.clear(connection, home.time())
    assert await nothing_is_left(home)


async def test_where_the_bot_is_killed_while_it_tells_the_next_start_clears_up(home: House) -> None:
    producer, store = await home.producer(), home.app.store
    async with store.write() as connection:
        await test_sale.begin(connection, producer.id, "one")
        await test_sale.tell(connection, producer.id, "one", home.time())
        [row] = await outbox.open_rows(connection, producer.id, 9)
        await outbox.begin(connection, [row.id], home.time())
        # The next start: perhaps it stands in the channel, so it is looked for, and edited then.
        await test_sale.clear(connection, home.time())
        told, edit = await outbox.open_rows(connection, producer.id, 9)
        assert (told.id, told.state) == (row.id, "sending")
        assert (edit.kind, test_sale.is_alert(edit.subject)) == ("edit", True)
        await discord_messages.place(connection, producer.id, [edit.subject], 20, 30)
        await outbox.begin(connection, [edit.id], home.time())
        await outbox.sent(connection, [told.id, edit.id])
        await test_sale.clear(connection, home.time())
    assert await nothing_is_left(home)


async def test_where_it_gets_stuck_it_says_so_and_leaves_nothing(
    home: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    producer, found = await home.producer(), list[Progress]()
    monkeypatch.setattr(endpoint, "PATIENCE", 0.0)
    address, home.app.rehearsals.address = home.app.rehearsals.address, None

    async def report(progress: Progress) -> None:
        found.append(progress)
        await home.work()

    await home.app.rehearsals.run(producer, report)
    assert [progress.trouble for progress in found] == [Trouble.UNREACHABLE]
    assert await nothing_is_left(home)
    with pytest.raises(TooSoon):
        await home.app.rehearsals.run(producer, report)

    home.time.pass_(minutes=2)
    home.app.rehearsals.address = address
    await home.app.rehearsals.run(producer, report)
    assert found[-1].trouble is Trouble.NOT_TOLD
    assert [step for step, _ in found[-1].steps] == [Step.ACCEPTED, Step.STORED]
    assert await nothing_is_left(home)
