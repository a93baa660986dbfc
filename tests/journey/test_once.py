"""However often Stripe says it: one sale, one alert, one entry in the books."""

import asyncio

from bot.store import tables
from tests.journey.house import House
from tests.journey.shop import ANA, Shop

BOOKS = (
    tables.payments,
    tables.sales,
    tables.entries,
    tables.totals,
    tables.list_totals,
    tables.purchase_totals,
    tables.tracks,
    tables.outbox,
)


async def _books(home: House) -> list[object]:
    return [await home.rows(table) for table in BOOKS]


async def test_an_event_that_comes_again_changes_nothing(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, shop.neon_lease, buyer=ANA)
    home.account.refund(bought, 3500)
    events = home.account.take_events()
    await home.deliver(events)
    await home.work()
    before, calls = await _books(home), home.stripe.calls.total
    for _ in range(2):
        home.time.pass_(hours=1)
        await home.deliver(events)
        await home.work()
    assert await _books(home) == before
    assert home.stripe.calls.total == calls
    assert len(await home.rows(tables.events)) == len(events)


async def test_an_event_that_comes_twice_at_the_same_moment_is_one(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease)
    events = home.account.take_events() * 5
    assert await asyncio.gather(*map(home.hook.send, events)) == [200] * 20
    await home.work()
    assert len(await home.rows(tables.events)) == 4
    assert len(await home.outbox()) == 1


async def test_two_events_of_one_sale_are_one_sale(home: House, shop: Shop) -> None:
    home.account.buy(shop.lease)
    *_, checkout, _ = home.account.take_events()
    await home.deliver([checkout])
    await home.work()
    before = await _books(home)
    home.time.pass_(minutes=2)
    await home.deliver([checkout | {"id": "evt_anotherOne"}])
    await home.work()
    assert await _books(home) == before


async def test_a_payment_that_was_delayed_is_the_sale_its_checkout_was(
    home: House, shop: Shop
) -> None:
    ordered = home.account.buy(shop.lease, method="sepa_debit")
    await home.happen()
    home.account.arrive(ordered)
    arrived = home.account.take_events()
    for event in arrived:
        home.time.pass_(seconds=3)
        await home.deliver([event])
        await home.work()
    assert len(await home.sales()) == 1
    assert await home.told("announce") == ["announce:payment:1"]


async def test_a_refund_that_several_events_tell_is_given_back_once(
    home: House, shop: Shop
) -> None:
    bought = home.account.buy(shop.lease)
    await home.happen()
    refund = home.account.refund(bought, 1000)
    for event in home.account.take_events():  # charge.refunded and refund.created
        home.time.pass_(seconds=3)
        await home.deliver([event])
        await home.work()
    assert (await home.sale()).refunded.amount == 1000
    assert await home.told("reply") == [f"reply:refund:{refund}"]


async def test_the_same_refund_told_by_its_charge_first_is_told_once_without_a_key(
    keyless: House,
) -> None:
    bought = keyless.account.buy(Shop(keyless.account).lease)
    await keyless.happen()
    keyless.account.refund(bought, 1000)
    for event in keyless.account.take_events():
        keyless.time.pass_(seconds=3)
        await keyless.deliver([event])
        await keyless.work()
    assert (await keyless.sale()).refunded.amount == 1000
    assert len(await keyless.told("reply")) == 1
