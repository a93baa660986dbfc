"""A small world: stories of buyers, banks and payouts over a few tracks, told in turns."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from bot.domain.event_types import TYPES, subject_of
from fakes.stripe import Item, StripeAccount
from tests.journey.live_bot import Time
from tests.journey.shop import ANA, BEN, Shop

Event: TypeAlias = dict[str, Any]


class World:
    """One Stripe account and its shop. Between two turns some hours pass."""

    def __init__(self, time: Time) -> None:
        self.time = time
        self.account = StripeAccount(clock=time)
        self.shop = Shop(self.account)

    def begin(self, names: Sequence[str]) -> list[Iterator[None]]:
        """Stories, of which nothing has happened yet."""
        return [STORIES[name](self) for name in names]

    def go_on(self, story: Iterator[None]) -> bool:
        """Tell the next turn of a story; False when it is over."""
        self.time.pass_(hours=5)
        return next(story, self) is None

    def tell(self, names: Sequence[str], turns: Sequence[int]) -> list[Event]:
        """Tell stories to their end, in these turns first; all their events."""
        stories = self.begin(names)
        for turn in turns:
            self.go_on(stories[turn % len(stories)])
        for story in stories:
            while self.go_on(story):
                pass
        return self.account.take_events()


def expendable(events: Sequence[Event]) -> list[str]:
    """Ids of events that may be lost: others tell of the same object, and Stripe of the rest."""
    subjects = [subject_of(event) for event in events]
    return [
        event["id"]
        for event, subject in zip(events, subjects, strict=True)
        # No reading of a payment shows what it was warned of.
        if subjects.count(subject) > 1 and TYPES[event["type"]].object != "warning"
    ]


def used(events: Sequence[Event]) -> list[Event]:
    """Those that the endpoint is registered for."""
    return [event for event in events if event["type"] in TYPES]


def _lease(world: World) -> Iterator[None]:
    bought = world.account.buy(world.shop.lease, buyer=ANA, settled=False)
    yield
    world.account.settle(bought)


def _cart(world: World) -> Iterator[None]:
    shop = world.shop
    bought = world.account.buy(shop.lease, Item(shop.neon_lease, 2), shop.paper_lease, buyer=BEN)
    yield
    world.account.refund(bought, 7000)
    yield
    world.account.refund(bought, 1234)


def _exclusive(world: World) -> Iterator[None]:
    world.account.buy(world.shop.exclusive, buyer=ANA)
    yield


def _exclusive_given_back(world: World) -> Iterator[None]:
    bought = world.account.buy(world.shop.exclusive, world.shop.neon_lease, settled=False)
    yield
    world.account.settle(bought)
    yield
    world.account.refund(bought)


def _euros(world: World) -> Iterator[None]:
    price = world.shop.priced(2500, "eur")
    bought = world.account.buy(price, buyer=ANA, application_fee=200, presented=(2790, "usd"))
    yield
    world.account.refund(bought, 1000, application_fee=80)


def _refund_that_fails(world: World) -> Iterator[None]:
    bought = world.account.buy(world.shop.lease, buyer=BEN)
    yield
    refund = world.account.refund(bought, pending=True)
    yield
    world.account.complete_refund(refund)
    yield
    world.account.fail_refund(refund)


def _dispute_lost(world: World) -> Iterator[None]:
    dispute = world.account.dispute(world.account.buy(world.shop.exclusive, buyer=BEN))
    yield
    world.account.answer(dispute)
    yield
    world.account.lose(dispute)


def _warned(world: World) -> Iterator[None]:
    bought = world.account.buy(world.shop.neon_lease, buyer=BEN)
    yield
    world.account.warn_of_fraud(bought)
    yield
    world.account.refund(bought, reason="fraudulent")


def _inquiry_won(world: World) -> Iterator[None]:
    bought = world.account.buy(world.shop.lease, world.shop.lease)
    yield
    dispute = world.account.dispute(bought, inquiry=True)
    yield
    world.account.escalate(dispute)
    yield
    world.account.win(dispute)


def _inquiry_closed(world: World) -> Iterator[None]:
    inquiry = world.account.dispute(world.account.buy(world.shop.neon_lease), inquiry=True)
    yield
    world.account.close_inquiry(inquiry)


def _delayed(world: World) -> Iterator[None]:
    ordered = world.account.buy(world.shop.exclusive, buyer=ANA, method="sepa_debit")
    yield
    world.account.arrive(ordered)


def _bounced(world: World) -> Iterator[None]:
    ordered = world.account.buy(world.shop.exclusive, method="sepa_debit")
    yield
    world.account.bounce(ordered)


def _fails_late(world: World) -> Iterator[None]:
    ordered = world.account.buy(world.shop.exclusive, buyer=ANA, method="us_bank_account")
    yield
    world.account.arrive(ordered)
    yield
    world.account.fail_late(ordered, fee=400)


def _declined_first(world: World) -> Iterator[None]:
    lease = world.shop.lease
    ordered = world.account.buy(lease, buyer=BEN, method="bacs_debit", declined=True)
    yield
    world.account.arrive(ordered)


def _voided(world: World) -> Iterator[None]:
    reserved = world.account.buy(world.shop.exclusive, buyer=ANA, authorized=True)
    yield
    world.account.void(reserved)


def _captured(world: World) -> Iterator[None]:
    reserved = world.account.buy(world.shop.exclusive, buyer=ANA, authorized=True)
    yield
    world.account.capture(reserved)


def _dispute_of_a_part(world: World) -> Iterator[None]:
    bought = world.account.buy(world.shop.exclusive, world.shop.neon_lease, buyer=BEN)
    dispute = world.account.dispute(bought, 3500)
    yield
    world.account.lose(dispute)
    yield
    world.account.reinstate(dispute)


def _pending(world: World) -> Iterator[None]:
    world.account.buy(world.shop.lease, buyer=BEN, method="sepa_debit")
    yield


def _free(world: World) -> Iterator[None]:
    world.account.buy(world.shop.paper_lease, buyer=ANA, discount=1999)
    yield


def _bare(world: World) -> Iterator[None]:
    paid = world.account.pay(4000, metadata={"track": "Midnight Drive"}, buyer=BEN, settled=False)
    yield
    world.account.settle(paid)


def _named_twice(world: World) -> Iterator[None]:
    world.account.buy(world.shop.lease, intent_metadata={"track": "midnight drive"}, buyer=ANA)
    yield


def _no_sale(world: World) -> Iterator[None]:
    world.account.subscribe(world.shop.lease, buyer=ANA)
    yield
    world.account.refund(world.account.pay(9900, description="Mixing"), 900)


def _payout(world: World) -> Iterator[None]:
    world.time.pass_(days=3)
    with suppress(ValueError):  # nothing to pay out
        payout = world.account.pay_out()
        yield
        world.account.send_payout(payout)
        yield
        world.account.payout_paid(payout)


def _payout_that_fails(world: World) -> Iterator[None]:
    payout = world.account.pay_out(automatic=False, amount=700)
    yield
    world.account.payout_paid(payout)
    yield
    world.account.fail_payout(payout)


STORIES: dict[str, Callable[[World], Iterator[None]]] = {
    story.__name__.strip("_"): story
    for story in (
        _lease,
        _cart,
        _exclusive,
        _exclusive_given_back,
        _euros,
        _refund_that_fails,
        _dispute_lost,
        _warned,
        _inquiry_won,
        _inquiry_closed,
        _delayed,
        _bounced,
        _fails_late,
        _declined_first,
        _voided,
        _captured,
        _dispute_of_a_part,
        _pending,
        _free,
        _bare,
        _named_twice,
        _no_sale,
        _payout,
        _payout_that_fails,
    )
}
