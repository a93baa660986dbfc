"""Stripe's payment intents, charges, balance transactions, refunds, disputes and payouts.

Shapes: Stripe's public OpenAPI examples.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fakes.stripe.objects import (
    EMPTY,
    NOBODY,
    Customer,
    Json,
    address,
    metadata,
    nulls,
    presentment,
)

_OUTCOME: Json = {
    "network_status": "approved_by_network",
    "risk_level": "normal",
    "risk_score": 21,
    "seller_message": "Payment complete.",
    "type": "authorized",
    **nulls("advice_code network_advice_code network_decline_code reason"),
}
_CARD: Json = {
    "type": "card",
    "card": {
        "brand": "visa",
        "checks": {"address_line1_check": None, "address_postal_code_check": None},
        "country": "US",
        "exp_month": 8,
        "exp_year": 2034,
        "fingerprint": "mE9xQ2vT7uRk1LbA",
        "funding": "credit",
        "last4": "4242",
        "network": "visa",
        "three_d_secure": None,
        "wallet": None,
    },
}
_DEBITS: Mapping[str, Json] = {
    "sepa_debit": {"bank_code": "37040044", "country": "DE", "last4": "3000"},
    "us_bank_account": {"account_type": "checking", "bank_name": "STRIPE TEST BANK"},
    "bacs_debit": {"last4": "2345", "sort_code": "108800"},
    "au_becs_debit": {"bsb_number": "000000", "last4": "3456"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentFacts:
    """What tells one payment from another. `amount` in minor units of `currency`."""

    intent: str
    charge: str
    created: int
    livemode: bool
    amount: int
    currency: str
    buyer: Customer = NOBODY
    metadata: Mapping[str, str] | None = None
    description: str | None = None
    method: str = "card"
    application_fee: int = 0
    application: str | None = None
    presented: tuple[int, str] | None = None


def payment_intent(facts: PaymentFacts, status: str) -> Json:
    """A payment intent; `status` is Stripe's (processing, succeeded, requires_capture, …)."""
    received = facts.amount if status == "succeeded" else 0
    return {
        "id": facts.intent,
        "object": "payment_intent",
        "amount": facts.amount,
        "amount_capturable": facts.amount if status == "requires_capture" else 0,
        "amount_details": {"tip": {}},
        "amount_received": received,
        "application": facts.application,
        "application_fee_amount": facts.application_fee or None,
        "capture_method": "manual" if status == "requires_capture" else "automatic_async",
        "confirmation_method": "automatic",
        "created": facts.created,
        "currency": facts.currency,
        "description": facts.description,
        "latest_charge": facts.charge,
        "livemode": facts.livemode,
        "metadata": metadata(facts.metadata),
        "payment_method": f"pm_{facts.intent[3:]}",
        "payment_method_options": EMPTY,
        "payment_method_types": [facts.method],
        "presentment_details": presentment(facts.presented),
        "status": status,
        **nulls(
            "automatic_payment_methods canceled_at cancellation_reason client_secret customer "
            "last_payment_error next_action on_behalf_of payment_method_configuration_details "
            "processing receipt_email review setup_future_usage shipping statement_descriptor "
            "statement_descriptor_suffix transfer_data transfer_group"
        ),
    }


def charge(facts: PaymentFacts, status: str, *, captured: bool = True) -> Json:
    """A charge without its balance transaction; `status` is pending, succeeded or failed.

    One that is not `captured` is only authorized.
    """
    return _charged(facts, status, captured=captured) | _paid_with(facts) | _unused(facts)


def _charged(facts: PaymentFacts, status: str, *, captured: bool) -> Json:
    paid = status == "succeeded"
    return {
        "id": facts.charge,
        "object": "charge",
        "amount": facts.amount,
        "amount_captured": facts.amount if paid and captured else 0,
        "amount_refunded": 0,
        "balance_transaction": None,
        "captured": paid and captured,
        "created": facts.created,
        "currency": facts.currency,
        "disputed": False,
        "livemode": facts.livemode,
        "metadata": metadata(facts.metadata),
        "paid": paid,
        "payment_intent": facts.intent,
        "presentment_details": presentment(facts.presented),
        "refunded": False,
        "status": status,
    }


def _paid_with(facts: PaymentFacts) -> Json:
    buyer = facts.buyer
    return {
        "billing_details": {
            "address": address(buyer.country),
            "email": buyer.email,
            "name": buyer.name,
            "phone": buyer.phone,
            "tax_id": None,
        },
        "customer": None,
        "description": facts.description,
        "outcome": _OUTCOME,
        "payment_method": f"pm_{facts.intent[3:]}",
        "payment_method_details": _method(facts.method),
        "receipt_email": buyer.email,
        "receipt_number": None,
        "receipt_url": f"https://pay.stripe.com/receipts/{facts.charge}",
    }


def _method(name: str) -> Json:
    return _CARD if name == "card" else {"type": name, name: _DEBITS.get(name, EMPTY)}


def _unused(facts: PaymentFacts) -> Json:
    return {
        "application": facts.application,
        "application_fee_amount": facts.application_fee or None,
        "calculated_statement_descriptor": "BEATS",
        "fraud_details": EMPTY,
        "radar_options": EMPTY,
        **nulls(
            "application_fee failure_balance_transaction failure_code failure_message "
            "on_behalf_of review shipping source_transfer statement_descriptor "
            "statement_descriptor_suffix transfer_data transfer_group"
        ),
    }


_CATEGORIES = {
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
    "refund_failure": "refund_failure",
    "payment_failure_refund": "charge_failure",
    "payout": "payout",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
    "stripe_fee": "fee",
}
"""Stripe's reporting category of each type of balance transaction, where it is not given.

https://docs.stripe.com/reports/reporting-categories
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovementFacts:
    """One movement of money; `amount` signed, in minor units of the settlement `currency`."""

    id: str
    type: str
    source: str | None
    created: int
    available_on: int
    amount: int
    currency: str
    fees: Sequence[Json] = ()
    exchange_rate: float | None = None
    category: str | None = None
    description: str | None = None


def fee_detail(amount: int, currency: str, type_: str, description: str) -> Json:
    """One entry of `fee_details`: stripe_fee, application_fee, tax or withheld_tax."""
    return {
        "amount": amount,
        "application": None,
        "currency": currency,
        "description": description,
        "type": type_,
    }


def balance_transaction(facts: MovementFacts) -> Json:
    """What moved money in the balance; its `net` is the amount without the fees."""
    fee = sum(detail["amount"] for detail in facts.fees)
    return {
        "id": facts.id,
        "object": "balance_transaction",
        "amount": facts.amount,
        "available_on": facts.available_on,
        "balance_type": "payments",
        "created": facts.created,
        "currency": facts.currency,
        "description": facts.description,
        "exchange_rate": facts.exchange_rate,
        "fee": fee,
        "fee_details": list(facts.fees),
        "net": facts.amount - fee,
        "reporting_category": facts.category or _CATEGORIES.get(facts.type, facts.type),
        "source": facts.source,
        "status": "available" if facts.available_on <= facts.created else "pending",
        "type": facts.type,
    }


def refund(
    id_: str,
    created: int,
    charge: Json,
    amount: int,
    *,
    status: str = "succeeded",
    reason: str | None = None,
    presented: tuple[int, str] | None = None,
) -> Json:
    """A refund without its balance transaction; `amount` in minor units of the charge."""
    return {
        "id": id_,
        "object": "refund",
        "amount": amount,
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": EMPTY,
        "payment_intent": charge["payment_intent"],
        "pending_reason": "insufficient_funds" if status == "pending" else None,
        "presentment_details": presentment(presented),
        "reason": reason,
        "status": status,
        **nulls(
            "balance_transaction failure_balance_transaction failure_reason receipt_number "
            "source_transfer_reversal transfer_reversal"
        ),
    }


def fee_refund(id_: str, created: int, charge: Json, amount: int) -> Json:
    """What a platform gives back of its fee. https://docs.stripe.com/api/fee_refunds/object"""
    return {
        "id": id_,
        "object": "fee_refund",
        "amount": amount,
        "balance_transaction": None,
        "created": created,
        "currency": charge["currency"],
        "fee": charge["application_fee"],
        "metadata": EMPTY,
    }


def dispute(
    id_: str, created: int, charge: Json, amount: int, *, status: str, reason: str, due_by: int
) -> Json:
    """A dispute without money moved; `due_by` in unix seconds."""
    return {
        "id": id_,
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": created,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": EMPTY,
        "evidence_details": {
            "due_by": due_by,
            "enhanced_eligibility": EMPTY,
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        },
        "is_charge_refundable": status.startswith("warning"),
        "livemode": charge["livemode"],
        "metadata": EMPTY,
        "payment_intent": charge["payment_intent"],
        "payment_method_details": {
            "card": {
                "brand": "visa",
                "case_type": "inquiry" if status.startswith("warning") else "chargeback",
                "network_reason_code": "10.4",
            },
            "type": "card",
        },
        "reason": reason,
        "status": status,
    }


def fraud_warning(id_: str, created: int, charge: Json, fraud_type: str) -> Json:
    """An early fraud warning. https://docs.stripe.com/api/radar/early_fraud_warnings/object"""
    return {
        "id": id_,
        "object": "radar.early_fraud_warning",
        "actionable": not charge["refunded"] and not charge["disputed"],
        "charge": charge["id"],
        "created": created,
        "fraud_type": fraud_type,
        "livemode": charge["livemode"],
        "payment_intent": charge["payment_intent"],
    }


def payout(
    id_: str, created: int, amount: int, currency: str, arrival: int, *, automatic: bool, live: bool
) -> Json:
    """A payout that Stripe has just made, on its way; `arrival` in unix seconds."""
    return {
        "id": id_,
        "object": "payout",
        "amount": amount,
        "arrival_date": arrival,
        "automatic": automatic,
        "created": created,
        "currency": currency,
        "description": "STRIPE PAYOUT",
        "destination": f"ba_{id_[3:]}",
        "livemode": live,
        "metadata": EMPTY,
        "method": "standard",
        "reconciliation_status": "in_progress" if automatic else "not_applicable",
        "source_type": "card",
        "status": "pending",
        "type": "bank_account",
        **nulls(
            "application_fee application_fee_amount balance_transaction "
            "failure_balance_transaction failure_code failure_message original_payout "
            "payout_method reversed_by statement_descriptor trace_id"
        ),
    }
