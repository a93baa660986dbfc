import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.money import CurrencyMismatch, Money, decimals, in_order, proportion, split, sums

amounts = st.integers(-(10**15), 10**15)
weights = st.lists(st.integers(-5, 10**12), min_size=1, max_size=12)


@given(amounts, weights)
def test_the_parts_add_up_to_the_whole(total: int, shares: list[int]) -> None:
    assert sum(split(total, shares)) == total


@given(amounts, weights)
def test_no_part_is_a_whole_unit_off_its_exact_share(total: int, shares: list[int]) -> None:
    positive = [max(share, 0) for share in shares]
    if not any(positive):
        positive = [1] * len(shares)
    for part, share in zip(split(total, shares), positive, strict=True):
        assert abs(part * sum(positive) - total * share) < sum(positive)


@given(amounts, weights)
def test_what_is_taken_back_is_divided_as_it_was_given(total: int, shares: list[int]) -> None:
    assert split(-total, shares) == [-part for part in split(total, shares)]


def test_the_units_left_over_go_to_the_largest_remainders_then_to_the_earliest() -> None:
    assert split(100, [1, 1, 1]) == [34, 33, 33]
    assert split(175, [3000, 2000, 5000]) == [53, 35, 87]


def test_where_nothing_weighs_the_parts_are_equal() -> None:
    assert split(10, [0, 0, 0]) == [4, 3, 3]


def test_money_needs_something_to_be_divided_over() -> None:
    assert split(0, []) == []
    with pytest.raises(ValueError, match="nothing to divide"):
        split(1, [])


@given(amounts, amounts, amounts)
def test_proportion_of_any_sign_is_exact(amount: int, part: int, whole: int) -> None:
    share = proportion(amount, part, whole)
    assert proportion(-amount, part, whole) == proportion(amount, -part, whole) == -share
    assert proportion(amount, whole, whole) == (amount if whole else 0)
    if whole:
        assert 2 * abs(share * whole - amount * part) <= abs(whole)


@pytest.mark.parametrize(("currency", "places"), [("usd", 2), ("jpy", 0), ("kwd", 3), ("isk", 2)])
def test_decimals_are_stripes_own(currency: str, places: int) -> None:
    assert decimals(currency) == places


def test_money_of_one_currency_adds_up() -> None:
    assert Money(5, "usd") + Money(7, "usd") == Money(12, "usd")
    assert Money(5, "usd") - Money(7, "usd") == Money(-2, "usd")
    assert -Money(5, "usd") == Money(-5, "usd")


def test_money_of_two_currencies_never_adds_up() -> None:
    with pytest.raises(CurrencyMismatch):
        Money(5, "usd") + Money(5, "eur")
    with pytest.raises(CurrencyMismatch):
        Money(5, "usd") - Money(5, "eur")


def test_sums_keep_currencies_apart_in_order_of_appearance() -> None:
    assert sums([Money(1, "eur"), Money(2, "usd"), Money(3, "eur")]) == (
        Money(4, "eur"),
        Money(2, "usd"),
    )


def test_amounts_in_order_follow_the_currencies_and_others_their_codes() -> None:
    amounts = [Money(1, code) for code in ("gbp", "cad", "usd", "eur", "aud")]
    ordered = in_order(amounts, ["usd", "eur"])
    assert [one.currency for one in ordered] == ["usd", "eur", "aud", "cad", "gbp"]
