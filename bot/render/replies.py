"""Short messages under an alert, for news that an edit alone would tell to nobody."""

from collections.abc import Callable, Sequence

from bot.ledger.money import Money, sums
from bot.ledger.payment import Dispute, Refund
from bot.ledger.records import PaymentRecord, Sale
from bot.render.licenses import conflict_line, license_name
from bot.render.message import Color, Message, card, clipped
from bot.render.money import money, monies
from bot.render.payouts import payout_reply
from bot.render.price import dispute_line, refund_reason, sale_price
from bot.render.words import plural, safe, timestamp

__all__ = ["payout_reply", "public_channel_warning", "reply", "summary"]


def reply(what: str, record: PaymentRecord, object_id: str) -> str:
    """What happened to a payment, in one or two lines.

    `what`: refund, refund_failed, dispute_opened, dispute_won, dispute_lost, inquiry, conflict;
    `object_id`: the refund's or dispute's id of a conflict, the
    sale's number.
    """
    test = "" if record.producer.livemode else "TEST MODE · "
    tell = _TELLERS.get(what, _something)
    return f"{test}{tell(record, object_id)}"


def summary(records: Sequence[PaymentRecord]) -> Message:
    """Payments too old to be told one by one (Discord could not be reached for days)."""
    sales = [sale for record in records for sale in record.sales]
    lines = [
        f"Together **{monies(sums(sale.price for sale in sales))}** before fees and refunds.",
        "",
        clipped((_summary_line(sale) for sale in sales), 3500, total=len(sales)),
    ]
    test = bool(records) and not records[0].producer.livemode
    embed = card(
        Color.PENDING,
        author="TEST MODE · While I could not post here" if test else "While I could not post here",
        title=f"{plural(len(sales), 'sale')} in {plural(len(records), 'payment')}",
        lines=lines,
        footer="/sales lists them all",
    )
    return Message(embeds=(embed,))


def public_channel_warning() -> str:
    """For a channel that everyone can read: no sale is told there."""
    return (
        "🔒 **Everyone in this server can see this channel, so I show no money here.**\n"
        "Make it private (Edit Channel → Permissions → Private Channel, then add me to it), "
        "or choose another with `/settings channel`. What is sold meanwhile waits, and I tell it "
        "as soon as the channel is private."
    )


def _what(record: PaymentRecord) -> str:
    first = record.sales[0]
    more = f" + {len(record.sales) - 1} more" if len(record.sales) > 1 else ""
    return f"#{first.number} {safe(first.track, 100)}{more}"


def _left(record: PaymentRecord) -> str:
    unsettled = "" if record.payment.movement else " before fees"
    return f"**{monies(sums(sale.left for sale in record.sales))}** left{unsettled}"


def _refund(record: PaymentRecord, object_id: str) -> str:
    refund = _find_refund(record, object_id)
    if refund is None:
        return f"↩ **Refunded** · {_what(record)} · {_left(record)}"
    reason = f" · {refund_reason(refund.reason)}" if refund.reason else ""
    amount = money(Money(refund.amount, refund.currency))
    return f"↩ **{amount} refunded** · {_what(record)} · {_left(record)}{reason}"


def _refund_failed(record: PaymentRecord, object_id: str) -> str:
    refund = _find_refund(record, object_id)
    amount = f" of {money(Money(refund.amount, refund.currency))}" if refund else ""
    return (
        f"⚠️ **Refund{amount} failed** · {_what(record)} · {_left(record)}\n"
        "The buyer did not get it; give the money back to them another way."
    )


def _dispute(record: PaymentRecord, object_id: str) -> str:
    dispute = next((one for one in record.payment.disputes if one.id == object_id), None)
    if dispute is None:
        return f"⚠️ **Dispute** · {_what(record)}"
    return f"{dispute_line(dispute)} · {_what(record)}{_dispute_left(record, dispute)}"


def _dispute_left(record: PaymentRecord, dispute: Dispute) -> str:
    return f" · {_left(record)}" if dispute.movements else ""


def _conflict(record: PaymentRecord, object_id: str) -> str:
    conflicts = [sale for sale in record.sales if sale.conflict] or [record.sales[0]]
    sale = next((sale for sale in conflicts if str(sale.number) == object_id), conflicts[0])
    return (
        f"{conflict_line(record, sale)} · #{sale.number} {safe(sale.track, 100)}\n"
        "Refund this sale, or come to terms with both buyers."
    )


def _something(record: PaymentRecord, _object_id: str) -> str:
    return f"News of {_what(record)}: see the alert above."


_TELLERS: dict[str, Callable[[PaymentRecord, str], str]] = {
    "refund": _refund,
    "refund_failed": _refund_failed,
    "dispute_opened": _dispute,
    "dispute_won": _dispute,
    "dispute_lost": _dispute,
    "inquiry": _dispute,
    "conflict": _conflict,
}


def _find_refund(record: PaymentRecord, object_id: str) -> Refund | None:
    return next((one for one in record.payment.refunds if one.id == object_id), None)


def _summary_line(sale: Sale) -> str:
    conflict = " · ⚠️ conflict" if sale.conflict else ""
    return (
        f"`#{sale.number}` {timestamp(sale.sold, 'd')} **{safe(sale.track, 60)}** · "
        f"{license_name(sale, 40)} · {sale_price(sale)}{conflict}"
    )
