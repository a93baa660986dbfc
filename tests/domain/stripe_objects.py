"""Stripe's objects as they come: one checkout of one track, with whatever a test changes of it."""

from datetime import UTC, datetime
from typing import Any

OPENED, CHARGED, BOOKED = 1_790_000_000, 1_790_000_060, 1_790_000_065


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def session(**changes: Any) -> dict[str, Any]:
    return {
        "id": "cs_1",
        "object": "checkout.session",
        "mode": "payment",
        "status": "complete",
        "payment_status": "paid",
        "payment_intent": "pi_1",
        "amount_total": 5000,
        "currency": "usd",
        "created": OPENED,
        "customer_details": {
            "email": "jay@example.com",
            "name": "Jay",
            "address": {"country": "US"},
        },
        "metadata": {},
        **changes,
    }


def item(**changes: Any) -> dict[str, Any]:
    return {
        "id": "li_1",
        "description": "Midnight Drive – Basic Lease",
        "amount_total": 5000,
        "quantity": 1,
        "price": {
            "id": "price_1",
            "nickname": None,
            "metadata": {},
            "product": {
                "id": "prod_1",
                "name": "Midnight Drive – Basic Lease",
                "metadata": {},
            },
        },
        **changes,
    }


def intent(**changes: Any) -> dict[str, Any]:
    return {
        "id": "pi_1",
        "object": "payment_intent",
        "status": "succeeded",
        "amount": 5000,
        "amount_received": 5000,
        "currency": "usd",
        "created": OPENED + 30,
        "latest_charge": "ch_1",
        "metadata": {},
        **changes,
    }


def charge(**changes: Any) -> dict[str, Any]:
    return {
        "id": "ch_1",
        "object": "charge",
        "status": "succeeded",
        "captured": True,
        "amount": 5000,
        "amount_captured": 5000,
        "amount_refunded": 0,
        "currency": "usd",
        "created": CHARGED,
        "payment_intent": "pi_1",
        "balance_transaction": None,
        "billing_details": {"email": "jay@example.com", "name": "Jay"},
        "metadata": {},
        **changes,
    }


def balance_transaction(**changes: Any) -> dict[str, Any]:
    return {
        "id": "txn_1",
        "type": "charge",
        "amount": 5000,
        "fee": 175,
        "net": 4825,
        "currency": "usd",
        "fee_details": [{"amount": 175, "currency": "usd", "type": "stripe_fee"}],
        "created": BOOKED,
        "status": "pending",
        "available_on": BOOKED + 172_800,
        **changes,
    }


def refund(**changes: Any) -> dict[str, Any]:
    return {
        "id": "re_1",
        "object": "refund",
        "amount": 2000,
        "currency": "usd",
        "status": "succeeded",
        "reason": "requested_by_customer",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "created": CHARGED + 600,
        **changes,
    }


def dispute(**changes: Any) -> dict[str, Any]:
    return {
        "id": "dp_1",
        "object": "dispute",
        "amount": 5000,
        "currency": "usd",
        "status": "needs_response",
        "reason": "fraudulent",
        "charge": "ch_1",
        "payment_intent": "pi_1",
        "created": CHARGED + 900,
        "evidence_details": {"due_by": CHARGED + 600_000},
        "balance_transactions": [],
        **changes,
    }


def warning(**changes: Any) -> dict[str, Any]:
    return {
        "id": "issfr_1",
        "object": "radar.early_fraud_warning",
        "actionable": True,
        "charge": "ch_1",
        "created": CHARGED + 700,
        "fraud_type": "made_with_stolen_card",
        "livemode": True,
        "payment_intent": "pi_1",
        **changes,
    }


def payout(**changes: Any) -> dict[str, Any]:
    return {
        "id": "po_1",
        "object": "payout",
        "amount": 40_000,
        "currency": "eur",
        "status": "pending",
        "automatic": True,
        "created": CHARGED,
        "arrival_date": CHARGED + 86_400,
        "failure_code": None,
        "failure_message": None,
        "reconciliation_status": "in_progress",
        **changes,
    }


def event(type_: str, shown: Any, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"evt_{type_}",
        "object": "event",
        "type": type_,
        "created": CHARGED,
        "data": {"object": shown},
        **changes,
    }
