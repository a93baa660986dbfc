"""Money that moved for a sale and is not in our books: which charges and payouts to read anew."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from datetime import timedelta
from functools import partial

from bot.domain.audit import charge_of, is_of_unpaid
from bot.domain.json_access import Json, identifier, mapping, moment, text
from bot.domain.payment import PaymentState
from bot.domain.records import Producer
from bot.store.books import audit
from bot.store.engine import Store
from bot.stripe_api import History, Span, StripeGone
from bot.sync.fee_returns import with_charges
from bot.sync.retry import Persistence
from bot.sync.time_windows import windows

PAID = PaymentState.PAID.value
# A Checkout lives for a day, and its charge is made within that.
# https://docs.stripe.com/api/checkout/sessions/object#checkout_session_object-expires_at
CHECKOUT_LIVES = timedelta(hours=25)


class LooseEnds:
    """Finds them among Stripe's balance transactions."""

    def __init__(
        self, store: Store, history: History, persistence: Persistence, producer: Producer
    ) -> None:
        self._store = store
        self._history = history
        self._persistence = persistence
        self._producer = producer

    async def within(self, whole: Span) -> AsyncGenerator[tuple[set[str], list[Json]]]:
        """For each window of a span: charges of sales to be read anew, and payouts as they are."""
        async with aclosing(windows(whole, self._movements)) as walk:
            async for _, listed in walk:
                yield await self._loose(listed), _payouts_of(listed)

    async def _loose(self, listed: Sequence[Json]) -> set[str]:
        listed = await with_charges(self._store, self._producer, listed)
        async with self._store.read() as connection:
            ids = (id_ for row in listed if (id_ := identifier(row)))
            booked = await audit.booked_as(connection, self._producer.id, ids)
            known = {row.source for row in booked}
            loose = [row for row in listed if charge_of(row) and row.get("id") not in known]
            charges = {charge_of(row) or "" for row in loose}
            ours = await audit.charges_known(connection, self._producer.id, charges)
        unknown = [row for row in loose if charge_of(row) not in ours]
        # What a debit moves before it has succeeded is in nobody's books.
        paid = {charge_of(row) or "" for row in loose if not is_of_unpaid(row)}
        own = {charge for charge, state in ours.items() if charge in paid or state == PAID}
        return own | await charges_sold(self._history, self._persistence, unknown)

    async def _movements(self, span: Span, most: int | None) -> Sequence[Json]:
        return await self._persistence.ask(partial(self._history.movements, span, most))


async def charges_sold(
    history: History, persistence: Persistence, movements: Sequence[Json]
) -> set[str]:
    """Of the charges that these movements are for, those that paid for beats.

    These are paid by Checkout, or named by their metadata.
    """
    charges = await _charges_of(history, persistence, movements)
    intents: set[str] = set()
    for span in _spans(list(charges.values())):
        asked = partial(history.checkout_intents, span, "payment")
        intents |= await persistence.ask(asked)
    return {
        id_
        for id_, charge in charges.items()
        if charge.get("status") == "succeeded"
        and (
            identifier(charge.get("payment_intent")) in intents
            or text(mapping(charge.get("metadata")).get("track"))
        )
    }


async def _charges_of(
    history: History, persistence: Persistence, movements: Sequence[Json]
) -> dict[str, Json]:
    """The charges by their ids: some are shown, the others are read."""
    sources = [mapping(movement.get("source")) for movement in movements]
    shown = (source for source in sources if source.get("object") == "charge")
    charges = {id_: source for source in shown if (id_ := identifier(source))}
    wanted = {id_ for movement in movements if (id_ := charge_of(movement))}
    for id_ in sorted(wanted - charges.keys()):
        try:
            charges[id_] = await persistence.ask(partial(history.charge, id_))
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
