"""An exclusive whose money goes back: its track is free, and somebody has to decide about it."""

from dataclasses import replace

from bot.domain.sale import Decision
from bot.store import tables
from bot.store.books import payments
from bot.store.queries import exclusive
from bot.text.refund_lines import fees_of
from tests.journey.live_bot import LiveBot
from tests.journey.shop import Shop


async def questions(bot: LiveBot) -> list[str]:
    return [key for key in await bot.told("reply") if "track_free" in key]


async def test_only_a_full_refund_asks(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.exclusive))
    await bot.happen(bot.account.refund(bought, 10_000))
    assert await questions(bot) == []
    await bot.happen(bot.account.refund(bought))
    await bot.catch_up()
    assert await questions(bot) == ["reply:track_free:1:2"]


async def test_a_refund_that_fails_gives_the_track_back_and_asks_anew_next_time(
    bot: LiveBot, shop: Shop
) -> None:
    bought = await bot.happen(bot.account.buy(shop.exclusive))
    failed = await bot.happen(bot.account.refund(bought))
    producer = await bot.producer()
    async with bot.app.store.write() as connection:
        await exclusive.decide(connection, producer, 1, keep_off=True, by=7, now=bot.time())
    await bot.happen(bot.account.fail_refund(failed))
    assert await bot.rows(tables.tracks, "holder_sale_id", "kept_off") == [(1, None)]
    await bot.happen(bot.account.refund(bought))
    assert await questions(bot) == ["reply:track_free:1:1", "reply:track_free:1:2"]
    async with bot.app.store.write() as connection:
        await exclusive.decide(connection, producer, 1, keep_off=False, by=8, now=bot.time())
        found = await exclusive.rights_of(connection, producer, 1, bot.time())
    assert found is not None
    assert found.decision == Decision(kept_off=False, by=8, at=bot.time())


async def test_what_a_platform_returns_of_its_fee_is_known_by_the_refund(
    bot: LiveBot, shop: Shop
) -> None:
    bought = await bot.happen(bot.account.buy(shop.exclusive, application_fee=5_000))
    await bot.happen(bot.account.refund(bought, 20_000, application_fee=2_000))
    await bot.happen(bot.account.refund(bought, 1_000))
    async with bot.app.store.read() as connection:
        record = await payments.load(connection, await bot.producer(), 1, bot.time())
    assert record is not None
    first, second = record.payment.refunds
    told = [fees_of(record, [refund], fees_possible=True)[1] for refund in (first, second)]
    assert told == [
        "$20.00 of the platform fee of $50.00 returned",
        "platform keeps its $50.00 fee",
    ]
    unread = replace(first, movement=None)
    assert "unknown yet" in fees_of(record, [unread], fees_possible=True)[1]
