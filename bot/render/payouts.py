"""Payouts: the money's way to the producer's bank."""

import re

import discord

from bot.ledger.records import PayoutProgress, PayoutRecord, PayoutState, Producer
from bot.render import dashboard, ids
from bot.render.message import Buttons, Color, Message, card, link
from bot.render.money import money
from bot.render.words import day, plural, safe, timestamp

BY_HAND = "Started by hand: Stripe does not say what is in it."
FAILURES = {
    "account_closed": "The bank account has been closed.",
    "account_frozen": "The bank account has been frozen.",
    "bank_account_restricted": "The bank account cannot take this kind of payment.",
    "bank_ownership_changed": "The bank account's bank has changed hands.",
    "could_not_process": "The bank could not process it.",
    "debit_not_authorized": "The bank account does not allow Stripe to take money back.",
    "declined": "The bank declined it.",
    "incorrect_account_holder_name": "The account holder's name is wrong.",
    "insufficient_funds": "There is not enough money in your Stripe balance.",
    "invalid_account_number": "The account number is wrong.",
    "invalid_currency": "The bank account does not take this currency.",
    "no_account": "The bank account could not be found.",
    "unsupported_card": "The card does not take payouts.",
}
"""Stripe's codes, where it sends no words: https://docs.stripe.com/api/payouts/failures"""


def payout_alert(
    record: PayoutRecord, producer: Producer, *, fees_possible: bool = True
) -> Message:
    """A payout's living message: on its way, then paid out, or failed and what to do."""
    color, title = headline(record)
    author = "Payout" if producer.livemode else "TEST MODE · Payout"
    embed = card(color, title=title, author=author, lines=[*facts(record), contents_words(record)])
    if record.automatic and record.sales is None and not fees_possible:
        embed.description = f"{embed.description}\n{READ_BY_KEY}"
    return Message(embeds=(embed,), view=_view(record, producer))


def payout_reply(record: PayoutRecord, producer: Producer) -> str:
    """The short message under a payout that failed: an edit alone would notify nobody."""
    test = "" if producer.livemode else "TEST MODE · "
    url = dashboard.payout_url(producer, record.id)
    where = f" [Open it in Stripe](<{url}>)" if url else ""
    return f"{test}❌ **Payout of {money(record.amount)} failed.** {failure_words(record)}{where}"


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


def headline(record: PayoutRecord) -> tuple[Color, str]:
    """What became of it, as a title and its color."""
    amount = money(record.amount)
    if record.status == "paid":
        return Color.LEASE, f"{amount} paid out"
    if record.status == "failed":
        return Color.ALARM, f"Payout of {amount} failed"
    if record.status == "canceled":
        return Color.REFUNDED, f"Payout of {amount} canceled"
    return Color.PENDING, f"{amount} on its way to your bank"


def facts(record: PayoutRecord) -> list[str]:
    """When it arrives, or why it did not; when it was begun."""
    begun = f"Begun {timestamp(record.created)}"
    if record.status == "failed":
        return ["The money is back in your Stripe balance.", failure_words(record), begun]
    if record.status == "canceled":
        return ["The money is back in your Stripe balance.", begun]
    return [f"{arrival_words(record)[0].upper()}{arrival_words(record)[1:]}", begun]


def arrival_words(record: PayoutRecord) -> str:
    """`arrives **Tue, Nov 24, 2026**`."""
    word = "arrived" if record.status == "paid" else "arrives"
    return f"{word} **{day(record.arrival)}**"


def failure_words(record: PayoutRecord) -> str:
    """Stripe's reason in words, and what to do."""
    reason = f"Stripe says: {_reason(record)}\n" if record.failure else ""
    return f"{reason}Check your bank details in Stripe: later payouts wait until then."


READ_BY_KEY = "Reading it needs a Stripe key: set `STRIPE_API_KEY`."
"""Where nobody can say what is in a payout."""


def contents_words(record: PayoutRecord) -> str:
    """`9 sales, 1 refund`; for a payout started by hand Stripe cannot tell."""
    if not record.automatic:
        return BY_HAND
    if record.sales is None:
        return "Stripe has not said yet what is in it."
    parts = [plural(record.sales, "sale")]
    if record.refunds:
        parts.append(plural(record.refunds, "refund"))
    return ", ".join(parts)


def _reason(record: PayoutRecord) -> str:
    failure = record.failure or ""
    if re.fullmatch("[a-z_]+", failure):
        return FAILURES.get(failure) or safe(failure.replace("_", " "), 100)
    return safe(failure, 300)


def _view(record: PayoutRecord, producer: Producer) -> Buttons | None:
    custom_id = ids.payout(producer.id, record.id)
    inside = record.automatic and custom_id is not None
    url = dashboard.payout_url(producer, record.id)
    items: list[discord.ui.Item[discord.ui.View]] = []
    if inside:
        items.append(discord.ui.Button(label="What is in it", custom_id=custom_id))
    if url:
        items.append(link("Stripe", url))
    return Buttons(items) if items else None
