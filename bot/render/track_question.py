"""A track whose exclusive sale was given back: sell it again, or keep it off?"""

import discord

from bot.ledger.answers import TrackRights
from bot.ledger.records import PaymentRecord, Producer, SaleState
from bot.render import ids
from bot.render.message import Buttons, Message
from bot.render.money import money
from bot.render.off_sale import checklist
from bot.render.words import safe, timestamp

_LABELS = {"sell": "Put it back on sale", "keep": "Keep it off"}


def track_question(record: PaymentRecord, number: int, track_id: int) -> Message:
    """The question, under the alert of the sale `number` that held the track."""
    test = "" if record.producer.livemode else "TEST MODE · "
    sale = next((sale for sale in record.sales if sale.number == number), record.sales[0])
    lost = sale.state is SaleState.DISPUTE_LOST
    text = (
        f"{test}★ **{safe(sale.track, 100)}** is free again: its exclusive sale `#{sale.number}` "
        f"({money(sale.price)}) was {'lost to a dispute' if lost else 'refunded'}. "
        "**Sell it again, or keep it off?**\n"
        "I only note it: what is switched off in Stripe stays off until you switch it on there; "
        "`/exclusive` lists it."
    )
    buttons = [
        track_button("question", record.producer, track_id, keep=keep) for keep in (False, True)
    ]
    return Message(content=text, view=Buttons(buttons))


def track_decided(rights: TrackRights, producer: Producer) -> Message:
    """What the question becomes once it is answered: it stands there for all to see."""
    test = "" if producer.livemode else "TEST MODE · "
    name = f"{test}★ **{safe(rights.track, 100)}**"
    if rights.holder is not None:
        return Message(content=f"{name} is sold exclusively again: `#{rights.holder.number}`.")
    decision = rights.decision
    if decision is None:
        return Message(content=f"{name}: nothing was decided. `/exclusive` says where it stands.")
    what = "is kept off sale" if decision.kept_off else "is back on sale"
    told = f"{name} {what}: <@{decision.by}>, {timestamp(decision.at)}"
    off = rights.off_sale
    if off is not None and not off.off:
        told += f"\n{checklist(off, producer, 1500)}"
    return Message(content=told)


def track_button(
    place: str, producer: Producer, track_id: int, *, keep: bool
) -> "discord.ui.Button[discord.ui.View]":
    """The button that keeps a track off sale, or puts it back on; `place` as in its id."""
    choice = "keep" if keep else "sell"
    return discord.ui.Button(
        label=_LABELS[choice], custom_id=ids.track(place, producer.id, track_id, choice)
    )
