"""`/buyers`: all who have bought something. Names and emails whole: for the asker alone."""

import discord

from bot.domain.answers import BuyerSort, BuyersPage, ListedBuyer
from bot.domain.paging import PAGE
from bot.domain.payment import Buyer
from bot.domain.records import Producer
from bot.text import ids
from bot.text.language import gettext, ngettext, phrase
from bot.text.message import OPTION, Color, card
from bot.text.money import monies
from bot.text.pages import page_words
from bot.text.parts.contact import named
from bot.text.words import code, in_mode, plain, safe, timestamp

SORTS = {
    BuyerSort.SPEND: phrase("What they spent"),
    BuyerSort.RECENT: phrase("When they last bought"),
    BuyerSort.COUNT: phrase("How often they bought"),
}
"""What `/buyers sort:` offers."""

# Currencies of one buyer that are told apart.
_CURRENCIES = 3


def buyers_embed(
    page: BuyersPage, search: str | None, sort: BuyerSort, producer: Producer
) -> discord.Embed:
    """A page of the list; an empty one says what to do."""
    if page.count == 0:
        return _empty(search, producer)
    counted = ngettext("{count} buyer", "{count} buyers", page.count)
    again = ngettext(
        "{count} of them came back for more", "{count} of them came back for more", page.repeats
    )
    first = page.page * PAGE + 1
    rows = [_row(place, buyer) for place, buyer in enumerate(page.buyers, start=first)]
    return card(
        Color.LEASE,
        author=_author(producer),
        title=_title(search),
        lines=[f"**{counted}** · {again}", _order(page, sort), "", *rows],
        footer=page_words(page.page, page.count),
    )


def buyer_option(listed: ListedBuyer, producer: Producer) -> discord.SelectOption:
    """A buyer in a menu."""
    spent = monies(listed.spent[:_CURRENCIES])
    return discord.SelectOption(
        label=plain(_called(listed.buyer), OPTION),
        value=ids.record(producer.id, listed.number),
        description=plain(f"{listed.buyer.email or ''} {spent}", OPTION),
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


def _called(buyer: Buyer) -> str:
    return (buyer.name or "").strip() or buyer.email or _nameless(buyer)


def _nameless(buyer: Buyer) -> str:
    return gettext("Forgotten") if buyer.forgotten else gettext("No name given")


def _order(page: BuyersPage, sort: BuyerSort) -> str:
    if sort is BuyerSort.RECENT:
        return gettext("Whoever bought last comes first.")
    if sort is BuyerSort.COUNT:
        return gettext("Whoever bought most often comes first.")
    return gettext(
        "By what they spent in {currency}, refunds off; whoever never paid in it comes after.",
        currency=(page.currency or "").upper(),
    )


def _author(producer: Producer) -> str:
    return in_mode(gettext("Buyers"), livemode=producer.livemode)


def _title(search: str | None) -> str:
    if search is None:
        return gettext("All buyers")
    return gettext("Buyers by “{search}”", search=safe(search, 60))


def _empty(search: str | None, producer: Producer) -> discord.Embed:
    if search is None:
        title = gettext("Nobody has bought yet")
        line = gettext("Whoever buys first is told in your channel, and listed here.")
    else:
        title = gettext("Nobody by “{search}”", search=safe(search, 60))
        line = gettext("Write the beginning of a first name, a last name or an email.")
    return card(Color.REFUNDED, author=_author(producer), title=title, lines=[line])
