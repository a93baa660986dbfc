"""Each row of the table has its fields, and what is known of it outlives a new reading."""

from dataclasses import fields, replace

import pytest

from bot.domain.disputes import warning_of
from bot.domain.event_types import OBJECTS, TYPES
from bot.domain.payment import Payment
from bot.domain.related_objects import RELATED, RelatedObject, keep_related
from bot.domain.stripe_view import StripeView, view_of_event
from tests.factories import CHARGED, at, event, fraud_warning, payment_for, refund


@pytest.mark.parametrize("row", RELATED, ids=lambda row: row.field)
def test_related_object_has_a_field_and_an_event_that_shows_it(row: RelatedObject) -> None:
    assert row.field in {field.name for field in fields(Payment)}
    assert row.field in {field.name for field in fields(StripeView)}
    if row.event is not None:
        assert row.event in OBJECTS
        type_ = next(name for name, type_ in TYPES.items() if type_.object == row.event)
        shown = {"id": "x_1"}
        assert getattr(view_of_event(event(type_, shown)), row.field)[0]["id"] == "x_1"


def test_sticky_object_when_a_reading_does_not_show_it_stays() -> None:
    warning = warning_of(fraud_warning(), "usd", at(CHARGED))
    assert warning is not None
    known = replace(payment_for(5000), warnings=(warning,), refunds=(refund(2000),))
    assert keep_related(known, payment_for(5000)) == replace(payment_for(5000), warnings=(warning,))
    assert keep_related(None, known) == known
