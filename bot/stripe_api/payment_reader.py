"""One payment read whole, in as few calls as Stripe allows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus

from bot.domain.balance_transactions import charge_of_return, fee_of_return, is_fee_return
from bot.domain.json_access import identifier, integer
from bot.domain.parse import unreported_success
from bot.domain.stripe_view import StripeView, succeeded_of
from bot.stripe_api.errors import StripeDenied
from bot.stripe_api.transport import Cursor, Json, Transport, path_part

_BOOKED = ("balance_transaction", "failure_balance_transaction", "refunds")
_CHARGE = tuple(f"latest_charge.{name}" for name in _BOOKED)
_SESSION = (
    "line_items.data.price.product",
    *(f"payment_intent.{path}" for path in _CHARGE),
    "total_details.breakdown",
)
"""Four levels at most: https://docs.stripe.com/expand#multiple-levels"""
_BESIDE = 60
"""Seconds after a refund in which Stripe books what comes with it."""
_REFUNDS = ("data.balance_transaction", "data.failure_balance_transaction")
_PAGES_OF_EVENTS = 10
"""How many pages are searched for an event: it is one of the last, as a rule."""


class PaymentReader:
    """The calls that read one payment."""

    def __init__(self, transport: Transport, disputed: bool, succeeded: datetime | None) -> None:
        self._transport = transport
        self._disputed = disputed
        self._denied: str | None = None
        self._succeeded = succeeded

    async def by_session(self, session_id: str) -> StripeView:
        path = f"/v1/checkout/sessions/{path_part(session_id)}"
        session = await self._transport.get(path, expand=_SESSION)
        items = await self._items(path, session.pop("line_items", None))
        session, intent = taken_apart(session, "payment_intent")
        return await self._with_charge(intent, session, items)

    async def by_intent(self, intent_id: str) -> StripeView:
        found = await self._transport.get(
            "/v1/checkout/sessions", payment_intent=intent_id, limit=1
        )
        if found["data"]:
            return await self.by_session(found["data"][0]["id"])
        path = f"/v1/payment_intents/{path_part(intent_id)}"
        return await self._with_charge(await self._transport.get(path, expand=_CHARGE))

    async def by_charge(self, charge_id: str) -> StripeView:
        path = f"/v1/charges/{path_part(charge_id)}"
        charge = await self._transport.get(path, expand=_BOOKED)
        intent = charge.get("payment_intent")
        if isinstance(intent, str):
            return await self.by_intent(intent)
        return await self._view(charge)

    async def _with_charge(
        self, intent: Json | None, session: Json | None = None, items: list[Json] | None = None
    ) -> StripeView:
        charge = None
        if intent is not None:
            intent, charge = taken_apart(intent, "latest_charge")
        return await self._view(charge, intent, session, items)

    async def _view(
        self,
        charge: Json | None,
        intent: Json | None = None,
        session: Json | None = None,
        items: list[Json] | None = None,
    ) -> StripeView:
        refunds = await self._refunds(charge)
        view = StripeView(
            session=session,
            items=items,
            intent=intent,
            charge=charge,
            refunds=refunds,
            disputes=await self._disputes(charge),
            fee_returns=await self._fee_returns(charge, refunds),
            succeeded=self._succeeded,
            denied=self._denied,
        )
        told_by = unreported_success(view)
        if told_by is not None:
            view = replace(view, succeeded=await self._success(view, told_by))
        return view

    async def _success(self, view: StripeView, told_by: str) -> datetime | None:
        """When a delayed payment succeeded, from Stripe's list of events; None if it is gone.

        Stripe keeps events for 30 days.
        """
        shown = (view.session, view.intent, view.charge)
        ids = list(filter(None, map(identifier, shown)))
        since = {"gte": integer((view.charge or {}).get("created")) or 0}
        cursor = Cursor()
        for _ in range(_PAGES_OF_EVENTS):
            try:
                page = await self._transport.page(
                    "/v1/events", cursor, types=[told_by], created=since
                )
            except StripeDenied as denied:
                if denied.status != HTTPStatus.FORBIDDEN:
                    raise
                return None
            found = succeeded_of(page["data"], *ids)
            cursor.move(page)
            if found or not cursor.more:
                return found
        return None

    async def _items(self, path: str, first: Json | None) -> list[Json] | None:
        """All line items, of which an expanded session shows the first page."""
        if first is None:
            return None
        items: list[Json] = first["data"]
        if not first["has_more"]:
            return items
        further = await self._transport.pages(
            f"{path}/line_items",
            after=items[-1]["id"],
            expand=("data.price.product",),
        )
        return items + further

    async def _refunds(self, charge: Json | None) -> Sequence[Json]:
        """Refunds with their balance transactions; failed ones no longer count in the charge."""
        if charge is None:
            return ()
        seen = charge.pop("refunds", None) or {"data": ()}
        if not charge.get("amount_refunded") and not seen["data"]:
            return ()
        return await self._transport.pages("/v1/refunds", charge=charge["id"], expand=_REFUNDS)

    async def _fee_returns(self, charge: Json | None, refunds: Sequence[Json]) -> Sequence[Json]:
        """What a platform returned of its fee with a refund: Stripe books it right after the
        refund."""
        if charge is None or not refunds or not charge.get("application_fee"):
            return ()
        found: dict[str, Json] = {}
        for made in sorted(filter(None, {integer(refund.get("created")) for refund in refunds})):
            listed = await self._adjustments({"gte": made, "lte": made + _BESIDE})
            found |= {row["id"]: row for row in listed if _is_of(charge, row)}
        return list(found.values())

    async def _adjustments(self, created: Json) -> Sequence[Json]:
        path, expand = "/v1/balance_transactions", ("data.source",)
        try:
            return await self._transport.pages(
                path, type="adjustment", created=created, expand=expand
            )
        except StripeDenied as denied:
            if denied.status != HTTPStatus.FORBIDDEN:
                raise
            # What a platform's fee is may be kept from the seller's key: the rest is still read.
            self._denied = denied.permission or ""
            return ()

    async def _disputes(self, charge: Json | None) -> Sequence[Json]:
        if charge is None or not (charge.get("disputed") or self._disputed):
            return ()
        return await self._transport.pages("/v1/disputes", charge=charge["id"])


def _is_of(charge: Json, row: Json) -> bool:
    """Whether a balance transaction returns the fee of a charge."""
    fee = identifier(charge.get("application_fee"))
    named = charge_of_return(row) == charge["id"] or (fee is not None and fee_of_return(row) == fee)
    return is_fee_return(row) and named


def taken_apart(owner: Json, field: str) -> tuple[Json, Json | None]:
    """An object that holds another expanded: the outer one as an event shows it, and the inner."""
    inner = owner.get(field)
    if not isinstance(inner, dict):
        return owner, None
    return owner | {field: inner["id"]}, inner
