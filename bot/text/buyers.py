"""`/buyers`: everybody who bought; `/buyer`: one of them and all purchases. For the asker alone."""

from datetime import datetime
from zoneinfo import ZoneInfo

import discord

from bot.domain.payment import Buyer, Consent
from bot.domain.sale import (
    BuyerRecord,
    BuyerSort,
    BuyersPage,
    ListedBuyer,
    Producer,
    pages,
)
from bot.text import ids
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.message import OPTION, Color, Item, Message, button, card, page_buttons, page_words
from bot.text.sale_lines import contact_lines, listed_sale, named, sales_menu, write_to
from bot.text.sales import SORTS
from bot.text.words import (
    PHONE_LINE,
    country_name,
    day_words,
    in_mode,
    money,
    monies,
    narrow,
    plain,
    safe,
    width,
)

BUYER_SORTS = {
    BuyerSort.SPEND: phrase("Top spenders"),
    BuyerSort.RECENT: phrase("Latest purchase first"),
    BuyerSort.COUNT: phrase("Most purchases first"),
}
"""What `/buyers sort:` offers."""

# Currencies shown of one buyer in a menu.
_CURRENCIES = 3


def buyers_embed(
    page: BuyersPage, search: str | None, sort: BuyerSort, producer: Producer, now: datetime
) -> discord.Embed:
    """A page of the list; an empty one says what to do."""
    if page.count == 0:
        return _empty(search, producer)
    author = ""
    if search is not None:
        author = gettext("Buyers matching “{search}”", search=plain(search, 60))
    counted = [ngettext("{count} buyer", "{count} buyers", page.count)]
    if page.repeats:
        counted.append(ngettext("{count} returning", "{count} returning", page.repeats))
    order = said(BUYER_SORTS[sort])
    if page.currency is not None:
        currency = page.currency.upper()
        order = gettext("Top spenders ({currency}, after refunds)", currency=currency)
    whole = pages(page.count) > 1
    return card(
        Color.LEASE,
        author=in_mode(author, producer),
        title=" · ".join(counted),
        lines=[order, "", *(_row(buyer, sort, producer, now) for buyer in page.buyers)],
        footer=page_words(page.page, page.count) if whole else None,
    )


def buyer_option(listed: ListedBuyer, producer: Producer) -> discord.SelectOption:
    """A buyer in a menu."""
    spent, buyer = monies(listed.spent[:_CURRENCIES]), listed.buyer
    return discord.SelectOption(
        label=plain(_called(buyer), OPTION),
        value=ids.record(producer.id, listed.number),
        description=plain(f"{buyer.email or ''} {spent}", OPTION),
    )


def _row(listed: ListedBuyer, sort: BuyerSort, producer: Producer, now: datetime) -> str:
    """One line, which begins with what the list goes by: `**$728.95** Tess Tone · 4 purchases`."""
    spent = money(listed.spent[0]) if listed.spent else ""
    purchases = ngettext("{count} purchase", "{count} purchases", listed.payments)
    first, last = spent, purchases
    if sort is BuyerSort.COUNT:
        first, last = purchases, spent
    elif sort is BuyerSort.RECENT:
        zone = ZoneInfo(producer.timezone)
        day, today = listed.latest.astimezone(zone).date(), now.astimezone(zone).date()
        first, last = day_words(day, today), spent
    room = PHONE_LINE - width(f"{first}  · {last}")
    return f"**{first}** {narrow(_called(listed.buyer), room)} · {last}"


def _called(buyer: Buyer) -> str:
    """Their name, or else their email."""
    if buyer.forgotten:
        return gettext("Forgotten")
    return (buyer.name or "").strip() or buyer.email or gettext("No name given")


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


def buyer_record(record: BuyerRecord, producer: Producer, now: datetime) -> Message:
    """What they spent by currency, their contact, and a page of their purchases."""
    name = producer.id, record.number

    def turn(page: int) -> str:
        return ids.BUYER_PAGE(page, record.sort.value, *name)

    turns = page_buttons(record.page, record.count, turn)
    embed = card(
        Color.LEASE,
        author=in_mode("", producer),
        title=named(record.buyer, 200) or gettext("Buyer"),
        lines=[
            _habits(record, producer, now),
            *_contact(record.buyer),
            *(listed_sale(sale, producer, now, buyer=False, paid=True) for sale in record.sales),
        ],
        footer=page_words(record.page, record.count) if turns else None,
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


def _contact(buyer: Buyer) -> list[str]:
    """What the title does not say already."""
    if buyer.forgotten or not (buyer.email or buyer.country):
        return contact_lines(buyer, 0) if not buyer.name else []
    consent = {
        Consent.OPT_IN: gettext("✉️ Agreed to marketing emails"),
        Consent.OPT_OUT: gettext("No marketing emails"),
        # No checkout has asked.
        None: "",
    }
    about = " · ".join(filter(None, (country_name(buyer.country), consent[buyer.promotions])))
    return [each for each in (write_to(buyer), about) if each]


def _habits(record: BuyerRecord, producer: Producer, now: datetime) -> str:
    """`**$528.99** spent · 2 purchases since Nov 16 · 3 licenses`."""
    zone = ZoneInfo(producer.timezone)
    since = day_words(record.first.astimezone(zone).date(), now.astimezone(zone).date())
    parts = [gettext("**{amount}** spent", amount=monies(record.spent))]
    if record.payments > 1:
        parts.append(
            ngettext(
                "{count} purchase since {day}",
                "{count} purchases since {day}",
                record.payments,
                day=since,
            )
        )
    else:
        parts.append(gettext("First-time buyer"))
    if record.count != record.payments:
        parts.append(ngettext("{count} license", "{count} licenses", record.count))
    return " · ".join(parts)
