"""Products, prices, payment links, Checkout Sessions and line items as Stripe shows them.

Shapes: Stripe's public OpenAPI examples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fakes.stripe.objects import (
    EMPTY,
    NOBODY,
    Customer,
    Json,
    address,
    metadata,
    nulls,
    presentment,
)

_AFTER_COMPLETION: Json = {
    "hosted_confirmation": {"custom_message": None},
    "type": "hosted_confirmation",
}
_PAYMENT_INTENT_DATA: Json = {
    "metadata": EMPTY,
    **nulls(
        "capture_method description setup_future_usage statement_descriptor "
        "statement_descriptor_suffix transfer_group"
    ),
}


def product(
    id_: str, created: int, name: str, given: Mapping[str, str] | None, *, livemode: bool
) -> Json:
    """An active product; `given` is its metadata."""
    return {
        "id": id_,
        "object": "product",
        "active": True,
        "created": created,
        "images": [],
        "livemode": livemode,
        "marketing_features": [],
        "metadata": metadata(given),
        "name": name,
        "type": "service",
        "updated": created,
        **nulls(
            "default_price description package_dimensions shippable statement_descriptor tax_code "
            "unit_label url"
        ),
    }


def price(
    id_: str,
    created: int,
    product_id: str,
    amount: int,
    currency: str,
    *,
    nickname: str | None = None,
    given: Mapping[str, str] | None = None,
    lookup_key: str | None = None,
    livemode: bool = False,
) -> Json:
    """A one-time price; `amount` in minor units of `currency`."""
    return {
        "id": id_,
        "object": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "created": created,
        "currency": currency,
        "livemode": livemode,
        "lookup_key": lookup_key,
        "metadata": metadata(given),
        "nickname": nickname,
        "product": product_id,
        "tax_behavior": "unspecified",
        "type": "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
        **nulls("custom_unit_amount recurring tiers_mode transform_quantity"),
    }


def payment_link(
    id_: str, currency: str, given: Mapping[str, str] | None, *, livemode: bool
) -> Json:
    """A payment link; its line items are listed apart, as Stripe does."""
    return {
        "id": id_,
        "object": "payment_link",
        "active": True,
        "after_completion": _AFTER_COMPLETION,
        "allow_promotion_codes": False,
        "automatic_tax": {"enabled": False, "liability": None},
        "billing_address_collection": "auto",
        "currency": currency,
        "custom_fields": [],
        "custom_text": _CUSTOM_TEXT,
        "customer_creation": "if_required",
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "livemode": livemode,
        "metadata": metadata(given),
        "payment_intent_data": _PAYMENT_INTENT_DATA,
        "payment_method_collection": "if_required",
        "phone_number_collection": {"enabled": False},
        "shipping_options": [],
        "submit_type": "auto",
        "tax_id_collection": {"enabled": False, "required": "never"},
        "url": f"https://buy.stripe.com/{'' if livemode else 'test_'}{id_[-18:]}",
        **nulls(
            "application application_fee_amount application_fee_percent consent_collection "
            "inactive_message on_behalf_of payment_method_types restrictions "
            "shipping_address_collection subscription_data transfer_data"
        ),
    }


_NO_CONVERSION = {"enabled": False}
_ADAPTIVE = {"enabled": True}
_NO_TAX_ID = {"enabled": False, "required": "never"}
_AUTOMATIC_TAX: Json = {"enabled": False, "liability": None, "provider": None, "status": None}
_CUSTOM_TEXT = nulls("after_submit shipping_address submit terms_of_service_acceptance")


# What a session says that asks whether news may be mailed.
CONSENT_ASKED: Json = {
    "payment_method_reuse_agreement": None,
    "promotions": "auto",
    "terms_of_service": "none",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionFacts:
    """What tells one Checkout Session from another. Amounts in minor units of `currency`."""

    id: str
    created: int
    livemode: bool
    currency: str
    subtotal: int
    discount: int = 0
    tax: int = 0
    included: int = 0
    """What of `tax` is in the prices already."""
    settings: Mapping[str, Any] = field(default_factory=dict)
    """Fields of the session that a payment link, or who made it, has set."""
    buyer: Customer = NOBODY
    metadata: Mapping[str, str] | None = None
    payment_link: str | None = None
    reference: str | None = None
    method: str = "card"
    mode: str = "payment"
    presented: tuple[int, str] | None = None
    promotion: str | None = None

    @property
    def total(self) -> int:
        return self.subtotal - self.discount + self.tax - self.included


def session(facts: SessionFacts, payment_status: str, intent: str | None) -> Json:
    """A completed session; `payment_status` is paid, unpaid or no_payment_required."""
    made = _money(facts, payment_status, intent) | _settings(facts) | _people(facts)
    return made | dict(facts.settings) | _automatic_tax(facts)


def _automatic_tax(facts: SessionFacts) -> Json:
    """Stripe reckons tax once it knows where the buyer is."""
    if not facts.settings.get("automatic_tax", {}).get("enabled"):
        return {}
    known = facts.buyer.country is not None
    liability = facts.settings["automatic_tax"].get("liability") or {"type": "self"}
    status = "complete" if known else "requires_location_inputs"
    reckoned = {"liability": liability, "provider": "stripe", "status": status}
    return {"automatic_tax": {"enabled": True, **reckoned}}


def _money(facts: SessionFacts, payment_status: str, intent: str | None) -> Json:
    discounts = [{"coupon": None, "promotion_code": facts.promotion}] if facts.promotion else []
    return {
        "id": facts.id,
        "object": "checkout.session",
        "amount_subtotal": facts.subtotal,
        "amount_total": facts.total,
        "currency": facts.currency,
        "created": facts.created,
        "discounts": discounts,
        "livemode": facts.livemode,
        "metadata": metadata(facts.metadata),
        "mode": facts.mode,
        "payment_intent": intent,
        "payment_link": facts.payment_link,
        "payment_status": payment_status,
        "presentment_details": presentment(facts.presented),
        "status": "complete",
        "total_details": {
            "amount_discount": facts.discount,
            "amount_shipping": 0,
            "amount_tax": facts.tax,
        },
    }


def _settings(facts: SessionFacts) -> Json:
    return {
        "adaptive_pricing": _ADAPTIVE if facts.presented else _NO_CONVERSION,
        "allow_promotion_codes": facts.promotion is not None,
        "automatic_tax": _AUTOMATIC_TAX,
        "billing_address_collection": "auto",
        "cancel_url": "https://stripe.com",
        "client_reference_id": facts.reference,
        "custom_fields": [],
        "custom_text": _CUSTOM_TEXT,
        "expires_at": facts.created + 86_400,
        "locale": "auto",
        "payment_method_collection": "if_required",
        "payment_method_options": EMPTY,
        "payment_method_types": [facts.method],
        "phone_number_collection": _NO_CONVERSION,
        "shipping_options": [],
        "submit_type": "auto",
        "tax_id_collection": _NO_TAX_ID,
        "success_url": "https://stripe.com",
        "ui_mode": "hosted",
        **nulls(
            "after_expiration client_secret collected_information invoice invoice_creation "
            "origin_context payment_method_configuration_details permissions recovered_from "
            "saved_payment_method_options setup_intent shipping_address_collection shipping_cost "
            "subscription url wallet_options"
        ),
    }


def _people(facts: SessionFacts) -> Json:
    buyer = facts.buyer
    details: Json = {
        "address": address(buyer.country),
        "business_name": None,
        "email": buyer.email,
        "individual_name": None,
        "name": buyer.name,
        "phone": buyer.phone,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    answered = {"promotions": buyer.promotions, "terms_of_service": None}
    return {
        "consent": answered if buyer.promotions else None,
        "consent_collection": CONSENT_ASKED if buyer.promotions else None,
        "customer": None,
        "customer_account": None,
        "customer_creation": "if_required",
        "customer_details": details,
        "customer_email": None,
    }


def line_item(
    id_: str,
    price: Json,
    description: str,
    quantity: int,
    *,
    discount: int = 0,
    tax: int = 0,
    included: bool = False,
    adjustable: Mapping[str, Any] | None = None,
) -> Json:
    """A line item. `price` is kept as its id: an answer always shows the price as it is now.

    `included`: the tax is in the price, else on top of it.
    """
    subtotal = price["unit_amount"] * quantity
    return {
        "id": id_,
        "object": "item",
        "adjustable_quantity": adjustable,
        "amount_discount": discount,
        "amount_subtotal": subtotal,
        "amount_tax": tax,
        "amount_total": subtotal - discount + (0 if included else tax),
        "currency": price["currency"],
        "description": description,
        "metadata": EMPTY,
        "price": price["id"],
        "quantity": quantity,
    }


def breakdown(facts_discounts: Sequence[Json], amount: int) -> Json:
    """`total_details.breakdown`, which is shown only when expanded."""
    shown = [{"amount": amount, "discount": discount} for discount in facts_discounts]
    return {"discounts": shown, "taxes": []}
