"""A fee that a platform returns: a balance transaction of its own on the seller's account.

With a refund or without one, Stripe books it apart from the refund, as an adjustment whose
reporting category is `fee`, for a `fee_refund`. That names the payment by its charge, or only by
the fee, which the charge names.
https://docs.stripe.com/reports/reporting-categories
https://support.stripe.com/questions/calculate-stripe-and-platform-application-fees-paid
"""

from dataclasses import replace
from datetime import datetime

from bot.domain.balance_transactions import (
    merge_balance_transactions,
    readable_balance_transaction,
)
from bot.domain.json_access import Json, identifier, mapping
from bot.domain.payment import BalanceTransaction, Fees

_TYPES = ("adjustment", "application_fee_refund")
_FEE = "fee"
_SOURCES = ("fee_refund", "charge", "refund")


def is_fee_return(balance_transaction: Json) -> bool:
    """Whether a balance transaction, its source expanded or not, returns a platform's fee."""
    source = balance_transaction.get("source")
    kind = mapping(source).get("object")
    returns = kind in _SOURCES if kind else (identifier(source) or "").startswith("fr_")
    return (
        balance_transaction.get("type") in _TYPES
        and balance_transaction.get("reporting_category") == _FEE
        and returns
    )


def charge_of_return(balance_transaction: Json) -> str | None:
    """The charge whose fee is returned, if the balance transaction says so itself."""
    source = mapping(balance_transaction.get("source"))
    if source.get("object") == "charge":
        return identifier(source)
    fee = mapping(source.get("fee"))
    return identifier(source.get("charge")) or identifier(fee.get("charge"))


def fee_of_return(balance_transaction: Json) -> str | None:
    """The id of the platform's fee that is returned."""
    return identifier(mapping(balance_transaction.get("source")).get("fee"))


def fee_return_of(
    balance_transaction: Json, _currency: str = "", _otherwise: datetime | None = None
) -> BalanceTransaction | None:
    """Read one: the amount that Stripe books is a returned fee. None if it is unreadable."""
    moved = readable_balance_transaction(balance_transaction)
    if moved is None or not is_fee_return(balance_transaction):
        return None
    return replace(moved, gross=0, fees=Fees(platform=-moved.net))


merge_fee_returns = merge_balance_transactions
