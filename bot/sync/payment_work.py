"""The work on one payment: what its events say of it, and its turn to get a number.

Sales are read several at a time and get their numbers one after another. So the same events bring
the same numbers, in the order in which Stripe sends them, however long each reading takes: also
when a restored backup is brought up to date.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.event_types import TYPES
from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.json_access import Json, NotUnderstood, identifier, mapping
from bot.domain.parse import payment_of, payment_shown
from bot.domain.payment import Payment, PaymentState
from bot.domain.problem import Problem, payment_problems
from bot.domain.related_objects import SHOWN_BY_EVENTS_ALONE
from bot.domain.stripe_view import (
    StripeView,
    counts,
    earliest,
    success_time,
    view_of_event,
    view_of_events,
)
from bot.store.books.forget import scrub
from bot.store.books.payments import StoredPayment
from bot.store.inbox import StoredEvent
from bot.sync.object_work import Work
from bot.sync.stripe_calls import NO_SUCH_OBJECT


class Turn:
    """One reading's place in the order."""

    def __init__(self, before: list[asyncio.Event]) -> None:
        self._before = before
        self._over = asyncio.Event()

    async def comes(self, seconds: float) -> None:
        """Wait until all that was begun before is recorded, at most so long."""
        waiting = [event for event in self._before if not event.is_set()]
        if not waiting:
            return
        try:
            async with asyncio.timeout(seconds):
                for event in waiting:
                    await event.wait()
        except TimeoutError:
            return

    def over(self) -> None:
        """Let those go first that were begun later."""
        self._over.set()


class Turns:
    """The turns of all that is being read."""

    def __init__(self) -> None:
        self._open: list[asyncio.Event] = []

    @contextmanager
    def take(self) -> Iterator[Turn]:
        """A turn after all that are open; over at the end of the block, if not before."""
        turn = Turn(self._open.copy())
        self._open.append(turn._over)  # noqa: SLF001 - the two are one
        try:
            yield turn
        finally:
            turn.over()
            self._open.remove(turn._over)  # noqa: SLF001


class _Says(Protocol):
    def __call__(self, payment: Payment) -> bool: ...


def _paid(payment: Payment) -> bool:
    return payment.state is PaymentState.PAID


# Events that say one thing only, and when a payment read from Stripe already says it. All others
# are news each time they come.
_SAID_BY: Mapping[str, _Says] = {
    "checkout.session.completed": lambda payment: bool(payment.session) and _paid(payment),
    "checkout.session.async_payment_succeeded": _paid,
    "charge.succeeded": _paid,
    "payment_intent.succeeded": _paid,
    "charge.updated": lambda payment: payment.movement is not None,
}
# Attempts to pay that failed or were called off: if a payment has no other events, it is no sale.
# Of a Checkout that expires after a declined card Stripe cancels the intent.
_FAILED_ATTEMPTS = frozenset({"charge.failed", "charge.expired", "payment_intent.canceled"})
_SHOWN_BY_EVENTS_ALONE = frozenset(
    name for name, row in TYPES.items() if row.object in SHOWN_BY_EVENTS_ALONE
)


@dataclass(slots=True, kw_only=True)
class PaymentWork(Work):
    """One payment's work."""

    known: StoredPayment | None
    turn: Turn | None = None
    """Of one that is not known yet: when it may be recorded."""
    expected: Sequence[Json] = field(default_factory=tuple)
    """The line items of its payment link by the catalogue, if they are certain."""
    known_gone: bool = False
    """Whether Stripe said of the known payment that it is not there."""
    _shown: tuple[int, StripeView | None] = field(default=(0, None), init=False)
    """The view of its events, and how many of these were broken."""

    @property
    def shown(self) -> StripeView:
        """What its events show, but for the broken ones."""
        broken, view = self._shown
        if view is None or broken != len(self.broken):
            view = view_of_events(self.bodies())
            self._shown = len(self.broken), view
        return view

    @property
    def session(self) -> str | None:
        """The Checkout Session's id, if an event or an earlier reading has named it."""
        if self.known is not None and self.known.payment.session:
            return self.known.payment.session
        return identifier(self.shown.session)

    @property
    def disputed(self) -> bool:
        """Whether a bank has asked about it: Stripe need not say so on the charge."""
        return any("dispute" in event.type for event in self.events)

    def with_events(self, view: StripeView) -> StripeView:
        """What Stripe answered, with the related objects that only events show."""
        events = self.shown
        shown: dict[str, Any] = {
            field: getattr(events, field) for field in SHOWN_BY_EVENTS_ALONE.values()
        }
        return replace(view, **shown)

    @property
    def is_paid(self) -> bool:
        """Whether it is known as paid."""
        return self.known is not None and _paid(self.known.payment)

    @property
    def succeeded(self) -> datetime | None:
        """When it succeeded, as events or an earlier reading say: Stripe's answers do not."""
        paid = self.known.payment.paid if self.known else None
        return earliest(paid, self.shown.succeeded)

    @property
    def newest(self) -> datetime | None:
        """When the last of its new events came; None without any."""
        return max((event.received for event in self.fresh), default=None)

    @property
    def only_failed(self) -> bool:
        """Whether nothing is known of it but attempts that failed: a declined card, most often.

        If it is a bank debit whose Checkout becomes known later, that event brings it back.
        """
        return self.known is None and all(each.type in _FAILED_ATTEMPTS for each in self.events)

    def gone_until(self, now: datetime) -> datetime | None:
        """When Stripe, which said that it is not there, is to be asked again: not before, since
        another event of it is no reason to. None if it may be asked now.
        """
        if self.known is not None:
            until = self.known.due if self.known_gone else None
            return until if until is not None and until > now else None
        if self.session is not None:
            return None
        answered = (each for each in self.fresh if each.error == NO_SUCH_OBJECT)
        return min((each.due for each in answered if each.due and each.due > now), default=None)

    @property
    def names_exclusive(self) -> bool:
        """Whether its events say for certain that an exclusive was bought, and it is not recorded
        yet.

        Of a payment link the catalogue has to say so: its metadata may say something else.
        """
        session = mapping(self.shown.session)
        certain = bool(self.expected) or (bool(session) and not session.get("payment_link"))
        if self.known is not None or not certain:
            return False
        try:
            payment = payment_shown(replace(self.shown, expected=self.expected))
        except NotUnderstood:
            return False
        return (
            payment is not None
            and _paid(payment)
            and any(line.exclusive and line.track != UNNAMED_TRACK for line in payment.lines)
        )

    @property
    def covered(self) -> bool:
        """Whether what was read of Stripe holds all that the new events say."""
        return bool(self.fresh) and all(map(self._covers, self.fresh))

    async def finish(
        self, connection: AsyncConnection, state: str = "done", *, overruled: bool = False
    ) -> None:
        """As all work; and events that came late of a forgotten buyer are cleaned of them."""
        await Work.finish(self, connection, state, overruled=overruled)
        if self.known is not None and self.known.payment.buyer.forgotten:
            await scrub(connection, [event.sequence for event in self.fresh])

    def _covers(self, event: StoredEvent) -> bool:
        known = self.known
        if known is None or known.read is None or event.type in _SHOWN_BY_EVENTS_ALONE:
            return False
        said = _SAID_BY.get(event.type)
        says_all = known.complete and said is not None and said(known.payment)
        return (says_all or event.received <= known.read) and not _is_earlier(event, known.payment)

    def payment_in_events(self) -> Payment | None:
        """The payment by what all its events say, on top of what was known.

        None if they show no sale. Raises NotUnderstood if all of them are broken.
        """
        known = self.known.payment if self.known else None
        try:
            return payment_shown(replace(self.shown, expected=self.expected), known)
        except NotUnderstood:
            self.sort_out(lambda event: payment_of(view_of_event(event)))
            return payment_shown(replace(self.shown, expected=self.expected), known)

    def problems(self, payment: Payment) -> Set[Problem]:
        """What is not understood of it, as far as its events show it."""
        return payment_problems(self.shown, payment)


def _is_earlier(event: StoredEvent, known: Payment) -> bool:
    """Whether an event says that a payment succeeded before the moment it is known to have."""
    at = success_time(json.loads(event.body))
    return at is not None and known.paid is not None and counts(at, known.paid)
