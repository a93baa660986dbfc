"""A platform's fee that it gives back: a movement of its own on the seller's account.

Whether a refund asks for it, or the platform gives it back for another reason, Stripe books it
apart from the refund, as an adjustment whose reporting category is `fee`, for a `fee_refund`. Of
whose payment it is, that says by its charge, or by the fee alone, which the charge names.
https://docs.stripe.com/reports/reporting-categories
https://support.stripe.com/questions/calculate-stripe-and-platform-application-fees-paid
"""

from collections.abc import Iterable
from dataclasses import replace

from bot.domain.balance_transactions import balance_transaction_of, latest
from bot.domain.json_access import Json, NotUnderstood, identifier, mapping
from bot.domain.payment import BalanceTransaction, Fees, Payment

_TYPES = ("adjustment", "application_fee_refund")
_FEE = "fee"
_SOURCES = ("fee_refund", "charge", "refund")


def is_fee_return(balance_transaction: Json) -> bool:
    """Whether a balance transaction, its source expanded or not, gives back a platform's fee."""
    source = balance_transaction.get("source")
    kind = mapping(source).get("object")
    returns = kind in _SOURCES if kind else (identifier(source) or "").startswith("fr_")
    return (
        balance_transaction.get("type") in _TYPES
        and balance_transaction.get("reporting_category") == _FEE
        and returns
    )


def charge_of_return(balance_transaction: Json) -> str | None:
    """The charge whose fee is given back, where the balance transaction says so itself."""
    source = mapping(balance_transaction.get("source"))
    if source.get("object") == "charge":
        return identifier(source)
    fee = mapping(source.get("fee"))
    return identifier(source.get("charge")) or identifier(fee.get("charge"))


def fee_of_return(balance_transaction: Json) -> str | None:
    """The platform's fee that is given back, by its id."""
    return identifier(mapping(balance_transaction.get("source")).get("fee"))


def fee_return_of(balance_transaction: Json) -> BalanceTransaction | None:
    """Read one: Stripe books as an amount what is a fee given back. None where it is unreadable."""
    if not is_fee_return(balance_transaction):
        return None
    try:
        moved = balance_transaction_of(balance_transaction)
    except NotUnderstood:
        return None
    return replace(moved, gross=0, fees=Fees(platform=-moved.net))


def merge_fee_returns(*views: Iterable[BalanceTransaction]) -> tuple[BalanceTransaction, ...]:
    """Each of all views once; oldest first. One never goes again."""
    merged: dict[str, BalanceTransaction] = {}
    for moved in (moved for view in views for moved in view):
        merged[moved.id] = latest(merged.get(moved.id), moved) or moved
    return tuple(sorted(merged.values(), key=lambda moved: (moved.at, moved.id)))


def still_returned(known: Payment | None, seen: Payment) -> Payment:
    """The payment as `seen`, with what was known to be given back: not each reading shows it."""
    if known is None or not known.fee_returns:
        return seen
    return replace(seen, fee_returns=merge_fee_returns(known.fee_returns, seen.fee_returns))
