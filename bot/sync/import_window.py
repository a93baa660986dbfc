"""One window of the past as Stripe lists it, and the payments in it."""

import asyncio
from collections import defaultdict
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from bot.domain.balance_transactions import charge_of_return, fee_of_return
from bot.domain.json_access import Json, NotUnderstood, identifier
from bot.domain.parse import failed_late, payment_of, unreported_success
from bot.domain.payment import Payment
from bot.domain.problem import NOT_UNDERSTOOD, Problem, payment_problems
from bot.domain.stripe_view import StripeView, succeeded_of
from bot.stripe_api import History, Span

log = structlog.get_logger()

STEP = 10
"""Payments that are read in one go: a few milliseconds."""


@dataclass(slots=True, kw_only=True)
class ImportWindow:
    """Everything about sales that was created in a window; Stripe's lists have no order for us."""

    checkouts: Sequence[StripeView]
    charges: Sequence[Json]
    refunds: Sequence[Json]
    disputes: Sequence[Json]
    payouts: Sequence[Json]
    began: datetime
    """When its reading began."""
    fee_returns: Sequence[Json] = ()
    """Balance transactions by which platforms returned their fees."""
    successes: Sequence[Json] = ()
    """Events that say when delayed payments of it succeeded, as far as Stripe still has them."""

    @property
    def untold(self) -> list[str]:
        """The types of the events that would say when its delayed payments succeeded."""
        found = map(unreported_success, (*self.checkouts, *_with_intents(self.charges)))
        return sorted(set(filter(None, found)))

    @property
    def has_platform(self) -> bool:
        """Whether a platform took a fee of anything in it."""
        return any(charge.get("application_fee") for charge in self.charges)

    def __len__(self) -> int:
        """How full it is: of what there is most."""
        lists = (self.checkouts, self.charges, self.refunds, self.disputes, self.payouts)
        return max(map(len, lists))


@dataclass(slots=True)
class WindowPayments:
    """The payments in a window."""

    payments: list[Payment] = field(default_factory=list)
    """Sales that were made in it, the oldest first."""
    parts: dict[str, StripeView] = field(default_factory=dict)
    """Refunds and disputes of charges that were made before it, by charge."""
    problems: dict[str, Set[Problem]] = field(default_factory=dict)
    """What of its payments is not understood, by what the payment's events go by."""
    broken: int = 0
    """How many were not understood at all."""


async def read_window(
    history: History, span: Span, most: int | None, began: datetime
) -> ImportWindow:
    """Read all lists of a window side by side. Raises TooMuch, and what History raises."""
    checkouts, charges, refunds, disputes, payouts = await _together(
        history.checkouts(span, most),
        history.charges(span, most),
        history.refunds(span, most),
        history.disputes(span, most),
        history.payouts(span, most),
    )
    return ImportWindow(
        checkouts=checkouts,
        charges=charges,
        refunds=refunds,
        disputes=disputes,
        payouts=payouts,
        began=began,
    )


async def _together(*work: Coroutine[Any, Any, Any]) -> list[Any]:
    """All results, in order; where one fails the others are broken off."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(each) for each in work]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


async def payments_in(window: ImportWindow, checkout_intents: set[str]) -> WindowPayments:
    """Read the payments of a window, in small steps, so that everything else goes on.

    `checkout_intents`: of every Checkout that a charge in it may belong to, since a charge that
    belongs to one is no payment by itself.
    """
    found = WindowPayments()
    parts = _Parts(window.refunds, window.disputes, _charged(window))
    views = (*window.checkouts, *_without_checkout(window.charges, checkout_intents))
    for number, apart in enumerate(views):
        if number % STEP == 0:
            await asyncio.sleep(0)
        charge = identifier(apart.charge)
        view = replace(apart, **parts.of(charge)) if charge else apart
        if unreported_success(view):
            shown = map(identifier, (view.session, view.intent, view.charge))
            succeeded = succeeded_of(window.successes, *filter(None, shown))
            view = replace(view, succeeded=succeeded)
        try:
            payment = payment_of(view)
        except NotUnderstood as trouble:
            found.broken += 1
            found.problems[_say_broken(view, trouble)] = {
                Problem(NOT_UNDERSTOOD, said=str(trouble))
            }
            continue
        if payment is not None:
            found.payments.append(payment)
            found.problems[f"payment:{payment.intent or payment.session or payment.charge}"] = (
                payment_problems(view, payment)
            )
            parts.take(charge)
    found.payments.sort(key=lambda payment: (payment.paid or payment.created, payment.key))
    found.parts = {charge: StripeView(**parts.of(charge)) for charge in parts.charges}
    return found


class _Parts:
    """Refunds, disputes and returned fees, by the charge they belong to."""

    def __init__(
        self,
        refunds: Iterable[Json],
        disputes: Iterable[Json],
        fee_returns: Mapping[str, list[Json]],
    ) -> None:
        self._lists = {
            "refunds": _by_charge(refunds),
            "disputes": _by_charge(disputes),
            "fee_returns": dict(fee_returns),
        }

    @property
    def charges(self) -> Iterator[str]:
        """Each charge that has any."""
        return iter(sorted({charge for one in self._lists.values() for charge in one}))

    def of(self, charge: str) -> Mapping[str, Any]:
        """As `StripeView` takes them."""
        return {name: one.get(charge, ()) for name, one in self._lists.items()}

    def take(self, charge: str | None) -> None:
        """Leave those of a charge out from now on."""
        for one in self._lists.values():
            one.pop(charge or "", None)


def _by_charge(parts: Iterable[Json]) -> dict[str, list[Json]]:
    found: dict[str, list[Json]] = defaultdict(list)
    for part in parts:
        charge = identifier(part.get("charge"))
        if charge is not None:
            found[charge].append(part)
    return dict(found)


def _charged(window: ImportWindow) -> dict[str, list[Json]]:
    """Returned fees by the charges they were of; the charges of the window name their fees."""
    charges = (*window.charges, *(each.charge or {} for each in window.checkouts))
    fees = {identifier(charge.get("application_fee")): identifier(charge) for charge in charges}
    found: dict[str, list[Json]] = defaultdict(list)
    for row in window.fee_returns:
        fee = fee_of_return(row)
        charge = charge_of_return(row) or (fees.get(fee) if fee else None)
        if charge is not None:
            found[charge].append(row)
    return dict(found)


def _without_checkout(charges: Iterable[Json], checkout_intents: set[str]) -> Iterator[StripeView]:
    for view in _with_intents(charges):
        charge = view.charge or {}
        # Of several attempts at a payment all but the last have failed.
        attempt = charge.get("status") != "succeeded" and not failed_late(view)
        if not attempt and identifier(charge.get("payment_intent")) not in checkout_intents:
            yield view


def _with_intents(charges: Iterable[Json]) -> Iterator[StripeView]:
    """Each charge with its intent, as far as that is shown."""
    for charge in charges:
        intent = charge.get("payment_intent")
        yield StripeView(intent=intent if isinstance(intent, Mapping) else None, charge=charge)


def _say_broken(view: StripeView, trouble: NotUnderstood) -> str:
    """Log it; what its events would go by."""
    shown = [identifier(each) for each in (view.session, view.intent, view.charge)]
    session, intent, charge = shown
    log.error("object not understood", subject=session or intent or charge, reason=str(trouble))
    return f"payment:{intent or session or charge}"


def intents_of(checkouts: Iterable[StripeView]) -> set[str]:
    """The payment intents of Checkouts."""
    intents = (identifier((each.session or {}).get("payment_intent")) for each in checkouts)
    return {intent for intent in intents if intent}
