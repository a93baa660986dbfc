"""Payment links: what they sell, and the settings a Checkout of ours takes over from them.

A Checkout made by the API inherits nothing: it charges no tax and takes no promotion code unless
it says so. https://docs.stripe.com/api/checkout/sessions/create
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from bot.domain.json_access import (
    Json,
    currency,
    identifier,
    integer,
    mapping,
    mappings,
)


def link_prices(link: Json) -> Sequence[str] | None:
    """The prices that a payment link sells or offers as extras; None if it was not shown whole.

    Events show links without their line items, which must be expanded.
    https://docs.stripe.com/api/payment-link/object#payment_link_object-line_items
    """
    items = link.get("line_items")
    if not isinstance(items, dict) or items.get("has_more"):
        return None
    sold = [*mappings(items), *mappings(link.get("optional_items"))]
    ids = (identifier(item.get("price")) for item in sold)
    return list(dict.fromkeys(id_ for id_ in ids if id_))


def sells_one(link: Json) -> bool:
    """Whether a payment link sells one of one price, and the buyer can change nothing about it."""
    items = [*mappings(link.get("line_items")), *mappings(link.get("optional_items"))]
    if len(items) != 1 or link_prices(link) is None:
        return False
    adjustable = mapping(items[0].get("adjustable_quantity")).get("enabled")
    return items[0].get("quantity") == 1 and not adjustable


def items_sold(
    session: Json, link: Json, price_ids: Sequence[str], prices: Mapping[str, Json]
) -> list[Json]:
    """The line items of a Checkout Session of `link`, as far as naming them needs.

    `price_ids`: what the link was last seen to sell; `prices`: those that are known, each with its
    product in it. Empty if something of it is not known, and if the buyer had a choice of
    items and the session's amount does not tell which they took.
    """
    shown = mapping(link.get("line_items"))
    whole = bool(shown) and not shown.get("has_more")
    sold = mappings(shown) if whole else [{"price": id_} for id_ in price_ids]
    ids = (identifier(one.get("price")) or "" for one in sold)
    items = [_item(one, prices[id_]) for one, id_ in zip(sold, ids, strict=True) if id_ in prices]
    if not items or len(items) < len(sold):
        return []
    optional = bool(mappings(link.get("optional_items")))
    if len(items) == 1 and not optional:
        return [_as_often_as_paid(items[0], session)]
    adjustable = (mapping(one.get("adjustable_quantity")).get("enabled") is True for one in sold)
    choice = optional or not whole or any(adjustable)
    return items if not choice or _is_total(items, session) else []


def _item(shown: Json, price: Json) -> Json:
    """As the session's own would be, but without an id: it is not that one."""
    quantity = integer(shown.get("quantity")) or 1
    unit = integer(price.get("unit_amount"))
    return {
        # https://docs.stripe.com/api/checkout/sessions/line_items: the product's name by default.
        "description": mapping(price.get("product")).get("name"),
        "quantity": quantity,
        "amount_total": integer(shown.get("amount_total")) if unit is None else unit * quantity,
        "price": price,
    }


def _as_often_as_paid(item: Json, session: Json) -> Json:
    """The only item of a link: a buyer may have been let choose how many they take."""
    unit = integer(mapping(item["price"]).get("unit_amount"))
    paid = integer(session.get("amount_subtotal"))
    if not unit or not paid or paid % unit or not _same_currency([item], session):
        return item
    return {**item, "quantity": paid // unit, "amount_total": paid}


def _is_total(items: Sequence[Json], session: Json) -> bool:
    """Whether a session's amount, before discounts and taxes, is that of these items."""
    together = sum(item["amount_total"] or 0 for item in items)
    return _same_currency(items, session) and together == integer(session.get("amount_subtotal"))


def _same_currency(items: Iterable[Json], session: Json) -> bool:
    codes = {currency(mapping(item["price"]).get("currency")) for item in items}
    return codes == {currency(session.get("currency"))}


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
"""What these are by default."""
_BY_STRIPE = ("automatic_tax", "invoice_creation", "tax_id_collection")
"""What Stripe decides if it is the merchant of record, and refuses to be given."""


class CheckoutSettings(NamedTuple):
    """Parameters of a Checkout besides what it sells; empty if all are defaults."""

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
