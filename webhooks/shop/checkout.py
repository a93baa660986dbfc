"""The page after the payment, in words: what was bought, and the license to download.

Buying: from a button to Stripe's payment page, and back to the license.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from aiohttp import web

from bot.domain.payment import PaymentState
from bot.domain.period import Clock
from bot.domain.sale import PaymentRecord, Sale
from bot.domain.sold_license import (
    LINK_LIFE,
    LicenseState,
    SoldLicense,
    download_token,
    license_code,
)
from bot.store.queries import storefront
from bot.text.words import money, plain
from webhooks.shop import refusals
from webhooks.shop.pages import HERE, UP, Link
from webhooks.shop.purchase import Refused, Till
from webhooks.shop.rate_limit import OF_AN_ADDRESS, Turnstile, address_of, from_our_pages
from webhooks.shop.responses import Desk
from webhooks.shop.showcase import PAYMENT_PAGES
from webhooks.shop.view_model import FREE, LONGEST_NAME, Window, names_exclusive

PATIENT = 20
"""Looks for a sale that is not recorded yet, before it says that this takes long."""

_NOTES = {
    LicenseState.REFUNDED: "Refunded: this license is no longer valid.",
    LicenseState.UNPAID: "The license is ready once your payment has arrived.",
    LicenseState.CONFLICT: (
        "Somebody else had bought this track exclusively a moment before. The producer has been "
        "told, and gives your money back."
    ),
}
_EXPIRED = "The link for downloading it has expired: ask the producer for a new one."


@dataclass(frozen=True, slots=True)
class Item:
    """One license that was bought."""

    track: str
    license: str
    exclusive: bool
    number: int
    price: str
    download: str | None
    """Where its document is; None where there is none."""
    note: str

    @property
    def says_so(self) -> bool:
        """Whether its name has the word that marks an exclusive one."""
        return names_exclusive(self.license)


def bought_page(record: PaymentRecord, key: bytes, *, expired: bool, root: str) -> dict[str, Any]:
    """What the page shows of a payment. `key` signs the links; `expired`: their time is over."""
    items = list(_items(record, key, expired=expired, root=root))
    ready = any(item.download for item in items)
    return {**_head(record, ready=ready), "items": items}


def confirming_page(looks: int) -> dict[str, Any]:
    """What it shows while the payment is not recorded: after so many looks."""
    paragraphs = ["This page looks again by itself and shows your license as soon as it is there."]
    if looks >= PATIENT:
        paragraphs = [
            "This takes longer than it should. If you have paid, nothing is lost: come back to "
            "this very address later, or answer the receipt that Stripe has mailed to you."
        ]
    return {
        "status": "Thank you",
        "title": "Your payment is being confirmed",
        "paragraphs": paragraphs,
        "items": (),
    }


def seconds_until_next_look(looks: int) -> int | None:
    """When the page looks again, more and more seldom; None: not by itself any more."""
    return None if looks >= PATIENT else min(2 + looks, 30)


def _head(record: PaymentRecord, *, ready: bool) -> dict[str, Any]:
    state = record.payment.state
    if state is PaymentState.FAILED:
        title, said = "Your payment did not arrive", "Nothing was taken from you."
    elif state is PaymentState.PENDING:
        title = "Your payment is on its way"
        said = "It may take some days. Keep this address: your license will be here."
    elif ready:
        title, said = "It is yours", "Download your license and keep it with your files."
    else:
        title, said = "Your purchase", ""
    return {"status": "Thank you", "title": title, "paragraphs": [said] if said else []}


def _items(record: PaymentRecord, key: bytes, *, expired: bool, root: str) -> Iterator[Item]:
    for sale in record.sales:
        state = SoldLicense(record=record, sale=sale, terms=None).state
        valid = state is LicenseState.VALID
        yield Item(
            track=plain(sale.track, LONGEST_NAME),
            license=_license(sale),
            exclusive=sale.exclusive,
            number=sale.number,
            price=money(sale.price) if sale.price.amount else FREE,
            download=_link(record, sale, key, root) if valid and not expired else None,
            note=_EXPIRED if valid and expired else _NOTES.get(state, ""),
        )


def _license(sale: Sale) -> str:
    name = plain(sale.license, LONGEST_NAME)
    return f"{sale.quantity} × {name}" if sale.quantity > 1 else name


def _link(record: PaymentRecord, sale: Sale, key: bytes, root: str) -> str:
    """The same whenever it is shown: it ends so long after the sale."""
    expires = sale.sold + LINK_LIFE
    code = license_code(key, record.producer, record.payment, sale.position)
    return f"{root}license/{download_token(key, code, expires)}"


_PRICE = re.compile(r"[A-Za-z0-9_-]{1,255}")
_SESSION = re.compile(r"cs_[A-Za-z0-9_]{1,250}")
_NUMBER = re.compile(r"[0-9]{1,6}")


class Buying:
    """Pages that are one buyer's business."""

    def __init__(
        self,
        desk: Desk,
        till: Till,
        clock: Clock,
        key: bytes,
        *,
        details_come: bool,
        seconds: Callable[[], float],
    ) -> None:
        """`key` signs the links to licenses. `details_come`: whether Stripe will be asked for
        what its events leave out, which is most of what was bought. `seconds`: a clock that
        nobody sets."""
        self._details_come = details_come
        self._desk = desk
        self._till = till
        self._clock = clock
        self._key = key
        self._turnstile = Turnstile(OF_AN_ADDRESS, seconds)

    async def buy(self, request: web.Request) -> web.Response:
        """POST /buy/{price}: opens a Checkout at Stripe, and sends the buyer there.

        303 to the payment (200 with a link that opens by itself, where that is at an address that
        our policy does not know); 403 from a page that is not ours; 404 for an unknown price; 410
        once the track is sold, 409 where just this price is off sale; 429 where one address asks
        too often, or all together do, for a track or for any; 503 where Stripe or the store is
        down, or nothing can be bought here.
        """
        window = (await self._desk.showcase.now()).window
        if not from_our_pages(request, self._desk.public_url):
            return await self._desk.notice(window, refusals.FOREIGN)
        price = request.match_info["price"]
        if not _PRICE.fullmatch(price):
            return await self._desk.notice(window, refusals.UNKNOWN_PRICE)
        address = address_of(request)
        wait = self._turnstile.wait(address)
        if wait:
            more = {"Retry-After": str(wait)}
            return await self._desk.notice(window, refusals.TOO_MANY, more=more)
        self._turnstile.count(address)
        sold = await self._till.sell(price)
        if isinstance(sold, Refused):
            return await self._refused(window, sold)
        return await self._to_payment(window, sold)

    async def not_bought(self, request: web.Request) -> web.Response:
        """GET /buy/{price}: 303 to the shop. Buying is done with a button."""
        return web.Response(status=303, headers={"Location": UP})

    async def bought(self, request: web.Request) -> web.Response:
        """GET /bought?session_id=cs_…: where Stripe sends a buyer after the payment.

        200 with what was bought and the licenses to download, or that it is still being confirmed
        (which looks again by itself); 404 without a session's id, which nobody else knows.
        """
        window = (await self._desk.showcase.now()).window
        session = request.query.get("session_id", "")
        if not _SESSION.fullmatch(session):
            return await self._desk.notice(window, refusals.NOTHING_BOUGHT, root=HERE)
        now = self._clock()
        async with self._desk.store.read() as connection:
            record = await storefront.bought(connection, session, now)
        if record is None or (self._details_come and not record.payment.detailed):
            return await self._confirming(window, request, session)
        expired = now >= record.sales[0].sold + LINK_LIFE
        shown = bought_page(record, self._key, expired=expired, root=HERE)
        return await self._desk.once(partial(self._desk.pages.bought, window, **shown))

    async def _refused(self, window: Window, refused: Refused) -> web.Response:
        links = []
        if refused.link is not None:
            links.append(Link("Try Stripe’s payment link", refused.link))
        if refused.slug is not None:
            links.append(Link("Back to the track", f"{UP}tracks/{refused.slug}"))
        notice = refusals.OF_THE_TILL[refused.why]
        more = {"Retry-After": str(refused.wait)} if refused.wait else None
        return await self._desk.notice(window, notice, links=tuple(links), more=more)

    async def _to_payment(self, window: Window, url: str) -> web.Response:
        if url.startswith(tuple(f"{page}/" for page in PAYMENT_PAGES)):
            return web.Response(status=303, headers={"Location": url, "Cache-Control": "no-store"})
        # A shop may have an address of its own at Stripe. No form's redirect is followed to where
        # the policy lets no form go; but a page may lead on to anywhere.
        links = (Link("Go on to the payment", url),)
        more = {"Refresh": f"0; url={url}"}
        return await self._desk.notice(window, refusals.LEADING_ON, links=links, more=more)

    async def _confirming(self, window: Window, request: web.Request, session: str) -> web.Response:
        typed = request.query.get("looks", "")
        looks = int(typed) if _NUMBER.fullmatch(typed) else 0
        wait = seconds_until_next_look(looks)
        again = f"bought?session_id={session}&looks={looks + 1}"
        more = {} if wait is None else {"Refresh": f"{wait}; url={again}"}
        shown = confirming_page(looks)
        return await self._desk.once(partial(self._desk.pages.bought, window, **shown), more=more)
