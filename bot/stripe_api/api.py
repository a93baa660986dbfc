"""What the bot asks Stripe, and nothing else: payments, payouts, the account, what is for sale.

It writes only what a sale needs: Checkout Sessions, and what takes a track off sale. Only the
set-up also writes where Stripe sends its events.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from bot.domain.payment_link import NO_SETTINGS, CheckoutSettings
from bot.domain.stripe_view import StripeView
from bot.stripe_api.errors import StripeDenied
from bot.stripe_api.lists import History
from bot.stripe_api.payment_reader import PaymentReader
from bot.stripe_api.transport import (
    API_VERSION,
    LIVE,
    TEST,
    URGENT_LIVE,
    URGENT_TEST,
    Ask,
    Client,
    Cursor,
    Json,
    NotWhatWasAsked,
    Pace,
    Sleep,
    Transport,
    path_part,
)

_SESSIONS = "/v1/checkout/sessions"
SESSIONS_AT_ONCE = 50
_LINKS_AT_ONCE = 50
"""With their line items a hundred are half a megabyte: too much to read while others wait."""

_LIVE = ("rk_live_", "sk_live_")
_TEST = ("rk_test_", "sk_test_")


def livemode_of(key: str) -> bool:
    """Whether an API key is of live mode. https://docs.stripe.com/keys

    ValueError (naming nothing of the key) for what is no secret or restricted key.
    """
    if key.startswith(_LIVE):
        return True
    if key.startswith(_TEST):
        return False
    raise ValueError("a Stripe API key begins with rk_live_, rk_test_, sk_live_ or sk_test_")


def is_restricted(key: str) -> bool:
    """Whether a key may do only what it was given; a secret key may do everything."""
    return key.startswith("rk_")


class Pages:
    """A list, a page at a time: a shop may have more than fits into memory.

    If a page raises, it can be asked for again: iteration goes on from there.
    """

    def __init__(
        self,
        transport: Transport,
        path: str,
        complete: Callable[[Json], Awaitable[Json]] | None = None,
        **params: object,
    ) -> None:
        """`complete` reads what is not shown of an object in a list."""
        self._transport = transport
        self._path = path
        self._complete = complete
        self._params = params
        self._cursor = Cursor()

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Sequence[Json]:
        if not self._cursor.more:
            raise StopAsyncIteration
        page = await self._transport.page(self._path, self._cursor, **self._params)
        found: Sequence[Json] = page["data"]
        if self._complete is not None:
            found = [await self._complete(one) for one in found]
        self._cursor.move(page)
        return found


class StripeApi:
    """Stripe's API with one key. Answers are plain dicts as Stripe's JSON has them.

    Every method raises `StripeDown` (later it may work), `StripeDenied` (the key may not),
    `StripeGone` (no such object) or `StripeRefused` (a request that it refuses for good), all of
    them `StripeTrouble`. `patience` is how many seconds each of their calls may take in all; a list
    takes one a page. Lists of the catalogue give what is active.
    """

    def __init__(
        self,
        key: str,
        base_url: str | None = None,
        patience: float = 20.0,
        *,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        self._client = Client(key, base_url, sleep)
        self._transport = Transport(self._client, patience)
        live = livemode_of(key)
        self.restricted = is_restricted(key)
        """Whether the key may do only what it was given."""
        self._per_second = LIVE if live else TEST
        self._paced = self.lists()
        self.urgent = Pace(URGENT_LIVE if live else URGENT_TEST, sleep)
        self.pause = sleep
        """Waits so many seconds before trying again."""

    def of(self, account: str) -> Self:
        """The same for a connected account; for the key's own one if `account` is empty."""
        return self._changed(account=account)

    def persistent(self, ask: Ask) -> Self:
        """The same, but each call that gets no answer is made again as `ask` makes it."""
        return self._changed(ask=ask)

    def _changed(self, **changes: Any) -> Self:
        other = copy(self)
        vars(other).update(
            _transport=replace(self._transport, **changes), _paced=replace(self._paced, **changes)
        )
        return other

    @property
    def reads(self) -> int:
        """How many requests have read something so far: Stripe allows an account so many."""
        return self._client.reads

    async def aclose(self) -> None:
        """Close the connections to Stripe."""
        await self._client.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def read_payment(
        self,
        *,
        session: str | None = None,
        intent: str | None = None,
        charge: str | None = None,
        disputed: bool = False,
        succeeded: datetime | None = None,
    ) -> StripeView | None:
        """All that Stripe says of one payment, by whichever of its ids is known.

        A Checkout Session takes one call; only further pages of line items, refunds and disputes
        take more. An intent takes one more (to find its session, or that it has none), a charge
        two. None when no id was given. `disputed` asks for disputes although the charge itself may
        not say that it has any: for when an event names one. `succeeded`: when it did, if that is
        known; else the events are asked for a payment that took days to succeed.
        """
        reader = PaymentReader(self._transport, disputed, succeeded)
        if session is not None:
            return await reader.by_session(session)
        if intent is not None:
            return await reader.by_intent(intent)
        return await reader.by_charge(charge) if charge is not None else None

    async def read_payout(self, payout: str) -> Json:
        """A payout as it stands."""
        return await self._transport.get(f"/v1/payouts/{path_part(payout)}")

    async def payout_movements(self, payout: str) -> list[Json]:
        """The balance transactions that an automatic payout is made of, its own among them.

        Complete once its `reconciliation_status` is completed; Stripe refuses a manual payout
        (`StripeTrouble`). https://docs.stripe.com/api/balance_transactions/list
        """
        return await self._transport.pages("/v1/balance_transactions", payout=payout)

    async def account(self) -> Json | None:
        """The account that the key belongs to; None if a restricted key may not see it."""
        try:
            return await self._transport.get("/v1/account")
        except StripeDenied as error:
            if error.status == 403:
                return None
            raise

    async def create_endpoint(
        self, url: str, types: Collection[str], metadata: Mapping[str, str]
    ) -> Json:
        """Have events of these types sent to an address, in the API version that we understand.

        Only this answer ever shows the endpoint's `secret`.
        https://docs.stripe.com/api/webhook_endpoints/create
        """
        return await self._transport.post(
            "/v1/webhook_endpoints",
            url=url,
            enabled_events=sorted(types),
            api_version=API_VERSION,
            description="Producer Bot",
            metadata=dict(metadata),
        )

    async def delete_endpoint(self, endpoint: str) -> None:
        """Delete an endpoint: Stripe sends it nothing from then on."""
        await self._transport.delete(f"/v1/webhook_endpoints/{path_part(endpoint)}")

    def history(self) -> History:
        """What happened in the past, by lists. Its calls are spaced out, each with `patience`."""
        return History(self.lists())

    def lists(self) -> Transport:
        """Reads lists as Stripe has them, whatever they are of, with calls that are spaced out."""
        return replace(self._transport, pace=Pace(self._per_second, self._client.sleep))

    def products(self) -> Pages:
        """All active products, a hundred a page. https://docs.stripe.com/api/products/list"""
        return Pages(self._paced, "/v1/products", active=True)

    def prices(self) -> Pages:
        """All active prices, one-time and recurring. https://docs.stripe.com/api/prices/list"""
        return Pages(self._paced, "/v1/prices", active=True)

    def payment_links(self) -> Pages:
        """All active payment links with all their line items.

        The list cannot be asked for those of one price.
        https://docs.stripe.com/api/payment-link/list
        """
        return Pages(
            self._paced,
            "/v1/payment_links",
            self._with_all_items,
            active=True,
            limit=_LINKS_AT_ONCE,
            expand=("data.line_items",),
        )

    async def read_product(self, product: str) -> Json:
        """A product as it stands."""
        return await self._transport.get(f"/v1/products/{path_part(product)}")

    async def read_price(self, price: str) -> Json:
        """A price as it stands."""
        return await self._transport.get(f"/v1/prices/{path_part(price)}")

    async def prices_of(self, product: str) -> list[Json]:
        """All active prices of a product."""
        return await self._transport.pages("/v1/prices", product=product, active=True)

    async def read_payment_link(self, link: str) -> Json:
        """A payment link as it stands, with all its line items."""
        path = f"/v1/payment_links/{path_part(link)}"
        return await self._with_all_items(await self._transport.get(path, expand=("line_items",)))

    async def _with_all_items(self, link: Json) -> Json:
        # Shown of a link, and only if asked for, are the first ten of at most twenty.
        # https://docs.stripe.com/api/payment-link/object#payment_link_object-line_items
        items = link.get("line_items")
        if not isinstance(items, dict) or not items.get("has_more"):
            return link
        path = f"/v1/payment_links/{path_part(link['id'])}/line_items"
        every = await self._transport.pages(path)
        return link | {"line_items": items | {"data": every, "has_more": False}}

    async def deactivate_link(self, link: str, message: str) -> Json:
        """Switch a payment link off; who opens it reads the message (at most 500 characters).

        Checkouts that it has opened stay open: see `open_sessions`.
        https://docs.stripe.com/api/payment-link/update
        """
        path = f"/v1/payment_links/{path_part(link)}"
        return await self._transport.post(path, active=False, inactive_message=message[:500])

    async def archive_price(self, price: str) -> Json:
        """Archive a price: no new Checkout can be opened with it.

        Stripe refuses it (`StripeRefused`) for the default price of its product, until that is
        another one or the product itself is archived.
        https://docs.stripe.com/products-prices/manage-prices#edit-price
        """
        return await self._transport.post(f"/v1/prices/{path_part(price)}", active=False)

    async def archive_product(self, product: str) -> Json:
        """Archive a product: nothing can be bought by any of its prices, also not by links.

        https://docs.stripe.com/products-prices/manage-prices#archive-product
        """
        return await self._transport.post(f"/v1/products/{path_part(product)}", active=False)

    async def create_session(
        self,
        *,
        price: str,
        settings: CheckoutSettings = NO_SETTINGS,
        metadata: Mapping[str, str],
        success_url: str,
        cancel_url: str,
        expires_at: int | None,
        idempotency_key: str,
    ) -> Json:
        """Open a Checkout for one of a price; its `url` is where the buyer pays.

        `settings`: what else it asks for and does, as tax and promotion codes.
        Stripe asks the buyer for their email itself. `{CHECKOUT_SESSION_ID}` in `success_url`
        becomes the session's id. `expires_at` is in unix seconds, 30 minutes to 24 hours ahead by
        Stripe's clock; None: 24 hours. The same key (at most 255 characters) with the same values
        gives the same session again, for a day; with other values it is refused.
        https://docs.stripe.com/api/checkout/sessions/create
        https://docs.stripe.com/api/idempotent_requests
        """
        return await self._transport.post(
            _SESSIONS,
            idempotency_key=idempotency_key,
            mode="payment",
            line_items=[{"price": price, "quantity": 1, **settings.line_item}],
            **settings.session,
            metadata=dict(metadata),
            success_url=success_url,
            cancel_url=cancel_url,
            **({} if expires_at is None else {"expires_at": expires_at}),
        )

    def open_sessions(self, *, payment_link: str | None = None) -> Pages:
        """Checkouts that can still be paid, of a payment link or all, with their line items.

        Each visit of a payment link may open one, and it lives for a day at most. What is closed
        of a page is not on the next. Of more than ten line items the first ten are shown.
        https://docs.stripe.com/api/checkout/sessions/list
        """
        link: dict[str, Any] = {} if payment_link is None else {"payment_link": payment_link}
        expand = ("data.line_items",)
        return Pages(
            self._transport, _SESSIONS, status="open", limit=SESSIONS_AT_ONCE, expand=expand, **link
        )

    async def expire_session(self, session: str) -> Json:
        """Close an open Checkout: it can no longer be paid.

        Stripe refuses it (`StripeRefused`) for one that is not open: paid meanwhile, or expired.
        https://docs.stripe.com/api/checkout/sessions/expire
        """
        path = f"{_SESSIONS}/{path_part(session)}/expire"
        closed = await self._transport.post(path)
        if closed.get("status") == "open":
            raise NotWhatWasAsked(_SESSIONS)
        return closed
