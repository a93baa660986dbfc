"""What a payment link sells as far as the catalogue is certain, and what a Checkout inherits."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.item_names import item_names
from bot.domain.json_access import Json
from bot.domain.payment_link import NO_SETTINGS, checkout_settings, items_sold

PRODUCT = {"id": "prod_1", "name": "Midnight Drive"}
PRICES: dict[str, dict[str, Any]] = {
    id_: {"id": id_, "unit_amount": amount, "currency": "usd", "nickname": name, "product": PRODUCT}
    for id_, amount, name in (
        ("price_lease", 2999, "Basic Lease"),
        ("price_all", 49_900, "Exclusive Rights"),
        ("price_open", None, "Pay what you want"),
    )
}


def _link(*prices: str, optional: tuple[str, ...] = (), **item: Any) -> dict[str, Any]:
    sold = [
        {"id": f"li_{price}", "price": {"id": price}, "quantity": 1, **item} for price in prices
    ]
    return {
        "line_items": {"object": "list", "data": sold, "has_more": False},
        "optional_items": [{"price": price, "quantity": 1} for price in optional],
    }


def _session(subtotal: int | None = None, currency: str = "usd") -> dict[str, Any]:
    return {"amount_subtotal": subtotal, "currency": currency}


def _licenses(items: list[Json]) -> list[str]:
    return [item_names(item, {}).license for item in items]


def _sold(link: Json, session: Json, *known: str) -> list[Json]:
    return items_sold(session, link, known, PRICES)


def test_a_link_of_one_price_names_its_license() -> None:
    (item,) = _sold(_link("price_all"), _session(49_900))
    assert item_names(item, {}) == ("Midnight Drive", "Exclusive Rights", True)
    assert "id" not in item


@pytest.mark.parametrize(
    ("session", "quantity"),
    [
        (_session(3 * 2999), 3),
        (_session(2999), 1),
        (_session(1000), 1),
        (_session(3 * 2999, "eur"), 1),
        (_session(None), 1),
    ],
)
def test_quantity_chosen_by_the_buyer_follows_the_amount(
    session: dict[str, Any], quantity: int
) -> None:
    link = _link("price_lease", adjustable_quantity={"enabled": True})
    assert [item["quantity"] for item in _sold(link, session)] == [quantity]


def test_an_amount_the_buyer_chose_changes_no_name() -> None:
    assert _licenses(_sold(_link("price_open"), _session(777))) == ["Pay what you want"]


def test_a_link_of_several_prices_sells_all_of_them() -> None:
    sold = _sold(_link("price_lease", "price_all"), _session(1))
    assert [item["amount_total"] for item in sold] == [2999, 49_900]


@pytest.mark.parametrize(
    "link",
    [
        _link("price_lease", "price_all", adjustable_quantity={"enabled": True}),
        _link("price_lease", optional=("price_all",)),
    ],
)
def test_where_the_buyer_had_a_choice_the_amount_decides(link: dict[str, Any]) -> None:
    together = sum(
        PRICES[item["price"]["id"]]["unit_amount"] for item in link["line_items"]["data"]
    )
    assert _sold(link, _session(together))
    assert _sold(link, _session(together + 49_900)) == []
    assert _sold(link, _session(together, "eur")) == []


def test_a_link_without_its_items_sells_what_it_was_last_seen_to_sell() -> None:
    assert _licenses(_sold({}, _session(2999), "price_lease")) == ["Basic Lease"]
    both = ("price_lease", "price_all")
    assert len(_sold({}, _session(2999 + 49_900), *both)) == 2
    assert _sold({}, _session(2999), *both) == []


def test_a_price_that_is_not_known_makes_nothing_certain() -> None:
    assert _sold(_link("price_lease", "price_new"), _session(1)) == []
    assert _sold(_link("price_new"), _session(1)) == []
    assert _sold({}, _session(1)) == []


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


GIVEN_AS_THEY_ARE: tuple[tuple[str, Any], ...] = (
    ("allow_promotion_codes", True),
    ("automatic_tax", {"enabled": True, "liability": {"type": "account", "account": "acct_1"}}),
    ("billing_address_collection", "required"),
    ("customer_creation", "always"),
    ("phone_number_collection", {"enabled": True}),
    ("shipping_address_collection", {"allowed_countries": ["US", "CA"]}),
    ("tax_id_collection", {"enabled": True, "required": "if_supported"}),
)
FIELD = {"key": "artist", "label": {"custom": "Artist name", "type": "custom"}, "type": "text"}
NO_FIELD = {"dropdown": None, "numeric": None, "optional": False}
LENGTHS = {"default_value": None, "maximum_length": 60, "minimum_length": None}
SUBMIT = {"submit": {"message": "The files come by mail."}}
NO_PROMOTIONS = {"payment_method_reuse_agreement": None, "terms_of_service": "none"}


@pytest.mark.parametrize(
    ("name", "on_the_link", "given_to_the_checkout"),
    [
        *((name, value, value) for name, value in GIVEN_AS_THEY_ARE),
        ("automatic_tax", {"enabled": True, "liability": None}, {"enabled": True}),
        ("consent_collection", NO_PROMOTIONS | {"promotions": "auto"}, {"promotions": "auto"}),
        (
            "custom_fields",
            [FIELD | NO_FIELD | {"text": LENGTHS}],
            [FIELD | {"text": {"maximum_length": 60}}],
        ),
        ("custom_text", SUBMIT | {"after_submit": None}, SUBMIT),
        ("invoice_creation", {"enabled": True, "invoice_data": {}}, {"enabled": True}),
        (
            "name_collection",
            {"business": {"enabled": True, "optional": True}, "individual": None},
            {"business": {"enabled": True, "optional": True}},
        ),
        (
            "shipping_options",
            [{"shipping_amount": 500, "shipping_rate": "shr_1"}],
            [{"shipping_rate": "shr_1"}],
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
