"""`/sales`: a page of sales below the net of all that match, and the totals it is made of."""

from collections.abc import Callable, Sequence
from datetime import datetime

import discord

from bot.domain.money import Money
from bot.domain.sale import (
    PaymentRecord,
    Producer,
    Sale,
    SaleFilter,
    SaleSort,
    SalesPage,
    SaleTotals,
    pages,
)
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.message import LABEL, OPTION, Color, Message, card, field, page_words
from bot.text.period_words import days_words
from bot.text.sale_lines import (
    HAVE_FEES,
    LINE,
    Row,
    amount_table,
    denied_words,
    listed_sale,
    net_words,
    sales_menu,
)
from bot.text.words import capitalized, date_words, in_mode, money, plain, safe, sales_words

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
"""What `sort:` offers for lists of sales."""

_CURRENCIES = 20
"""As many totals as a message has room for."""


def sales_embed(
    page: SalesPage,
    wanted: SaleFilter,
    producer: Producer,
    now: datetime,
    *,
    fees_possible: bool = True,
) -> discord.Embed:
    """A page of the list below the net of all that match; an empty one says what to do."""
    if page.count == 0:
        return _empty(wanted, producer)
    unsettled = any(totals.unsettled for totals in page.totals)
    notes = []
    if unsettled and page.unreadable:
        notes = [denied_words(page.unreadable)]
    elif unsettled and not fees_possible:
        notes = [said(HAVE_FEES)]
    order = [said(SORTS[wanted.sort])] if wanted.sort is not SaleSort.NEWEST else []
    # If no fees are known, the title says it for all.
    mixed = not all(map(_without_fees, page.totals))
    rows = [listed_sale(sale, producer, now, mark_fees=mixed) for sale in page.sales]
    title = _total_words(page.totals[0]) if page.totals else gettext("Nothing paid yet")
    return card(
        Color.LEASE,
        author=in_mode(capitalized(" · ".join([*_filters(wanted, plain), *order])), producer),
        # A title is bold already.
        title=title.replace("**", ""),
        lines=[_around(page), "", *rows, *notes],
    )


def _total_words(totals: SaleTotals) -> str:
    """`**$3,702.11** net`, `You're down **$1.75**`, `**$30.00** before fees`, `Free`."""
    left = Money(totals.left, totals.currency)
    if not totals.gross and not totals.fees:
        return gettext("Free")
    if _without_fees(totals):
        return gettext("**{amount}** before fees", amount=money(left))
    if totals.unsettled and totals.left >= 0:
        return f"**{money(left)}** {gettext('net, some fees unknown')}"
    return net_words([left])


def _without_fees(totals: SaleTotals) -> bool:
    return not totals.fees and totals.unsettled == totals.sales


def _around(page: SalesPage) -> str:
    """`€2,749.89 net · 175 sales · Page 1 of 18`: what else there is."""
    others = page.totals[1:]
    parts = []
    if others:
        parts.append(_total_words(others[0]).replace("**", ""))
    if len(others) > 1:
        more = len(others) - 1
        parts.append(ngettext("{count} more currency", "{count} more currencies", more))
    paid = sum(totals.sales for totals in page.totals)
    parts.append(sales_words(paid))
    if page.count > paid:
        parts.append(f"{page.count - paid:,} {gettext('pending')}")
    if pages(page.count) > 1:
        parts.append(page_words(page.page, page.count))
    return " · ".join(parts)


def sales_totals(page: SalesPage, wanted: SaleFilter, producer: Producer) -> Message | None:
    """What the nets above a list are made of, by currency; None if nothing was paid."""
    if not page.totals:
        return None
    embed = discord.Embed(color=int(Color.LEASE), title=gettext("Totals"))
    filters = in_mode(capitalized(" · ".join(_filters(wanted, plain))), producer)
    if filters:
        embed.set_author(name=filters)
    for totals in page.totals[:_CURRENCIES]:
        name = f"{totals.currency.upper()} · {sales_words(totals.sales)}"
        unsettled = totals.unsettled
        if unsettled and not _without_fees(totals):
            awaiting = ngettext("{count} awaiting fees", "{count} awaiting fees", unsettled)
            name = f"{name} · {awaiting}"
        field(embed, name, [amount_table(_total_rows(totals))])
    return Message.of(embed)


def _total_rows(totals: SaleTotals) -> list[Row]:
    amounts = (
        (gettext("Fees"), totals.fees),
        (gettext("Tax"), totals.tax),
        (gettext("Refunded"), totals.refunded),
    )
    taken: list[Row] = [(what, Money(-each, totals.currency)) for what, each in amounts if each]
    if _without_fees(totals):
        taken.insert(0, (gettext("Fees"), gettext("unknown")))
    return [
        (gettext("Buyers paid"), Money(totals.gross, totals.currency)),
        *taken,
        LINE,
        (gettext("Net"), Money(totals.left, totals.currency)),
    ]


def suggestion(sale: Sale, now: datetime) -> str:
    """A sale as `/sale` completes it, at most 100 characters: `#1042 Midnight Drive · …`."""
    style = "MMMd" if sale.sold.year == now.year else "yMMMd"
    sold = date_words(sale.sold.date(), style)
    track = plain(sale.track, 44)
    return plain(f"#{sale.number} {track} · {plain(sale.license, 24)} · {sold}", OPTION)


def filters_label(wanted: SaleFilter, count: int) -> str:
    """A button that lists the sales that match: `Show Neon Rain · 13 sales`."""
    filters = " · ".join(_filters(wanted, plain))
    if not filters:
        return ngettext("Show {count} sale", "Show all {count} sales", count)
    shown = gettext("Show {filters}", filters=f"{filters} · {sales_words(count)}")
    return plain(shown, LABEL)


def _filters(wanted: SaleFilter, name: Callable[[str, int], str] = safe) -> list[str]:
    parts = []
    if wanted.track is not None:
        parts.append(name(wanted.track, 60))
    if wanted.license is not None:
        parts.append(name(wanted.license, 40))
    if wanted.buyer is not None:
        parts.append(gettext("buyer “{name}”", name=name(wanted.buyer, 40)))
    if wanted.status is not None:
        words = STATUSES.get(wanted.status)
        parts.append((said(words) if words else safe(wanted.status, 20)).lower())
    if wanted.since is not None and wanted.until is not None:
        parts.append(days_words(wanted.since, wanted.until))
    elif wanted.since is not None:
        parts.append(gettext("since {day}", day=date_words(wanted.since)))
    return parts


def _empty(wanted: SaleFilter, producer: Producer) -> discord.Embed:
    filters, author = _filters(wanted), in_mode(gettext("Sales"), producer)
    if filters:
        lines = [gettext("No sales match {filters}.", filters=" · ".join(filters))]
        title = gettext("No matching sales")
        return card(Color.REFUNDED, author=author, title=title, lines=lines)
    channel = f"<#{producer.channel_id}>" if producer.channel_id else gettext("your channel")
    lines = [
        gettext(
            "Your first sale shows up in {channel} the moment it is paid, and here.",
            channel=channel,
        ),
        gettext(
            "Expecting one that was already paid? `/settings show` says when Stripe last called."
        ),
    ]
    title = gettext("No sales yet")
    return card(Color.LEASE, author=author, title=title, lines=lines)


def sales_of_alert(records: Sequence[PaymentRecord], producer: Producer, now: datetime) -> Message:
    """The sales of an alert that covers several, with a menu that opens one."""
    sales = [sale for record in records for sale in record.sales]
    embed = card(
        Color.LEASE,
        author=in_mode("", producer),
        title=ngettext("{count} sale in this alert", "{count} sales in this alert", len(sales)),
        lines=[listed_sale(sale, producer, now) for sale in sales],
    )
    return Message.of(embed, sales_menu(sales, producer))
