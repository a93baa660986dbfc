"""Payments read from objects that hold anything at all."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.json_access import Json, NotUnderstood
from bot.domain.parse import Evidence, payment_of
from bot.domain.payment import PaymentState
from tests.domain.stripe_objects import (
    balance_transaction,
    charge,
    dispute,
    intent,
    item,
    refund,
    session,
)

junk = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["\0", "x" * 10_000, "\ud800", -1, 10**30]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=3,
)


def spoiled(honest: Json) -> st.SearchStrategy[dict[str, Any]]:
    """The object with some of its fields missing, or holding anything at all."""
    return st.dictionaries(st.sampled_from(sorted(honest)), junk, max_size=2).map(
        lambda changes: {**honest, **changes}
    )


movements = spoiled(balance_transaction())


@given(
    spoiled(session()),
    spoiled(intent()),
    movements.flatmap(lambda moved: spoiled(charge(balance_transaction=moved))),
    st.lists(spoiled(item()), max_size=2),
    movements.flatmap(lambda moved: st.lists(spoiled(refund(balance_transaction=moved)))),
    movements.flatmap(lambda moved: st.lists(spoiled(dispute(balance_transactions=[moved])))),
)
def test_whatever_comes_is_a_sound_payment_or_none_or_not_understood(
    session: Json, intent: Json, charge: Json, items: Any, refunds: Any, disputes: Any
) -> None:
    try:
        payment = payment_of(
            Evidence(
                session=session,
                intent=intent,
                charge=charge,
                items=items,
                refunds=refunds,
                disputes=disputes,
            )
        )
    except NotUnderstood:
        return
    if payment is not None:
        assert sum(line.amount for line in payment.lines) == payment.amount >= 0
        assert all(line.track and line.license for line in payment.lines)
        assert (payment.paid is None) == (payment.state is not PaymentState.PAID)
        assert "\0" not in repr(payment)
        repr(payment).encode()
