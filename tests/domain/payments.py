"""Payments as the ledger keeps them, with whatever a test changes of them."""

from typing import Any

from bot.domain.payment import Line, Payment, PaymentState, Refund
from tests.domain.stripe_objects import CHARGED, at


def line(amount: int = 5000, **changes: Any) -> Line:
    fields: dict[str, Any] = {
        "item": "li_1",
        "track": "Midnight Drive",
        "license": "Basic Lease",
        "exclusive": False,
        "amount": amount,
    }
    return Line(**{**fields, **changes})


def paid(*amounts: int, **changes: Any) -> Payment:
    """A paid payment, a line an amount."""
    fields: dict[str, Any] = {
        "key": "cs_1",
        "state": PaymentState.PAID,
        "created": at(CHARGED),
        "paid": at(CHARGED),
        "amount": sum(amounts),
        "currency": "usd",
        "lines": tuple(line(amount, item=f"li_{i}") for i, amount in enumerate(amounts)),
        "detailed": True,
        "session": "cs_1",
        "intent": "pi_1",
        "charge": "ch_1",
    }
    return Payment(**{**fields, **changes})


def given_back(amount: int, id_: str = "re_1", **changes: Any) -> Refund:
    fields: dict[str, Any] = {
        "id": id_,
        "amount": amount,
        "currency": "usd",
        "status": "succeeded",
        "reason": None,
        "created": at(CHARGED + 600),
    }
    return Refund(**{**fields, **changes})
