"""Returned platform fees are recognized by what Stripe books, whatever their source."""

from typing import Any

import pytest

from bot.domain.entries import EntryKind, entries
from bot.domain.parse import payment_of
from bot.domain.payment import Fees
from bot.domain.platform_fees import (
    charge_of_return,
    fee_of_return,
    fee_return_of,
    is_fee_return,
    merge_fee_returns,
)
from bot.domain.related_objects import keep_related
from bot.domain.stripe_view import StripeView
from tests import factories as make

EXPANDED = {"id": "fee_1", "charge": "ch_1"}


def returned(**changes: Any) -> dict[str, Any]:
    return {
        "id": "txn_9",
        "type": "adjustment",
        "reporting_category": "fee",
        "amount": 300,
        "fee": 0,
        "net": 300,
        "currency": "usd",
        "created": make.BOOKED,
        "source": {"id": "fr_1", "object": "fee_refund", "fee": "fee_1"},
        **changes,
    }


@pytest.mark.parametrize(
    ("changes", "charge", "fee"),
    [
        ({}, None, "fee_1"),
        (
            {"source": {"object": "fee_refund", "fee": {"id": "fee_1", "charge": "ch_1"}}},
            "ch_1",
            "fee_1",
        ),
        ({"source": {"object": "charge", "id": "ch_1"}}, "ch_1", None),
        ({"source": {"object": "refund", "id": "re_1", "charge": "ch_1"}}, "ch_1", None),
        ({"source": "fr_1"}, None, None),
        ({"type": "application_fee_refund"}, None, "fee_1"),
    ],
)
def test_whose_fee_it_is(changes: dict[str, Any], charge: str | None, fee: str | None) -> None:
    row = returned(**changes)
    assert is_fee_return(row)
    assert (charge_of_return(row), fee_of_return(row)) == (charge, fee)


@pytest.mark.parametrize(
    "changes",
    [
        {"reporting_category": "dispute"},
        {"type": "stripe_fee"},
        {"source": None},
        {"source": "dp_1"},
        {"source": {"object": "dispute", "id": "dp_1"}},
        {"source": 7},
    ],
)
def test_other_adjustments_are_none(changes: dict[str, Any]) -> None:
    assert not is_fee_return(returned(**changes))
    assert fee_return_of(returned(**changes)) is None


def test_what_stripe_books_as_an_amount_is_a_fee_that_came_back() -> None:
    moved = fee_return_of(returned())
    assert (moved.gross, moved.fees, moved.net) == (0, Fees(platform=-300), 300)
    assert fee_return_of(returned(amount="?")) is None


def test_it_is_divided_over_the_sales_to_the_cent() -> None:
    payment = payment_of(
        StripeView(
            session=make.session(amount_total=5000),
            items=[
                make.line_item(id="li_1", amount_total=3333),
                make.line_item(id="li_2", amount_total=1667),
            ],
            charge=make.charge(application_fee="fee_1"),
            fee_returns=[returned(), returned()],
        )
    )
    assert payment is not None
    assert payment.application_fee == "fee_1"
    shares = [entry for entry in entries(payment) if entry.kind is EntryKind.FEE_RETURN]
    assert [(entry.gross, entry.platform_fee, entry.net) for entry in shares] == [
        (0, -200, 200),
        (0, -100, 100),
    ]


def test_each_counts_once_and_none_goes_again() -> None:
    one, other = fee_return_of(returned()), fee_return_of(returned(id="txn_8", created=5))
    assert one is not None
    assert other is not None
    assert merge_fee_returns([one], [other, one]) == (other, one)
    seen = payment_of(StripeView(session=make.session(), charge=make.charge()))
    known = payment_of(
        StripeView(session=make.session(), charge=make.charge(), fee_returns=[returned()])
    )
    assert seen is not None
    assert known is not None
    assert keep_related(known, seen).fee_returns == (one,)
    assert keep_related(None, seen) == seen
