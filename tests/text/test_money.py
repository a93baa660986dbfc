"""Money as a reader of American English writes it, with Stripe's decimals."""

import pytest

from bot.domain.money import Money
from bot.text.money import money, monies


@pytest.mark.parametrize(
    ("amount", "currency", "shown"),
    [
        (123450, "usd", "$1,234.50"),
        (1000, "eur", "€10.00"),
        (500, "jpy", "¥500"),
        (12345, "kwd", "KWD\xa012.345"),
        (-117, "usd", "-$1.17"),
        (0, "gbp", "£0.00"),
        (500000, "huf", "HUF\xa05,000.00"),
        (100, "chf", "CHF\xa01.00"),
        (100, "cad", "CA$1.00"),
        (7, "xyz", "XYZ\xa00.07"),
        (10**18 + 1, "usd", "$10,000,000,000,000,000.01"),
    ],
)
def test_amounts(amount: int, currency: str, shown: str) -> None:
    assert money(Money(amount, currency)) == shown


def test_currencies_stand_side_by_side() -> None:
    assert monies([Money(100, "usd"), Money(200, "eur")]) == "$1.00 + €2.00"
    assert monies([]) == "nothing"
