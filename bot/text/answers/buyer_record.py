"""`/buyer`: who somebody is and all they bought. For the asker alone."""

from functools import partial

import discord

from bot.domain.answers import BuyerRecord
from bot.domain.paging import PURCHASES
from bot.domain.payment import Consent
from bot.domain.records import Producer
from bot.text import ids
from bot.text.language import gettext, ngettext, said
from bot.text.message import Buttons, Color, Message, card
from bot.text.money import monies
from bot.text.pages import arrows, page_words
from bot.text.parts.contact import contact_lines, email_lines, named
from bot.text.parts.sale_lines import brief_sale
from bot.text.parts.sales_list import SORTS, sales_menu
from bot.text.words import country_name, in_mode, timestamp


def buyer_record(record: BuyerRecord, producer: Producer) -> Message:
    """Contact, what they spent by currency, and a page of their purchases."""
    lines = [*_contact(record), *_habits(record), ""]
    lines += [brief_sale(sale) for sale in record.sales]
    turn = partial(ids.buyer_page, producer.id, record.number, record.sort.value)
    turns = arrows(record.page, record.count, turn, PURCHASES)
    word = gettext("Buyer")
    embed = card(
        Color.LEASE,
        author=in_mode(word, livemode=producer.livemode),
        title=named(record.buyer, 200) or word,
        lines=lines,
        footer=page_words(record.page, record.count, PURCHASES) if turns else None,
    )
    items = [*turns, *_orders(record, producer), *sales_menu(record.sales, producer)]
    return Message(embeds=(embed,), view=Buttons(items) if items else None)


def _orders(record: BuyerRecord, producer: Producer) -> list[discord.ui.Item[discord.ui.View]]:
    """Buttons to the other orders, where there are several purchases."""
    if record.count < 2:
        return []
    first_page = partial(ids.buyer_page, producer.id, record.number)
    return [
        discord.ui.Button(label=said(words), custom_id=first_page(sort.value, 0))
        for sort, words in SORTS.items()
        if sort is not record.sort
    ]


def _contact(record: BuyerRecord) -> list[str]:
    """What the title does not say already."""
    buyer = record.buyer
    if buyer.forgotten or not (buyer.email or buyer.country):
        return contact_lines(buyer, 0) if not buyer.name else []
    known = [*email_lines(buyer), country_name(buyer.country), _news_words(buyer.promotions)]
    return [*filter(None, known), ""]


def _news_words(promotions: Consent | None) -> str:
    """Whether news may be mailed to somebody; empty where no Checkout has asked."""
    match promotions:
        case Consent.OPT_IN:
            return gettext("✉️ Agreed to get news by email")
        case Consent.OPT_OUT:
            return gettext("Does not want news by email")
        case None:
            return ""


def _habits(record: BuyerRecord) -> list[str]:
    since = timestamp(record.first, "D")
    if record.payments > 1:
        kind = ngettext(
            "**Repeat buyer** · {count} payment since {day}",
            "**Repeat buyer** · {count} payments since {day}",
            record.payments,
            day=since,
        )
    else:
        kind = gettext("**First-time buyer** · {day}", day=since)
    spent = gettext("Spent **{amount}**", amount=monies(record.spent))
    return [kind, f"{spent} · {ngettext('{count} license', '{count} licenses', record.count)}"]
