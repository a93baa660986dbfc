"""Payouts: the money's way to the producer's bank."""

from bot.ledger.records import PayoutProgress, PayoutRecord, PayoutState, Producer
from bot.render import dashboard
from bot.render.message import Buttons, Color, Message, card, link
from bot.render.money import money
from bot.render.words import day, plural, safe, timestamp


def payout_alert(record: PayoutRecord, producer: Producer) -> Message:
    """A payout's living message: on its way, then paid out, or failed and what to do."""
    color, title = _headline(record)
    lines = [_arrival(record), _contents(record), f"Begun {timestamp(record.created)}"]
    if record.status == "failed":
        lines.insert(1, _failure(record))
    author = "Payout" if producer.livemode else "TEST MODE · Payout"
    embed = card(color, title=title, author=author, lines=[line for line in lines if line])
    url = dashboard.payout_url(producer, record.id)
    return Message(embeds=(embed,), view=Buttons([link("Stripe", url)]) if url else None)


def payout_reply(record: PayoutRecord) -> str:
    """The short message under a payout that failed: an edit alone would notify nobody."""
    return f"❌ **Payout of {money(record.amount)} failed.** {_failure(record)}"


def progress_words(progress: PayoutProgress, *, short: bool = False) -> str:
    """How far a sale's money is: `available Tue, Nov 24, 2026`, `in transit, arrives …`.

    `short` leaves weekday and year out.
    """
    when = f" {day(progress.at, short=short)}" if progress.at is not None else ""
    return {
        PayoutState.UNKNOWN: "",
        PayoutState.PENDING: f"available{when}" if when else "payout pending",
        PayoutState.AVAILABLE: "available for payout",
        PayoutState.IN_TRANSIT: f"in transit, arrives{when}" if when else "in transit",
        PayoutState.PAID: f"paid out{when}",
        PayoutState.FAILED: "payout failed",
        PayoutState.CANCELED: "payout canceled",
    }[progress.state]


def _headline(record: PayoutRecord) -> tuple[Color, str]:
    amount = money(record.amount)
    if record.status == "paid":
        return Color.LEASE, f"{amount} paid out"
    if record.status == "failed":
        return Color.ALARM, f"Payout of {amount} failed"
    if record.status == "canceled":
        return Color.REFUNDED, f"Payout of {amount} canceled"
    return Color.PENDING, f"{amount} on its way to your bank"


def _arrival(record: PayoutRecord) -> str:
    if record.status in ("failed", "canceled"):
        return "The money is back in your Stripe balance."
    word = "Arrived" if record.status == "paid" else "Arrives"
    return f"{word} **{day(record.arrival)}**"


def _failure(record: PayoutRecord) -> str:
    reason = f"Stripe says: {safe(record.failure, 300)}\n" if record.failure else ""
    return f"{reason}Check your bank details in Stripe: later payouts wait until then."


def _contents(record: PayoutRecord) -> str:
    """`9 sales, 1 refund`; for a payout started by hand Stripe cannot tell."""
    if record.sales is None:
        return "" if record.automatic else "Started by hand: Stripe does not say what is in it."
    parts = [plural(record.sales, "sale")]
    if record.refunds:
        parts.append(plural(record.refunds, "refund"))
    return ", ".join(parts)
