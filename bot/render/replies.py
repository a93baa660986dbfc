"""Short messages under an alert, for news that an edit alone would tell to nobody."""

from collections.abc import Callable, Sequence
from functools import partial

from bot.ledger.money import sums
from bot.ledger.records import PaymentRecord, Sale
from bot.render.conflicts import conflict_advice, conflict_line
from bot.render.contact import who
from bot.render.disputes import TURNS, dispute_reply, reminder, warning_reply
from bot.render.licenses import license_name
from bot.render.message import Color, Message, card, clipped
from bot.render.money import monies
from bot.render.price import sale_price, what_words
from bot.render.refunds import fee_returned_reply, refund_failed_reply, refund_reply
from bot.render.words import plural, safe, timestamp

__all__ = ["reply", "summary"]


def reply(what: str, record: PaymentRecord, object_id: str, *, fees_possible: bool = True) -> str:
    """What happened to a payment, in a few lines.

    `what`: refund, refund_failed, fee_returned, dispute_opened, dispute_won, dispute_lost,
    dispute_closed, dispute_reminder_72, dispute_reminder_24, inquiry, fraud_warning, conflict;
    `object_id`: the refund's, dispute's or warning's id; of a fee returned, its balance
    transaction's; of a conflict, the sale's number. `fees_possible` is False where the bot has no
    key to read fees with.
    """
    test = "" if record.producer.livemode else "TEST MODE · "
    tellers = _TELLERS | {"refund": partial(refund_reply, fees_possible=fees_possible)}
    tell = tellers.get(what, _something)
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


def _conflict(record: PaymentRecord, object_id: str) -> str:
    # Told late, it may be none any more; it is still not another sale's that is told of.
    meant = (sale for sale in record.sales if str(sale.number) == object_id)
    sale = next(meant, record.sales[0])
    return (
        f"{conflict_line(record, sale)} · #{sale.number} {safe(sale.track, 100)}\n"
        f"This buyer: {who(sale.buyer, 40)}\n{conflict_advice(record)}"
    )


def _something(record: PaymentRecord, _object_id: str) -> str:
    return f"News of {what_words(record)}: see the alert above."


_TELLERS: dict[str, Callable[[PaymentRecord, str], str]] = {
    "refund_failed": refund_failed_reply,
    "fee_returned": fee_returned_reply,
    **{turn: partial(dispute_reply, turn) for turn in TURNS},
    "dispute_reminder_72": partial(reminder, "dispute_reminder_72"),
    "dispute_reminder_24": partial(reminder, "dispute_reminder_24"),
    "fraud_warning": warning_reply,
    "conflict": _conflict,
}


def _summary_line(sale: Sale) -> str:
    conflict = " · ⚠️ conflict" if sale.conflict else ""
    return (
        f"`#{sale.number}` {timestamp(sale.sold, 'd')} **{safe(sale.track, 60)}** · "
        f"{license_name(sale, 40)} · {sale_price(sale)}{conflict}"
    )
