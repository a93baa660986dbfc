"""Records made by hand, as the store answers with them, for the tests of this room."""

from datetime import UTC, datetime, timedelta
from typing import Any

from bot.domain.import_progress import ImportProgress
from bot.domain.money import Money
from bot.domain.payment import (
    BalanceTransaction,
    Buyer,
    Dispute,
    DisputeState,
    Fees,
    Line,
    Payment,
    PaymentState,
    Refund,
)
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.problem import NOT_UNDERSTOOD, OpenProblem, Problem
from bot.domain.sale import Holder, PaymentRecord, Producer, Sale, SaleRights, SaleState, Share

NOON = datetime(2026, 3, 10, 16, 0, tzinfo=UTC)
STATUSES = {
    DisputeState.INQUIRY: "warning_needs_response",
    DisputeState.OPEN: "needs_response",
    DisputeState.CLOSED: "warning_closed",
}
JORDAN = Buyer(email="jordan.lee@example.com", name="Jordan Lee", country="US")


def producer(**changes: Any) -> Producer:
    fields: dict[str, Any] = {
        "id": 1,
        "livemode": True,
        "account": "",
        "stripe_account": None,
        "timezone": "America/New_York",
        "guild_id": 10,
        "channel_id": 20,
    }
    return Producer(**{**fields, **changes})


def line(track: str = "Midnight Drive", amount: int = 2995, **changes: Any) -> Line:
    exclusive = changes.get("exclusive", False)
    fields: dict[str, Any] = {
        "track": track,
        "license": "Exclusive Rights" if exclusive else "Basic Lease",
        "exclusive": exclusive,
        "amount": amount,
    }
    return Line(**{**fields, **changes})


def booked(
    gross: int = 2995, fee: int = 117, currency: str = "usd", **changes: Any
) -> BalanceTransaction:
    fields: dict[str, Any] = {
        "id": "txn_1",
        "kind": "charge",
        "currency": currency,
        "gross": gross,
        "fees": Fees(stripe=fee),
        "net": gross - fee,
        "at": NOON,
        "available": False,
        "available_on": NOON + timedelta(days=2),
    }
    return BalanceTransaction(**{**fields, **changes})


def payment(*lines: Line, **changes: Any) -> Payment:
    """Paid by card and not settled yet, unless told otherwise."""
    lines = lines or (line(),)
    fields: dict[str, Any] = {
        "key": "cs_1",
        "state": PaymentState.PAID,
        "created": NOON,
        "paid": NOON,
        "amount": sum(one.amount for one in lines),
        "currency": "usd",
        "buyer": JORDAN,
        "lines": lines,
        "detailed": True,
        "session": "cs_1",
        "intent": "pi_1",
        "charge": "ch_1",
    }
    return Payment(**{**fields, **changes})


def settled(*lines: Line, fee: int = 117, **changes: Any) -> Payment:
    whole = payment(*lines)
    return payment(*lines, **{"movement": booked(whole.amount, fee), **changes})


def refund(amount: int = 1000, **changes: Any) -> Refund:
    fields: dict[str, Any] = {
        "id": "re_1",
        "amount": amount,
        "currency": "usd",
        "status": "succeeded",
        "reason": "requested_by_customer",
        "created": NOON + timedelta(hours=1),
    }
    return Refund(**{**fields, **changes})


def dispute(state: DisputeState = DisputeState.OPEN, **changes: Any) -> Dispute:
    fields: dict[str, Any] = {
        "id": "dp_1",
        "amount": 2995,
        "currency": "usd",
        "state": state,
        "status": STATUSES.get(state, state.value),
        "reason": "product_not_received",
        "created": NOON + timedelta(days=1),
        "due_by": NOON + timedelta(days=9),
    }
    return Dispute(**{**fields, **changes})


def sale(of: Payment, position: int = 0, **changes: Any) -> Sale:
    """The sale of one line; of a settled payment with one line its share is the whole."""
    one = of.lines[position]
    movement = of.movement
    share = None
    if movement is not None:
        whole = len(of.lines) == 1
        share = Share(
            currency=movement.currency,
            gross=movement.gross if whole else one.amount,
            tax=one.tax,
            fees=movement.fees if whole else Fees(),
        )
    fields: dict[str, Any] = {
        "number": 1042 + position,
        "payment_id": 1,
        "position": position,
        "track": one.track,
        "license": one.license,
        "exclusive": one.exclusive,
        "quantity": one.quantity,
        "price": Money(one.amount, of.currency),
        "refunded": Money(0, of.currency),
        "share": share,
        "left": Money(share.net, share.currency) if share else Money(one.amount, of.currency),
        "state": SaleState(of.state.value),
        "conflict": False,
        "sold": NOON,
        "buyer": of.buyer,
        "payout": PayoutProgress(state=PayoutState.UNKNOWN),
    }
    return Sale(**{**fields, **changes})


def record(of: Payment | None = None, **changes: Any) -> PaymentRecord:
    """A payment's record; `sale_changes` go to each of its sales."""
    of = of or settled()
    each = changes.pop("sale_changes", {})
    fields: dict[str, Any] = {
        "id": 1,
        "producer": producer(),
        "payment": of,
        "sales": tuple(sale(of, position, **each) for position in range(len(of.lines))),
        "rights": (),
        "purchases": 1,
        "payout": PayoutProgress(state=PayoutState.UNKNOWN),
        "complete": True,
    }
    return PaymentRecord(**{**fields, **changes})


def holder(**changes: Any) -> Holder:
    fields: dict[str, Any] = {
        "number": 1030,
        "at": NOON - timedelta(days=3),
        "price": Money(50_000, "usd"),
        "buyer": Buyer(email="sam@example.org", name="Sam Ortiz", country="MX"),
        "state": SaleState.PAID,
    }
    return Holder(**{**fields, **changes})


def exclusive_record(leases: int = 3, **changes: Any) -> PaymentRecord:
    rights = (SaleRights(number=1042, earlier_leases=leases, holder=None),)
    of = settled(line(amount=50_000, exclusive=True), fee=1480)
    return record(of, **{"rights": rights, **changes})


def conflict_record(**changes: Any) -> PaymentRecord:
    rights = (SaleRights(number=1042, earlier_leases=0, holder=holder()),)
    return record(**{"rights": rights, "sale_changes": {"conflict": True}, **changes})


def problem(said: str = "its object has no id") -> OpenProblem:
    """An event that was given up."""
    return OpenProblem("", Problem(NOT_UNDERSTOOD, "", said), NOON, "evt_1", "refund.created")


def past(**changes: Any) -> ImportProgress:
    """An import that is half done."""
    fields: dict[str, Any] = {
        "start": NOON - timedelta(days=100),
        "end": NOON,
        "done_until": NOON - timedelta(days=50),
        "payments": 1234,
    }
    return ImportProgress(**{**fields, **changes})
