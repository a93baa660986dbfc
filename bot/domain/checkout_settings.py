"""How a payment link has its buyers pay, as a Checkout made by the API has to be told it.

Nothing of it comes by itself: a Checkout of the same price charges no tax and takes no promotion
code unless it says so. https://docs.stripe.com/api/checkout/sessions/create
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from bot.domain.json_access import Json, identifier, integer, mapping, mappings

Shape: TypeAlias = Mapping[str, "Shape"] | Sequence["Shape"] | None
"""None stands for a plain value, a mapping for an object, a list of one for a list of such."""

_ENABLED: Shape = {"enabled": None}
_MESSAGE: Shape = {"message": None}
_LENGTHS: Shape = {"default_value": None, "maximum_length": None, "minimum_length": None}
_SHAPES: Mapping[str, Shape] = {
    "allow_promotion_codes": None,
    "automatic_tax": {"enabled": None, "liability": {"account": None, "type": None}},
    "billing_address_collection": None,
    "consent_collection": {
        "payment_method_reuse_agreement": {"position": None},
        "promotions": None,
        "terms_of_service": None,
    },
    "custom_fields": [
        {
            "dropdown": {"default_value": None, "options": [{"label": None, "value": None}]},
            "key": None,
            "label": {"custom": None, "type": None},
            "numeric": _LENGTHS,
            "optional": None,
            "text": _LENGTHS,
            "type": None,
        }
    ],
    "custom_text": {
        "after_submit": _MESSAGE,
        "shipping_address": _MESSAGE,
        "submit": _MESSAGE,
        "terms_of_service_acceptance": _MESSAGE,
    },
    "customer_creation": None,
    "invoice_creation": _ENABLED,
    "managed_payments": _ENABLED,
    "name_collection": {
        "business": {"enabled": None, "optional": None},
        "individual": {"enabled": None, "optional": None},
    },
    "phone_number_collection": _ENABLED,
    "shipping_address_collection": {"allowed_countries": [None]},
    "shipping_options": [{"shipping_rate": None}],
    "tax_id_collection": {"enabled": None, "required": None},
}
"""Fields that a payment link and a Checkout have alike, each with what of it can be given.

https://docs.stripe.com/api/payment-link/object"""
_ADJUSTABLE: Shape = {"enabled": None, "maximum": None, "minimum": None}
_ORDINARY = {
    "billing_address_collection": "auto",
    "customer_creation": "if_required",
    "promotions": "none",
    "required": "never",
    "terms_of_service": "none",
}
"""What these are where nothing is said."""
_BY_STRIPE = ("automatic_tax", "invoice_creation", "tax_id_collection")
"""What Stripe sees to by itself where it is the merchant of record, and does not let one set."""


class CheckoutSettings(NamedTuple):
    """Parameters of a Checkout besides what it sells; empty where all is ordinary."""

    session: Json
    line_item: Json
    """Of the line item of the price."""


NO_SETTINGS = CheckoutSettings({}, {})


def checkout_settings(link: Json, price: str) -> CheckoutSettings:
    """What a Checkout of a price takes over from a payment link.

    Of a link that sells something else it is all but what is about the price itself: how many of
    it one may buy.
    """
    found = {name: _given(link.get(name), shape, name) for name, shape in _SHAPES.items()}
    session = {name: value for name, value in found.items() if value is not None}
    if "managed_payments" in session:
        session = {name: value for name, value in session.items() if name not in _BY_STRIPE}
    items = mappings(mapping(link.get("line_items")).get("data"))
    own = next((item for item in items if identifier(item.get("price")) == price), {})
    adjustable = _given(own.get("adjustable_quantity"), _ADJUSTABLE)
    if not adjustable:
        return CheckoutSettings(session, {})
    # Stripe refuses to begin with fewer than the least that one may buy.
    least = max(integer(adjustable.get("minimum")) or 1, 1)
    return CheckoutSettings(session, {"adjustable_quantity": adjustable, "quantity": least})


def _given(value: object, shape: Shape, name: str = "") -> Any:
    """As much of a value as has its shape; None if leaving it out would mean the same."""
    if shape is None:
        plain = isinstance(value, str | int) and value is not False
        return value if plain and value != _ORDINARY.get(name) else None
    if isinstance(shape, Mapping):
        shown = mapping(value)
        parts = {key: _given(shown.get(key), deeper, key) for key, deeper in shape.items()}
        said = {key: part for key, part in parts.items() if part is not None}
        return None if "enabled" in shape and "enabled" not in said else said or None
    listed = (_given(each, shape[0]) for each in value) if isinstance(value, list) else ()
    return [each for each in listed if each is not None] or None
