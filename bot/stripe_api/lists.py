"""Stripe's lists by time: all that was created in a span, page by page.

Stripe lists the newest first. So the past is read in spans, the oldest span first, each whole: one
call for up to a hundred objects. https://docs.stripe.com/api/pagination
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from bot.domain.balance_transactions import is_fee_return
from bot.domain.json_access import identifier, integer, mapping
from bot.domain.stripe_view import StripeView
from bot.stripe_api.errors import StripeDenied, StripeGone
from bot.stripe_api.payment_reader import taken_apart
from bot.stripe_api.transport import PAGE, Json, Transport, path_part


class Span(NamedTuple):
    """From `start` on, up to but without `end`: aware UTC datetimes, of which seconds count."""

    start: datetime
    end: datetime

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


MOST = 20_000
"""Shops that make a product for each sale have as many products as sales: these are kept."""
_KEPT = ("id", "object", "name", "metadata", "deleted")


class Products:
    """The products of one account, each read once."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._known: dict[str, Json] = {}

    async def fill_in(self, items: Iterable[Json]) -> None:
        """Put its product into the price of each line item, as if it had been expanded."""
        prices = [item["price"] for item in items if mapping(item.get("price"))]
        wanted = {product for price in prices if isinstance(product := price.get("product"), str)}
        if len(self._known) > MOST:
            self._known.clear()
        await self._learn(sorted(wanted - self._known.keys()))
        for price in prices:
            price["product"] = self._known.get(str(price.get("product")), price.get("product"))

    async def _learn(self, ids: list[str]) -> None:
        for start in range(0, len(ids), PAGE):
            asked = ids[start : start + PAGE]
            # https://docs.stripe.com/api/products/list#list_products-ids
            page = await self._transport.get("/v1/products", limit=PAGE, ids=asked)
            for product in page["data"]:
                self._keep(product)
            for id_ in asked:
                if id_ not in self._known:
                    await self._retrieve(id_)

    async def _retrieve(self, id_: str) -> None:
        try:
            self._keep(await self._transport.get(f"/v1/products/{path_part(id_)}"))
        except StripeGone:
            self._known[id_] = {"id": id_, "object": "product", "deleted": True}

    def _keep(self, product: Json) -> None:
        id_ = identifier(product)
        if id_ is not None:
            self._known[id_] = {name: product[name] for name in _KEPT if name in product}


_CHECKOUTS = (
    "data.payment_intent.latest_charge.balance_transaction",
    "data.payment_intent.latest_charge.failure_balance_transaction",
    "data.line_items",
)
"""Four levels are the most: so products are read apart. https://docs.stripe.com/expand"""
_CHECKOUTS_AT_ONCE = 25
"""Opened up like that, a hundred are a megabyte: too much to read while others wait."""
_CHARGES = ("data.balance_transaction", "data.failure_balance_transaction", "data.payment_intent")
_REFUNDS = ("data.balance_transaction", "data.failure_balance_transaction")
_PAYOUTS = ("data.balance_transaction", "data.failure_balance_transaction")

MOST_TYPES = 20
"""Event types that one call may ask for. https://docs.stripe.com/api/events/list"""


class History:
    """What happened in a span of time. Made by `StripeApi.history`; raises what that raises.

    `most` bounds each list: TooMuch if the span holds more.
    """

    def __init__(self, transport: Transport) -> None:
        self._transport = transport
        self._products = Products(transport)

    async def _created(
        self, path: str, span: Span, most: int | None = None, **params: Any
    ) -> list[Json]:
        return await self._transport.pages(path, most=most, created=_bounds(span), **params)

    async def checkouts(self, span: Span, most: int | None = None) -> list[StripeView]:
        """Completed Checkout Sessions with their line items, intent and charge.

        In the order of their making. Refunds and disputes are not shown.
        """
        sessions = await self._created(
            "/v1/checkout/sessions",
            span,
            most,
            status="complete",
            expand=_CHECKOUTS,
            limit=_CHECKOUTS_AT_ONCE,
        )
        sessions.reverse()
        items = [await self._items(session) for session in sessions]
        await self._products.fill_in(item for each in items for item in each)
        return [_evidence(session, its) for session, its in zip(sessions, items, strict=True)]

    async def _items(self, session: Json) -> list[Json]:
        """All line items of a session, of which a list of sessions shows the first few."""
        listed = session.pop("line_items", None) or {"data": []}
        items: list[Json] = listed["data"]
        if not listed.get("has_more"):
            return items
        path = f"/v1/checkout/sessions/{path_part(session['id'])}/line_items"
        return items + await self._transport.pages(path, after=items[-1]["id"])

    async def checkout_intents(self, span: Span, mode: str | None = None) -> set[str]:
        """The payment intents of Checkout Sessions made in a span, of one mode or of any."""
        sessions = await self._created("/v1/checkout/sessions", span, status="complete")
        return {
            intent
            for session in sessions
            if mode in (None, session.get("mode"))
            and (intent := identifier(session.get("payment_intent")))
        }

    async def charges(self, span: Span, most: int | None = None) -> list[Json]:
        """Charges, failed ones too, with their intent and balance transaction expanded."""
        return await self._created("/v1/charges", span, most, expand=_CHARGES)

    async def charge(self, id_: str) -> Json:
        """One charge as it stands."""
        return await self._transport.get(f"/v1/charges/{path_part(id_)}")

    async def refunds(self, span: Span, most: int | None = None) -> list[Json]:
        """Refunds with both of their balance transactions expanded."""
        return await self._created("/v1/refunds", span, most, expand=_REFUNDS)

    async def disputes(self, span: Span, most: int | None = None) -> list[Json]:
        """Disputes; their balance transactions are always shown."""
        return await self._created("/v1/disputes", span, most)

    async def payouts(self, span: Span, most: int | None = None) -> list[Json]:
        """Payouts with both of their balance transactions expanded."""
        return await self._created("/v1/payouts", span, most, expand=_PAYOUTS)

    async def payout_movements(self, payout: str) -> list[Json]:
        """What an automatic payout is made of, as `StripeApi.payout_movements` gives it."""
        return await self._transport.pages("/v1/balance_transactions", payout=payout)

    async def movements(self, span: Span, most: int | None = None) -> list[Json]:
        """Balance transactions of every kind, each with its source expanded."""
        expand = ("data.source",)
        return await self._created("/v1/balance_transactions", span, most, expand=expand)

    async def fee_returns(self, span: Span, most: int | None = None) -> list[Json]:
        """Balance transactions by which a platform may have given its fee back."""
        path, expand = "/v1/balance_transactions", ("data.source",)
        listed = await self._created(path, span, most, type="adjustment", expand=expand)
        return [row for row in listed if is_fee_return(row)]

    async def events(self, span: Span, types: Sequence[str], most: int | None = None) -> list[Json]:
        """Events of these types, the oldest first. Stripe keeps them for 30 days.

        It takes one call if they fit on a page together with those of all other types.
        """
        path, found = "/v1/events", list[Json]()
        parts = [types[start : start + MOST_TYPES] for start in range(0, len(types), MOST_TYPES)]
        if len(parts) > 1:
            page = await self._transport.get(path, limit=PAGE, created=_bounds(span))
            if not page["has_more"]:
                found = [event for event in page["data"] if event.get("type") in types]
                parts = []
        for asked in parts:
            found += await self._created(path, span, most, types=list(asked))
        # Of the same second, those listed later happened earlier.
        found.reverse()
        found.sort(key=lambda event: integer(event.get("created")) or 0)
        return found

    async def opened(self) -> int | None:
        """When the account was made, in unix seconds; None if the key may not see it."""
        try:
            made = (await self._transport.get("/v1/account")).get("created")
        except StripeDenied as error:
            if error.status == 403:
                return None
            raise
        return made if isinstance(made, int) else None


def _bounds(span: Span) -> dict[str, int]:
    return {"gte": int(span.start.timestamp()), "lt": int(span.end.timestamp())}


def _evidence(session: Json, items: list[Json]) -> StripeView:
    session, intent = taken_apart(session, "payment_intent")
    intent, charge = taken_apart(intent, "latest_charge") if intent else (None, None)
    return StripeView(session=session, items=items, intent=intent, charge=charge)
