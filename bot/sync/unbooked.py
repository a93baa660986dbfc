"""Money that moved for a sale and is not in our books: returned platform fees, and all the rest."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import KW_ONLY, dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import structlog

from bot.domain.balance_transactions import (
    charge_of_return,
    fee_of_return,
    fee_return_of,
    is_fee_return,
)
from bot.domain.json_access import Json, identifier, mapping, moment, text
from bot.domain.parse import amend
from bot.domain.payment import PaymentState
from bot.domain.period import Clock
from bot.domain.problem import DENIED, KEY, Problem
from bot.domain.reconciliation import charge_of, is_of_unpaid
from bot.domain.sale import Producer
from bot.domain.stripe_view import StripeView
from bot.store.books import audit_rows, problem_log
from bot.store.books.record import record
from bot.store.books.sync_progress import (
    fee_returns_unread,
    known_by_charge,
    note_fee_returns_unread,
)
from bot.store.engine import Store
from bot.stripe_api import History, Span, StripeDenied, StripeGone
from bot.sync.account_scope import AccountScope
from bot.sync.object_work import is_open, next_check
from bot.sync.time_windows import windows

log = structlog.get_logger()


async def with_charges(store: Store, producer: Producer, listed: Sequence[Json]) -> list[Json]:
    """Balance transactions; those that name only a fee get the charge it was of."""
    fees = {
        fee: row
        for row in listed
        if is_fee_return(row) and charge_of_return(row) is None and (fee := fee_of_return(row))
    }
    if not fees:
        return list(listed)
    async with store.read() as connection:
        charges = await audit_rows.charges_of_fees(connection, producer.id, fees)
    return [_charged(row, charges) for row in listed]


def _charged(row: Json, charges: dict[str, str]) -> Json:
    charge = charges.get(fee_of_return(row) or "")
    if charge is None or not is_fee_return(row):
        return row
    return {**row, "source": {**mapping(row.get("source")), "charge": charge}}


@dataclass(eq=False)
class FeeReturns:
    """Finds fees that platforms returned without a refund: the seller's account gets no event of
    it."""

    store: Store
    history: History
    scope: AccountScope
    clock: Clock
    _: KW_ONLY
    livemode: bool

    async def look(self, whole: Span) -> bool:
        """Add the fees returned in a span to their payments; whether there is news.

        If no platform ever took a fee, Stripe is not asked. What the key may not read is noted, and
        read once it may. Raises StripeTrouble and Stopped.
        """
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=self.livemode)
            if not await audit_rows.has_platform(connection, producer.id):
                return False
            unread = await fee_returns_unread(connection, self.livemode)
        whole = Span(min(unread or whole.start, whole.start), whole.end)
        found = False
        try:
            async with aclosing(windows(whole, self.history.fee_returns)) as walk:
                async for _, listed in walk:
                    for row in await with_charges(self.store, producer, listed):
                        found = await self._add(producer, row) or found
        except StripeDenied as trouble:
            await note_denied(self.store, producer, trouble, whole.start, self.clock())
        else:
            if unread is not None:
                async with self.store.write() as connection:
                    await note_fee_returns_unread(connection, self.livemode, None)
        return found

    async def _add(self, producer: Producer, row: Json) -> bool:
        charge, now = charge_of(row), self.clock()
        if charge is None or fee_return_of(row) is None:
            return False
        async with self.store.write() as connection:
            known = (await known_by_charge(connection, producer.id, [charge])).get(charge)
            if known is None:
                return False
            after = amend(known.payment, StripeView(fee_returns=[row]))
            if after == known.payment:
                return False
            await record(
                connection,
                producer,
                after,
                complete=known.complete,
                read=None,
                due=next_check(0, now) if is_open(known.payment, complete=known.complete) else None,
                checks=1,
                now=now,
                templates=self.scope.templates,
            )
        log.info("platform fee returned", subject=charge)
        return True


async def note_denied(
    store: Store, producer: Producer, trouble: StripeDenied, since: datetime, now: datetime
) -> None:
    """Note what the key lacks, and since when it is not known what platforms returned.

    Raises the trouble itself if Stripe does not know the key at all.
    """
    if trouble.status != HTTPStatus.FORBIDDEN:
        raise trouble
    log.warning("what platforms returned cannot be read", reason=str(trouble))
    denied = Problem(DENIED, said=trouble.permission or "")
    async with store.write() as connection:
        await problem_log.add(connection, producer.id, KEY, [denied], now)
        await note_fee_returns_unread(connection, producer.livemode, since)


PAID = PaymentState.PAID.value
# A Checkout lives for a day, and its charge is made within that.
# https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-expires_at
CHECKOUT_LIVES = timedelta(hours=25)


@dataclass(eq=False)
class UnbookedMoney:
    """Finds them among Stripe's balance transactions."""

    store: Store
    history: History
    producer: Producer

    async def within(self, whole: Span) -> AsyncGenerator[tuple[set[str], list[Json]]]:
        """For each window of a span: charges of sales to read again, and payouts as they are."""
        async with aclosing(windows(whole, self.history.movements)) as walk:
            async for _, listed in walk:
                yield await self._unbooked(listed), _payouts_of(listed)

    async def _unbooked(self, listed: Sequence[Json]) -> set[str]:
        listed = await with_charges(self.store, self.producer, listed)
        async with self.store.read() as connection:
            ids = (id_ for row in listed if (id_ := identifier(row)))
            booked = await audit_rows.booked_as(connection, self.producer.id, ids)
            known = {row.source for row in booked}
            unbooked = [row for row in listed if charge_of(row) and row.get("id") not in known]
            charges = {charge_of(row) or "" for row in unbooked}
            ours = await audit_rows.charges_known(connection, self.producer.id, charges)
        unknown = [row for row in unbooked if charge_of(row) not in ours]
        # What a debit moves before it has succeeded is in no books.
        paid = {charge_of(row) or "" for row in unbooked if not is_of_unpaid(row)}
        own = {charge for charge, state in ours.items() if charge in paid or state == PAID}
        return own | await charges_sold(self.history, unknown)


async def charges_sold(history: History, movements: Sequence[Json]) -> set[str]:
    """Of the charges that these movements are for, those that paid for beats.

    These are paid by Checkout, or named by their metadata.
    """
    charges = await _charges_of(history, movements)
    intents: set[str] = set()
    for span in _spans(list(charges.values())):
        intents |= await history.checkout_intents(span, "payment")
    return {
        id_
        for id_, charge in charges.items()
        if charge.get("status") == "succeeded"
        and (
            identifier(charge.get("payment_intent")) in intents
            or text(mapping(charge.get("metadata")).get("track"))
        )
    }


async def _charges_of(history: History, movements: Sequence[Json]) -> dict[str, Json]:
    """The charges by their ids: some are shown, the others are read."""
    sources = [mapping(movement.get("source")) for movement in movements]
    shown = (source for source in sources if source.get("object") == "charge")
    charges = {id_: source for source in shown if (id_ := identifier(source))}
    wanted = {id_ for movement in movements if (id_ := charge_of(movement))}
    for id_ in sorted(wanted - charges.keys()):
        try:
            charges[id_] = await history.charge(id_)
        except StripeGone:
            continue
    return charges


def _spans(charges: Sequence[Json]) -> list[Span]:
    """When the Checkouts of these charges can have been opened; what overlaps is one span."""
    created = sorted(filter(None, (moment(charge.get("created")) for charge in charges)))
    spans: list[Span] = []
    for at in created:
        span = Span(at - CHECKOUT_LIVES, at + timedelta(seconds=1))
        if spans and span.start <= spans[-1].end:
            span = Span(spans.pop().start, span.end)
        spans.append(span)
    return spans


def _payouts_of(movements: Sequence[Json]) -> list[Json]:
    """The payouts among the sources, each once."""
    sources = (mapping(movement.get("source")) for movement in movements)
    payouts = {source["id"]: source for source in sources if source.get("object") == "payout"}
    return list(payouts.values())
