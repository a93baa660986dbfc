"""A track whose exclusive sale was given back: sell it again, or keep it off?"""

import discord

from bot.domain.answers import TrackRights
from bot.domain.records import PaymentRecord, Producer, SaleState
from bot.text import ids
from bot.text.language import gettext, phrase, said
from bot.text.message import Buttons, Message, headed
from bot.text.money import money
from bot.text.parts.off_sale import checklist
from bot.text.words import in_mode, safe, timestamp

_LABELS = {"sell": phrase("Put it back on sale"), "keep": phrase("Keep it off")}

_REFUNDED = phrase(
    "★ **{track}** is free again: its exclusive sale `#{number}` ({price}) was refunded. "
    "**Sell it again, or keep it off?**"
)
_KEPT_OFF = phrase("★ **{track}** is kept off sale: <@{user}>, {time}")
_BACK = phrase("★ **{track}** is back on sale: <@{user}>, {time}")
_LOST = phrase(
    "★ **{track}** is free again: its exclusive sale `#{number}` ({price}) was lost to a dispute. "
    "**Sell it again, or keep it off?**"
)


def track_question(record: PaymentRecord, number: int, track_id: int) -> Message:
    """The question, under the alert of the sale `number` that held the track."""
    sale = next((sale for sale in record.sales if sale.number == number), record.sales[0])
    lost = sale.state is SaleState.DISPUTE_LOST
    asked = said(
        _LOST if lost else _REFUNDED,
        track=safe(sale.track, 100),
        number=sale.number,
        price=money(sale.price),
    )
    note = gettext(
        "I only note it: what is switched off in Stripe stays off until you switch it on there; "
        "`/exclusive` lists it."
    )
    text = in_mode(f"{asked}\n{note}", livemode=record.producer.livemode)
    buttons = [
        track_button("question", record.producer, track_id, keep=keep) for keep in (False, True)
    ]
    return headed(text, Buttons(buttons))


def track_decided(rights: TrackRights, producer: Producer) -> Message:
    """What the question becomes once it is answered: it stands there for all to see."""
    return Message(content=in_mode(_decided(rights, producer), livemode=producer.livemode))


def _decided(rights: TrackRights, producer: Producer) -> str:
    name = safe(rights.track, 100)
    if rights.holder is not None:
        return gettext(
            "★ **{track}** is sold exclusively again: `#{number}`.",
            track=name,
            number=rights.holder.number,
        )
    decision = rights.decision
    if decision is None:
        return gettext(
            "★ **{track}**: nothing was decided. `/exclusive` says where it stands.", track=name
        )
    what = _KEPT_OFF if decision.kept_off else _BACK
    told = said(what, track=name, user=decision.by, time=timestamp(decision.at))
    off = rights.off_sale
    if off is not None and not off.off:
        told += f"\n{checklist(off, producer, 1500)}"
    return told


def track_button(
    place: str, producer: Producer, track_id: int, *, keep: bool
) -> "discord.ui.Button[discord.ui.View]":
    """The button that keeps a track off sale, or puts it back on; `place` as in its id."""
    choice = "keep" if keep else "sell"
    return discord.ui.Button(
        label=said(_LABELS[choice]), custom_id=ids.track(place, producer.id, track_id, choice)
    )
