"""Sales and entries as the rows the store keeps of them, made from a payment."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from bot.domain.entries import Entry, EntryKind, refund_shares, sale_states
from bot.domain.payment import Payment
from bot.domain.sale import SaleState


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
    settled: bool
    settled_currency: str
    gross: int
    tax: int
    returned_tax: int
    stripe_fee: int
    fee_tax: int
    platform_fee: int
    withheld_tax: int
    remaining: int
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
            settled=False,
            settled_currency=payment.currency,
            gross=0,
            tax=0,
            returned_tax=0,
            stripe_fee=0,
            fee_tax=0,
            platform_fee=0,
            withheld_tax=0,
            remaining=0,
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
