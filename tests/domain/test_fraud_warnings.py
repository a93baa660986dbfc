import pytest

from bot.domain.fraud_warnings import merge_warnings, warning_of
from bot.domain.parse import amend, payment_of_events
from bot.domain.payment import FraudWarning
from bot.domain.stripe_view import StripeView
from tests.factories import CHARGED, at, event, fraud_warning, payment_for, session

WARNED = "radar.early_fraud_warning.created"


def read(**changes: object) -> FraudWarning:
    seen = warning_of(fraud_warning(**changes), "usd", at(CHARGED))
    assert seen is not None
    return seen


def test_a_warning_is_read() -> None:
    assert read() == FraudWarning(
        id="issfr_1", kind="made_with_stolen_card", created=at(CHARGED + 700)
    )


def test_what_is_missing_has_a_plain_default() -> None:
    bare = warning_of({"id": "issfr_1"}, "usd", at(CHARGED))
    assert bare == FraudWarning(id="issfr_1", kind="misc", created=at(CHARGED))


@pytest.mark.parametrize("id_", [None, 5, ""])
def test_a_warning_without_an_id_is_left_out(id_: object) -> None:
    assert warning_of(fraud_warning(id=id_), "usd", at(CHARGED)) is None


def test_warnings_come_oldest_first_and_each_once() -> None:
    first, second = read(id="issfr_2", created=CHARGED), read()
    assert merge_warnings([second, first], [second]) == (first, second)


def test_an_event_adds_it_to_a_payment_that_is_known() -> None:
    warned = amend(payment_for(5000), StripeView(warnings=[fraud_warning()]))
    assert warned.warnings == (read(),)
    assert amend(warned, StripeView()).warnings == (read(),)


def test_in_whatever_order_it_comes_the_payment_has_it() -> None:
    told = [event("checkout.session.completed", session()), event(WARNED, fraud_warning())]
    forth, back = payment_of_events(told), payment_of_events(reversed(told))
    assert forth == back
    assert forth.warnings == (read(),)


def test_alone_it_is_no_sale() -> None:
    assert payment_of_events([event(WARNED, fraud_warning())]) is None
