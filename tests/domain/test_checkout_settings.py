"""What a Checkout made by the API takes over from a payment link."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.checkout_settings import NO_SETTINGS, checkout_settings
from bot.domain.json_access import Json

PLAIN: dict[str, Any] = {
    "allow_promotion_codes": False,
    "automatic_tax": {"enabled": False, "liability": None},
    "billing_address_collection": "auto",
    "consent_collection": {
        "payment_method_reuse_agreement": None,
        "promotions": "none",
        "terms_of_service": "none",
    },
    "custom_fields": [],
    "custom_text": {"after_submit": None, "shipping_address": None, "submit": None},
    "customer_creation": "if_required",
    "invoice_creation": {"enabled": False, "invoice_data": {"description": None}},
    "managed_payments": {"enabled": False},
    "name_collection": {"business": {"enabled": False, "optional": True}},
    "phone_number_collection": {"enabled": False},
    "shipping_address_collection": None,
    "shipping_options": [],
    "tax_id_collection": {"enabled": False, "required": "never"},
    "url": "https://buy.stripe.com/1",
}
"""A payment link in which nothing was switched on."""


def selling(price: object, **adjustable: object) -> Json:
    item = {"price": price, "quantity": 1, "adjustable_quantity": adjustable or None}
    return PLAIN | {"line_items": {"data": [item]}}


def test_a_plain_link_adds_nothing() -> None:
    assert checkout_settings(PLAIN, "price_1") == NO_SETTINGS
    assert checkout_settings(selling({"id": "price_1"}), "price_1") == NO_SETTINGS


@pytest.mark.parametrize(
    ("name", "on_the_link", "given_to_the_checkout"),
    [
        ("allow_promotion_codes", True, True),
        ("automatic_tax", {"enabled": True, "liability": None}, {"enabled": True}),
        (
            "automatic_tax",
            {"enabled": True, "liability": {"type": "account", "account": "acct_1"}},
            {"enabled": True, "liability": {"type": "account", "account": "acct_1"}},
        ),
        ("billing_address_collection", "required", "required"),
        (
            "consent_collection",
            {
                "payment_method_reuse_agreement": None,
                "promotions": "auto",
                "terms_of_service": "none",
            },
            {"promotions": "auto"},
        ),
        (
            "custom_fields",
            [
                {
                    "dropdown": None,
                    "key": "artist",
                    "label": {"custom": "Artist name", "type": "custom"},
                    "numeric": None,
                    "optional": False,
                    "text": {"default_value": None, "maximum_length": 60, "minimum_length": None},
                    "type": "text",
                }
            ],
            [
                {
                    "key": "artist",
                    "label": {"custom": "Artist name", "type": "custom"},
                    "text": {"maximum_length": 60},
                    "type": "text",
                }
            ],
        ),
        (
            "custom_text",
            {"submit": {"message": "The files come by mail."}, "after_submit": None},
            {"submit": {"message": "The files come by mail."}},
        ),
        ("customer_creation", "always", "always"),
        (
            "invoice_creation",
            {"enabled": True, "invoice_data": {"footer": None}},
            {"enabled": True},
        ),
        (
            "name_collection",
            {"business": {"enabled": True, "optional": True}, "individual": None},
            {"business": {"enabled": True, "optional": True}},
        ),
        ("phone_number_collection", {"enabled": True}, {"enabled": True}),
        (
            "shipping_address_collection",
            {"allowed_countries": ["US", "CA"]},
            {"allowed_countries": ["US", "CA"]},
        ),
        (
            "shipping_options",
            [{"shipping_amount": 500, "shipping_rate": "shr_1"}],
            [{"shipping_rate": "shr_1"}],
        ),
        (
            "tax_id_collection",
            {"enabled": True, "required": "if_supported"},
            {"enabled": True, "required": "if_supported"},
        ),
        ("tax_id_collection", {"enabled": True, "required": "never"}, {"enabled": True}),
    ],
)
def test_what_a_link_does_its_checkout_does_too(
    name: str, on_the_link: Any, given_to_the_checkout: Any
) -> None:
    found = checkout_settings(PLAIN | {name: on_the_link}, "price_1")
    assert found.session == {name: given_to_the_checkout}


def test_a_buyer_may_take_as_many_as_by_the_link_of_that_price_alone() -> None:
    many = selling({"id": "price_1"}, enabled=True, minimum=2, maximum=10)
    assert checkout_settings(many, "price_1").line_item == {
        "adjustable_quantity": {"enabled": True, "minimum": 2, "maximum": 10},
        "quantity": 2,
    }
    assert checkout_settings(many, "price_2").line_item == {}
    few = selling("price_1", enabled=True, minimum=0, maximum=99)
    assert checkout_settings(few, "price_1").line_item["quantity"] == 1
    assert checkout_settings(selling("price_1", enabled=False), "price_1") == NO_SETTINGS


def test_where_stripe_is_the_merchant_it_sees_to_the_tax_itself() -> None:
    changes: dict[str, Any] = {
        "managed_payments": {"enabled": True},
        "automatic_tax": {"enabled": True},
        "tax_id_collection": {"enabled": True},
        "phone_number_collection": {"enabled": True},
    }
    assert checkout_settings(PLAIN | changes, "price_1").session == {
        "managed_payments": {"enabled": True},
        "phone_number_collection": {"enabled": True},
    }


_anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda deeper: (
        st.lists(deeper, max_size=3)
        | st.dictionaries(st.sampled_from(["enabled", "data", "price", "type"]), deeper, max_size=3)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*PLAIN, "line_items"]), _anything))
def test_whatever_a_link_looks_like_nothing_else_is_asked_of_stripe(link: Json) -> None:
    found = checkout_settings(link, "price_1")
    assert set(found.session) <= set(PLAIN) - {"url"}
    assert set(found.line_item) <= {"adjustable_quantity", "quantity"}
