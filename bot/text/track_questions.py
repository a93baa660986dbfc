"""Questions in the channel about a track that was sold exclusively.

Its exclusive sale was refunded: sell it again or keep it off sale? It was sold before the bot was
there and is still on sale in Stripe: take it off?
"""

import discord

from bot.domain.off_sale import LeftOnSale, LeftTrack, TakingOff
from bot.domain.sale import PaymentRecord, Producer, SaleState, TrackRights
from bot.text import ids
from bot.text.checklist import checklist
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.message import OPTION, Buttons, Item, Message, button, clipped, headed, menus
from bot.text.words import distinct, in_mode, money, safe, timestamp

_LABELS = {"sell": phrase("Put it back on sale"), "keep": phrase("Keep it off")}

_REFUNDED = phrase("⭐ **{track}** is free again · {price} refunded · #{number}")
_LOST = phrase("⭐ **{track}** is free again · {price} lost to a dispute · #{number}")
_KEPT_OFF = phrase("⭐ **{track}** is kept off sale: <@{user}>, {time}")
_BACK = phrase("⭐ **{track}** is back on sale: <@{user}>, {time}")


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
        "**Sell it again, or keep it off?**\n"
        "What I turned off in Stripe stays off until you turn it on there: see `/exclusive`."
    )
    text = in_mode(f"{asked}\n{note}", record.producer)
    buttons = [
        track_button("question", record.producer, track_id, keep=keep) for keep in (False, True)
    ]
    return headed(text, Buttons(buttons))


def track_decided(rights: TrackRights, producer: Producer) -> Message:
    """What the question becomes after the answer, for everyone in the channel."""
    return Message(content=in_mode(_decided(rights, producer), producer))


def _decided(rights: TrackRights, producer: Producer) -> str:
    name = safe(rights.track, 100)
    if rights.holder is not None:
        return gettext(
            "⭐ **{track}** is sold exclusively again: `#{number}`.",
            track=name,
            number=rights.holder.number,
        )
    decision = rights.decision
    if decision is None:
        return gettext(
            "⭐ **{track}**: no decision yet. `/exclusive` shows where it stands.", track=name
        )
    what = _KEPT_OFF if decision.kept_off else _BACK
    told = said(what, track=name, user=decision.by, time=timestamp(decision.at))
    off = rights.off_sale
    if off is not None and not off.off:
        told += f"\n{checklist(off, producer, 1500)}"
    return told


def track_button(place: str, producer: Producer, track_id: int, *, keep: bool) -> Item:
    """The button that keeps a track off sale, or puts it back on; `place` as in its id."""
    choice = "keep" if keep else "sell"
    return button(said(_LABELS[choice]), ids.TRACK(place, producer.id, track_id, choice))


def left_on_sale(left: LeftOnSale, producer: Producer) -> Message:
    """What can still be bought, with buttons that take it off sale; for the producer's channel."""
    if not left.count:
        none = gettext("⭐ No exclusive is still on sale in Stripe.")
        return headed(in_mode(none, producer))
    lines = [
        ngettext(
            "⭐ **{count} exclusive is still on sale in Stripe**\n"
            "It was sold before I was added, so I left it alone.",
            "⭐ **{count} exclusives are still on sale in Stripe**\n"
            "They were sold before I was added, so I left them alone.",
            left.count,
        ),
        clipped(map(_line, left.tracks), 1000, total=left.count),
        gettext(
            "If you agree, I turn off their links, close open checkouts, and archive products "
            "and prices."
        ),
    ]
    return headed(in_mode("\n".join(lines), producer), _view(left, producer))


def going_off_sale(left: LeftOnSale, producer: Producer, taking: TakingOff | None) -> Message:
    """The message after a click: the progress, and what is still on sale."""
    if taking is None:
        return left_on_sale(left, producer)
    line = _progress(taking)
    if not left.count:
        return headed(in_mode(line, producer))
    rest = left_on_sale(left, producer)
    [embed] = rest.embeds
    embed.description = f"{embed.description}\n{line}"
    return rest


def _progress(taking: TakingOff) -> str:
    who = {"by": f"<@{taking.by}>", "at": timestamp(taking.at)}
    if taking.done < taking.tracks:
        return ngettext(
            "⏳ Taking {count} track off sale, {done} done: {by}, {at}.",
            "⏳ Taking {count} tracks off sale, {done} done: {by}, {at}.",
            taking.tracks,
            done=taking.done,
            **who,
        )
    return ngettext(
        "☑ {count} track handled: {by}, {at}. `/exclusive` shows each step.",
        "☑ {count} tracks handled: {by}, {at}. `/exclusive` shows each step.",
        taking.tracks,
        **who,
    )


def _line(track: LeftTrack) -> str:
    line = f"- {safe(track.name, 60)} · #{track.number}"
    only_you = gettext("only you can: see `/exclusive`")
    return line if track.possible else f"{line} · ✋ {only_you}"


def _view(left: LeftOnSale, producer: Producer) -> discord.ui.View | None:
    possible = [track for track in left.tracks if track.possible]
    if not left.possible:
        return None
    label = ngettext("Take it off sale", "Take all {count} off sale", left.possible)
    every = button(label, ids.LEFT_ON_SALE("all", producer.id), discord.ButtonStyle.primary)
    if left.possible == 1:
        return Buttons([every])
    labels = distinct([track.name for track in possible], OPTION)
    options = [
        discord.SelectOption(label=label, value=str(track.id))
        for track, label in zip(possible, labels, strict=True)
    ]
    invitation, some = gettext("Take only some off sale"), ids.LEFT_ON_SALE("some", producer.id)
    return Buttons([every, *menus(some, options, invitation, several=True)])
