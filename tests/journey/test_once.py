"""However often Stripe says it: one sale, one alert, one entry in the books."""

from bot.store import tables
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop

BOOKS = (
    tables.payments,
    tables.sales,
    tables.entries,
    tables.day_totals,
    tables.tracks,
    tables.outbox,
)


async def _books(bot: LiveBot) -> list[object]:
    return [await bot.rows(table) for table in BOOKS]


async def test_an_event_that_comes_again_changes_nothing(bot: LiveBot, shop: Shop) -> None:
    bought = bot.account.buy(shop.lease, shop.neon_lease, buyer=ANA)
    bot.account.refund(bought, 3500)
    events = bot.account.take_events()
    await bot.take(events)
    before, calls = await _books(bot), bot.stripe.calls.total
    for _ in range(2):
        bot.time.pass_(hours=1)
        await bot.take(events)
    assert await _books(bot) == before
    assert bot.stripe.calls.total == calls
    assert len(await bot.rows(tables.events)) == len(events)


async def test_two_events_of_one_sale_are_one_sale(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease)
    *_, checkout, _ = bot.account.take_events()
    await bot.take([checkout])
    before = await _books(bot)
    bot.time.pass_(minutes=2)
    await bot.take([checkout | {"id": "evt_anotherOne"}])
    assert await _books(bot) == before


async def test_a_payment_that_was_delayed_is_the_sale_its_checkout_was(
    bot: LiveBot, shop: Shop
) -> None:
    ordered = await bot.happen(bot.account.buy(shop.lease, method="sepa_debit"))
    bot.account.arrive(ordered)
    arrived = bot.account.take_events()
    for event in arrived:
        bot.time.pass_(seconds=3)
        await bot.take([event])
    assert len(await bot.sales()) == 1
    assert await bot.told("announce") == ["announce:payment:1"]


async def test_a_refund_that_several_events_tell_is_given_back_once(open_house: LiveBot) -> None:
    bot = open_house
    bought = await bot.happen(bot.account.buy(Shop(bot.account).lease))
    bot.account.refund(bought, 1000)
    await bot.take_slowly()  # charge.refunded and refund.created
    assert (await bot.sale()).refunded.amount == 1000
    assert len(await bot.told("reply")) == 1
