"""What of Stripe's objects is not understood."""

from typing import Any

import pytest

from bot.domain.money import KNOWN_CURRENCIES, THREE_DECIMAL, ZERO_DECIMAL
from bot.domain.parse import payment_of
from bot.domain.problem import (
    CURRENCY,
    LEFT_OUT,
    WORD,
    Problem,
    payment_problems,
    payout_problems,
)
from bot.domain.stripe_view import StripeView
from tests import factories as make


def found(**shown: Any) -> set[Problem]:
    view = StripeView(**shown)
    return set(payment_problems(view, payment_of(view)))


def test_a_sale_as_stripe_shows_it_has_none() -> None:
    assert found(session=make.session(), charge=make.charge()) == set()


UNREADABLE = {"id": "dp_1", "amount": 1, "balance_transactions": [{"id": "txn_9"}]}


@pytest.mark.parametrize(
    ("shown", "problem"),
    [
        ({"charge": make.charge(status="asleep")}, Problem(WORD, "ch_1", "asleep")),
        ({"items": [{"id": "li_1", "amount_total": "?"}]}, Problem(LEFT_OUT, "li_1", "line item")),
        ({"refunds": [{"id": "re_1", "amount": 0}]}, Problem(LEFT_OUT, "re_1", "refund")),
        ({"refunds": [{"amount": 5}]}, Problem(LEFT_OUT, "", "refund")),
        ({"disputes": [{"id": "dp_1", "amount": -1}]}, Problem(LEFT_OUT, "dp_1", "dispute")),
        ({"disputes": [UNREADABLE]}, Problem(LEFT_OUT, "txn_9", "balance transaction")),
        ({"session": make.session(currency="xqz")}, Problem(CURRENCY, "", "xqz")),
        (
            {"session": make.session(payment_status="half", amount_total=5)},
            Problem(WORD, "checkout.session", "half"),
        ),
    ],
)
def test_what_is_odd_is_named(shown: dict[str, Any], problem: Problem) -> None:
    assert problem in found(**{"session": make.session(), **shown})


@pytest.mark.parametrize("value", [None, [], "text", 5, {"data": 3}, {"data": [None, 4]}])
@pytest.mark.parametrize("part", ["session", "intent", "charge", "refunds", "disputes", "items"])
def test_nothing_that_is_shown_breaks_it(part: str, value: Any) -> None:
    assert isinstance(payment_problems(StripeView(**{part: value}), None), frozenset)


def test_a_payouts_state_and_currency_are_looked_at() -> None:
    assert payout_problems({"id": "po_1", "status": "paid", "currency": "usd"}) == frozenset()
    assert payout_problems({"id": "po_1", "status": "lost", "currency": "xqz"}) == {
        Problem(WORD, "po_1", "lost"),
        Problem(CURRENCY, "", "xqz"),
    }


def test_a_long_word_is_cut() -> None:
    (problem,) = payout_problems({"id": "po_1", "status": "x" * 500})
    assert len(problem.said) == 60


def test_currencies_with_decimals_of_their_own_are_known() -> None:
    assert KNOWN_CURRENCIES >= ZERO_DECIMAL | THREE_DECIMAL
