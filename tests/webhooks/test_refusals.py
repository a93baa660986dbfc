"""The table of refusals."""

import pytest

from webhooks.refusals import REFUSALS, Refusal


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.outcome)
def test_each_refusal_is_answered_as_an_error_and_says_why(refusal: Refusal) -> None:
    assert 400 <= refusal.status < 500 or refusal.status == 503
    assert refusal.answer.endswith(".")


def test_each_refusal_has_an_outcome_of_its_own() -> None:
    assert len({refusal.outcome for refusal in REFUSALS}) == len(REFUSALS)
