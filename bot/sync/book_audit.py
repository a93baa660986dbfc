"""The audit: our books compared with Stripe's, balance transaction by balance transaction."""

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.domain.json_access import Json, currency, identifier, integer, text
from bot.domain.payment import PaymentState
from bot.domain.reconciliation import (
    Comparison,
    Difference,
    Posting,
    Subject,
    Sums,
    Totals,
    charge_of,
    compare,
    is_of_unpaid,
    our_payout,
    payout_fee,
    payout_posting,
    posting_of,
    subjects_of,
    totals,
    without_uncaptured,
)
from bot.domain.sale import Producer
from bot.store.books import audit_rows
from bot.store.engine import Store
from bot.stripe_api import History, Span
from bot.sync.time_windows import windows
from bot.sync.unbooked import charges_sold, with_charges

PAID = PaymentState.PAID.value


@dataclass(slots=True)
class _Sides:
    """What was found so far."""

    stripe: dict[str, Posting] = field(default_factory=dict)
    """Of sales that are ours, and of payouts, that the other side does not have (yet)."""
    here: dict[str, Posting] = field(default_factory=dict)
    differences: list[Difference] = field(default_factory=list)
    stripe_totals: Totals = field(default_factory=dict)
    here_totals: Totals = field(default_factory=dict)
    others: Totals = field(default_factory=dict)
    unpaid: Totals = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    """What of our books is compared already, by its balance transactions."""
    unknown: list[Json] = field(default_factory=list)
    """Balance transactions of charges that are none of ours: other business, or a sale we miss."""

    def compare(self, stripe: Mapping[str, Posting], here: Mapping[str, Posting]) -> None:
        """Compare what is on both sides; what is on one only may still turn up on the other."""
        _add(self.stripe_totals, totals(stripe.values()))
        _add(self.here_totals, totals(here.values()))
        self.stripe |= stripe
        self.here |= here
        both = self.stripe.keys() & self.here.keys()
        theirs = {id_: self.stripe.pop(id_) for id_ in both}
        self.differences += compare(theirs, {id_: self.here.pop(id_) for id_ in both})

    def set_apart(
        self, code: str, kind: str, gross: int, fee: int, net: int, *, unpaid: bool = False
    ) -> None:
        """Count what is no sale of beats, or not paid."""
        apart = self.unpaid if unpaid else self.others
        apart.setdefault((code, kind), Sums()).add(gross, fee, net)


@dataclass(eq=False)
class Audit:
    """Compares the books of one producer with Stripe's."""

    store: Store
    history: History
    producer: Producer

    async def run(self, whole: Span) -> Comparison:
        """Compare all that was booked in a span. Raises StripeTrouble and StoreUnavailable."""
        sides = _Sides()
        async with aclosing(windows(whole, self.history.movements)) as walk:
            async for span, listed in walk:
                await self._compare_movements(sides, whole, span, listed)
        async with aclosing(windows(whole, self.history.payouts)) as walk:
            async for span, listed in walk:
                await self._compare_payouts(sides, span, listed)
        await self._judge_unknown(sides)
        sides.differences += compare(sides.stripe, sides.here)
        async with self.store.read() as connection:
            unbooked = await audit_rows.unbooked(connection, self.producer.id, *whole)
            kept_wrong = await audit_rows.kept_wrong(connection, self.producer.id)
        for wrong in kept_wrong:
            difference = Difference("totals", wrong.currency, "total", wrong.name, None, wrong.kept)
            sides.differences.append(difference._replace(stripe=wrong.entries))
        return Comparison(
            start=whole.start,
            end=whole.end,
            differences=tuple(sides.differences),
            stripe=sides.stripe_totals,
            here=sides.here_totals,
            others=sides.others,
            unpaid=sides.unpaid,
            unbooked=unbooked,
        )

    async def _compare_movements(
        self, sides: _Sides, whole: Span, span: Span, listed: Sequence[Json]
    ) -> None:
        listed = await with_charges(self.store, self.producer, listed)
        listed = without_uncaptured(listed)
        charges = {charge for row in listed if (charge := charge_of(row))}
        sources = {id_ for row in listed if (id_ := identifier(row))}
        async with self.store.read() as connection:
            known = await audit_rows.charges_known(connection, self.producer.id, charges)
            booked = await audit_rows.booked(connection, self.producer.id, *span)
            booked += await audit_rows.booked_as(connection, self.producer.id, sources)
            ids = {row.payment_id for row in booked}
            payments = await audit_rows.payments_by_id(connection, ids)
        theirs: dict[str, Posting] = {}
        for row in listed:
            posting, state = posting_of(row), known.get(charge_of(row) or "")
            if posting is None:
                _set_apart(sides, row)
            elif state != PAID and is_of_unpaid(row):
                _set_apart(sides, row, unpaid=True)
            elif state is not None:
                theirs[posting.id] = posting
            else:
                sides.unknown.append(row)
        subjects = {id_: subjects_of(payment) for id_, payment in payments.items()}
        ours: dict[str, Posting] = {}
        for mine in booked:
            subject = subjects[mine.payment_id].get(mine.source)
            # Stripe may have booked it long before it was paid, so in another span.
            elsewhere = subject is not None and not whole.start <= subject.at < whole.end
            if mine.source not in sides.taken and not (elsewhere and mine.source not in sources):
                ours[mine.source] = _our_posting(mine, subject)
        sides.taken |= ours.keys()
        sides.compare(theirs, ours)

    async def _compare_payouts(self, sides: _Sides, span: Span, listed: Sequence[Json]) -> None:
        async with self.store.read() as connection:
            made = await audit_rows.payouts_created(connection, self.producer.id, *span)
        postings = [posting for row in listed if (posting := payout_posting(row))]
        ours = [our_payout(payout) for payout in made]
        sides.compare({each.id: each for each in postings}, {each.id: each for each in ours})
        for code, fee in map(payout_fee, listed):
            if fee:
                sides.set_apart(code, "payout fee", 0, fee, -fee)

    async def _judge_unknown(self, sides: _Sides) -> None:
        """Tell the sales that we miss from what is no sale of beats."""
        sold = await charges_sold(self.history, sides.unknown)
        missed: dict[str, Posting] = {}
        for row in sides.unknown:
            posting = posting_of(row)
            if posting is not None and charge_of(row) in sold:
                missed[posting.id] = posting
            else:
                _set_apart(sides, row)
        sides.compare(missed, {})


def _our_posting(row: audit_rows.Booked, subject: Subject | None) -> Posting:
    return Posting(
        id=row.source,
        kind=row.kind,
        subject=subject.id if subject else "",
        currency=row.currency,
        gross=row.gross,
        fee=row.fee,
        net=row.net,
        state=subject.state if subject else "unknown",
    )


def _set_apart(sides: _Sides, row: Json, *, unpaid: bool = False) -> None:
    kind = text(row.get("type")) or "unknown"
    if kind.startswith("payout"):
        return  # these are compared by the payouts they are of
    code = currency(row.get("currency")) or "unknown"
    gross, fee, net = (integer(row.get(name)) or 0 for name in ("amount", "fee", "net"))
    sides.set_apart(code, kind, gross, fee, net, unpaid=unpaid)


def _add(sums: Totals, others: Totals) -> None:
    for key, other in others.items():
        mine = sums.setdefault(key, Sums())
        mine.count += other.count
        mine.gross += other.gross
        mine.fee += other.fee
        mine.net += other.net


def whole_seconds(start: datetime, end: datetime) -> Span:
    """A span as Stripe's times are: what happens within its last second is in it."""
    return Span(start.astimezone(UTC).replace(microsecond=0), end + timedelta(seconds=1))
