"""When a payment succeeded, and whether it failed after that.

A card is charged at the moment at which its charge is made. A bank debit is submitted then, and
Stripe books it then: it succeeds days later, or fails. Only events say when that was.
https://support.stripe.com/questions/changes-to-balance-transaction-behavior-for-debit-payment-methods
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

from bot.domain.json_access import Json, identifier, mapping, moment
from bot.domain.payment import Movement

# Ways to pay whose money comes days after Checkout, if at all.
# https://docs.stripe.com/payments/payment-methods#payment-notification
DELAYED = frozenset(
    """
    acss_debit au_becs_debit bacs_debit nz_bank_account sepa_debit sofort us_bank_account
    boleto konbini multibanco oxxo customer_balance
    """.split()
)
# A success so soon after the charge was made is the charge itself.
SAME_MOMENT = timedelta(minutes=1)

PAID_STATUSES = ("paid", "no_payment_required")
"""Of a Checkout Session."""
OF_CHECKOUT = "checkout.session.async_payment_succeeded"
"""Sent of delayed payments alone."""
_COMPLETED = "checkout.session.completed"
"""Sent of all: where it was paid by then, the moment is long after the session was opened."""
OF_CHARGE = "charge.succeeded"
OF_INTENT = "payment_intent.succeeded"


def success_time(event: Json) -> datetime | None:
    """When a payment succeeded, by one event; None where it does not say so."""
    type_ = event.get("type")
    shown = mapping(mapping(event.get("data")).get("object"))
    authorized = type_ == OF_CHARGE and shown.get("captured") is False
    unpaid = type_ == _COMPLETED and shown.get("payment_status") not in PAID_STATUSES
    if type_ not in (OF_CHECKOUT, OF_CHARGE, OF_INTENT, _COMPLETED) or authorized or unpaid:
        return None
    return moment(event.get("created"))


def earliest(*moments: datetime | None) -> datetime | None:
    """The first of these moments; None where none is known."""
    return min((at for at in moments if at is not None), default=None)


def counts(charged: datetime, succeeded: datetime | None) -> bool:
    """Whether a payment succeeded later than it was `charged`."""
    return succeeded is not None and succeeded > charged + SAME_MOMENT


def paid_at(
    charged: datetime, succeeded: datetime | None, available: datetime | None = None
) -> datetime:
    """When the money came: as it was `charged`, unless Stripe said later that it `succeeded`.

    So who paid first stays first, and a sale stays in its day while its fees settle. `available`:
    when the money of a delayed payment could be paid out, where nothing tells of its success.
    """
    if succeeded is not None and counts(charged, succeeded):
        return succeeded
    return max(charged, available) if available is not None and succeeded is None else charged


def is_delayed(charge: Json) -> bool:
    """Whether a charge is of a kind that succeeds days after it is made, or fails."""
    return mapping(charge.get("payment_method_details")).get("type") in DELAYED


def may_succeed_later(intent: Json, charge: Json) -> bool:
    """Whether a charge may succeed long after it was made: a debit, or one captured by hand."""
    return is_delayed(charge) or intent.get("capture_method") == "manual"


def available_since(intent: Json, charge: Json, movement: Movement | None) -> datetime | None:
    """Since when the money of a delayed payment is there for sure; None while it is not."""
    if movement is None or not movement.available or not may_succeed_later(intent, charge):
        return None
    return movement.available_on


def succeeded_of(events: Iterable[Json], *ids: str) -> datetime | None:
    """When the payment succeeded to which one of these ids belongs, by whichever event says so."""
    return earliest(
        *(
            success_time(event)
            for event in events
            if identifier(mapping(mapping(event.get("data")).get("object"))) in ids
        )
    )
