"""A track sold exclusively: who holds it, which leases stay valid, and what came too late."""

from typing import Any

from bot.domain.sale import TrackRights
from bot.store.queries import exclusive
from fakes.stripe import Purchase
from tests.journey.house import House
from tests.journey.shop import ANA, BEN, Shop


async def _rights(home: House) -> TrackRights:
    producer = await home.producer()
    async with home.app.store.read() as connection:
        found = await exclusive.track_rights(connection, producer, "Midnight Drive", home.time())
    assert found is not None
    return found


async def _holder(home: House) -> int | None:
    holder = (await _rights(home)).holder
    return holder.number if holder else None


async def _conflicts(home: House) -> list[int]:
    return [sale.number for sale in await home.sales() if sale.conflict]


def _buy(home: House, price: str, **options: Any) -> tuple[Purchase, list[dict[str, Any]]]:
    """A purchase a minute later, with its events, which nobody has heard of yet."""
    home.time.pass_(minutes=1)
    bought = home.account.buy(price, **options)
    return bought, home.account.take_events()


async def _sell(home: House, price: str, **options: Any) -> Purchase:
    """A purchase a minute later that the bot hears of at once."""
    bought, events = _buy(home, price, **options)
    await home.deliver(events)
    await home.work()
    return bought


async def test_an_exclusive_marks_the_track_with_the_sale_itself(home: House, shop: Shop) -> None:
    home.account.buy(shop.exclusive, buyer=ANA)
    await home.happen()
    assert (await home.sale()).exclusive
    holder = (await _rights(home)).holder
    assert holder is not None
    assert (holder.number, holder.buyer.name, holder.price.amount) == (1001, "Ana Lima", 49_900)


async def test_earlier_leases_stay_valid(home: House, shop: Shop) -> None:
    for buyer in (ANA, BEN):
        home.account.buy(shop.lease, buyer=buyer)
        home.time.pass_(minutes=1)
    home.account.buy(shop.exclusive)
    await home.happen()
    found = await _rights(home)
    assert (found.leases, found.conflicts) == (2, ())
    assert await home.told("reply") == []


async def test_a_payment_after_the_exclusive_is_recorded_and_told_as_a_conflict(
    home: House, shop: Shop
) -> None:
    await _sell(home, shop.exclusive)
    await _sell(home, shop.lease, buyer=BEN)
    assert await _conflicts(home) == [1002]
    # Its announcement says so itself.
    assert await home.outbox() == [
        ("announce", "announce:payment:1"),
        ("announce", "announce:payment:2"),
    ]


async def test_a_lease_of_another_track_is_no_conflict(home: House, shop: Shop) -> None:
    await _sell(home, shop.exclusive)
    await _sell(home, shop.neon_lease)
    assert await _conflicts(home) == []


async def test_the_order_of_events_does_not_decide_who_was_first(home: House, shop: Shop) -> None:
    _, exclusive = _buy(home, shop.exclusive, buyer=ANA)
    _, lease = _buy(home, shop.lease, buyer=BEN)
    await home.deliver(lease)
    await home.work()
    assert await _holder(home) is None
    await home.hear()
    await home.deliver(exclusive)
    await home.work()
    assert await _holder(home) == 1002
    assert await _conflicts(home) == [1001]
    assert await home.hear() == [
        ("announce", "announce:payment:2"),
        ("edit", "edit:payment:1"),
        ("reply", "reply:conflict:1"),
    ]


async def test_of_two_exclusives_the_first_charged_holds_the_track(home: House, shop: Shop) -> None:
    _, first = _buy(home, shop.exclusive, buyer=ANA)
    _, second = _buy(home, shop.exclusive, buyer=BEN)
    await home.deliver(second)
    await home.work()
    assert await _holder(home) == 1001
    await home.deliver(first)
    await home.work()
    assert await _holder(home) == 1002
    assert await _conflicts(home) == [1001]
    assert await home.told("reply") == ["reply:conflict:1"]


async def test_a_conflict_ends_with_its_refund(home: House, shop: Shop) -> None:
    await _sell(home, shop.exclusive)
    late = await _sell(home, shop.lease)
    assert await _conflicts(home) == [1002]
    home.account.refund(late)
    await home.happen()
    assert await _conflicts(home) == []


async def test_a_refunded_exclusive_gives_the_track_to_the_next(home: House, shop: Shop) -> None:
    first = await _sell(home, shop.exclusive)
    await _sell(home, shop.lease)
    await _sell(home, shop.exclusive)
    assert (await _holder(home), await _conflicts(home)) == (1001, [1002, 1003])
    home.account.refund(first)
    await home.happen()
    assert (await _holder(home), await _conflicts(home)) == (1003, [])
    assert (await _rights(home)).leases == 1


async def test_who_was_charged_first_stays_first_however_late_the_fees_settle(
    home: House, shop: Shop
) -> None:
    exclusive = await _sell(home, shop.exclusive, settled=False)
    await _sell(home, shop.lease)
    assert await _conflicts(home) == [1002]
    home.time.pass_(minutes=30)
    home.account.settle(exclusive)
    await home.happen()
    assert await _conflicts(home) == [1002]


async def test_an_exclusive_that_is_only_found_out_later_marks_the_track_then(
    home: House, shop: Shop
) -> None:
    home.stripe.faults.down = True
    await _sell(home, shop.exclusive)
    await _sell(home, shop.lease)
    assert await _conflicts(home) == []
    await home.hear()
    home.stripe.faults.clear()
    home.time.pass_(minutes=6)
    await home.work()
    assert await _conflicts(home) == [1002]
    assert ("reply", "reply:conflict:2") in await home.hear()


async def test_both_licenses_of_a_track_in_one_cart_are_no_conflict(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.lease, shop.exclusive)
    await home.happen()
    assert await _holder(home) == 1002
    assert await _conflicts(home) == []
