"""Buying: from a button to Stripe's payment page, and back to the license."""

import re
from collections.abc import Callable
from functools import partial

from aiohttp import web

from bot.domain.clock import Clock
from bot.domain.verification import LINK_LIFE
from bot.store.queries import storefront
from webhooks.shop import bought, refusals
from webhooks.shop.answers import PAYMENT_PAGES
from webhooks.shop.pages import HERE, UP, Link
from webhooks.shop.purchase import Refused, Till
from webhooks.shop.rate_limit import OF_AN_ADDRESS, Turnstile, address_of, from_our_pages
from webhooks.shop.responses import Desk
from webhooks.shop.view_model import Window

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
        shown = bought.bought_page(record, self._key, expired=expired, root=HERE)
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
        wait = bought.seconds_until_next_look(looks)
        again = f"bought?session_id={session}&looks={looks + 1}"
        more = {} if wait is None else {"Refresh": f"{wait}; url={again}"}
        shown = bought.confirming_page(looks)
        return await self._desk.once(partial(self._desk.pages.bought, window, **shown), more=more)
