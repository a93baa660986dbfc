"""Stripe's balance transactions: money that moved, with its fees; also a platform's that came back.

https://docs.stripe.com/api/balance_transactions/object
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from datetime import datetime
from functools import reduce
from itertools import chain
from operator import attrgetter
from typing import TypeVar

from bot.domain.json_access import (
    Json,
    NotUnderstood,
    currency,
    identifier,
    integer,
    mapping,
    mappings,
    moment,
    text,
)
from bot.domain.payment import BalanceTransaction, Dispute, Fees, FraudWarning, Refund

# Whose fee it is, by the `type` of a fee detail. Every other type is Stripe's own: stripe_fee,
# payment_method_passthrough_fee and new ones.
TAX = "tax"
WITHHELD = "withheld_tax"
PLATFORM = "application_fee"


def balance_transaction_of(balance_transaction: Json) -> BalanceTransaction:
    """Read a balance transaction, which must be expanded.

    The fees add up to its `fee`: what the fee details do not explain is taken as Stripe's.
    Raises NotUnderstood without an id, an amount, a currency and a time.
    """
    id_ = identifier(balance_transaction)
    gross = integer(balance_transaction.get("amount"))
    code = currency(balance_transaction.get("currency"))
    at = moment(balance_transaction.get("created"))
    if id_ is None or gross is None or code is None or at is None:
        raise NotUnderstood("a balance transaction lacks its id, amount, currency or time")
    fees = _fees(balance_transaction, gross, code)
    return BalanceTransaction(
        id=id_,
        kind=text(balance_transaction.get("type")) or "unknown",
        currency=code,
        gross=gross,
        fees=fees,
        net=gross - fees.total,
        at=at,
        available=balance_transaction.get("status") == "available",
        available_on=moment(balance_transaction.get("available_on")) or at,
    )


def readable_balance_transaction(value: object) -> BalanceTransaction | None:
    """Read a balance transaction; None if it is not expanded or lacks what it needs."""
    try:
        return balance_transaction_of(value) if isinstance(value, Mapping) else None
    except NotUnderstood:
        return None


def together(one: BalanceTransaction, other: BalanceTransaction) -> BalanceTransaction:
    """The first of two balance transactions with the amounts of both."""
    names = (field.name for field in fields(Fees))
    fees = {name: getattr(one.fees, name) + getattr(other.fees, name) for name in names}
    net, gross = one.net + other.net, one.gross + other.gross
    return replace(one, gross=gross, fees=Fees(**fees), net=net)


Object = TypeVar("Object", BalanceTransaction, Refund, Dispute, FraudWarning)


def each_once(
    objects: Iterable[Object],
    later: Callable[[Object, Object], Object],
    when: Callable[[Object], datetime],
) -> tuple[Object, ...]:
    """Each object once, of several views of it the `later`; oldest first."""
    merged: dict[str, Object] = {}
    for one in objects:
        merged[one.id] = later(merged[one.id], one) if one.id in merged else one
    return tuple(sorted(merged.values(), key=lambda one: (when(one), one.id)))


def merge_balance_transactions(
    *views: Iterable[BalanceTransaction],
) -> tuple[BalanceTransaction, ...]:
    """All of several views, each once; oldest first."""
    return each_once(chain(*views), _later, attrgetter("at"))


def latest(*movements: BalanceTransaction | None) -> BalanceTransaction | None:
    """The latest of several views of one balance transaction: money only becomes available."""
    known = [movement for movement in movements if movement is not None]
    return reduce(_later, known) if known else None


def _later(one: BalanceTransaction, other: BalanceTransaction) -> BalanceTransaction:
    return max(one, other, key=lambda view: (view.available, repr(view)))


def _fees(balance_transaction: Json, gross: int, code: str) -> Fees:
    details = mappings(balance_transaction.get("fee_details"))
    details = [detail for detail in details if currency(detail.get("currency")) in (code, None)]
    tax, platform, withheld = (_sum(details, kind) for kind in (TAX, PLATFORM, WITHHELD))
    fee = integer(balance_transaction.get("fee"))
    net = integer(balance_transaction.get("net"))
    if fee is None:
        fee = gross - net if net is not None else _sum(details)
    stripe = fee - tax - platform - withheld
    return Fees(stripe=stripe, tax=tax, platform=platform, withheld=withheld)


def _sum(details: Iterable[Json], kind: str | None = None) -> int:
    return sum(
        integer(detail.get("amount")) or 0
        for detail in details
        if kind is None or detail.get("type") == kind
    )


# A fee that a platform returns, with a refund or without one, Stripe books apart from the refund:
# as an adjustment whose reporting category is `fee`, for a `fee_refund`. That names the payment by
# its charge, or only by the fee, which the charge names.
# https://docs.stripe.com/reports/reporting-categories
# https://support.stripe.com/questions/calculate-stripe-and-platform-application-fees-paid
_RETURNING_TYPES = ("adjustment", "application_fee_refund")
_RETURNING_SOURCES = ("fee_refund", "charge", "refund")


def is_fee_return(balance_transaction: Json) -> bool:
    """Whether a balance transaction, its source expanded or not, returns a platform's fee."""
    source = balance_transaction.get("source")
    kind = mapping(source).get("object")
    returns = kind in _RETURNING_SOURCES if kind else (identifier(source) or "").startswith("fr_")
    return (
        balance_transaction.get("type") in _RETURNING_TYPES
        and balance_transaction.get("reporting_category") == "fee"
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
