"""Producers: one for each account and mode, and what is theirs."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.domain.preferences import Preferences, Route
from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.tables import day_totals
from tests.factories import disputed, exclusive, lease, paid, refunded, settled
from tests.store.samples import Books, write

LATE = datetime(2026, 3, 1, 3, 30, tzinfo=UTC)
"""The last evening of February in New York, the first morning of March in Berlin."""


async def ensure(store: Store, *, livemode: bool, account: str = "") -> Producer:
    async with store.write() as connection:
        return await producers.ensure(
            connection, livemode=livemode, account=account, timezone="Europe/Berlin"
        )


async def current(store: Store) -> Producer | None:
    async with store.read() as connection:
        return await producers.current(connection)


async def test_a_producer_is_made_once_and_keeps_its_time_zone(books: Books) -> None:
    assert await ensure(books.store, livemode=True) == books.producer
    assert books.producer.timezone == "America/New_York"


async def test_in_another_server_no_news_goes_to_a_channel_of_the_one_before(
    store: Store, producer: Producer
) -> None:
    chosen = Preferences(channels={Route.PAYOUTS: 12}, language="es")
    async with store.write() as connection:
        await producers.set_channel(connection, producer.id, 1, 10)
        producer = await producers.by_id(connection, producer.id)
        await producers.set_preferences(connection, producer, chosen)
        await producers.set_channel(connection, producer.id, 1, 11)
        assert (await producers.by_id(connection, producer.id)).preferences == chosen
        await producers.set_channel(connection, producer.id, 2, 20)
        moved = await producers.by_id(connection, producer.id)
    assert moved.preferences == Preferences(language="es")


async def test_each_mode_and_account_is_a_producer_of_its_own(books: Books) -> None:
    test_mode = await ensure(books.store, livemode=False)
    connected = await ensure(books.store, livemode=True, account="acct_1")
    assert len({books.id, test_mode.id, connected.id}) == 3
    async with books.store.read() as connection:
        assert await producers.find(connection, False, "") == test_mode
        assert await producers.find(connection, True, "acct_1") == connected
        assert await producers.find(connection, False, "acct_1") is None
        assert await producers.by_id(connection, connected.id) == connected
        assert await producers.everyone(connection) == [books.producer, test_mode, connected]


async def test_the_first_sale_is_number_1001(books: Books) -> None:
    await books.write(paid("1"), paid("2"))
    assert await books.column("number") == [1001, 1002]


async def test_nobody_is_current_before_there_is_anybody(store: Store) -> None:
    assert await current(store) is None


async def test_without_a_key_the_live_producer_is_current_unless_only_tests_sold(
    store: Store,
) -> None:
    test_mode = await ensure(store, livemode=False)
    assert await current(store) == test_mode
    live = await ensure(store, livemode=True)
    assert await current(store) == live
    await write(store, test_mode, paid("test"))
    assert await current(store) == test_mode
    await write(store, live, paid("live"))
    assert await current(store) == live


async def test_the_mode_of_the_key_decides_who_is_current(store: Store) -> None:
    live, test_mode = [await ensure(store, livemode=mode) for mode in (True, False)]
    for mode, expected in ((False, test_mode), (True, live), (None, live)):
        async with store.write() as connection:
            await producers.set_mode(connection, mode)
        assert await current(store) == expected


async def test_the_channel_and_the_account_are_kept(books: Books) -> None:
    async with books.store.write() as connection:
        await producers.set_channel(connection, books.id, 2**62, 2**62 + 1)
        await producers.set_stripe_account(connection, books.id, "acct_9")
        now = await producers.by_id(connection, books.id)
    assert (now.guild_id, now.channel_id, now.stripe_account) == (2**62, 2**62 + 1, "acct_9")


async def _days(books: Books) -> list[Any]:
    columns = [column for column in day_totals.c if column.name != "producer_id"]
    async with books.store.read() as connection:
        rows = await connection.execute(
            select(*columns).where(day_totals.c.producer_id == books.id)
        )
        return sorted(map(tuple, rows))


async def test_another_time_zone_counts_everything_anew_by_its_days(books: Books) -> None:
    berlin = await ensure(books.store, livemode=True, account="acct_2")
    history = [
        settled(paid("1", exclusive(), lease("Other Beat"), at=LATE)),
        refunded(settled(paid("2", lease("Other Beat"), at=LATE)), 1000, at=LATE),
        disputed(settled(paid("3", at=LATE + timedelta(days=40)))),
        paid("4", at=LATE),
    ]
    for owner in (books.producer, berlin):
        await write(books.store, owner, *history)
    before = await _days(books)
    async with books.store.write() as connection:
        moved = await producers.set_timezone(connection, books.producer, "Europe/Berlin")
        assert moved == await producers.by_id(connection, books.id)
    assert moved.timezone == "Europe/Berlin"
    after = await _days(Books(books.store, moved))
    assert after != before
    assert after == await _days(Books(books.store, berlin))


@pytest.mark.parametrize("timezone", ["Mars/Olympus", "", "../etc/passwd", "America"])
async def test_an_unknown_time_zone_changes_nothing(books: Books, timezone: str) -> None:
    with pytest.raises(ValueError, match="no such time zone"):
        await books.change(producers.set_timezone, timezone)
    assert await books.read_id(producers.by_id) == books.producer


async def test_the_other_mode_of_an_account_is_told_in_the_same_channel(store: Store) -> None:
    async with store.write() as connection:
        test = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
        await producers.set_channel(connection, test.id, 7, 77)
        live = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
        other = await producers.ensure(connection, livemode=True, account="acct_2", timezone="UTC")
    assert (live.guild_id, live.channel_id) == (7, 77)
    assert (other.guild_id, other.channel_id) == (None, None)


async def test_what_is_chosen_holds_for_both_modes_also_the_one_that_comes_later(
    books: Books,
) -> None:
    chosen = Preferences(currency="eur", language="es")
    async with books.store.write() as connection:
        await producers.set_preferences(connection, books.producer, chosen)
        live = await producers.ensure(
            connection,
            livemode=not books.producer.livemode,
            account=books.producer.account,
            timezone="UTC",
        )
        mine = await producers.by_id(connection, books.id)
    assert (mine.preferences, live.preferences) == (chosen, chosen)
