"""Opens Checkouts for buyers of the public page."""

import asyncio
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from functools import partial
from typing import NamedTuple

import structlog

from bot.domain.json_access import Json, identifier
from bot.domain.payment_link import NO_SETTINGS, CheckoutSettings
from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.domain.track import Offer, TrackOffers
from bot.stripe_api import StripeApi
from bot.stripe_api.errors import (
    StripeDenied,
    StripeDown,
    StripeGone,
    StripeRefused,
    StripeTrouble,
)

LIFE = timedelta(minutes=35)
"""For how long a Checkout can be paid. Stripe takes no less than 30 minutes, by its own clock:
ours may be five behind. https://docs.stripe.com/api/checkout/sessions/create"""
PATIENCE = 8.0
"""Seconds that a buyer waits for Stripe, looking at an empty page meanwhile."""
REMEMBERED = 1_000
"""Checkouts whose buyers may come back; of older ones, Stripe's events tell in their time."""
RETURNS = 25
"""How often the page of one buyer may have Stripe asked."""
LONGEST = 500
"""Characters of a metadata value. https://docs.stripe.com/api/metadata"""

# What Stripe names when it is the price that cannot be sold, and not the rest of the request.
_ABOUT_THE_PRICE = ("line_items", "price")

log = structlog.get_logger()


class Why(StrEnum):
    """Why no Checkout could be opened."""

    NOT_SET_UP = "not_set_up"
    """There is no API key, or no public address to come back to."""
    DENIED = "denied"
    """The key may not write Checkout Sessions."""
    DOWN = "down"
    """Stripe did not answer, or not with a Checkout."""
    NOT_SOLD = "not_sold"
    """Stripe says that the price cannot be bought, or no longer."""


class NoCheckout(Exception):
    """No Checkout was opened."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Opened(NamedTuple):
    """A Checkout that can be paid."""

    session: str | None
    """cs_…"""
    url: str
    """Where it is paid."""


class Checkouts:
    """Opens Checkouts. `public_url` is where buyers come back to afterwards."""

    def __init__(
        self,
        api: StripeApi | None,
        clock: Clock,
        public_url: str | None,
        patience: float = PATIENCE,
    ) -> None:
        """`patience` is in seconds."""
        self._api = api
        self._clock = clock
        self._patience = patience
        self.public_url = public_url.rstrip("/") if public_url else None
        self.opened: Callable[[], None] = lambda: None
        """Called when a buyer was sent to pay: a sale may come."""
        self.paid: Callable[[], None] = lambda: None
        """Called when a buyer has come back and the sale is not known yet."""
        self._returns: dict[str, int] = {}

    @property
    def has_key(self) -> bool:
        """Whether there is an API key, so that Stripe can be asked anything."""
        return self._api is not None

    async def open(
        self,
        producer: Producer,
        track: TrackOffers,
        offer: Offer,
        settings: CheckoutSettings = NO_SETTINGS,
    ) -> Opened:
        """Open a Checkout of one license, with what the producer's payment links ask and do.

        Raises NoCheckout, with the reason in the log for the operator.
        """
        if self._api is None or self.public_url is None:
            missing = "PUBLIC_URL" if self._api else "STRIPE_API_KEY"
            log.warning("no checkout opened: a setting is missing", setting=missing)
            raise NoCheckout(Why.NOT_SET_UP)
        create = partial(
            self._api.of(producer.account).create_session,
            price=offer.price,
            settings=settings,
            metadata=_metadata(track, offer),
            success_url=f"{self.public_url}/bought?session_id={{CHECKOUT_SESSION_ID}}",
            # In the currency that the buyer was about to pay in.
            cancel_url=f"{self.public_url}/tracks/{track.slug}?currency={offer.amount.currency}",
        )
        try:
            async with asyncio.timeout(self._patience):
                session = await self._created(create)
        except (StripeTrouble, TimeoutError) as trouble:
            why = _why(trouble)
            log.warning("no checkout opened", why=why, price=offer.price, reason=str(trouble))
            raise NoCheckout(why) from None
        url = session.get("url")
        if not isinstance(url, str) or not url.startswith(("https://", "http://")):
            log.warning("no checkout opened: stripe gave no address", price=offer.price)
            raise NoCheckout(Why.DOWN)
        log.info("checkout opened", price=offer.price)
        opened = Opened(identifier(session), url)
        if opened.session is not None:
            self._returns[opened.session] = RETURNS
            while len(self._returns) > REMEMBERED:
                del self._returns[next(iter(self._returns))]
        self.opened()
        return opened

    def returned(self, session: str) -> None:
        """Note that a buyer waits for the license, if a Checkout with this id was opened here.

        Anybody can make up ids, or reload the page: neither must have Stripe asked without end.
        """
        if left := self._returns.get(session, 0):
            self._returns[session] = left - 1
            self.paid()

    async def _created(self, create: Callable[..., Awaitable[Json]]) -> Json:
        # With a key, so that the library's own second try does not open a second one.
        key = f"buy-{secrets.token_hex(16)}"
        try:
            ends = int((self._clock() + LIFE).timestamp())
            return await create(expires_at=ends, idempotency_key=key)
        except StripeRefused as refused:
            if refused.param != "expires_at":
                raise
        # A wrong clock on this machine must not turn buyers away.
        log.warning("checkout opened for a day: this machine's clock is not Stripe's")
        return await create(expires_at=None, idempotency_key=f"{key}-day")

    async def close(self, producer: Producer, opened: Opened) -> None:
        """Close one to which no buyer was sent, if that is possible."""
        if self._api is None or opened.session is None:
            return
        try:
            await self._api.of(producer.account).expire_session(opened.session)
        except StripeTrouble as trouble:
            log.warning("checkout not closed", session=opened.session, reason=str(trouble))


def _metadata(track: TrackOffers, offer: Offer) -> dict[str, str]:
    """What names the sale: the event of its Checkout shows this, and no line items."""
    return {
        "track": track.name[:LONGEST],
        "license": offer.license[:LONGEST],
        "exclusive": "yes" if offer.exclusive else "no",
    }


def _why(trouble: StripeTrouble | TimeoutError) -> Why:
    match trouble:
        case StripeDenied():
            return Why.DENIED
        case StripeGone():
            return Why.NOT_SOLD
        case StripeRefused(param=param) if str(param or "").startswith(_ABOUT_THE_PRICE):
            return Why.NOT_SOLD
        case StripeDown():
            return Why.DOWN
    # Whatever else Stripe dislikes about the request, another day may be better.
    return Why.DOWN
