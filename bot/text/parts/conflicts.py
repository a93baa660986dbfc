"""A sale that was charged although its track had been sold exclusively: both buyers, what to do."""

import discord

from bot.domain.records import PaymentRecord, Producer, Sale
from bot.text import dashboard, ids
from bot.text.language import gettext
from bot.text.parts.contact import told_who
from bot.text.parts.licenses import rights_of
from bot.text.parts.sale_lines import licensed_sale
from bot.text.price import in_stripe, sale_price
from bot.text.words import timestamp

ACCEPTS = 3
"""Buttons in one message that accept a conflict."""


def conflict_line(record: PaymentRecord, sale: Sale) -> str:
    """Who holds the track that was sold once more: number, day, and the other buyer."""
    rights = rights_of(record, sale)
    if rights is None or rights.holder is None:
        return gettext("⚠️ **Conflict:** this track had already been sold exclusively")
    holder = rights.holder
    return gettext(
        "⚠️ **Conflict:** already sold exclusively as #{number}, {day}, to {buyer}",
        number=holder.number,
        day=timestamp(holder.at, "d"),
        buyer=told_who(record.producer, holder.buyer, 40),
    )


def conflict_advice(record: PaymentRecord) -> str:
    """What can be done about it, and where."""
    refund = in_stripe(record, gettext("Refund this sale"))
    return gettext("{refund}, or come to terms with both buyers and accept it.", refund=refund)


def listed_conflict(sale: Sale, producer: Producer) -> str:
    """One line of a track's conflicts: which license who bought when, and where to refund it."""
    url = dashboard.object_url(producer, "payment", sale.reference) if sale.reference else None
    refund = f" · [{gettext('refund')}](<{url}>)" if url else ""
    return f"{licensed_sale(sale)} · {sale_price(sale)}{refund}"


def listed_accepted(sale: Sale) -> str:
    """One line of a track's accepted conflicts: which license who bought when, who accepted it."""
    return f"{licensed_sale(sale)} · {sale_price(sale)}\n└ {accepted_line(sale)}"


def accepted_line(sale: Sale) -> str:
    """That somebody accepted it, or took that back; empty where there was nothing to accept."""
    if sale.accepted is not None:
        by, at = f"<@{sale.accepted.by}>", timestamp(sale.accepted.at)
        return gettext("Sold after the exclusive · accepted by {by}, {at}", by=by, at=at)
    if sale.withdrawn is not None:
        by, at = f"<@{sale.withdrawn.by}>", timestamp(sale.withdrawn.at)
        return gettext("Had been accepted · no longer, says {by}, {at}", by=by, at=at)
    return ""


def accept_button(
    place: str, producer: Producer, sale: Sale
) -> "discord.ui.Button[discord.ui.View]":
    """The button that accepts it; `place` as in its id."""
    return discord.ui.Button(
        label=gettext("Accept #{number}", number=sale.number),
        custom_id=ids.accept(place, producer.id, sale.number),
        style=discord.ButtonStyle.danger,
    )


def withdraw_button(producer: Producer, sale: Sale) -> "discord.ui.Button[discord.ui.View]":
    """The button that takes back that it was accepted."""
    return discord.ui.Button(
        label=gettext("No longer accept #{number}", number=sale.number),
        custom_id=ids.withdraw(producer.id, sale.number),
    )
