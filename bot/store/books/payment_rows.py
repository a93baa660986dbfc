"""A payment as rows: its own with the whole of it as JSON, its sales, and their entries."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import Entry, EntryKind, refund_shares, sale_states
from bot.domain.payment import Payment
from bot.domain.sale import Producer, SaleState
from bot.domain.sold_license import license_code
from bot.store.key_value import ensure_key
from bot.store.tables import entries, payments, payout_items, producers, sales

_PAYMENT = TypeAdapter(Payment)


def payment_to_json(payment: Payment) -> str:
    """The payment as JSON; what equals a default is left out."""
    return _PAYMENT.dump_json(payment, exclude_defaults=True).decode()


def payment_from_json(document: str) -> Payment:
    """The payment that was written. Raises ValueError for anything else."""
    try:
        return _PAYMENT.validate_json(document)
    except ValidationError as error:
        # Its own words quote the document, with the buyer in it, and end in the log.
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise ValueError(f"this is no payment's document: {first['type']}") from None


# The payout that holds its money, as far as Stripe has told.
_HELD_BY = (
    select(payout_items.c.payout)
    .where(
        payout_items.c.producer_id == bindparam("owner"),
        payout_items.c.movement == bindparam("moved"),
    )
    .scalar_subquery()
)
# Made once: making such a statement takes longer than running it.
_NEW = insert(payments).values(payout=_HELD_BY).returning(payments.c.id, payments.c.payout)
_CHANGED = (
    update(payments)
    .where(payments.c.id == bindparam("of"))
    .values(payout=_HELD_BY)
    .returning(payments.c.payout)
)


async def write_payment(
    connection: AsyncConnection,
    producer_id: int,
    known_id: int | None,
    payment: Payment,
    buyer_id: int,
    asked: Mapping[str, object],
) -> tuple[int, str | None]:
    """Write what a payment says, and what was `asked` of Stripe about it; its id and its payout.

    `known_id`: of the row it has; None makes one. `asked`: by column (complete, read, due, checks);
    a `read` that is None keeps when it last was.
    """
    columns = payment_columns(payment)
    placed = {"buyer_id": buyer_id, "owner": producer_id, "moved": columns["movement"]}
    values = {**columns, **asked, **placed}
    if known_id is None:
        new = (await connection.execute(_NEW, values | {"producer_id": producer_id})).one()
        return new.id, new.payout
    if values["read"] is None:
        del values["read"]
    return known_id, await connection.scalar(_CHANGED, values | {"of": known_id})


def payment_columns(payment: Payment) -> dict[str, Any]:
    """What a payment itself says, by the columns of its row."""
    movement = payment.movement
    return {
        "key": payment.key,
        "session": payment.session,
        "intent": payment.intent,
        "charge": payment.charge,
        "application_fee": payment.application_fee,
        "movement": movement.id if movement else None,
        "available_on": movement.available_on if movement else None,
        "answer_by": payment.answer_by,
        "state": payment.state.value,
        "created": payment.created,
        "promotions": answer.value if (answer := payment.buyer.promotions) else None,
        "document": payment_to_json(payment),
    }


class SaleRow(NamedTuple):
    """A row of `sales` but for its producer; the fields are the columns."""

    id: int
    number: int
    payment_id: int
    position: int
    track_id: int
    license_id: int
    buyer_id: int
    exclusive: bool
    quantity: int
    sold: datetime
    state: str
    conflict: bool
    currency: str
    amount: int
    refunded: int
    settled_currency: str
    settled: bool = False
    gross: int = 0
    tax: int = 0
    returned_tax: int = 0
    stripe_fee: int = 0
    fee_tax: int = 0
    platform_fee: int = 0
    withheld_tax: int = 0
    remaining: int = 0
    terms_id: int | None = None

    @property
    def is_sale(self) -> bool:
        return SaleState(self.state).is_sale

    @property
    def spent(self) -> int:
        """What the buyer is without for it, in `currency`: nothing once their bank took it back."""
        return 0 if self.state == SaleState.DISPUTE_LOST.value else self.amount - self.refunded

    @property
    def holds_rights(self) -> bool:
        return SaleState(self.state).holds_rights

    @property
    def claim(self) -> tuple[object, ...]:
        """What rights are judged by: whose, which track, since when, and whether it still holds."""
        return self.id, self.track_id, self.exclusive, self.sold, self.holds_rights, self.conflict

    @property
    def fees(self) -> int:
        return self.stripe_fee + self.fee_tax + self.platform_fee + self.withheld_tax


class EntryRow(NamedTuple):
    """A row of `entries` but for its id and producer; the fields are the columns."""

    payment_id: int
    sale_id: int
    track_id: int
    kind: str
    source: str
    at: datetime
    currency: str
    gross: int
    tax: int
    stripe_fee: int
    fee_tax: int
    platform_fee: int
    withheld_tax: int
    net: int
    booked: bool


class Owners(NamedTuple):
    """The rows that a payment's sales belong to."""

    payment_id: int
    buyer_id: int
    tracks: Mapping[str, int]
    """Ids by the name as the lines give it; so are the licenses'."""
    licenses: Mapping[str, int]
    terms: Sequence[int | None]
    """What each of its lines was sold under."""


def sale_rows(payment: Payment, booked: Sequence[Entry], owners: Owners) -> list[SaleRow]:
    """One row a line, in their order; without id and number (0), which the store gives.

    `booked`: the payment's entries.

    Rights are not judged yet: `conflict` is False.
    """
    states = sale_states(payment)
    shares = refund_shares(payment)
    rows = []
    for position, line in enumerate(payment.lines):
        unsettled = SaleRow(
            id=0,
            number=0,
            payment_id=owners.payment_id,
            position=position,
            track_id=owners.tracks[line.track],
            license_id=owners.licenses[line.license],
            buyer_id=owners.buyer_id,
            exclusive=line.exclusive,
            quantity=line.quantity,
            sold=payment.paid or payment.created,
            state=states[position].value,
            conflict=False,
            currency=payment.currency,
            amount=line.amount,
            refunded=sum(share[position] for share in shares),
            settled_currency=payment.currency,
            terms_id=owners.terms[position],
        )
        rows.append(_settle(unsettled, [entry for entry in booked if entry.position == position]))
    return rows


def _settle(row: SaleRow, own: Sequence[Entry]) -> SaleRow:
    """Put in what a line's entries come to; nothing while the payment is not paid."""
    sale = next((entry for entry in own if entry.kind is EntryKind.SALE), None)
    if sale is None:
        return row
    # Entries in another currency, should the account have changed its own, do not add up.
    alike = [entry for entry in own if entry.currency == sale.currency]
    return row._replace(
        settled=sale.booked,
        settled_currency=sale.currency,
        gross=sale.gross,
        tax=sale.tax,
        returned_tax=sale.tax - sum(entry.tax for entry in alike),
        stripe_fee=sale.stripe_fee,
        fee_tax=sale.fee_tax,
        platform_fee=sale.platform_fee,
        withheld_tax=sale.withheld_tax,
        remaining=sum(entry.net for entry in alike),
    )


def entry_rows(booked: Sequence[Entry], sales: Iterable[SaleRow]) -> list[EntryRow]:
    """A payment's entries, each with the row of its sale."""
    by_position = {sale.position: sale for sale in sales}
    return [
        EntryRow(
            payment_id=by_position[entry.position].payment_id,
            sale_id=by_position[entry.position].id,
            track_id=by_position[entry.position].track_id,
            kind=entry.kind.value,
            source=entry.source,
            at=entry.at,
            currency=entry.currency,
            gross=entry.gross,
            tax=entry.tax,
            stripe_fee=entry.stripe_fee,
            fee_tax=entry.fee_tax,
            platform_fee=entry.platform_fee,
            withheld_tax=entry.withheld_tax,
            net=entry.net,
            booked=entry.booked,
        )
        for entry in booked
    ]


# That a conflict was accepted says nothing about another track.
_NOT_ACCEPTED: dict[str, Any] = dict.fromkeys(
    ("accepted_by", "accepted", "withdrawn_by", "withdrawn")
)
_SALES = (
    select(*(sales.c[name] for name in SaleRow._fields))
    .where(sales.c.payment_id == bindparam("of"))
    .order_by(sales.c.position)
)
_CHANGE = update(sales).where(sales.c.id == bindparam("of"))
_ADD = insert(sales).returning(sales.c.number, sales.c.id)
_ENTRIES = (
    select(*(entries.c[name] for name in EntryRow._fields))
    .join_from(sales, entries, entries.c.sale_id == sales.c.id)
    .where(sales.c.payment_id == bindparam("of"))
)
_DROP_ENTRIES = delete(entries).where(entries.c.sale_id.in_(bindparam("these", expanding=True)))
_ADD_ENTRIES = insert(entries)
_NUMBERS = (
    update(producers)
    .where(producers.c.id == bindparam("of"))
    .values(next_number=producers.c.next_number + bindparam("more"))
    .returning(producers.c.next_number)
)


async def known_sales(connection: AsyncConnection, payment_id: int) -> list[SaleRow]:
    """A payment's sales as they were written, by position."""
    found = await connection.execute(_SALES, {"of": payment_id})
    return [SaleRow(*row) for row in found]


async def known_entries(connection: AsyncConnection, payment_id: int) -> list[EntryRow]:
    """A payment's entries as they were written."""
    found = await connection.execute(_ENTRIES, {"of": payment_id})
    return [EntryRow(*row) for row in found]


async def write_sales(
    connection: AsyncConnection,
    producer: Producer,
    payment: Payment,
    known: Sequence[SaleRow],
    wanted: Sequence[SaleRow],
) -> list[SaleRow]:
    """Write what is new or differs of a payment's sales; all rows with their ids and numbers."""
    kept = {row.position: row for row in known}
    rows = []
    for row in wanted:
        old = kept.get(row.position)
        if old is None:
            rows.append(row)
            continue
        # A sale that turns out to be of another track is judged there as if it were new.
        conflict = old.conflict and old.track_id == row.track_id
        same = row._replace(id=old.id, number=old.number, conflict=conflict)
        if same != old:
            changed: dict[str, Any] = {
                name: same[i] for i, name in enumerate(SaleRow._fields) if same[i] != old[i]
            }
            if "track_id" in changed:
                changed |= _NOT_ACCEPTED
            await connection.execute(_CHANGE, changed | {"of": old.id})
        rows.append(same)
    new = [(payment, row) for row in rows if not row.id]
    made = iter(await insert_sales(connection, producer, new))
    return [row if row.id else next(made) for row in rows]


async def insert_sales(
    connection: AsyncConnection, producer: Producer, new: Sequence[tuple[Payment, SaleRow]]
) -> list[SaleRow]:
    """Insert sales, each of its payment, and give them ids, numbers and codes in their order."""
    if not new:
        return []
    after = await connection.scalar(_NUMBERS, {"of": producer.id, "more": len(new)})
    assert after is not None
    key = await ensure_key(connection)
    numbered = [row._replace(number=after - len(new) + i) for i, (_, row) in enumerate(new)]
    values = []
    for row, (payment, _) in zip(numbered, new, strict=True):
        code = license_code(key, producer, payment, row.position)
        values.append(row._asdict() | {"producer_id": producer.id, "code": code})
        del values[-1]["id"]
    inserted = await connection.execute(_ADD, values)
    ids = {row.number: row.id for row in inserted}
    return [row._replace(id=ids[row.number]) for row in numbered]


async def drop_sales(
    connection: AsyncConnection, known: Sequence[SaleRow], rows: Sequence[SaleRow]
) -> None:
    """Remove the sales of lines that are gone. Their numbers are not used again."""
    gone = {row.id for row in known} - {row.id for row in rows}
    if gone:
        await connection.execute(delete(sales).where(sales.c.id.in_(sorted(gone))))


async def write_entries(
    connection: AsyncConnection,
    producer_id: int,
    known: Sequence[EntryRow],
    wanted: Sequence[EntryRow],
) -> bool:
    """Replace a payment's entries, if anything about them differs; whether it does."""
    if Counter(known) == Counter(wanted):
        return False
    if known:
        sale_ids = sorted({row.sale_id for row in known})
        await connection.execute(_DROP_ENTRIES, {"these": sale_ids})
    if wanted:
        new = [row._asdict() | {"producer_id": producer_id} for row in wanted]
        await connection.execute(_ADD_ENTRIES, new)
    return True
