from itertools import permutations

import pytest

from bot.domain.json_access import NotUnderstood
from bot.domain.payout import Payout, combine_payouts, payout_of
from tests.factories import CHARGED, at, payout


def test_a_payout_is_read() -> None:
    assert payout_of(payout()) == Payout(
        id="po_1",
        amount=40_000,
        currency="eur",
        status="pending",
        automatic=True,
        created=at(CHARGED),
        arrival=at(CHARGED + 86_400),
        failure=None,
        reconciled=False,
    )


def test_it_tells_when_its_contents_can_be_asked_for() -> None:
    assert payout_of(payout(reconciliation_status="completed")).reconciled


def test_its_failure_is_in_stripes_words_else_its_code() -> None:
    failed = payout(failure_code="account_closed", failure_message="The account is closed.")
    assert payout_of(failed).failure == "The account is closed."
    assert payout_of(payout(failure_code="account_closed")).failure == "account_closed"


def test_without_an_arrival_it_arrives_when_it_is_made() -> None:
    assert payout_of(payout(arrival_date=None)).arrival == at(CHARGED)


@pytest.mark.parametrize("field", ["id", "amount", "currency", "created"])
def test_a_payout_without_its_core_is_not_understood(field: str) -> None:
    with pytest.raises(NotUnderstood):
        payout_of(payout(**{field: True}))


def test_views_of_a_payout_end_in_the_same_whatever_their_order() -> None:
    views = [
        payout_of(payout()),
        payout_of(payout(status="in_transit")),
        payout_of(payout(status="paid", reconciliation_status="completed")),
        payout_of(payout(status="failed", failure_code="no_account")),
    ]
    for order in permutations([*views, views[0]]):
        combined = None
        for view in order:
            combined = combine_payouts(combined, view)
        assert (combined.status, combined.failure, combined.reconciled) == (
            "failed",
            "no_account",
            True,
        )
