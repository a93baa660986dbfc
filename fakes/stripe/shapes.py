"""The objects of a simulated account as Stripe shows them, with the values that most of them have.

Shapes: Stripe's public OpenAPI examples. `Books.new` completes them: `id` is the prefix of a kind's
ids here; `created` and `livemode` are only there if such an object has them.
"""

from collections.abc import Mapping
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]

API_VERSION = "2026-10-28.endive"
"""The API version that the simulated account renders its events with."""

EMPTY: Json = {}
"""Shared: nobody changes an object in place."""


def nulls(names: str) -> Json:
    """Fields that are null, by their names with spaces between."""
    return dict.fromkeys(names.split())


_DATED: Json = {"created": 0, "livemode": False}
_OFF: Json = {"enabled": False}
_NO_TAX_ID: Json = {"enabled": False, "required": "never"}
_CUSTOM_TEXT = nulls("after_submit shipping_address submit terms_of_service_acceptance")

CARD: Json = {
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
}
METHODS: Mapping[str, Json] = {
    "card": CARD,
    "sepa_debit": {"bank_code": "37040044", "country": "DE", "last4": "3000"},
    "us_bank_account": {"account_type": "checking", "bank_name": "STRIPE TEST BANK"},
    "bacs_debit": {"last4": "2345", "sort_code": "108800"},
    "au_becs_debit": {"bsb_number": "000000", "last4": "3456"},
}
"""What a charge says of the means of payment, by its type."""

REPORTING_CATEGORIES: Mapping[str, str] = {
    "payment": "charge",
    "payment_refund": "refund",
    "payment_failure_refund": "charge_failure",
    "payout_failure": "payout_reversal",
    "payout_cancel": "payout_reversal",
    "stripe_fee": "fee",
}
"""Of each type of balance transaction that does not go by its own name.

https://docs.stripe.com/reports/reporting-categories
"""

SHAPES: Mapping[str, Json] = {
    "account": {
        "id": "acct",
        "created": 0,
        "business_type": "individual",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "controller": {"type": "account"},
        "details_submitted": True,
        "email": None,
        "metadata": EMPTY,
        "payouts_enabled": True,
        "type": "standard",
    },
    "balance_transaction": {
        "id": "txn",
        "created": 0,
        "balance_type": "payments",
        "description": None,
    },
    "charge": _DATED
    | {
        "id": "ch",
        "amount_captured": 0,
        "amount_refunded": 0,
        "calculated_statement_descriptor": "BEATS",
        "captured": False,
        "disputed": False,
        "fraud_details": EMPTY,
        "outcome": {
            "network_status": "approved_by_network",
            "risk_level": "normal",
            "risk_score": 21,
            "seller_message": "Payment complete.",
            "type": "authorized",
            **nulls("advice_code network_advice_code network_decline_code reason"),
        },
        "paid": False,
        "radar_options": EMPTY,
        "refunded": False,
        "status": "pending",
        **nulls(
            "application application_fee balance_transaction customer failure_balance_transaction "
            "failure_code failure_message on_behalf_of receipt_number review shipping "
            "source_transfer statement_descriptor statement_descriptor_suffix transfer_data "
            "transfer_group"
        ),
    },
    "checkout.session": _DATED
    | {
        "id": "cs",
        "adaptive_pricing": _OFF,
        "allow_promotion_codes": False,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "billing_address_collection": "auto",
        "custom_fields": [],
        "custom_text": _CUSTOM_TEXT,
        "customer_creation": "if_required",
        "discounts": [],
        "locale": "auto",
        "mode": "payment",
        "payment_method_collection": "if_required",
        "payment_method_options": EMPTY,
        "payment_method_types": ["card"],
        "payment_status": "unpaid",
        "phone_number_collection": _OFF,
        "shipping_options": [],
        "status": "open",
        "submit_type": "auto",
        "tax_id_collection": _NO_TAX_ID,
        "ui_mode": "hosted",
        **nulls(
            "after_expiration client_reference_id client_secret collected_information consent "
            "consent_collection customer customer_account customer_email invoice invoice_creation "
            "origin_context payment_intent payment_method_configuration_details permissions "
            "presentment_details recovered_from saved_payment_method_options setup_intent "
            "shipping_address_collection shipping_cost subscription wallet_options"
        ),
    },
    "dispute": _DATED
    | {
        "id": "dp",
        "balance_transactions": [],
        "enhanced_eligibility_types": [],
        "evidence": EMPTY,
        "metadata": EMPTY,
    },
    "event": _DATED
    | {
        "id": "evt",
        "api_version": API_VERSION,
        "pending_webhooks": 1,
        "request": {"id": None, "idempotency_key": None},
    },
    # https://docs.stripe.com/api/fee_refunds/object
    "fee_refund": {"id": "fr", "created": 0, "balance_transaction": None, "metadata": EMPTY},
    "item": {"id": "li", "adjustable_quantity": None, "metadata": EMPTY},
    "payment_intent": _DATED
    | {
        "id": "pi",
        "amount_capturable": 0,
        "amount_details": {"tip": {}},
        "amount_received": 0,
        "capture_method": "automatic_async",
        "confirmation_method": "automatic",
        "payment_method_options": EMPTY,
        **nulls(
            "application automatic_payment_methods canceled_at cancellation_reason client_secret "
            "customer last_payment_error next_action on_behalf_of "
            "payment_method_configuration_details processing receipt_email review "
            "setup_future_usage shipping statement_descriptor statement_descriptor_suffix "
            "transfer_data transfer_group"
        ),
    },
    "payment_link": {
        "id": "plink",
        "active": True,
        "after_completion": {
            "hosted_confirmation": {"custom_message": None},
            "type": "hosted_confirmation",
        },
        "allow_promotion_codes": False,
        "automatic_tax": {"enabled": False, "liability": None},
        "billing_address_collection": "auto",
        "custom_fields": [],
        "custom_text": _CUSTOM_TEXT,
        "customer_creation": "if_required",
        "invoice_creation": {"enabled": False, "invoice_data": None},
        "livemode": False,
        "payment_intent_data": {
            "metadata": EMPTY,
            **nulls(
                "capture_method description setup_future_usage statement_descriptor "
                "statement_descriptor_suffix transfer_group"
            ),
        },
        "payment_method_collection": "if_required",
        "phone_number_collection": _OFF,
        "shipping_options": [],
        "submit_type": "auto",
        "tax_id_collection": _NO_TAX_ID,
        **nulls(
            "application application_fee_amount application_fee_percent consent_collection "
            "inactive_message on_behalf_of payment_method_types restrictions "
            "shipping_address_collection subscription_data transfer_data"
        ),
    },
    "payout": _DATED
    | {
        "id": "po",
        "description": "STRIPE PAYOUT",
        "metadata": EMPTY,
        "method": "standard",
        "source_type": "card",
        "status": "pending",
        "type": "bank_account",
        **nulls(
            "application_fee application_fee_amount balance_transaction "
            "failure_balance_transaction failure_code failure_message original_payout "
            "payout_method reversed_by statement_descriptor trace_id"
        ),
    },
    "price": _DATED
    | {
        "id": "price",
        "active": True,
        "billing_scheme": "per_unit",
        "tax_behavior": "unspecified",
        "type": "one_time",
        **nulls("custom_unit_amount lookup_key recurring tiers_mode transform_quantity"),
    },
    "product": _DATED
    | {
        "id": "prod",
        "active": True,
        "images": [],
        "marketing_features": [],
        "type": "service",
        **nulls(
            "default_price description package_dimensions shippable statement_descriptor tax_code "
            "unit_label url"
        ),
    },
    # https://docs.stripe.com/api/radar/early_fraud_warnings/object
    "radar.early_fraud_warning": _DATED | {"id": "issfr"},
    "refund": {
        "id": "re",
        "created": 0,
        "destination_details": {"card": {"type": "refund"}, "type": "card"},
        "metadata": EMPTY,
        "status": "succeeded",
        **nulls(
            "balance_transaction failure_balance_transaction failure_reason pending_reason "
            "receipt_number source_transfer_reversal transfer_reversal"
        ),
    },
    # Its secret is only in the answer that creates it.
    "webhook_endpoint": _DATED
    | {
        "id": "we",
        "application": None,
        "description": None,
        "metadata": EMPTY,
        "status": "enabled",
    },
}
