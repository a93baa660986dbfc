"""The living alert of a payout, and the words for where a sale's money is."""

import re

import discord

from bot.domain.payout import PayoutProgress, PayoutRecord, PayoutState
from bot.domain.sale import Producer
from bot.text import dashboard, ids
from bot.text.language import gettext, phrase, said
from bot.text.message import Buttons, Color, Message, card, links
from bot.text.words import code, day, in_mode, money, refunds_words, safe, sales_words, timestamp

BY_HAND = phrase("Started by hand: Stripe gives no breakdown.")
FAILURES = {
    "account_closed": phrase("The bank account has been closed."),
    "account_frozen": phrase("The bank account has been frozen."),
    "bank_account_restricted": phrase("The bank account cannot take this kind of payment."),
    "bank_ownership_changed": phrase("The account's bank has changed."),
    "could_not_process": phrase("The bank could not process it."),
    "debit_not_authorized": phrase("The bank account does not allow Stripe to take money back."),
    "declined": phrase("The bank declined it."),
    "incorrect_account_holder_name": phrase("The account holder's name is wrong."),
    "insufficient_funds": phrase("There is not enough money in your Stripe balance."),
    "invalid_account_number": phrase("The account number is wrong."),
    "invalid_currency": phrase("The bank account does not take this currency."),
    "no_account": phrase("The bank account could not be found."),
    "unsupported_card": phrase("The card does not accept payouts."),
}
"""Stripe's codes, where it sends no words: https://docs.stripe.com/api/payouts/failures"""

_MONEY_BACK = phrase("The money is back in your Stripe balance.")
_PROGRESS = {
    PayoutState.PENDING: phrase("payout pending"),
    PayoutState.AVAILABLE: phrase("available for payout"),
    PayoutState.IN_TRANSIT: phrase("on its way"),
    PayoutState.PAID: phrase("paid out"),
    PayoutState.FAILED: phrase("payout failed"),
    PayoutState.CANCELED: phrase("payout canceled"),
}
_PROGRESS_ON = {
    PayoutState.PENDING: phrase("available {day}"),
    PayoutState.IN_TRANSIT: phrase("on its way, arrives {day}"),
    PayoutState.PAID: phrase("paid out {day}"),
}
"""The same if the day is known."""


def payout_alert(
    record: PayoutRecord, producer: Producer, *, fees_possible: bool = True
) -> Message:
    """A payout's living message: on its way, then paid out, or failed with what to do."""
    color, title = headline(record)
    author = in_mode(gettext("Payout"), producer)
    embed = card(color, author=author, lines=[*facts(record), contents_words(record)])
    if record.automatic and record.sales is None and not fees_possible:
        embed.description = f"{embed.description}\n{said(READ_BY_KEY)}"
    shown = in_mode(title, producer)
    return Message(content=shown, embeds=(embed,), view=_view(record, producer))


def payout_reply(record: PayoutRecord, producer: Producer) -> str:
    """The short message under a payout that failed: an edit alone would notify nobody."""
    url = dashboard.payout_url(producer, record.id)
    where = f" [{gettext('Open it in Stripe')}](<{url}>)" if url else ""
    head = gettext("❌ **Payout of {amount} failed.**", amount=money(record.amount))
    return in_mode(f"{head}\n{failure_words(record)}{where}", producer)


def progress_words(progress: PayoutProgress, *, short: bool = False) -> str:
    """Where a sale's money is: `available Tue, Nov 24, 2026`, `on its way, arrives …`.

    `short` leaves weekday and year out.
    """
    dated = _PROGRESS_ON.get(progress.state)
    if progress.at is not None and dated is not None:
        return said(dated, day=day(progress.at, short=short))
    return said(_PROGRESS[progress.state]) if progress.state in _PROGRESS else ""


def headline(record: PayoutRecord) -> tuple[Color, str]:
    """The payout's state as a color and a title."""
    amount = money(record.amount)
    if record.status == "paid":
        return Color.LEASE, gettext("{amount} paid out", amount=amount)
    if record.status == "failed":
        return Color.ALARM, gettext("Payout of {amount} failed", amount=amount)
    if record.status == "canceled":
        return Color.REFUNDED, gettext("Payout of {amount} canceled", amount=amount)
    return Color.PENDING, gettext("{amount} on its way to your bank", amount=amount)


def facts(record: PayoutRecord) -> list[str]:
    """When it arrives, or why it failed; when it was sent."""
    begun = gettext("Sent {time}", time=timestamp(record.created))
    if record.status == "failed":
        return [said(_MONEY_BACK), failure_words(record), begun]
    if record.status == "canceled":
        return [said(_MONEY_BACK), begun]
    return [f"{arrival_words(record)[0].upper()}{arrival_words(record)[1:]}", begun]


def arrival_words(record: PayoutRecord) -> str:
    """`arrives **Tue, Nov 24, 2026**`."""
    if record.status == "paid":
        return gettext("arrived **{day}**", day=day(record.arrival))
    return gettext("arrives **{day}**", day=day(record.arrival))


def failure_words(record: PayoutRecord) -> str:
    """Stripe's reason in words, and what to do."""
    check = gettext("Check your bank details in Stripe: later payouts wait until you do.")
    if not record.failure:
        return check
    return f"{gettext('Stripe says: {reason}', reason=_reason(record))}\n{check}"


READ_BY_KEY = phrase("The breakdown needs a Stripe key: set `STRIPE_API_KEY`.")
"""For payouts whose contents are unknown without a key."""


def contents_words(record: PayoutRecord) -> str:
    """`9 sales, 1 refund`; Stripe gives no breakdown of a payout started by hand."""
    if not record.automatic:
        return said(BY_HAND)
    if record.sales is None and record.unreadable:
        return gettext(
            "Breakdown unknown: my Stripe key can't read it ({permission})",
            permission=code(record.unreadable, 60),
        )
    if record.sales is None:
        return gettext("Breakdown pending from Stripe.")
    parts = [sales_words(record.sales)]
    if record.refunds:
        parts.append(refunds_words(record.refunds))
    return ", ".join(parts)


def _reason(record: PayoutRecord) -> str:
    failure = record.failure or ""
    if re.fullmatch("[a-z_]+", failure):
        words = FAILURES.get(failure)
        return said(words) if words else safe(failure.replace("_", " "), 100)
    return safe(failure, 300)


def _view(record: PayoutRecord, producer: Producer) -> Buttons | None:
    custom_id = ids.payout(producer.id, record.id)
    inside = record.automatic and custom_id is not None
    items: list[discord.ui.Item[discord.ui.View]] = []
    if inside:
        items.append(discord.ui.Button(label=gettext("What's in it"), custom_id=custom_id))
    items += links("Stripe", dashboard.payout_url(producer, record.id))
    return Buttons(items) if items else None
