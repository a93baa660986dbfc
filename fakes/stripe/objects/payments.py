"""Payment intents and charges. Shapes: Stripe's public OpenAPI examples."""

from collections.abc import Mapping
from dataclasses import dataclass

from fakes.stripe.objects.shape import (
    EMPTY,
    NOBODY,
    Customer,
    Json,
    address,
    metadata,
    presentment,
)

_OUTCOME: Json = {
    "advice_code": None,
    "network_advice_code": None,
    "network_decline_code": None,
    "network_status": "approved_by_network",
    "reason": None,
    "risk_level": "normal",
    "risk_score": 21,
    "seller_message": "Payment complete.",
    "type": "authorized",
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
        "automatic_payment_methods": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "manual" if status == "requires_capture" else "automatic_async",
        "client_secret": None,
        "confirmation_method": "automatic",
        "created": facts.created,
        "currency": facts.currency,
        "customer": None,
        "description": facts.description,
        "last_payment_error": None,
        "latest_charge": facts.charge,
        "livemode": facts.livemode,
        "metadata": metadata(facts.metadata),
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": f"pm_{facts.intent[3:]}",
        "payment_method_configuration_details": None,
        "payment_method_options": EMPTY,
        "payment_method_types": [facts.method],
        "presentment_details": presentment(facts.presented),
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "shipping": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "status": status,
        "transfer_data": None,
        "transfer_group": None,
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
        "application_fee": None,
        "application_fee_amount": facts.application_fee or None,
        "calculated_statement_descriptor": "BEATS",
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": EMPTY,
        "on_behalf_of": None,
        "radar_options": EMPTY,
        "review": None,
        "shipping": None,
        "source_transfer": None,
        "statement_descriptor": None,
        "statement_descriptor_suffix": None,
        "transfer_data": None,
        "transfer_group": None,
    }
