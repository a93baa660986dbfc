"""Writes a payment, whole, and everything that follows from it, in the caller's transaction.

A payment is recorded each time it is read: what is the same stays untouched, what differs replaces
what was there. So it may be recorded any number of times and in any order. What Discord should hear
of it goes into the outbox in the same transaction.
"""

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import entries
from bot.domain.license_terms import NO_TEMPLATES, Templates
from bot.domain.money import Money
from bot.domain.news import Announce, Edit, Reply, news
from bot.domain.payment import Payment, PaymentState
from bot.domain.redaction import forgotten, still_forgotten
from bot.domain.related_objects import keep_related
from bot.domain.sale import Producer
from bot.store import outbox
from bot.store.books import off_sale_steps, payment_rows
from bot.store.books.buyers import BuyerRow, ensure_buyer, settle_buyers, settle_purchases
from bot.store.books.day_totals import follow_entries
from bot.store.books.exclusivity import freed, judge
from bot.store.books.forget import scrub_about
from bot.store.books.milestones import Change, put_milestones
from bot.store.books.payment_rows import (
    EntryRow,
    Owners,
    SaleRow,
    drop_sales,
    entry_rows,
    known_entries,
    known_sales,
    sale_rows,
    write_entries,
    write_payment,
    write_sales,
)
from bot.store.books.payments import by_names, given
from bot.store.books.track_rows import Names, ensure_names, fixed_terms
from bot.store.outbox import subject_of
from bot.store.tables import columns, payments

_RECORDED = select(*columns(payments, "id key document buyer_id"))


class _Written(NamedTuple):
    """What the books say now, and what became of rights."""

    sales: list[SaleRow]
    """Of this payment."""
    entries: list[EntryRow]
    """Of this payment."""
    changed: list[SaleRow]
    """Sales, of this and other payments, whose conflict flag changed."""
    freed: list[SaleRow]
    """Sales of this payment that held their track until now; now no sale does."""
    exclusives: set[int]
    """Tracks whose holder may be another one now."""

    def newly_exclusive(self, before: Sequence[SaleRow]) -> list[SaleRow]:
        """Those that were not exclusive before, or not there."""
        known = {row.id for row in before if row.exclusive}
        return [row for row in self.sales if row.exclusive and row.id not in known]


class _Known(NamedTuple):
    """What the store had of the payment before."""

    id: int
    payment: Payment
    buyer_id: int
    sales: Sequence[SaleRow]
    entries: Sequence[EntryRow]

    def terms(self, payment: Payment) -> Mapping[int, int | None]:
        """What its sales were sold under, by position; nothing while its lines were not final."""
        if payment.detailed and not self.payment.detailed:
            return {}
        return {row.position: row.terms_id for row in self.sales}

    def names(self, payment: Payment) -> Names | None:
        """The rows of its tracks and licenses by their names, unless they have changed."""
        before, after = self.payment.lines, payment.lines
        same = [(line.track, line.license) for line in before] == [
            (line.track, line.license) for line in after
        ]
        if not same or [row.position for row in self.sales] != list(range(len(after))):
            return None
        lines = list(zip(after, self.sales, strict=True))
        tracks = {line.track: row.track_id for line, row in lines}
        licenses = {line.license: row.license_id for line, row in lines}
        return Names(tracks, licenses, held=frozenset(tracks.values()))

    def buyer(self, payment: Payment) -> BuyerRow | None:
        """The row of its buyer, unless something about who bought has changed."""
        same = self.payment.buyer == payment.buyer and self.payment.key == payment.key
        same = same or self.payment.buyer.forgotten
        return BuyerRow(self.buyer_id, payment.buyer, new=False) if same else None

    def has_same_rights(self, payment: Payment, rows: Sequence[SaleRow]) -> bool:
        """Whether all that rights are judged by is as it was."""
        as_it_was = [row.claim for row in self.sales]
        return self.payment.key == payment.key and as_it_was == [row.claim for row in rows]


async def record(
    connection: AsyncConnection,
    producer: Producer,
    payment: Payment,
    *,
    complete: bool,
    read: datetime | None,
    due: datetime | None,
    checks: int = 0,
    now: datetime,
    quiet: bool = False,
    templates: Templates = NO_TEMPLATES,
) -> int:
    """Record a payment as it stands now; its id in the store.

    `complete`: Stripe itself was asked, at `read` (None keeps when it last was); `due`: when to
    ask again, `checks` times asked so far. Discord hears of what is new, unless `quiet`. A sale
    keeps its number and its id for as long as the payment has a line at its position; a new one
    gets the producer's next number, and is sold under what `templates` and its price say now.
    """
    known = await _known(connection, producer.id, payment)
    before = known.payment if known else None
    payment = keep_related(before, still_forgotten(before, payment))
    payment, buyer = await _with_buyer(connection, producer, known, payment)
    asked = {"complete": complete, "read": read, "due": due, "checks": checks}
    known_id = known.id if known else None
    payment_id, payout = await write_payment(
        connection, producer.id, known_id, payment, buyer.id, asked
    )
    names = known.names(payment) if known else None
    names = names or await ensure_names(connection, producer.id, payment.lines)
    terms = await fixed_terms(
        connection, producer.id, payment, known.terms(payment) if known else {}, templates, now
    )
    owners = Owners(payment_id, buyer.id, names.tracks, names.licenses, terms)
    written = await _write_books(connection, producer, known, payment, owners, names.held)
    earlier = known.buyer_id if known else None
    await settle_buyers(connection, producer.id, buyer, before, payment, earlier)
    same_purchase = before is not None and earlier == buyer.id and before.paid == payment.paid
    if not same_purchase and not (before is None and buyer.new):
        await settle_purchases(connection, producer.id, {buyer.id, earlier or buyer.id})
    if not quiet:
        exclusive = written.newly_exclusive(known.sales if known else ())
        news = written.changed, written.freed, exclusive
        await put_messages(connection, producer.id, payment_id, before, payment, *news, now=now)
        entries_before = known.entries if known else ()
        change = Change(payment_id, entries_before, written.entries, written.sales)
        await put_milestones(connection, producer, change, now)
    # Another payout may hold it by now, or a payout more or fewer sales.
    counts = before.movement if before else None, _sales_in(known.sales if known else ())
    moved = payment.movement is not None and counts != (payment.movement, _sales_in(written.sales))
    if payout is not None and moved:
        await outbox.edit_announced(connection, producer.id, f"payout:{payout}", now)
    # Comes last: the bot does not act by itself upon what was never announced.
    await off_sale_steps.settle(connection, producer.id, written.exclusives, now, tell=False)
    return payment_id


def _sales_in(rows: Sequence[SaleRow]) -> int:
    return sum(row.is_sale for row in rows)


async def _with_buyer(
    connection: AsyncConnection, producer: Producer, known: _Known | None, payment: Payment
) -> tuple[Payment, BuyerRow]:
    """The payment, without a forgotten buyer's name and email, and the row of its buyer."""
    buyer = known.buyer(payment) if known else None
    buyer = buyer or await ensure_buyer(connection, producer.id, payment)
    if not buyer.buyer.forgotten:
        return payment, buyer
    await scrub_about(connection, producer, payment)
    return replace(payment, buyer=forgotten(payment.buyer)), buyer


async def _known(connection: AsyncConnection, producer_id: int, payment: Payment) -> _Known | None:
    """The payment as recorded, also when it then went by its intent or charge alone."""
    names = given(key=payment.key, intent=payment.intent, charge=payment.charge)
    asked = {"owner": producer_id, **names}
    rows = (await connection.execute(by_names(_RECORDED, *names), asked)).all()
    if not rows:
        return None
    row = next((row for row in rows if row.key == payment.key), rows[0])
    return _Known(
        row.id,
        payment_rows.payment_from_json(row.document),
        row.buyer_id,
        await known_sales(connection, row.id),
        await known_entries(connection, row.id),
    )


async def _write_books(
    connection: AsyncConnection,
    producer: Producer,
    known: _Known | None,
    payment: Payment,
    owners: Owners,
    held: Set[int],
) -> _Written:
    """Sales, entries, rights and the totals of days; what became of rights."""
    old_sales = known.sales if known else ()
    old_entries = known.entries if known else ()
    booked = entries(payment)
    rows = sale_rows(payment, booked, owners)
    rows = await write_sales(connection, producer, payment, old_sales, rows)
    new_entries = entry_rows(booked, rows)
    changed = await write_entries(connection, producer.id, old_entries, new_entries)
    await drop_sales(connection, old_sales, rows)
    judged: list[SaleRow] = []
    exclusives: set[int] = set()
    # A new lease of a track that no exclusive sale holds changes nothing about rights.
    plain = known is None and not held and not any(row.exclusive for row in rows)
    if not plain and (known is None or not known.has_same_rights(payment, rows)):
        touched = {row.track_id for row in (*old_sales, *rows)}
        judged = await judge(connection, producer.id, [owners.payment_id], touched)
        exclusives = {row.track_id for row in (*old_sales, *rows) if row.exclusive}

    if changed:
        await follow_entries(connection, producer, old_entries, new_entries)
    own = {row.id: row for row in (*rows, *judged) if row.payment_id == owners.payment_id}
    let_go = await freed(connection, old_sales, rows)
    return _Written([*own.values()], new_entries, judged, let_go, exclusives)


class _Message(NamedTuple):
    kind: str
    subject: str
    key: str
    payload: Mapping[str, str] | None = None


async def put_messages(
    connection: AsyncConnection,
    producer_id: int,
    payment_id: int,
    before: Payment | None,
    after: Payment,
    judged: Sequence[SaleRow],
    freed: Sequence[SaleRow],
    exclusive: Sequence[SaleRow],
    *,
    now: datetime,
) -> None:
    """`judged`: sales, of this and other payments, whose conflict flag was just changed.

    `freed`: sales of this payment that held their track until now; no sale does any longer.
    `exclusive`: sales of this payment that were not known to be exclusive until now.
    """
    messages = [
        *_of_payment(payment_id, before, after),
        *_of_rights(payment_id, before, judged),
        *await _of_exclusives(connection, producer_id, payment_id, before, exclusive),
        *_of_freed(payment_id, after, freed),
    ]
    for message in {message.key: message for message in messages}.values():
        await outbox.put(connection, producer_id, now=now, **message._asdict())


def _of_payment(payment_id: int, before: Payment | None, after: Payment) -> Iterator[_Message]:
    subject = subject_of(payment_id)
    for item in news(before, after):
        match item:
            case Announce():
                yield _Message("announce", subject, f"announce:{subject}")
            case Edit():
                yield _edit(subject)
            case Reply(amount=Money() as money):
                counted = {"amount": str(money.amount), "currency": money.currency}
                yield _reply(subject, item.key, item.what, item.id, counted)
            case Reply():
                yield _reply(subject, item.key, item.what, item.id)


def _of_rights(
    payment_id: int, before: Payment | None, judged: Sequence[SaleRow]
) -> Iterator[_Message]:
    """The announcement shows a conflict that it is about; a later one gets a reply of its own.

    A reply names the sale by its number; "reply:conflict:<sale id>" is sent once only.
    """
    announced = before is not None and before.state is PaymentState.PAID
    for row in judged:
        if row.payment_id == payment_id and not announced:
            continue
        subject = subject_of(row.payment_id)
        yield _edit(subject)
        if row.conflict:
            yield _reply(subject, f"reply:conflict:{row.id}", "conflict", str(row.number))


async def _of_exclusives(
    connection: AsyncConnection,
    producer_id: int,
    payment_id: int,
    before: Payment | None,
    exclusive: Sequence[SaleRow],
) -> list[_Message]:
    """An exclusive that was announced as something else gets one reply: an edit makes no sound.

    If the announcement has not been sent yet, it will say so itself. A conflict has its own reply.
    """
    subject = subject_of(payment_id)
    if before is None or before.state is not PaymentState.PAID or not exclusive:
        return []
    announcement = f"announce:{subject}"
    if announcement in await outbox.waiting(connection, producer_id, announcement):
        return []
    return [
        _reply(subject, f"reply:exclusive:{row.id}", "exclusive", str(row.number))
        for row in exclusive
        if row.holds_rights and not row.conflict
    ]


def _of_freed(payment_id: int, after: Payment, freed: Sequence[SaleRow]) -> Iterator[_Message]:
    """Each refund or dispute that frees a track asks once what is to become of it."""
    turn = len(after.refunds) + len(after.disputes)
    for row in freed:
        key, number = f"reply:track_free:{row.id}:{turn}", str(row.number)
        track = {"track": str(row.track_id)}
        yield _reply(subject_of(payment_id), key, "track_free", number, track)


def _edit(subject: str) -> _Message:
    return _Message("edit", subject, f"edit:{subject}")


def _reply(
    subject: str, key: str, what: str, object_id: str, more: Mapping[str, str] | None = None
) -> _Message:
    return _Message("reply", subject, key, {"what": what, "id": object_id, **(more or {})})
