"""The import: all past payments, refunds, disputes and payouts, the oldest first, without alerts.

It reads by lists, in windows of time, and notes each window that is done: broken off, it goes on
from there. It may be repeated, and run next to the bot, whose newer data it leaves alone.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import KW_ONLY, dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TypeAlias, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.import_progress import ImportProgress
from bot.domain.json_access import Json, NotUnderstood, identifier, mapping
from bot.domain.parse import payment_of
from bot.domain.payment import Payment
from bot.domain.period import Clock
from bot.domain.problem import NOT_UNDERSTOOD, Problem
from bot.domain.sale import Producer
from bot.domain.stripe_view import StripeView
from bot.store.books.audit_rows import has_platform
from bot.store.books.sync_progress import note_import
from bot.store.engine import Store, StoreUnavailable
from bot.stripe_api import Span, StripeApi, StripeDenied, StripeGone
from bot.sync.account_scope import AccountScope
from bot.sync.backfill_write import BATCH, PaymentWriter, PayoutWriter, Written
from bot.sync.cutover import EVENTS_KEPT, cutover_at
from bot.sync.import_window import (
    ImportWindow,
    WindowPayments,
    intents_of,
    payments_in,
    read_window,
)
from bot.sync.object_work import settle_problems
from bot.sync.time_windows import seconds_of, windows
from bot.sync.unbooked import CHECKOUT_LIVES, UnbookedMoney, note_denied, with_charges

log = structlog.get_logger()

T = TypeVar("T")
Watch: TypeAlias = Callable[[ImportProgress], None]
Write: TypeAlias = Callable[[AsyncConnection, Sequence[T]], Awaitable[Written]]

# Stripe opened to the public in September 2011: there are no sales before that.
STRIPE_OPENED = datetime(2011, 9, 1, tzinfo=UTC)
# A bank debit is decided within this time, whatever its kind.
LONGEST_DEBIT = timedelta(days=21)
# Of those in one transaction, since each payment is written by itself.
PARTS = 5
# Seconds between two transactions, at least and at most; in between as long as the last one took.
# Another process that waits for SQLite's lock looks for it only now and then.
REST = 0.01, 0.1


@dataclass(slots=True)
class Summary:
    """What an import did."""

    cutover: datetime
    """What happened from then on is left to the bot, which announces it."""
    payments: Written = field(default_factory=Written)
    """A payment counts each time it is met: also when a refund of it is."""
    payouts: int = 0
    """New or changed."""
    broken: int = 0
    """Objects that were not understood: the log names them."""


@dataclass(eq=False)
class Backfill:
    """Imports the past of one account."""

    store: Store
    api: StripeApi
    """A persistent one, since an import takes long."""
    scope: AccountScope
    clock: Clock
    _: KW_ONLY
    livemode: bool
    watch: Watch = lambda _: None
    """Called with the progress after each window."""

    def __post_init__(self) -> None:
        self._history = self.api.history()
        self._has_platform = False
        """Whether a platform may have returned its fees."""
        self._payouts = PayoutWriter(self.store, self._history, self.clock)

    async def beginning(self) -> datetime:
        """Before this, the account can have sold nothing."""
        opened = await self._history.opened()
        return datetime.fromtimestamp(opened, UTC) if opened else STRIPE_OPENED

    async def walk(self, plan: ImportProgress, *, noted: bool = True) -> Summary:
        """Import what a plan has still to do; `noted`: each step of it is kept in the store.

        Raises StripeTrouble, StoreUnavailable or Stopped: then the next walk goes on from there.
        """
        producer, cutover = await self._open()
        summary = Summary(cutover)
        checkouts = _RecentIntents()
        before = Span(plan.done_until - CHECKOUT_LIVES, plan.done_until)
        checkouts.add(before, await self._history.checkout_intents(before))
        again = _to_read_again(plan)
        plan = replace(
            plan,
            first_begun=plan.first_begun or self.clock(),
            begun=self.clock(),
            begun_from=plan.done_until,
            trouble="",
        )
        await self._note(plan, noted=noted)
        whole = Span(plan.done_until, plan.end)
        async with aclosing(windows(whole, self._read)) as walk:
            async for span, window in walk:
                checkouts.add(span, intents_of(window.checkouts))
                returned = await with_charges(self.store, producer, window.fee_returns)
                window.fee_returns = returned
                found = await payments_in(window, checkouts.intents)
                await self._write(producer, window, found, summary)
                if span.end == plan.end and again is not None:
                    await self._complete(producer, again, summary)
                payments = plan.payments + len(found.payments)
                plan = replace(plan, done_until=span.end, payments=payments)
                plan = replace(plan, noted=self.clock())
                await self._note(plan, noted=noted)
        return summary

    async def _note(self, plan: ImportProgress, *, noted: bool) -> None:
        if noted:
            async with self.store.write() as connection:
                await note_import(connection, self.livemode, plan)
        self.watch(plan)

    async def _open(self) -> tuple[Producer, datetime]:
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=self.livemode)
            self._has_platform = await has_platform(connection, producer.id)
            return producer, await cutover_at(connection, self.livemode, self.clock())

    async def _read(self, span: Span, most: int | None) -> ImportWindow:
        read = await read_window(self._history, span, most, self.clock())
        self._has_platform = self._has_platform or read.has_platform
        if self._has_platform:
            read.fee_returns = await self._fee_returns(span)
        if read.untold:
            read.successes = await self._successes(span, read.untold)
        return read

    async def _fee_returns(self, span: Span) -> Sequence[Json]:
        """What platforms returned in a span. If the key may not read it, that is noted."""
        try:
            return await self._history.fee_returns(span)
        except StripeDenied as trouble:
            async with self.store.write() as connection:
                producer = await self.scope.producer(connection, livemode=self.livemode)
            await note_denied(self.store, producer, trouble, span.start, self.clock())
            return ()

    async def _successes(self, span: Span, types: Sequence[str]) -> Sequence[Json]:
        """Events of delayed payments' success, which came after the payments of a span were made.

        What Stripe no longer has events of was over before the bot's time.
        """
        since = max(span.start, seconds_of(self.clock() - EVENTS_KEPT))
        if span.end < since - LONGEST_DEBIT:
            return ()
        return await self._events(since, types)

    async def _events(self, since: datetime, types: Sequence[str]) -> Sequence[Json]:
        """Events of these types up to now; none with a key that may not list them."""
        span = Span(since, self.clock() + timedelta(seconds=1))
        try:
            return await self._history.events(span, types)
        except StripeDenied as trouble:
            log.warning("events cannot be listed with this key", reason=str(trouble))
            return ()

    async def _write(
        self, producer: Producer, window: ImportWindow, found: WindowPayments, summary: Summary
    ) -> None:
        writer = PaymentWriter(
            producer=producer,
            began=window.began,
            cutover=summary.cutover,
            come_by_event=await self._completed_later(found.payments, summary.cutover),
            templates=self.scope.templates,
        )
        await self._file(writer, found.payments, summary)
        await self._add_parts(writer, found.parts, summary)
        async with self.store.write() as connection:
            await settle_problems(connection, producer, found.problems, self.clock())
        summary.broken += found.broken
        summary.payouts += await self._payouts.write(
            producer, window.payouts, began=window.began, cutover=summary.cutover
        )

    async def _file(
        self, writer: PaymentWriter, payments: Sequence[Payment], summary: Summary
    ) -> None:
        async def write(connection: AsyncConnection, some: Sequence[Payment]) -> Written:
            return await writer.payments(connection, some, self.clock())

        await self._write_some(payments, BATCH, write, summary)

    async def _add_parts(
        self, writer: PaymentWriter, parts: Mapping[str, StripeView], summary: Summary
    ) -> None:
        """Add refunds and disputes to their payments; those of unknown charges are not ours."""

        async def write(connection: AsyncConnection, some: Sequence[str]) -> Written:
            chosen = {charge: parts[charge] for charge in some}
            return await writer.parts(connection, chosen, self.clock())

        await self._write_some(sorted(parts), PARTS, write, summary)

    async def _write_some(
        self, things: Sequence[T], size: int, write: Write[T], summary: Summary
    ) -> None:
        """Write so many in a transaction. What cannot be written is left out, alone."""
        for start in range(0, len(things), size):
            some = things[start : start + size]
            began = asyncio.get_running_loop().time()
            try:
                async with self.store.write() as connection:
                    written = await write(connection, some)
            except StoreUnavailable:
                raise
            except Exception as trouble:  # noqa: BLE001 - whatever it is, the others go on
                if len(some) > 1:
                    await self._write_some(some, 1, write, summary)
                    continue
                subject = some[0] if isinstance(some[0], str) else getattr(some[0], "key", "")
                log.error("not recorded", subject=subject, kind=type(trouble).__name__)
                written = Written()
                summary.broken += 1
            summary.payments.add(written)
            taken = asyncio.get_running_loop().time() - began
            await asyncio.sleep(min(max(taken, REST[0]), REST[1]))

    async def _completed_later(
        self, payments: Sequence[Payment], cutover: datetime
    ) -> frozenset[str]:
        """Free Checkouts that were completed after the cutover, as only their events say."""
        if not any(each.free and each.created >= cutover - CHECKOUT_LIVES for each in payments):
            return frozenset()
        events = await self._events(cutover, ["checkout.session.completed"])
        shown = (mapping(event.get("data")).get("object") for event in events)
        return frozenset(filter(None, map(identifier, shown)))

    async def _complete(self, producer: Producer, span: Span, summary: Summary) -> None:
        """Read again each payment and payout for which money moved in a span."""
        began = self.clock()
        ends = UnbookedMoney(self.store, self._history, producer)
        writer = PaymentWriter(
            producer=producer,
            began=began,
            cutover=summary.cutover,
            templates=self.scope.templates,
        )
        async with aclosing(ends.within(span)) as found:
            async for charges, payouts in found:
                read = [
                    await self._read_payment(producer, charge, summary)
                    for charge in sorted(charges)
                ]
                await self._file(writer, [payment for payment in read if payment], summary)
                summary.payouts += await self._payouts.write(
                    producer, payouts, began=began, cutover=summary.cutover
                )

    async def _read_payment(
        self, producer: Producer, charge: str, summary: Summary
    ) -> Payment | None:
        try:
            view = await self.api.read_payment(charge=charge, disputed=True)
            return payment_of(view) if view else None
        except (StripeGone, NotUnderstood) as trouble:
            summary.broken += 1
            log.error("object not understood", subject=charge, reason=str(trouble))
            problem = Problem(NOT_UNDERSTOOD, said=str(trouble))
            async with self.store.write() as connection:
                broken = {f"payment:{charge}": {problem}}
                await settle_problems(connection, producer, broken, self.clock())
            return None


def _to_read_again(plan: ImportProgress) -> Span | None:
    """When money may have moved for payments that the plan's windows do not reach again.

    If the import begins in the middle, that is since its start; if it goes on, since its first run:
    a refund that was read then may have failed meanwhile.
    """
    since = plan.start if plan.partial or plan.away else plan.first_begun
    return Span(since, plan.end) if since is not None and since < plan.end else None


class _RecentIntents:
    """The payment intents of Checkouts that a charge in the next window may belong to."""

    def __init__(self) -> None:
        self._known: list[tuple[Span, set[str]]] = []

    def add(self, span: Span, intents: set[str]) -> None:
        """Those of a window, after which come only later ones."""
        recent = (known for known in self._known if known[0].end > span.start - CHECKOUT_LIVES)
        self._known = [*recent, (span, intents)]

    @property
    def intents(self) -> set[str]:
        return set().union(*(intents for _, intents in self._known))
