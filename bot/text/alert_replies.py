"""Short messages under an alert, for news that an edit of the alert would notify nobody about."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from bot.domain.money import Money
from bot.domain.sale import PaymentRecord, Producer, Sale
from bot.text.alert import TRACK, conflict_advice, conflict_line, headline_license
from bot.text.dispute_lines import TURNS, dispute_reply, reminder, warning_reply
from bot.text.language import gettext
from bot.text.message import Buttons, Color, Message, card, clipped, links
from bot.text.refund_lines import fee_returned_reply, refund_failed_reply, refund_reply
from bot.text.sale_lines import buyer_in_channel, sale_price, total_words, what_words
from bot.text.words import in_mode, line, money, safe, sales_words


def reply(
    what: str,
    record: PaymentRecord,
    object_id: str,
    amount: Money | None = None,
    *,
    fees_possible: bool = True,
) -> str:
    """What happened to a payment, in a few lines; a phone shows the first.

    `what`: refund, refund_failed, fee_returned, dispute_opened, dispute_won, dispute_lost,
    dispute_closed, dispute_reminder_72, dispute_reminder_24, inquiry, fraud_warning, conflict,
    exclusive; `object_id`: the refund's, dispute's or warning's id; of a fee returned, its balance
    transaction's; of a conflict or an exclusive, the sale's number. `amount`: of a refund that only
    the charge told of. `fees_possible` is False without a key that reads fees.
    """
    refund = partial(refund_reply, amount=amount, fees_possible=fees_possible)
    replies = _REPLIES | {"refund": refund}
    if what in replies:
        told = replies[what](record, object_id)
    else:
        told = gettext("Update on {sale}: see its alert.", sale=what_words(record))
    return in_mode(told, record.producer)


def with_link(message: Message, url: str) -> Message:
    """A reply in another channel than its alert, with a button that leads to the alert."""
    view = Buttons([]) if message.view is None else message.view
    [open_alert] = links(gettext("Open the alert"), url)
    return replace(message, view=view.add_item(open_alert))


def alert_url(producer: Producer, channel_id: int, message_id: int) -> str:
    """The address of a message in a producer's server."""
    return f"https://discord.com/channels/{producer.guild_id}/{channel_id}/{message_id}"


def linked_alert(url: str) -> int | None:
    """The message id in an address made by `alert_url`; None for any other address."""
    match = re.fullmatch(r"https://discord\.com/channels/[0-9]+/[0-9]+/([0-9]{1,20})", url)
    return int(match[1]) if match else None


def summary(records: Sequence[PaymentRecord]) -> Message:
    """Payments too old for alerts of their own (Discord was unreachable for days)."""
    sales = [sale for record in records for sale in record.sales]
    where = gettext("while I could not post here")
    headline = " · ".join([sales_words(len(sales)), total_words(sales), where])
    embed = card(
        Color.PENDING,
        lines=[clipped(map(_summary_line, sales), 3500, total=len(sales))],
        footer=gettext("Before fees and refunds · /sales lists them all"),
    )
    return Message.of(embed, content=in_mode(headline, records[0].producer))


def _sale_of(record: PaymentRecord, object_id: str) -> Sale:
    """The sale meant, even if what is said of it is over by now."""
    meant = (sale for sale in record.sales if str(sale.number) == object_id)
    return next(meant, record.sales[0])


def _conflict(record: PaymentRecord, object_id: str) -> str:
    sale = _sale_of(record, object_id)
    buyer = gettext("This buyer: {buyer}", buyer=buyer_in_channel(record.producer, sale.buyer, 40))
    parts = f"⚠️ {gettext('Conflict')}", money(sale.price), line(sale.track, TRACK)
    head = " · ".join([*parts, headline_license(sale)])
    lines = head, conflict_line(record, sale), f"{buyer} · #{sale.number}", conflict_advice(record)
    return "\n".join(lines)


def _exclusive(record: PaymentRecord, object_id: str) -> str:
    sale = _sale_of(record, object_id)
    head = " · ".join([money(sale.price), line(sale.track, TRACK), headline_license(sale)])
    why = gettext("Stripe took a while to say what `#{number}` is.", number=sale.number)
    return f"{head}\n{why}"


_REPLIES: dict[str, Callable[[PaymentRecord, str], str]] = {
    "refund_failed": refund_failed_reply,
    "fee_returned": fee_returned_reply,
    **{turn: partial(dispute_reply, turn) for turn in TURNS},
    "dispute_reminder_72": partial(reminder, "dispute_reminder_72"),
    "dispute_reminder_24": partial(reminder, "dispute_reminder_24"),
    "fraud_warning": warning_reply,
    "conflict": _conflict,
    "exclusive": _exclusive,
}


def _summary_line(sale: Sale) -> str:
    conflict = f"⚠️ {gettext('conflict')}" if sale.conflict else ""
    name = headline_license(sale, 30)
    facts = f"**{sale_price(sale)}**", safe(sale.track, 60), name, conflict
    return " · ".join(filter(None, facts))
