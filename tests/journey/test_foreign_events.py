"""Events of another mode or account: kept, marked, and never mixed in."""

from pathlib import Path

from bot.store import tables
from fakes.stripe import StripeAccount
from tests.journey.house import House, Time, house
from tests.journey.shop import Shop


async def _nothing_of_it_is_in_the_books(home: House) -> None:
    assert await home.rows(tables.payments) == []
    assert await home.outbox() == []
    assert home.stripe.calls.total == 0


async def test_events_of_the_other_mode_are_set_aside(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease)
    await home.deliver([event | {"livemode": True} for event in home.account.take_events()])
    await home.catch_up()
    assert set(await home.rows(tables.events, "state", "livemode")) == {("foreign", True)}
    await _nothing_of_it_is_in_the_books(home)


async def test_events_of_another_account_are_set_aside(home: House, shop: Shop) -> None:
    other = StripeAccount(clock=home.time, seed=9, connected=True)
    other.buy(Shop(other).lease)
    other.pay_out(automatic=False, amount=500)
    await home.deliver(other.take_events())
    await home.catch_up()
    assert set(await home.rows(tables.events, "state", "account")) == {("foreign", other.id)}
    await _nothing_of_it_is_in_the_books(home)


async def test_events_that_name_our_own_account_are_ours_once_it_is_known(tmp_path: Path) -> None:
    time = Time()
    account = StripeAccount(clock=time, connected=True)
    async with house(tmp_path, time=time, account=account) as home:
        await home.app.account.run()
        account.buy(Shop(account).lease)
        await home.happen()
        assert (await home.sale()).track == "Midnight Drive"
        assert (await home.producer()).stripe_account == account.id


async def test_a_foreign_event_says_nothing_about_a_payment_of_ours(
    home: House, shop: Shop
) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    home.account.refund(bought)
    before = await home.rows(tables.payments)
    forged = [event | {"livemode": True} for event in home.account.take_events()]
    await home.deliver(forged)
    await home.work()
    assert await home.rows(tables.payments) == before
