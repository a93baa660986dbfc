import pytest

from bot.domain.disputes import dispute_of
from bot.domain.payment import Dispute, Payment, PaymentState
from bot.domain.records import SaleState
from bot.domain.states import sale_states
from tests.domain.payments import given_back, paid
from tests.domain.stripe_objects import CHARGED, at, dispute


def disputed(status: str) -> tuple[Dispute, ...]:
    read = dispute_of(dispute(status=status), "usd", at(CHARGED))
    assert read is not None
    return (read,)


@pytest.mark.parametrize(
    ("payment", "states"),
    [
        (paid(5000), ["paid"]),
        (paid(0, charge=None), ["paid"]),
        (paid(3000, 2000, state=PaymentState.PENDING, paid=None), ["pending", "pending"]),
        (paid(5000, state=PaymentState.FAILED, paid=None), ["failed"]),
        (paid(5000, refunds=(given_back(1),)), ["partly_refunded"]),
        (paid(5000, refunds=(given_back(5000),)), ["refunded"]),
        (paid(5000, refunds=(given_back(5000, status="failed"),)), ["paid"]),
        (paid(3000, 2000, refunds=(given_back(2000),)), ["paid", "refunded"]),
        (paid(3000, 0, refunds=(given_back(3000),)), ["refunded", "refunded"]),
        (paid(3000, 0, refunds=(given_back(10),)), ["partly_refunded", "paid"]),
    ],
)
def test_refunds_are_judged_line_by_line(payment: Payment, states: list[str]) -> None:
    assert sale_states(payment) == states


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_needs_response", "paid"),
        ("needs_response", "disputed"),
        ("under_review", "disputed"),
        ("appeal_under_review", "disputed"),
        ("a_status_to_come", "disputed"),
        ("won", "paid"),
        ("prevented", "paid"),
        ("lost", "dispute_lost"),
    ],
)
def test_a_dispute_is_of_the_whole_payment(status: str, state: str) -> None:
    assert sale_states(paid(3000, 2000, disputes=disputed(status))) == [state, state]


@pytest.mark.parametrize("status", ["needs_response", "lost"])
def test_what_was_refunded_in_full_stays_refunded(status: str) -> None:
    payment = paid(5000, refunds=(given_back(5000),), disputes=disputed(status))
    assert sale_states(payment) == [SaleState.REFUNDED]


def test_a_dispute_says_more_than_a_refund_of_part() -> None:
    payment = paid(5000, refunds=(given_back(10),), disputes=disputed("lost"))
    assert sale_states(payment) == [SaleState.DISPUTE_LOST]
