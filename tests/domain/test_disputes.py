from itertools import permutations

import pytest

from bot.domain.disputes import STATES, dispute_of, merge_disputes
from bot.domain.json_access import Json
from bot.domain.payment import Dispute, DisputeState
from tests.factories import BOOKED, CHARGED, at, balance_transaction, stripe_dispute


def read(**changes: object) -> Dispute:
    seen = dispute_of(stripe_dispute(**changes), "usd", at(CHARGED))
    assert seen is not None
    return seen


def test_a_dispute_is_read_with_its_deadline() -> None:
    seen = read()
    assert (seen.id, seen.amount, seen.currency) == ("dp_1", 5000, "usd")
    assert (seen.state, seen.status) == (DisputeState.OPEN, "needs_response")
    assert seen.reason == "fraudulent"
    assert seen.due_by == at(CHARGED + 600_000)


@pytest.mark.parametrize("due_by", [0, None, "soon"])
def test_no_deadline_means_that_no_answer_is_possible(due_by: object) -> None:
    assert read(evidence_details={"due_by": due_by}).due_by is None


@pytest.mark.parametrize(
    ("status", "waits"),
    [
        ("needs_response", True),
        ("warning_needs_response", True),
        ("appeal_needs_response", True),
        ("under_review", False),
        ("warning_under_review", False),
        ("lost", False),
    ],
)
def test_it_wants_an_answer_until_one_was_given(status: str, waits: bool) -> None:
    seen = read(status=status)
    assert seen.answer_by == (at(CHARGED + 600_000) if waits else None)


def test_its_movements_come_oldest_first() -> None:
    back = balance_transaction(id="txn_3", amount=5000, created=BOOKED + 9)
    taken = balance_transaction(id="txn_2", amount=-5000, fee=1500, net=-6500)
    moved = read(balance_transactions=[back, taken, None, "txn_4"]).movements
    assert [(movement.id, movement.net) for movement in moved] == [
        ("txn_2", -6500),
        ("txn_3", 4825),
    ]


@pytest.mark.parametrize(
    "broken", [{"id": None}, {"amount": None}, {"amount": -5}, {"amount": 1.5}]
)
def test_a_dispute_without_id_or_amount_is_left_out(broken: Json) -> None:
    assert dispute_of(stripe_dispute(**broken), "usd", at(CHARGED)) is None


def test_what_is_missing_has_a_plain_default() -> None:
    bare = dispute_of({"id": "dp_1", "amount": 5}, "usd", at(CHARGED))
    assert bare == Dispute(
        id="dp_1",
        amount=5,
        currency="usd",
        state=DisputeState.OPEN,
        status="needs_response",
        reason="general",
        created=at(CHARGED),
    )


@pytest.mark.parametrize("ending", ["won", "lost", "prevented", "warning_closed"])
def test_an_ended_dispute_stays_ended_whatever_the_order_of_its_views(ending: str) -> None:
    taken = balance_transaction(id="txn_2", amount=-5000)
    views = [
        read(status="warning_needs_response"),
        read(status="needs_response", balance_transactions=[taken]),
        read(status="under_review"),
        read(status=ending),
    ]
    for order in permutations(views):
        (merged,) = merge_disputes(*([view] for view in order))
        assert merged.state is STATES[ending]
        assert [movement.id for movement in merged.movements] == ["txn_2"]


def test_several_disputes_come_oldest_first() -> None:
    later, earlier = read(id="dp_1", created=CHARGED + 5), read(id="dp_2", created=CHARGED)
    assert merge_disputes([later], [earlier]) == (earlier, later)
