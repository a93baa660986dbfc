from dataclasses import replace

import pytest

from bot.domain.balance_transactions import balance_transaction_of
from bot.domain.disputes import dispute_of
from bot.domain.payment import Buyer, PaymentState
from tests.factories import at, balance_transaction, payment_for, refund, stripe_dispute


@pytest.mark.parametrize(
    ("email", "key"),
    [("Jay@Example.com ", "jay@example.com"), ("", None), ("  ", None), (None, None)],
)
def test_a_buyer_is_known_by_the_email_however_it_is_written(email: str, key: str) -> None:
    assert Buyer(email=email, name="Jay").key == key


def test_refunds_that_failed_are_not_given_back() -> None:
    refunds = (refund(2000), refund(500, id="re_2", status="failed"))
    assert payment_for(5000, refunds=refunds).refunded == 2000


def test_only_a_payment_without_a_charge_is_free() -> None:
    assert payment_for(0, charge=None).free
    assert not payment_for(0).free
    assert not payment_for(5000, charge=None).free


def test_the_first_dispute_that_wants_an_answer_says_until_when() -> None:
    read = (
        dispute_of(
            stripe_dispute(id=f"dp_{due}", status=status, evidence_details={"due_by": due}),
            "usd",
            at(1),
        )
        for due, status in ((30, "needs_response"), (20, "warning_needs_response"), (10, "lost"))
    )
    disputes = tuple(one for one in read if one is not None)
    assert replace(payment_for(5000), disputes=disputes).answer_by == at(20)
    assert payment_for(5000).answer_by is None


def test_a_payment_is_settled_once_no_fees_are_to_come() -> None:
    waiting = payment_for(5000)
    assert not waiting.settled
    assert replace(waiting, movement=balance_transaction_of(balance_transaction())).settled
    assert replace(waiting, state=PaymentState.FAILED, paid=None).settled
    assert payment_for(0, charge=None).settled
