from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.entries import EntryKind, entries, refund_shares
from bot.domain.payment import Dispute, DisputeState, Fees, Movement, Payment, PaymentState
from tests.domain.payments import given_back, paid
from tests.domain.stripe_objects import BOOKED, CHARGED, at

small = st.integers(0, 10**7)


def moved(gross: int, *, stripe: int = 0, tax: int = 0, platform: int = 0, id_: str) -> Movement:
    fees = Fees(stripe=stripe, tax=tax, platform=platform)
    return Movement(
        id=id_,
        kind="charge",
        currency="eur",
        gross=gross,
        fees=fees,
        net=gross - fees.total,
        at=at(BOOKED),
        available=False,
        available_on=at(BOOKED),
    )


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    """Paid payments of several lines, with refunds that together fit in them, and a dispute."""
    amounts = draw(st.lists(small, min_size=1, max_size=6))
    left, refunds = sum(amounts), []
    for number in range(draw(st.integers(0, 3))):
        amount = draw(st.integers(0, left))
        if amount:
            left -= amount
            booked = draw(st.booleans())
            refunds.append(
                given_back(
                    amount,
                    f"re_{number}",
                    movement=moved(-amount, id_=f"txn_re_{number}") if booked else None,
                )
            )
    movement = draw(st.none() | st.builds(moved, small, stripe=small, tax=small, id_=st.just("t")))
    taken = moved(-draw(small), stripe=1500, id_="txn_dp")
    dispute = Dispute(
        id="dp_1",
        amount=1,
        currency="usd",
        state=DisputeState.OPEN,
        status="needs_response",
        reason="fraudulent",
        created=at(CHARGED),
        movements=(taken,),
    )
    return paid(*amounts, movement=movement, refunds=tuple(refunds), disputes=(dispute,))


@given(payments())
def test_every_movement_is_divided_without_a_cent_lost(payment: Payment) -> None:
    made = entries(payment)
    movements = [
        payment.movement,
        *(refund.movement for refund in payment.refunds),
        *(movement for dispute in payment.disputes for movement in dispute.movements),
    ]
    for movement in filter(None, movements):
        parts = [entry for entry in made if entry.source == movement.id]
        assert sum(entry.gross for entry in parts) == movement.gross
        assert sum(entry.net for entry in parts) == movement.net
        assert len(parts) == len(payment.lines)


@given(payments())
def test_refunds_are_shared_exactly_and_no_line_gives_back_more_than_it_cost(
    payment: Payment,
) -> None:
    shares = refund_shares(payment)
    for refund, share in zip(payment.refunds, shares, strict=True):
        assert sum(share) == refund.amount
    for position, line in enumerate(payment.lines):
        assert 0 <= sum(share[position] for share in shares) <= line.amount


@pytest.mark.parametrize("state", [PaymentState.PENDING, PaymentState.FAILED])
def test_a_payment_without_money_has_no_entries(state: PaymentState) -> None:
    assert entries(paid(5000, state=state, paid=None)) == ()


def test_until_stripe_books_the_charge_the_price_stands_in_the_books() -> None:
    (entry,) = entries(paid(5000))
    assert (entry.gross, entry.net, entry.currency, entry.source) == (5000, 5000, "usd", "ch_1")
    assert not entry.booked


def test_a_free_sale_is_booked_at_nothing() -> None:
    (entry,) = entries(paid(0, charge=None, intent=None))
    assert (entry.gross, entry.booked, entry.source) == (0, True, "cs_1")


def test_fees_are_divided_in_proportion_to_the_price() -> None:
    movement = moved(10_000, stripe=175, tax=10, platform=1000, id_="txn_1")
    made = entries(paid(3000, 2000, 5000, movement=movement))
    assert [entry.stripe_fee for entry in made] == [53, 35, 87]
    assert [entry.platform_fee for entry in made] == [300, 200, 500]
    assert [entry.fee_tax for entry in made] == [3, 2, 5]
    assert {entry.at for entry in made} == {paid(5000).paid}
    assert sum(entry.net for entry in made) == movement.net


def test_a_refund_of_all_closes_every_line() -> None:
    assert refund_shares(paid(3000, 2000, refunds=(given_back(5000),))) == [[3000, 2000]]


def test_a_refund_of_just_one_lines_price_is_that_lines() -> None:
    assert refund_shares(paid(3000, 2000, refunds=(given_back(2000),))) == [[0, 2000]]


def test_any_other_refund_is_divided_over_what_remains() -> None:
    refunds = (given_back(2000, "re_1"), given_back(300, "re_2"))
    assert refund_shares(paid(3000, 2000, refunds=refunds)) == [[0, 2000], [300, 0]]
    assert refund_shares(paid(3000, 3000, refunds=(given_back(3000),))) == [[1500, 1500]]


def test_a_refund_that_failed_gives_nothing_back() -> None:
    refunds = (given_back(5000, "re_1", status="failed"), given_back(5000, "re_2"))
    assert refund_shares(paid(5000, refunds=refunds)) == [[0], [5000]]


def test_a_refund_not_booked_yet_is_taken_at_the_rate_of_the_sale() -> None:
    movement = moved(4600, stripe=150, id_="txn_1")
    made = entries(paid(5000, movement=movement, refunds=(given_back(2500),)))
    assert [(entry.kind, entry.gross, entry.currency) for entry in made] == [
        (EntryKind.SALE, 4600, "eur"),
        (EntryKind.REFUND, -2300, "eur"),
    ]


def test_a_refund_that_failed_after_it_was_booked_comes_back() -> None:
    refund = given_back(
        5000,
        status="failed",
        movement=moved(-4600, id_="txn_2"),
        reversal=moved(4600, id_="txn_3"),
    )
    made = entries(paid(5000, movement=moved(4600, stripe=150, id_="txn_1"), refunds=(refund,)))
    assert [entry.kind for entry in made] == ["sale", "refund", "refund_reversal"]
    assert sum(entry.net for entry in made) == 4450


def test_entries_do_not_depend_on_when_they_are_made() -> None:
    payment = paid(3000, 2000)
    assert entries(payment) == entries(replace(payment))
