"""Addresses of tracks, and the order in which offers are read."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.catalogue import Offer, ordered, slug, slug_id
from bot.domain.money import Money


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
