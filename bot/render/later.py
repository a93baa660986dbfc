"""What refunds and disputes moved of a sale, as rows of its record."""

from collections import Counter
from collections.abc import Iterable

from bot.ledger.entries import Entry, EntryKind, entries
from bot.ledger.money import Money
from bot.ledger.records import PaymentRecord, Sale
from bot.render.ledger_table import Row

_ORDER = (
    "Refunded",
    "Platform fee returned",
    "Stripe fee returned",
    "Fees of refunds",
    "Refund came back",
    "Bank withdrew",
    "Dispute fee",
    "Bank gave back",
    "Dispute fee returned",
)


def later_rows(record: PaymentRecord, sale: Sale, currency: str) -> list[Row]:
    """One row a kind, in the settlement currency; none where nothing moved since the sale."""
    amounts: Counter[str] = Counter()
    for entry in entries(record.payment):
        if entry.position == sale.position and entry.currency == currency:
            for name, amount in _named(entry):
                amounts[name] += amount
    return [(name, Money(amounts[name], currency)) for name in _ORDER if amounts[name]]


def _named(entry: Entry) -> Iterable[tuple[str, int]]:
    """Each amount of an entry, positive towards the producer, with what it is."""
    fees = -entry.stripe_fee - entry.fee_tax
    match entry.kind:
        case EntryKind.SALE:
            return ()
        case EntryKind.DISPUTE:
            gross = "Bank gave back" if entry.gross > 0 else "Bank withdrew"
            fee = "Dispute fee returned" if fees > 0 else "Dispute fee"
            return (gross, entry.gross), (fee, fees - entry.platform_fee)
        case EntryKind.FEE_RETURN:
            return (("Platform fee returned", -entry.platform_fee),)
        case EntryKind.REFUND | EntryKind.REFUND_REVERSAL:
            came_back = entry.kind is EntryKind.REFUND_REVERSAL
            platform = "Platform fee returned" if entry.platform_fee < 0 else "Fees of refunds"
            stripe = "Stripe fee returned" if fees > 0 else "Fees of refunds"
            return (
                ("Refund came back" if came_back else "Refunded", entry.gross),
                (platform, -entry.platform_fee),
                (stripe, fees),
            )
