"""`/buyers`: everybody who bought; `/buyer`: one of them and all purchases. For the asker alone."""

import discord

from bot.domain.payment import Buyer, Consent
from bot.domain.sale import (
    PAGE,
    PURCHASES,
    BuyerRecord,
    BuyerSort,
    BuyersPage,
    ListedBuyer,
    Producer,
)
from bot.text import ids
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.message import OPTION, Color, Item, Message, button, card, page_buttons, page_words
from bot.text.sale_lines import brief_sale, contact_lines, email_lines, named, sales_menu
from bot.text.sales import SORTS
from bot.text.words import code, country_name, in_mode, monies, plain, safe, timestamp

BUYER_SORTS = {
    BuyerSort.SPEND: phrase("Total spent"),
    BuyerSort.RECENT: phrase("Last purchase"),
    BuyerSort.COUNT: phrase("Number of purchases"),
}
"""What `/buyers sort:` offers."""

# Currencies shown of one buyer.
_CURRENCIES = 3


def buyers_embed(
    page: BuyersPage, search: str | None, sort: BuyerSort, producer: Producer
) -> discord.Embed:
    """A page of the list; an empty one says what to do."""
    if page.count == 0:
        return _empty(search, producer)
    title = gettext("All buyers")
    if search is not None:
        title = gettext("Buyers matching “{search}”", search=safe(search, 60))
    counted = ngettext("{count} buyer", "{count} buyers", page.count)
    again = ngettext("{count} returning", "{count} returning", page.repeats)
    first = page.page * PAGE + 1
    currency = (page.currency or "").upper()
    orders = {
        BuyerSort.RECENT: gettext("Most recent first"),
        BuyerSort.COUNT: gettext("Most purchases first"),
        BuyerSort.SPEND: gettext("Top spenders ({currency}, after refunds)", currency=currency),
    }
    rows = [_row(place, buyer) for place, buyer in enumerate(page.buyers, start=first)]
    return card(
        Color.LEASE,
        author=in_mode(gettext("Buyers"), producer),
        title=title,
        lines=[f"**{counted}** · {again}", orders[sort], "", *rows],
        footer=page_words(page.page, page.count),
    )


def buyer_option(listed: ListedBuyer, producer: Producer) -> discord.SelectOption:
    """A buyer in a menu."""
    spent, buyer = monies(listed.spent[:_CURRENCIES]), listed.buyer
    called = (buyer.name or "").strip() or buyer.email or _nameless(buyer)
    return discord.SelectOption(
        label=plain(called, OPTION),
        value=ids.record(producer.id, listed.number),
        description=plain(f"{buyer.email or ''} {spent}", OPTION),
    )


def _row(place: int, listed: ListedBuyer) -> str:
    buyer = listed.buyer
    name = named(buyer, 50) or _nameless(buyer)
    again = " 🔁" if listed.payments > 1 else ""
    email = f" · {code(buyer.email, 70)}" if buyer.email else ""
    facts = [
        f"**{monies(listed.spent[:_CURRENCIES])}**",
        ngettext("{count} payment", "{count} payments", listed.payments),
        ngettext("{count} license", "{count} licenses", listed.licenses),
        gettext("last {day}", day=timestamp(listed.latest, "d")),
    ]
    return f"`{place:,}.` **{name}**{again}{email}\n└ {' · '.join(facts)}"


def _nameless(buyer: Buyer) -> str:
    return gettext("Forgotten") if buyer.forgotten else gettext("No name given")


def _empty(search: str | None, producer: Producer) -> discord.Embed:
    if search is None:
        title = gettext("No buyers yet")
        line = gettext("Your first sale shows up in your channel and here.")
    else:
        title = gettext("No buyers match “{search}”", search=safe(search, 60))
        line = gettext("Type the start of a first name, last name or email.")
    return card(
        Color.REFUNDED, author=in_mode(gettext("Buyers"), producer), title=title, lines=[line]
    )


def buyer_record(record: BuyerRecord, producer: Producer) -> Message:
    """Contact, what they spent by currency, and a page of their purchases."""
    lines = [*_contact(record), *_habits(record), ""]
    lines += [brief_sale(sale) for sale in record.sales]
    name = producer.id, record.number

    def turn(page: int) -> str:
        return ids.BUYER_PAGE(page, record.sort.value, *name)

    turns = page_buttons(record.page, record.count, turn, PURCHASES)
    word = gettext("Buyer")
    embed = card(
        Color.LEASE,
        author=in_mode(word, producer),
        title=named(record.buyer, 200) or word,
        lines=lines,
        footer=page_words(record.page, record.count, PURCHASES) if turns else None,
    )
    items = [*turns, *_orders(record, producer), *sales_menu(record.sales, producer)]
    return Message.of(embed, items)


def _orders(record: BuyerRecord, producer: Producer) -> list[Item]:
    """Buttons that sort the purchases differently, if there are several."""
    if record.count < 2:
        return []
    name = producer.id, record.number
    return [
        button(said(words), ids.BUYER_PAGE(0, sort.value, *name))
        for sort, words in SORTS.items()
        if sort is not record.sort
    ]


def _contact(record: BuyerRecord) -> list[str]:
    """What the title does not say already."""
    buyer = record.buyer
    if buyer.forgotten or not (buyer.email or buyer.country):
        return contact_lines(buyer, 0) if not buyer.name else []
    consent = {
        Consent.OPT_IN: gettext("✉️ Agreed to marketing emails"),
        Consent.OPT_OUT: gettext("No marketing emails"),
        # No checkout has asked.
        None: "",
    }
    known = [*email_lines(buyer), country_name(buyer.country), consent[buyer.promotions]]
    return [*filter(None, known), ""]


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
    spent = gettext("**{amount}** spent", amount=monies(record.spent))
    return [kind, f"{spent} · {ngettext('{count} license', '{count} licenses', record.count)}"]
