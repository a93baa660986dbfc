"""`/buyer`: who somebody is and all they bought. For the asker alone."""

from collections.abc import Iterator

import discord

from bot.ledger.answers import BuyerRecord
from bot.ledger.payment import Consent
from bot.ledger.records import Producer
from bot.render import ids
from bot.render.contact import contact_lines, email_lines, named
from bot.render.language import gettext, ngettext
from bot.render.message import Buttons, Color, Message, card
from bot.render.money import monies
from bot.render.sale_lines import brief_sale
from bot.render.sales_list import sales_menu
from bot.render.words import country_name, in_mode, timestamp

_PAGE = 20


def buyer_record(record: BuyerRecord, producer: Producer) -> Message:
    """Contact, what they spent by currency, and a page of their purchases, newest first."""
    lines = [*_contact(record), *_habits(record), ""]
    lines += [brief_sale(sale) for sale in record.sales]
    pages = max(1, -(-record.count // _PAGE))
    word = gettext("Buyer")
    embed = card(
        Color.LEASE,
        author=in_mode(word, livemode=producer.livemode),
        title=named(record.buyer, 200) or word,
        lines=lines,
        footer=gettext("Page {page} of {pages}", page=f"{record.page + 1:,}", pages=f"{pages:,}")
        if pages > 1
        else None,
    )
    items = [*_arrows(record, producer, pages), *sales_menu(record.sales, producer)]
    return Message(embeds=(embed,), view=Buttons(items) if items else None)


def _contact(record: BuyerRecord) -> list[str]:
    """What the title does not say already."""
    buyer = record.buyer
    if buyer.forgotten or not (buyer.email or buyer.country):
        return contact_lines(buyer, 0) if not buyer.name else []
    known = [*email_lines(buyer), country_name(buyer.country), news_words(buyer.promotions)]
    return [*filter(None, known), ""]


def news_words(promotions: Consent | None) -> str:
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


def _arrows(
    record: BuyerRecord, producer: Producer, pages: int
) -> Iterator["discord.ui.Button[discord.ui.View]"]:
    if pages == 1:
        return
    for label, page in (("◀", record.page - 1), ("▶", record.page + 1)):
        exists = 0 <= page < pages
        # Both need an id of their own, also the one that leads nowhere.
        custom_id = ids.buyer_page(producer.id, record.number, page if exists else pages)
        yield discord.ui.Button(label=label, custom_id=custom_id, disabled=not exists)
