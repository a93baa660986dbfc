"""`/sales`: a page of sales, newest first, with the totals of all that match in its head."""

from datetime import datetime

import discord
from babel.dates import format_date

from bot.ledger.answers import SaleFilter, SalesPage, SaleTotals
from bot.ledger.money import Money
from bot.ledger.records import Producer, Sale
from bot.render import ids
from bot.render.licenses import license_name
from bot.render.message import OPTION, Color, card
from bot.render.money import LOCALE, money
from bot.render.price import HAVE_FEES, sale_price
from bot.render.sale_lines import listed_sale
from bot.render.words import plain, plural, safe

PAGE = 10

STATUSES = {
    "paid": "Paid",
    "pending": "Payment pending",
    "partly_refunded": "Partly refunded",
    "refunded": "Refunded",
    "disputed": "Disputed",
    "conflict": "Conflict with an exclusive",
}
"""What `/sales status:` offers: a SaleFilter's status and its words."""


def sales_embed(
    page: SalesPage, wanted: SaleFilter, producer: Producer, *, fees_possible: bool = True
) -> discord.Embed:
    """A page of the list; an empty one says what to do."""
    if page.count == 0:
        return _empty(wanted, producer)
    heads = [_total_line(totals) for totals in page.totals[:4]]
    if len(page.totals) > len(heads):
        heads.append(f"… and {plural(len(page.totals) - 4, 'more currency', 'more currencies')}")
    if not fees_possible and any(totals.unsettled for totals in page.totals):
        heads.append(HAVE_FEES)
    rows = [listed_sale(sale, fees_possible=fees_possible) for sale in page.sales]
    return card(
        Color.LEASE,
        author=_author(producer),
        title=_title(wanted),
        lines=[*heads, "", *rows],
        footer=f"Page {page.page + 1:,} of {pages(page.count):,} · {plural(page.count, 'sale')}",
    )


def pages(count: int) -> int:
    """How many pages of ten `count` sales fill; at least one."""
    return max(1, -(-count // PAGE))


def sale_option(sale: Sale, producer: Producer) -> discord.SelectOption:
    """A sale in a menu."""
    detail = f"{license_name(sale, 48, markup=False)} · {sale_price(sale).replace('~~', '')}"
    return discord.SelectOption(
        label=plain(f"#{sale.number} {sale.track}", OPTION),
        value=ids.record(producer.id, sale.number),
        description=plain(detail, OPTION),
    )


def suggestion(sale: Sale, now: datetime) -> str:
    """A sale as `/sale` completes it, at most 100 characters: `#1042 Midnight Drive · …`."""
    style = "MMM d" if sale.sold.year == now.year else "MMM d, y"
    sold = format_date(sale.sold.date(), style, locale=LOCALE)
    track = plain(sale.track, 44)
    return plain(f"#{sale.number} {track} · {plain(sale.license, 24)} · {sold}", OPTION)


def _author(producer: Producer) -> str:
    return "Sales" if producer.livemode else "TEST MODE · Sales"


def _title(wanted: SaleFilter) -> str:
    parts = _filters(wanted)
    return " · ".join(parts) if parts else "All sales"


def _filters(wanted: SaleFilter) -> list[str]:
    parts = []
    if wanted.track is not None:
        parts.append(safe(wanted.track, 60))
    if wanted.license is not None:
        parts.append(safe(wanted.license, 40))
    if wanted.buyer is not None:
        parts.append(f"buyer “{safe(wanted.buyer, 40)}”")
    if wanted.status is not None:
        parts.append(STATUSES.get(wanted.status, safe(wanted.status, 20)).lower())
    if wanted.since is not None:
        parts.append(f"since {format_date(wanted.since, 'MMM d, y', locale=LOCALE)}")
    return parts


def _total_line(totals: SaleTotals) -> str:
    """`**$3,702.11** left of $3,840.00 · 128 sales · fees $77.89 · given back $60.00`."""

    def say(amount: int) -> str:
        return money(Money(amount, totals.currency))

    if not totals.gross and not totals.fees:
        return f"{plural(totals.sales, 'sale')} · free" if totals.sales else "Nothing paid yet"
    known = totals.unsettled < totals.sales or totals.fees
    parts = [
        f"**{say(totals.left)}** left of {say(totals.gross)}",
        plural(totals.sales, "sale"),
        f"fees {say(totals.fees)}" if known else "fees not known",
    ]
    if totals.refunded:
        parts.append(f"given back {say(totals.refunded)}")
    if totals.unsettled and known:
        parts.append(f"{totals.unsettled:,} still without fees")
    return " · ".join(parts)


def _empty(wanted: SaleFilter, producer: Producer) -> discord.Embed:
    filters = _filters(wanted)
    if filters:
        lines = [
            f"Nothing matches {' · '.join(filters)}.",
            "Take a filter away, or pick a track or license from what the command offers.",
        ]
        return card(Color.REFUNDED, author=_author(producer), title="No sales match", lines=lines)
    channel = f"<#{producer.channel_id}>" if producer.channel_id else "your channel"
    lines = [
        f"The first one is told in {channel} the moment it is paid, and is listed here.",
        "Waiting for one that was paid already? `/settings show` says when Stripe last called.",
    ]
    return card(Color.LEASE, author=_author(producer), title="No sales yet", lines=lines)
