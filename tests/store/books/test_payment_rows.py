"""A payment comes back from its document as it went in."""

from dataclasses import replace

import pytest

from bot.domain.payment import Payment
from bot.store.books import payment_rows
from tests.factories import disputed, exclusive, free, lease, paid, pending, refunded, settled

WHOLE = replace(
    disputed(refunded(settled(paid("a", lease("Ünïcode – Beat"), exclusive())), 1000)),
    presented_amount=123,
    presented_currency="jpy",
)


@pytest.mark.parametrize("payment", [WHOLE, pending(paid("b")), free("c")], ids=lambda p: p.key)
def test_a_payment_survives_its_document(payment: Payment) -> None:
    assert payment_rows.payment_from_json(payment_rows.payment_to_json(payment)) == payment


def test_what_equals_a_default_is_not_written() -> None:
    assert "refunds" not in payment_rows.payment_to_json(paid("a"))
    assert "presented_amount" not in payment_rows.payment_to_json(paid("a"))


@pytest.mark.parametrize("document", ["{}", "", '["Ana"]', '{"Ana": 1}', '{"state": "Ana"}'])
def test_anything_else_is_refused_and_not_quoted(document: str) -> None:
    with pytest.raises(ValueError, match="no payment's document") as refused:
        payment_rows.payment_from_json(document)
    assert "Ana" not in str(refused.value)
    assert refused.value.__cause__ is None
