"""A track sold exclusively: who holds it, which leases stay valid, and what came too late."""

from typing import Any

from bot.domain.sale import TrackRights
from bot.store.queries import exclusive
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, BEN, Shop


async def _rights(bot: LiveBot) -> TrackRights:
    producer = await bot.producer()
    async with bot.app.store.read() as connection:
        found = await exclusive.track_rights(connection, producer, "Midnight Drive", bot.time())
    assert found is not None
    return found


async def _holder(bot: LiveBot) -> int | None:
    holder = (await _rights(bot)).holder
    return holder.number if holder else None


async def _conflicts(bot: LiveBot) -> list[int]:
    return [sale.number for sale in await bot.sales() if sale.conflict]


def _buy(bot: LiveBot, price: str, **options: Any) -> tuple[Purchase, list[dict[str, Any]]]:
    """A purchase a minute later, with its events, which nobody has heard of yet."""
    bot.time.pass_(minutes=1)
    bought = bot.account.buy(price, **options)
    return bought, bot.account.take_events()


async def _sell(bot: LiveBot, price: str, **options: Any) -> Purchase:
    """A purchase a minute later that the bot hears of at once."""
    bought, events = _buy(bot, price, **options)
    await bot.take(events)
    return bought


async def test_an_exclusive_marks_the_track_with_the_sale_itself(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.exclusive, buyer=ANA))
    assert (await bot.sale()).exclusive
    holder = (await _rights(bot)).holder
    assert holder is not None
    assert (holder.number, holder.buyer.name, holder.price.amount) == (1001, "Ana Lima", 49_900)


async def test_earlier_leases_stay_valid(bot: LiveBot, shop: Shop) -> None:
    for buyer in (ANA, BEN):
        bot.account.buy(shop.lease, buyer=buyer)
        bot.time.pass_(minutes=1)
    await bot.happen(bot.account.buy(shop.exclusive))
    found = await _rights(bot)
    assert (found.leases, found.conflicts) == (2, ())
    assert await bot.told("reply") == []


async def test_a_payment_after_the_exclusive_is_recorded_and_told_as_a_conflict(
    bot: LiveBot, shop: Shop
) -> None:
    await _sell(bot, shop.exclusive)
    await _sell(bot, shop.lease, buyer=BEN)
    assert await _conflicts(bot) == [1002]
    # Its announcement says so itself.
    assert await bot.outbox() == [
        ("announce", "announce:payment:1"),
        ("announce", "announce:payment:2"),
    ]


async def test_a_lease_of_another_track_is_no_conflict(bot: LiveBot, shop: Shop) -> None:
    await _sell(bot, shop.exclusive)
    await _sell(bot, shop.neon_lease)
    assert await _conflicts(bot) == []


async def test_the_order_of_events_does_not_decide_who_was_first(bot: LiveBot, shop: Shop) -> None:
    _, exclusive = _buy(bot, shop.exclusive, buyer=ANA)
    _, lease = _buy(bot, shop.lease, buyer=BEN)
    await bot.take(lease)
    assert await _holder(bot) is None
    await bot.hear()
    await bot.take(exclusive)
    assert await _holder(bot) == 1002
    assert await _conflicts(bot) == [1001]
    assert await bot.hear() == [
        ("announce", "announce:payment:2"),
        ("edit", "edit:payment:1"),
        ("reply", "reply:conflict:1"),
    ]


async def test_a_conflict_ends_with_its_refund(bot: LiveBot, shop: Shop) -> None:
    await _sell(bot, shop.exclusive)
    late = await _sell(bot, shop.lease)
    assert await _conflicts(bot) == [1002]
    await bot.happen(bot.account.refund(late))
    assert await _conflicts(bot) == []


async def test_who_was_charged_first_stays_first_however_late_the_fees_settle(
    bot: LiveBot, shop: Shop
) -> None:
    exclusive = await _sell(bot, shop.exclusive, settled=False)
    await _sell(bot, shop.lease)
    assert await _conflicts(bot) == [1002]
    bot.time.pass_(minutes=30)
    await bot.happen(bot.account.settle(exclusive))
    assert await _conflicts(bot) == [1002]


async def test_an_exclusive_that_is_only_found_out_later_marks_the_track_then(
    bot: LiveBot, shop: Shop
) -> None:
    bot.stripe.faults.down = True
    await _sell(bot, shop.exclusive)
    await _sell(bot, shop.lease)
    assert await _conflicts(bot) == []
    await bot.hear()
    bot.stripe.faults.clear()
    await bot.later(minutes=6)
    assert await _conflicts(bot) == [1002]
    assert ("reply", "reply:conflict:2") in await bot.hear()
