"""Stripe's payment page, as far as the demo needs it: it shows what is bought; no money is paid."""

from collections.abc import Awaitable, Callable
from html import escape
from itertools import cycle
from string import Template

from aiohttp import web

from bot.domain.money import Money
from bot.text.words import money
from demo.local_server import LocalServer
from demo.shop import BUYERS
from fakes.stripe import StripeAccount
from fakes.stripe.cart import NotForSale
from fakes.stripe.objects import NoSuchObject
from fakes.stripe.shapes import Json

_PAGE = Template(
    """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Simulated payment</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>:root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;max-width:30rem;
margin:12vh auto;padding:0 1.5rem}button{font:inherit;font-weight:600;padding:.6rem 1.4rem}</style>
</head><body><main>
<p>This stands in for Stripe. No money is paid.</p>
<h1>$amount</h1><p>$what</p>
<form method="post"><button>Pay as $buyer</button></form>
<p><a href="$back">Cancel</a></p>
</main></body></html>
"""
)


class PaymentPage(LocalServer):
    """`async with PaymentPage(account, paid) as page:` serves it at `page.url`.

    `paid` is called after each payment.
    """

    def __init__(self, account: StripeAccount, paid: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._account = account
        self._paid = paid
        self._buyers = cycle(BUYERS)
        self._buyer = next(self._buyers)
        self.app.router.add_get("/c/pay/{session}", self._show)
        self.app.router.add_post("/c/pay/{session}", self._pay)

    async def _show(self, request: web.Request) -> web.Response:
        session = self._session(request)
        amount = Money(session["amount_total"], session["currency"])
        page = _PAGE.substitute(
            amount=escape(money(amount)),
            what=escape(" – ".join(session["metadata"].values())),
            buyer=escape(self._buyer),
            back=escape(session["cancel_url"]),
        )
        return web.Response(text=page, content_type="text/html")

    async def _pay(self, request: web.Request) -> web.Response:
        session = self._session(request)
        try:
            self._account.complete(session["id"], buyer=BUYERS[self._buyer])
        except NotForSale:
            raise web.HTTPGone(text="This Checkout is over.") from None
        self._buyer = next(self._buyers)
        await self._paid()
        back = session["success_url"].replace("{CHECKOUT_SESSION_ID}", session["id"])
        raise web.HTTPSeeOther(back)

    def _session(self, request: web.Request) -> Json:
        try:
            found = self._account.get("checkout.session", request.match_info["session"])
        except NoSuchObject:
            raise web.HTTPNotFound(text="There is no such Checkout.") from None
        if found["status"] == "expired":
            raise web.HTTPGone(text="This Checkout is over.")
        return found
