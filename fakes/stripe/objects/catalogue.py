"""Products, prices and payment links. Shapes: Stripe's public OpenAPI examples."""

from collections.abc import Mapping

from fakes.stripe.objects.shape import EMPTY, Json, metadata

_AFTER_COMPLETION: Json = {
    "hosted_confirmation": {"custom_message": None},
    "type": "hosted_confirmation",
}
_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
_PAYMENT_INTENT_DATA: Json = {
    "capture_method": None,
    "description": None,
    "metadata": EMPTY,
    "setup_future_usage": None,
    "statement_descriptor": None,
    "statement_descriptor_suffix": None,
    "transfer_group": None,
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
        "default_price": None,
        "description": None,
        "images": [],
        "livemode": livemode,
        "marketing_features": [],
        "metadata": metadata(given),
        "name": name,
        "package_dimensions": None,
        "shippable": None,
        "statement_descriptor": None,
        "tax_code": None,
        "type": "service",
        "unit_label": None,
        "updated": created,
        "url": None,
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
        "custom_unit_amount": None,
        "livemode": livemode,
        "lookup_key": lookup_key,
        "metadata": metadata(given),
        "nickname": nickname,
        "product": product_id,
        "recurring": None,
        "tax_behavior": "unspecified",
        "tiers_mode": None,
        "transform_quantity": None,
        "type": "one_time",
        "unit_amount": amount,
        "unit_amount_decimal": str(amount),
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
        "application": None,
        "application_fee_amount": None,
        "application_fee_percent": None,
        "automatic_tax": {"enabled": False, "liability": None},
        "billing_address_collection": "auto",
        "consent_collection": None,
        "currency": currency,
        "custom_fields": [],
        "custom_text": dict.fromkeys(_TEXTS),
        "customer_creation": "if_required",
        "inactive_message": None,
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "livemode": livemode,
        "metadata": metadata(given),
        "on_behalf_of": None,
        "payment_intent_data": _PAYMENT_INTENT_DATA,
        "payment_method_collection": "if_required",
        "payment_method_types": None,
        "phone_number_collection": {"enabled": False},
        "restrictions": None,
        "shipping_address_collection": None,
        "shipping_options": [],
        "submit_type": "auto",
        "subscription_data": None,
        "tax_id_collection": {"enabled": False, "required": "never"},
        "transfer_data": None,
        "url": f"https://buy.stripe.com/{'' if livemode else 'test_'}{id_[-18:]}",
    }
