"""Addresses of tracks, and the order in which offers are read.

Where prices, products and links belong: by the rules for sales, whatever they are made of.
"""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import Money
from bot.domain.payment_link import link_prices, sells_one
from bot.domain.track import (
    Offer,
    UnplacedReason,
    https_url,
    ordered,
    placed,
    preview_address,
    product_facts,
    slug,
    slug_id,
)
from bot.domain.track_tags import NO_TAGS


def offer(license: str, amount: int, code: str = "usd", **changes: Any) -> Offer:  # noqa: A002
    fields: dict[str, Any] = {
        "price": f"price_{license}_{code}",
        "product": "prod_1",
        "track": "Midnight Drive",
        "license": license,
        "exclusive": False,
        "amount": Money(amount, code),
        "terms": None,
        "links": (),
    }
    return Offer(**{**fields, **changes})


@pytest.mark.parametrize(
    ("name", "made"),
    [
        ("Midnight Drive", "midnight-drive-12"),
        ("  Ça va?! (2024)", "ca-va-2024-12"),
        ("ビート", "track-12"),
        ("../../etc/passwd", "etc-passwd-12"),
        ("x" * 500, "x" * 80 + "-12"),
        ("", "track-12"),
    ],
)
def test_a_slug_is_the_words_of_the_name_and_the_id(name: str, made: str) -> None:
    assert slug(name, 12) == made


@given(st.text(), st.integers(1, 10**17))
def test_the_id_comes_back_out_of_any_slug(name: str, track_id: int) -> None:
    made = slug(name, track_id)
    assert slug_id(made) == track_id
    assert made.isascii()


@pytest.mark.parametrize("text", ["", "midnight-drive", "drive-", "12x", "drive-١٢", "9" * 19])
def test_what_has_no_id_at_its_end_names_no_track(text: str) -> None:
    assert slug_id(text) is None


def test_any_spelling_before_the_id_is_understood() -> None:
    assert slug_id("12") == slug_id("old-name-12") == slug_id("a\nb-12") == 12


def test_offers_are_read_the_cheapest_first_and_exclusives_last() -> None:
    offers = [
        offer("Exclusive", 100, exclusive=True),
        offer("Premium", 4999),
        offer("Basic", 2999),
        offer("Premium", 4200, "gbp"),
        offer("Basic", 2500, "gbp"),
        offer("Basic", 4400, "jpy"),
    ]
    assert [(one.license, one.amount.currency) for one in ordered(offers)] == [
        ("Basic", "gbp"),
        ("Basic", "jpy"),
        ("Basic", "usd"),
        ("Premium", "gbp"),
        ("Premium", "usd"),
        ("Exclusive", "usd"),
    ]
    assert ordered(reversed(offers)) == ordered(offers)


PRODUCT = {"id": "prod_1", "object": "product", "name": "Midnight Drive – Basic Lease"}


def price(**changes: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {
        "id": "price_1",
        "object": "price",
        "type": "one_time",
        "recurring": None,
        "unit_amount": 2999,
        "currency": "usd",
        "metadata": {"terms": "Lease 2"},
    }
    return {**fields, **changes}


def link(*items: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {"id": "plink_1", "line_items": {"data": list(items), "has_more": False}, **changes}


ITEM = {"price": {"id": "price_1"}, "quantity": 1, "adjustable_quantity": None}


def test_a_price_is_named_as_its_sale_would_be() -> None:
    assert placed(price(), PRODUCT) == (
        ("Midnight Drive", "Basic Lease", False),
        Money(2999, "usd"),
        "Lease 2",
        None,
    )


def test_a_links_metadata_names_what_the_price_does_not() -> None:
    nameless = {"id": "prod_1", "name": "Basic Lease"}
    assert placed(price(), nameless).reason is UnplacedReason.NO_TRACK
    assert placed(price(), nameless, {"track": "Neon Rain"}).named.track == "Neon Rain"


@pytest.mark.parametrize(
    ("reason", "changes"),
    [
        *(
            (UnplacedReason.RECURRING, changes)
            for changes in (
                {"type": "recurring", "recurring": {"interval": "month"}},
                {"recurring": {"interval": "month"}},
                {"type": None},
            )
        ),
        *((UnplacedReason.NO_AMOUNT, {"unit_amount": amount}) for amount in (None, -1, 10**30)),
        (UnplacedReason.NO_AMOUNT, {"currency": "dollars"}),
        (UnplacedReason.NO_AMOUNT, {"custom_unit_amount": {"preset": 500}}),
        (UnplacedReason.NO_AMOUNT, {"transform_quantity": {"divide_by": 5}}),
    ],
)
def test_price_that_is_no_license_says_why(reason: UnplacedReason, changes: dict[str, Any]) -> None:
    assert placed(price(**changes), PRODUCT).reason is reason


def test_a_free_license_can_be_offered() -> None:
    free = placed(price(unit_amount=0), PRODUCT)
    assert (free.amount, free.reason) == (Money(0, "usd"), None)


def test_what_the_buyer_pays_as_they_like_still_belongs_to_its_track() -> None:
    assert placed(price(unit_amount=None), PRODUCT).named.track == "Midnight Drive"


def test_a_product_shows_only_what_is_safe() -> None:
    facts = product_facts(
        {
            "name": " Midnight\x00Drive ",
            "description": 5,
            "images": ["https://a.example/1.jpg", "http://a.example/2.jpg", None, "data:x"],
            "metadata": {"preview_url": "javascript:alert(1)"},
        }
    )
    assert facts == ("Midnight Drive", None, ("https://a.example/1.jpg",), None, NO_TAGS)


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://cdn.example/a.mp3", True),
        ("http://127.0.0.1:8090/a.wav", True),
        ('http://127.0.0.1:8090/"onload=', False),
        ("http://127.0.0.1:x@evil.example/a.wav", False),
        ("http://cdn.example/a.mp3", False),
        (None, False),
    ],
)
def test_preview_is_on_the_web_or_on_the_visitors_own_machine(url: object, taken: bool) -> None:
    assert preview_address(url) == (url if taken else None)


@pytest.mark.parametrize(
    "url",
    [
        "https://buy.stripe.com/test_abc",
        "https://files.example.com:8443/a%20b/c.mp3?x=1&y=2#t=5",
        "https://xn--bcher-kva.example/",
        "https://[2001:db8::1]/a",
    ],
)
def test_plain_https_addresses_are_taken_as_they_are(url: str) -> None:
    assert https_url(url) == url


@pytest.mark.parametrize(
    "url",
    [
        *("", "https://", "http://a.example/", "//a.example/", "javascript:alert(1)", "HTTPS://a/"),
        "https://user:secret@a.example/",
        "https://a.example/ b",
        "https://a.example/\n",
        'https://a.example/"onload=x',
        "https://a.example/'",
        "https://a.example/<b>",
        "https://a.example/)(",
        "https://a.example;script-src *",
        "https://a.example:99999/",
        "https://a.example:x/",
        "https://[/",
        "https://é.example/",
        "https://a.example/" + "x" * 3000,
        *(None, 5, ["https://a.example/"]),
    ],
)
def test_any_other_address_is_not_taken(url: object) -> None:
    assert https_url(url) is None


@given(st.text())
def test_no_text_makes_an_address_that_could_end_an_attribute(text: str) -> None:
    url = https_url(f"https://a.example/{text}")
    assert url is None or not set(url) & set("\"'<>`\\;,() \t\r\n")


def test_a_link_sells_its_items_and_what_it_offers_beside_them() -> None:
    beside = [{"price": "price_2", "quantity": 1}]
    assert link_prices(link(ITEM, ITEM)) == ["price_1"]
    assert link_prices(link(ITEM, optional_items=beside)) == ["price_1", "price_2"]
    assert not sells_one(link(ITEM, optional_items=beside))


def test_a_link_that_was_not_shown_whole_tells_nothing() -> None:
    assert link_prices({"id": "plink_1"}) is None
    assert link_prices({"id": "plink_1", "line_items": {"data": [ITEM], "has_more": True}}) is None


@pytest.mark.parametrize(
    ("changes", "one"),
    [
        ({}, True),
        ({"quantity": 2}, False),
        ({"quantity": None}, False),
        ({"adjustable_quantity": {"enabled": True}}, False),
        ({"adjustable_quantity": {"enabled": False}}, True),
    ],
)
def test_link_sells_one_unless_it_is_adjustable(changes: dict[str, Any], *, one: bool) -> None:
    assert sells_one(link({**ITEM, **changes})) is one
