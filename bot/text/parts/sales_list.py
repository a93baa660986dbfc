"""`/sales`: a page of sales, newest first, with the totals of all that match in its head."""

from collections.abc import Iterable
from datetime import datetime

import discord

from bot.domain.answers import SaleFilter, SaleSort, SalesPage, SaleTotals
from bot.domain.money import Money
from bot.domain.records import Producer, Sale
from bot.text import ids
from bot.text.language import Phrase, gettext, ngettext, phrase, said
from bot.text.message import OPTION, OPTIONS, Color, card
from bot.text.money import money
from bot.text.pages import page_words
from bot.text.parts.licenses import license_name
from bot.text.parts.sale_lines import listed_sale
from bot.text.price import HAVE_FEES, denied_words, sale_price
from bot.text.words import date_words, in_mode, plain, safe, sales_words

OPEN_A_SALE = phrase("Open a sale")

STATUSES = {
    "paid": phrase("Paid"),
    "pending": phrase("Payment pending"),
    "partly_refunded": phrase("Partly refunded"),
    "refunded": phrase("Refunded"),
    "disputed": phrase("Disputed"),
    "conflict": phrase("Conflict with an exclusive"),
}
"""What `/sales status:` offers: a SaleFilter's status and its words."""


SORTS = {
    SaleSort.NEWEST: phrase("Newest first"),
    SaleSort.OLDEST: phrase("Oldest first"),
    SaleSort.LARGEST: phrase("Largest first"),
}
"""What `sort:` offers of sales, wherever they are listed."""


def sales_embed(
    page: SalesPage, wanted: SaleFilter, producer: Producer, *, fees_possible: bool = True
) -> discord.Embed:
    """A page of the list; an empty one says what to do."""
    if page.count == 0:
        return _empty(wanted, producer)
    heads = [_total_line(totals) for totals in page.totals[:4]]
    if len(page.totals) > len(heads):
        heads.append(
            ngettext(
                "… and {count} more currency",
                "… and {count} more currencies",
                len(page.totals) - len(heads),
            )
        )
    if any(totals.unsettled for totals in page.totals):
        if page.unreadable:
            heads.append(denied_words(page.unreadable))
        elif not fees_possible:
            heads.append(said(HAVE_FEES))
    rows = [
        listed_sale(sale, fees_possible=fees_possible, unreadable=page.unreadable)
        for sale in page.sales
    ]
    return card(
        Color.LEASE,
        author=_author(producer),
        title=_title(wanted),
        lines=[*heads, "", *rows],
        footer=" · ".join(
            [page_words(page.page, page.count), sales_words(page.count), *_order(page, wanted.sort)]
        ),
    )


def sale_option(sale: Sale, producer: Producer) -> discord.SelectOption:
    """A sale in a menu."""
    detail = f"{license_name(sale, 48, markup=False)} · {sale_price(sale).replace('~~', '')}"
    return discord.SelectOption(
        label=plain(f"#{sale.number} {sale.track}", OPTION),
        value=ids.record(producer.id, sale.number),
        description=plain(detail, OPTION),
    )


def sales_menu(
    sales: Iterable[Sale], producer: Producer, invitation: Phrase = OPEN_A_SALE
) -> list[discord.ui.Item[discord.ui.View]]:
    """A menu that opens one of the first 25; none where there are no sales."""
    unique = {sale.number: sale for sale in sales}
    options = [sale_option(sale, producer) for sale in list(unique.values())[:OPTIONS]]
    if not options:
        return []
    return [discord.ui.Select(custom_id=ids.RECORDS, placeholder=said(invitation), options=options)]


def suggestion(sale: Sale, now: datetime) -> str:
    """A sale as `/sale` completes it, at most 100 characters: `#1042 Midnight Drive · …`."""
    style = "MMMd" if sale.sold.year == now.year else "yMMMd"
    sold = date_words(sale.sold.date(), style)
    track = plain(sale.track, 44)
    return plain(f"#{sale.number} {track} · {plain(sale.license, 24)} · {sold}", OPTION)


def _author(producer: Producer) -> str:
    return in_mode(gettext("Sales"), livemode=producer.livemode)


def _title(wanted: SaleFilter) -> str:
    parts = _filters(wanted)
    return " · ".join(parts) if parts else gettext("All sales")


def _order(page: SalesPage, sort: SaleSort) -> list[str]:
    if sort is SaleSort.NEWEST:
        return []
    if sort is SaleSort.LARGEST and len(page.totals) > 1:
        return [gettext("Largest first, one currency after the other")]
    return [said(SORTS[sort])]


def _filters(wanted: SaleFilter) -> list[str]:
    parts = []
    if wanted.track is not None:
        parts.append(safe(wanted.track, 60))
    if wanted.license is not None:
        parts.append(safe(wanted.license, 40))
    if wanted.buyer is not None:
        parts.append(gettext("buyer “{name}”", name=safe(wanted.buyer, 40)))
    if wanted.status is not None:
        words = STATUSES.get(wanted.status)
        parts.append((said(words) if words else safe(wanted.status, 20)).lower())
    if wanted.since is not None:
        parts.append(gettext("since {day}", day=date_words(wanted.since)))
    return parts


def _total_line(totals: SaleTotals) -> str:
    """`**$3,702.11** left of $3,840.00 · 128 sales · fees $77.89 · given back $60.00`."""

    def say(amount: int) -> str:
        return money(Money(amount, totals.currency))

    if not totals.gross and not totals.fees:
        if not totals.sales:
            return gettext("Nothing paid yet")
        return ngettext("{count} sale · free", "{count} sales · free", totals.sales)
    known = totals.unsettled < totals.sales or totals.fees
    fees = gettext("fees {amount}", amount=say(totals.fees)) if known else gettext("fees not known")
    left = gettext("**{left}** left of {gross}", left=say(totals.left), gross=say(totals.gross))
    parts = [left, sales_words(totals.sales), fees]
    if totals.tax:
        parts.append(gettext("tax {amount}", amount=say(totals.tax)))
    if totals.refunded:
        parts.append(gettext("given back {amount}", amount=say(totals.refunded)))
    if totals.unsettled and known:
        parts.append(
            ngettext("{count} still without fees", "{count} still without fees", totals.unsettled)
        )
    return " · ".join(parts)


def _empty(wanted: SaleFilter, producer: Producer) -> discord.Embed:
    filters = _filters(wanted)
    if filters:
        lines = [
            gettext("Nothing matches {filters}.", filters=" · ".join(filters)),
            gettext("Take a filter away, or pick a track or license from what the command offers."),
        ]
        title = gettext("No sales match")
        return card(Color.REFUNDED, author=_author(producer), title=title, lines=lines)
    channel = f"<#{producer.channel_id}>" if producer.channel_id else gettext("your channel")
    lines = [
        gettext(
            "The first one is told in {channel} the moment it is paid, and is listed here.",
            channel=channel,
        ),
        gettext(
            "Waiting for one that was paid already? `/settings show` says when Stripe last called."
        ),
    ]
    title = gettext("No sales yet")
    return card(Color.LEASE, author=_author(producer), title=title, lines=lines)
