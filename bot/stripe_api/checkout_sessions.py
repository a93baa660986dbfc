"""Checkout Sessions: opened for a buyer, found, and closed again."""

from collections.abc import Mapping
from functools import partial

from bot.domain.payment_link import NO_SETTINGS, CheckoutSettings
from bot.stripe_api.catalogue_calls import Pages
from bot.stripe_api.transport import Json, NotWhatWasAsked, Transport, path_part

_SESSIONS = "/v1/checkout/sessions"
AT_ONCE = 50
"""As with other lists of objects opened up."""


class SellingCalls:
    """A part of `StripeApi`, which says what is raised."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

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
        account: str = "",
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
            account,
            idempotency_key=idempotency_key,
            mode="payment",
            line_items=[{"price": price, "quantity": 1, **settings.line_item}],
            **settings.session,
            metadata=dict(metadata),
            success_url=success_url,
            cancel_url=cancel_url,
            **({} if expires_at is None else {"expires_at": expires_at}),
        )

    def open_sessions(self, *, payment_link: str | None = None, account: str = "") -> Pages:
        """Checkouts that can still be paid, of a payment link or all, with their line items.

        Each visit of a payment link may open one, and it lives for a day at most. What is closed
        of a page is not on the next. Of more than ten line items the first ten are shown.
        https://docs.stripe.com/api/checkout/sessions/list
        """
        link: dict[str, object] = {} if payment_link is None else {"payment_link": payment_link}
        return Pages(_SESSIONS, partial(self._open_sessions, account, link))

    async def _open_sessions(
        self, account: str, link: Mapping[str, object], after: str | None
    ) -> Json:
        params = {"status": "open", "limit": AT_ONCE, "expand": ("data.line_items",), **link}
        if after is not None:
            params["starting_after"] = after
        return await self._transport.get(_SESSIONS, account, **params)

    async def expire_session(self, session: str, *, account: str = "") -> Json:
        """Close an open Checkout: it can no longer be paid.

        Stripe refuses it (`StripeRefused`) for one that is not open: paid meanwhile, or expired.
        https://docs.stripe.com/api/checkout/sessions/expire
        """
        path = f"{_SESSIONS}/{path_part(session)}/expire"
        closed = await self._transport.post(path, account)
        if closed.get("status") == "open":
            raise NotWhatWasAsked(_SESSIONS)
        return closed
