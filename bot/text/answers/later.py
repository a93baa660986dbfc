"""What refunds and disputes moved of a sale, as rows of its record."""

from collections import Counter
from collections.abc import Iterable

from bot.domain.entries import Entry, EntryKind, entries
from bot.domain.money import Money
from bot.domain.records import PaymentRecord, Sale
from bot.text.answers.ledger_table import Row
from bot.text.language import Phrase, phrase, said

_ORDER = (
    phrase("Refunded"),
    phrase("Platform fee returned"),
    phrase("Stripe fee returned"),
    phrase("Fees of refunds"),
    phrase("Refund came back"),
    phrase("Bank withdrew"),
    phrase("Dispute fee"),
    phrase("Bank gave back"),
    phrase("Dispute fee returned"),
    phrase("Tax given back"),
    phrase("Tax taken again"),
    phrase("Tax withheld"),
    phrase("Withheld tax returned"),
)


def later_rows(record: PaymentRecord, sale: Sale, currency: str) -> list[Row]:
    """One row a kind, in the settlement currency; none where nothing moved since the sale."""
    amounts: Counter[Phrase] = Counter()
    for entry in entries(record.payment):
        if entry.position == sale.position and entry.currency == currency:
            for name, amount in _named(entry):
                amounts[name] += amount
    return [(said(name), Money(amounts[name], currency)) for name in _ORDER if amounts[name]]


def _named(entry: Entry) -> Iterable[tuple[Phrase, int]]:
    """Each amount of an entry, positive towards the producer, with what it is."""
    fees = -entry.stripe_fee - entry.fee_tax
    withheld = phrase("Withheld tax returned") if entry.withheld_tax < 0 else phrase("Tax withheld")
    taxes = (
        (phrase("Tax given back") if entry.tax < 0 else phrase("Tax taken again"), -entry.tax),
        (withheld, -entry.withheld_tax),
    )
    match entry.kind:
        case EntryKind.SALE:
            return ()
        case EntryKind.DISPUTE:
            gross = phrase("Bank gave back") if entry.gross > 0 else phrase("Bank withdrew")
            fee = phrase("Dispute fee returned") if fees > 0 else phrase("Dispute fee")
            return (gross, entry.gross), (fee, fees - entry.platform_fee), *taxes
        case EntryKind.FEE_RETURN:
            return ((phrase("Platform fee returned"), -entry.platform_fee),)
        case EntryKind.REFUND | EntryKind.REFUND_REVERSAL:
            came_back = entry.kind is EntryKind.REFUND_REVERSAL
            platform = (
                phrase("Platform fee returned")
                if entry.platform_fee < 0
                else phrase("Fees of refunds")
            )
            stripe = phrase("Stripe fee returned") if fees > 0 else phrase("Fees of refunds")
            return (
                (phrase("Refund came back") if came_back else phrase("Refunded"), entry.gross),
                (platform, -entry.platform_fee),
                (stripe, fees),
                *taxes,
            )
