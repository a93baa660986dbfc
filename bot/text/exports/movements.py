"""What the tables of sales and of payouts share: movements by kind, and what they are made of."""

from bot.domain.entries import EntryKind
from bot.text.exports.table import Column, Kind
from bot.text.language import gettext


def kind_words() -> dict[str, str]:
    """Kinds of entries, in the language spoken."""
    return {
        EntryKind.SALE.value: gettext("Sale"),
        EntryKind.REFUND.value: gettext("Refund"),
        EntryKind.REFUND_REVERSAL.value: gettext("Refund failed"),
        EntryKind.DISPUTE.value: gettext("Dispute"),
        EntryKind.FEE_RETURN.value: gettext("Fee given back"),
    }


def amount_columns(currency: int) -> tuple[Column, ...]:
    """What a movement is made of; `currency`: in which cell of a row its currency stands."""
    headings = (
        gettext("Before fees"),
        gettext("Stripe fee"),
        gettext("Tax on the fee"),
        gettext("Platform fee"),
        gettext("Tax withheld"),
        gettext("Refunds"),
        gettext("Disputes"),
    )
    return tuple(Column(heading, Kind.MONEY, 12, currency) for heading in headings)
