"""Buying: from a button to Stripe's payment page, and back to the license."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from aiohttp import web

from bot.domain.license_facts import NO_FACTS
from bot.domain.payment import PaymentState
from bot.domain.payment_link import CheckoutSettings
from bot.domain.period import Clock
from bot.domain.sale import PaymentRecord, Producer, Sale
from bot.domain.sold_license import (
    LINK_LIFE,
    LicenseState,
    SoldLicense,
    download_token,
    license_code,
)
from bot.domain.track import Offer, SoldTrack, TrackOffers
from bot.store.books import offers, producers
from bot.store.queries.license import bought
from bot.sync.checkouts import Checkouts, NoCheckout, Opened, Why
from bot.text.license_summary import summary_points
from bot.text.words import money, plain
from webhooks.shop import pages
from webhooks.shop.license_rights import says_exclusive
from webhooks.shop.pages import HERE, UP, Link, Notice
from webhooks.shop.rate_limit import (
    ALL,
    PER_ADDRESS,
    PER_TRACK,
    RateLimit,
    address_of,
    from_our_pages,
)
from webhooks.shop.responses import PAYMENT_PAGES, Responses
from webhooks.shop.view_model import FREE, LONGEST_NAME, ShopView

MOST_RELOADS = 20
"""Of the page after the payment, before it says that this takes too long."""
EXPIRED = "The download link has expired: ask the producer for a new one."
NOTES = {
    LicenseState.REFUNDED: "Refunded: this license is no longer valid.",
    LicenseState.UNPAID: "The license is ready once your payment has arrived.",
    LicenseState.CONFLICT: (
        "Another buyer bought this track exclusively a moment before you. The producer has been "
        "notified and will refund your payment."
    ),
}

_PRICE = re.compile(r"[A-Za-z0-9_-]{1,255}")
_SESSION = re.compile(r"cs_[A-Za-z0-9_]{1,250}")
_NUMBER = re.compile(r"[0-9]{1,6}")


@dataclass(eq=False)
class Refused(Exception):
    """Nothing can be paid now."""

    notice: Notice
    track: str | None = None
    """The slug of its page."""
    link: str | None = None
    """A payment link that sells the same."""
    wait: int = 0
    """Seconds until another try makes sense."""


class _Found(NamedTuple):
    producer: Producer
    track: TrackOffers
    offer: Offer
    settings: CheckoutSettings

    @property
    def link(self) -> str | None:
        """A payment link that sells the same."""
        return next(iter(self.offer.links), None)


@dataclass(frozen=True, slots=True)
class Item:
    """One license on the page after the payment."""

    track: str
    license: str
    exclusive: bool
    number: int
    price: str
    files: tuple[str, ...]
    """What the producer delivers."""
    facts: tuple[str, ...]
    """What it allows, in numbers."""
    download: str | None
    """The address of its document, if there is one."""
    note: str

    @property
    def says_exclusive(self) -> bool:
        """Whether its name has the word that marks every exclusive license."""
        return says_exclusive(self.license)


class CheckoutPages:
    """Opens Checkouts, and shows buyers what they bought."""

    def __init__(
        self,
        responses: Responses,
        checkouts: Checkouts,
        clock: Clock,
        key: bytes,
        seconds: Callable[[], float],
    ) -> None:
        """`key` signs the links to licenses. `seconds`: a monotonic clock."""
        self._responses = responses
        self._checkouts = checkouts
        self._clock = clock
        self._key = key
        self._per_address = RateLimit(PER_ADDRESS, seconds)
        self._per_track = RateLimit(PER_TRACK, seconds)
        self._all = RateLimit(ALL, seconds)

    async def buy(self, request: web.Request) -> web.Response:
        """POST /buy/{price}: opens a Checkout at Stripe, and sends the buyer there.

        303 to the payment (200 with a link that opens by itself, if the payment page is at an
        address that our Content-Security-Policy doesn't list); 403 from another site's page; 404
        for an unknown price; 410 once the track is sold, 409 if just this price is off sale; 429
        for too many requests of one address, of a track, or of all together; 503 while Stripe or
        the store is down, or if nothing can be bought here.
        """
        shop = (await self._responses.edition()).shop
        try:
            url = await self._buy(request)
        except Refused as refused:
            links = []
            if refused.link is not None:
                links.append(Link("Try Stripe’s payment link", refused.link))
            if refused.track is not None:
                links.append(Link("Back to the track", f"{UP}tracks/{refused.track}"))
            return await self._responses.notice(
                shop,
                refused.notice,
                links=tuple(links),
                headers={"Retry-After": str(refused.wait)} if refused.wait else None,
            )
        if url.startswith(tuple(f"{page}/" for page in PAYMENT_PAGES)):
            return web.Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})
        # A shop may have a domain of its own at Stripe. The policy lets no form redirect there,
        # but a page may refresh to anywhere.
        return await self._responses.notice(
            shop,
            pages.TO_PAYMENT,
            links=(Link("Go on to the payment", url),),
            headers={"Refresh": f"0; url={url}"},
        )

    async def not_bought(self, _request: web.Request) -> web.Response:
        """GET /buy/{price}: 303 to the shop. Only a button buys."""
        return web.Response(status=303, headers={"Location": UP})

    async def bought(self, request: web.Request) -> web.Response:
        """GET /bought?session_id=cs_…: where Stripe sends a buyer after the payment.

        200 with what was bought and the licenses to download, or that the payment is still being
        confirmed (the page reloads by itself); 404 without the id of a session, which only Stripe
        and the buyer know.
        """
        shop = (await self._responses.edition()).shop
        session = request.query.get("session_id", "")
        if not _SESSION.fullmatch(session):
            return await self._responses.notice(shop, pages.NOTHING_BOUGHT, root=HERE)
        now = self._clock()
        async with self._responses.store.read() as connection:
            sold = await bought(connection, session, now)
        # With a key, what events leave out is read from Stripe, and is most of what was bought.
        if not sold or (self._checkouts.has_key and not sold[0].record.payment.detailed):
            self._checkouts.returned(session)
            return await self._confirming(shop, request, session)
        expired = now >= sold[0].sale.sold + LINK_LIFE
        items = [_item(one, self._key, expired=expired) for one in sold]
        values = _heading(sold[0].record, items)
        return await self._responses.uncached(
            lambda: self._responses.pages.bought(shop, items=items, **values)
        )

    async def _buy(self, request: web.Request) -> str:
        """The address of the payment page. Raises Refused and StoreUnavailable."""
        if not from_our_pages(request, self._responses.public_url):
            raise Refused(pages.FROM_ANOTHER_SITE)
        price = request.match_info["price"]
        if not _PRICE.fullmatch(price):
            raise Refused(pages.UNKNOWN_PRICE)
        address = address_of(request)
        if wait := self._per_address.wait(address):
            raise Refused(pages.TOO_MANY, wait=wait)
        self._per_address.count(address)
        found = await self._find(price)
        limits = ((self._per_track, found.track.slug), (self._all, ""))
        if wait := max(limit.wait(key) for limit, key in limits):
            raise Refused(pages.BUSY, found.track.slug, found.link, wait)
        for limit, key in limits:
            limit.count(key)
        opened = await self._open(found)
        if not isinstance(opened, Opened):
            return opened
        try:
            # The track may have been sold exclusively while Stripe opened the Checkout.
            await self._find(price)
        except Refused:
            await self._checkouts.close(found.producer, opened)
            raise
        return opened.url

    async def _find(self, price: str) -> _Found:
        """What a price buys at this moment. Raises Refused."""
        async with self._responses.store.read() as connection:
            producer = await producers.current(connection)
            if producer is None:
                raise Refused(pages.UNKNOWN_PRICE)
            track_id = await offers.track_of(connection, producer, price)
            if track_id is None:
                raise Refused(pages.UNKNOWN_PRICE)
            track = await offers.track_page(connection, producer, track_id)
            settings = await offers.settings_of(connection, producer, price)
        if isinstance(track, SoldTrack) and track.exclusively:
            raise Refused(pages.SOLD, track.slug)
        if not isinstance(track, TrackOffers):
            raise Refused(pages.NOT_AT_THIS_PRICE)
        for offer in track.offers:
            if offer.price == price:
                return _Found(producer, track, offer, settings)
        raise Refused(pages.NOT_AT_THIS_PRICE, track.slug)

    async def _open(self, found: _Found) -> Opened | str:
        """A Checkout, or the address of a payment link that sells the same. Raises Refused."""
        producer, track, offer, settings = found
        try:
            return await self._checkouts.open(producer, track, offer, settings)
        except NoCheckout as none:
            match none.why:
                case Why.NOT_SOLD:
                    raise Refused(pages.NOT_AT_THIS_PRICE, track.slug) from none
                case Why.DOWN:
                    raise Refused(pages.STRIPE_DOWN, track.slug, found.link) from none
            # Without a key that may open Checkouts, Stripe still sells by the link.
            if found.link is None:
                raise Refused(pages.NOT_SET_UP, track.slug) from none
            return found.link

    async def _confirming(self, shop: ShopView, request: web.Request, session: str) -> web.Response:
        """While the payment is not recorded: a page that reloads, more and more slowly."""
        typed = request.query.get("looks", "")
        reloads = int(typed) if _NUMBER.fullmatch(typed) else 0
        headers = {}
        if reloads < MOST_RELOADS:
            text = "This page reloads by itself and shows your license as soon as it is ready."
            again = f"bought?session_id={session}&looks={reloads + 1}"
            headers["Refresh"] = f"{min(2 + reloads, 30)}; url={again}"
        else:
            text = (
                "This takes longer than it should. If you have paid, nothing is lost: come back to "
                "this same address later, or reply to the receipt that Stripe emailed you."
            )
        values = {"title": "Your payment is being confirmed", "paragraphs": [text], "items": ()}
        return await self._responses.uncached(
            lambda: self._responses.pages.bought(shop, **values), headers=headers
        )


def _heading(record: PaymentRecord, items: Sequence[Item]) -> Mapping[str, Any]:
    ready = sum(item.download is not None for item in items)
    match record.payment.state:
        case PaymentState.FAILED:
            title, text = "Your payment did not go through", "You were not charged."
        case PaymentState.PENDING:
            title = "Your payment is on its way"
            text = "It may take some days. Keep this address: your license will be here."
        case _ if ready:
            first, *others = dict.fromkeys(item.track for item in items)
            title = f"You bought {len(others) + 1} tracks" if others else f"You bought {first}"
            its = "Your license is ready: download it and keep it"
            their = "Your licenses are ready: download them and keep them"
            text = f"{its if ready == 1 else their} with your files."
        case _:
            title, text = "Your purchase", ""
    return {"title": title, "paragraphs": [text] if text else []}


def _item(sold: SoldLicense, key: bytes, *, expired: bool) -> Item:
    sale, state = sold.sale, sold.state
    valid = state is LicenseState.VALID
    name = plain(sale.license, LONGEST_NAME)
    facts = sold.terms.facts(sale.license) if sold.terms and valid else NO_FACTS
    return Item(
        track=plain(sale.track, LONGEST_NAME),
        license=f"{sale.quantity} × {name}" if sale.quantity > 1 else name,
        exclusive=sale.exclusive,
        number=sale.number,
        price=money(sale.price) if sale.price.amount else FREE,
        files=facts.files,
        facts=tuple(summary_points(facts)),
        download=_download(sold.record, sale, key) if valid and not expired else None,
        note=EXPIRED if valid and expired else NOTES.get(state, ""),
    )


def _download(record: PaymentRecord, sale: Sale, key: bytes) -> str:
    """A sale's link is always the same: it expires a fixed time after the sale."""
    code = license_code(key, record.producer, record.payment, sale.position)
    return f"{HERE}license/{download_token(key, code, sale.sold + LINK_LIFE)}"
