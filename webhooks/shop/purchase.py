"""Buying: from a price to the page at which it is paid, or to a page that says why not."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from bot.domain.payment_link import CheckoutSettings
from bot.domain.sale import Producer
from bot.domain.track import Offer, SoldTrack, TrackOffers
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.queries import catalogue, storefront
from bot.sync.checkouts import Checkouts, NoCheckout, Opened, Why
from webhooks.shop.rate_limit import OF_A_TRACK, OF_ALL, Turnstile


class Refusal(StrEnum):
    """Why nothing can be paid now."""

    UNKNOWN = "unknown"
    """No such price."""
    SOLD = "sold"
    """The track is sold exclusively."""
    OFF_SALE = "off_sale"
    """The track is not on sale, or not by this price."""
    NOT_SET_UP = "not_set_up"
    DOWN = "down"
    BUSY = "busy"
    """Too many Checkouts are opened, for the track or for all of them."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why there is no payment page, and where else to go."""

    why: Refusal
    slug: str | None = None
    """The track's page, where there is one."""
    link: str | None = None
    """A payment link that sells the same."""
    wait: int = 0
    """Seconds until it is worth another try."""


class _Found(NamedTuple):
    producer: Producer
    track: TrackOffers
    offer: Offer
    settings: CheckoutSettings


class Till:
    """Sells what is on sale at the moment of asking."""

    def __init__(self, store: Store, checkouts: Checkouts, seconds: Callable[[], float]) -> None:
        """`seconds`: a clock that nobody sets."""
        self._store = store
        self._checkouts = checkouts
        self._of_a_track = Turnstile(OF_A_TRACK, seconds)
        self._of_all = Turnstile(OF_ALL, seconds)

    async def sell(self, price: str) -> str | Refused:
        """The address at which one license of a price is paid. Raises StoreUnavailable."""
        found = await self._find(price)
        if isinstance(found, Refused):
            return found
        busy = self._busy(found.track, found.offer)
        if busy is not None:
            return busy
        opened = await self._open(*found)
        if not isinstance(opened, Opened):
            return opened
        # While Stripe was asked, somebody may have bought the track exclusively.
        again = await self._find(price)
        if isinstance(again, Refused):
            await self._checkouts.close(found.producer, opened)
            return again
        return opened.url

    def _busy(self, track: TrackOffers, offer: Offer) -> Refused | None:
        """Why no Checkout is opened now, if so; counts one more, if not."""
        of = ((self._of_a_track, track.slug), (self._of_all, ""))
        wait = max(turnstile.wait(who) for turnstile, who in of)
        if wait:
            return Refused(Refusal.BUSY, track.slug, next(iter(offer.links), None), wait)
        for turnstile, who in of:
            turnstile.count(who)
        return None

    async def _find(self, price: str) -> _Found | Refused:
        """What a price buys at this moment."""
        async with self._store.read() as connection:
            producer = await producers.current(connection)
            if producer is None:
                return Refused(Refusal.UNKNOWN)
            track_id = await storefront.track_of(connection, producer, price)
            if track_id is None:
                return Refused(Refusal.UNKNOWN)
            track = await catalogue.track_page(connection, producer, track_id)
            settings = await catalogue.settings_of(connection, producer, price)
        match track:
            case None:
                return Refused(Refusal.OFF_SALE)
            case SoldTrack(exclusively=True):
                return Refused(Refusal.SOLD, track.slug)
            case SoldTrack():
                return Refused(Refusal.OFF_SALE)
        offer = next((offer for offer in track.offers if offer.price == price), None)
        if offer is None:
            return Refused(Refusal.OFF_SALE, track.slug)
        return _Found(producer, track, offer, settings)

    async def _open(
        self, producer: Producer, track: TrackOffers, offer: Offer, settings: CheckoutSettings
    ) -> Opened | str | Refused:
        """A Checkout, or the address of a payment link that sells the same, or why neither."""
        link = next(iter(offer.links), None)
        try:
            return await self._checkouts.open(producer, track, offer, settings)
        except NoCheckout as none:
            match none.why:
                case Why.NOT_SOLD:
                    return Refused(Refusal.OFF_SALE, track.slug)
                case Why.DOWN:
                    return Refused(Refusal.DOWN, track.slug, link)
            # Who may not open a Checkout still has the link that Stripe sells by itself.
            return link or Refused(Refusal.NOT_SET_UP, track.slug)
