"""What a Checkout of a payment link sells, as far as the catalogue is certain."""

from typing import Any

import pytest

from bot.domain.json_access import Json
from bot.domain.naming import item_names
from bot.domain.payment_link import items_sold

PRODUCT = {"id": "prod_1", "name": "Midnight Drive"}
PRICES: dict[str, dict[str, Any]] = {
    "price_lease": {
        "id": "price_lease",
        "unit_amount": 2999,
        "currency": "usd",
        "nickname": "Basic Lease",
        "product": PRODUCT,
    },
    "price_all": {
        "id": "price_all",
        "unit_amount": 49_900,
        "currency": "usd",
        "nickname": "Exclusive Rights",
        "product": PRODUCT,
    },
    "price_open": {
        "id": "price_open",
        "unit_amount": None,
        "currency": "usd",
        "nickname": "Pay what you want",
        "product": PRODUCT,
    },
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
def test_a_quantity_the_buyer_chose_is_what_the_amount_says(
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
