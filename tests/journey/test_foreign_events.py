"""Events of another mode or account: kept, marked, and never mixed in."""

from pathlib import Path

from bot.store import tables
from fakes.stripe import StripeAccount
from tests.journey.live_bot import LiveBot, Time, live_bot
from tests.journey.shop import Shop


async def _nothing_of_it_is_in_the_books(bot: LiveBot) -> None:
    assert await bot.rows(tables.payments) == []
    assert await bot.outbox() == []
    assert bot.stripe.calls.total == 0


async def test_events_of_the_other_mode_are_set_aside(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease)
    await bot.deliver([event | {"livemode": True} for event in bot.account.take_events()])
    await bot.catch_up()
    assert set(await bot.rows(tables.events, "state", "livemode")) == {("foreign", True)}
    await _nothing_of_it_is_in_the_books(bot)


async def test_events_of_another_account_are_set_aside(bot: LiveBot, shop: Shop) -> None:
    other = StripeAccount(clock=bot.time, seed=9, connected=True)
    other.buy(Shop(other).lease)
    other.pay_out(automatic=False, amount=500)
    await bot.deliver(other.take_events())
    await bot.catch_up()
    assert set(await bot.rows(tables.events, "state", "account")) == {("foreign", other.id)}
    await _nothing_of_it_is_in_the_books(bot)


async def test_events_that_name_our_own_account_are_ours_once_it_is_known(tmp_path: Path) -> None:
    time = Time()
    account = StripeAccount(clock=time, connected=True)
    async with live_bot(tmp_path, time=time, account=account) as bot:
        await bot.app.account.run()
        await bot.happen(account.buy(Shop(account).lease))
        assert (await bot.sale()).track == "Midnight Drive"
        assert (await bot.producer()).stripe_account == account.id


async def test_a_foreign_event_says_nothing_about_a_payment_of_ours(
    bot: LiveBot, shop: Shop
) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease))
    bot.account.refund(bought)
    before = await bot.rows(tables.payments)
    forged = [event | {"livemode": True} for event in bot.account.take_events()]
    await bot.take(forged)
    assert await bot.rows(tables.payments) == before
