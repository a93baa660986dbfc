"""`/sales`: a page of sales with the totals of all that match; `/sale`: every amount of one."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime

import discord

from bot.domain.entries import Entry, EntryKind, entries
from bot.domain.money import Money
from bot.domain.payment import PaymentState
from bot.domain.sale import (
    PaymentRecord,
    Producer,
    Sale,
    SaleFilter,
    SaleSort,
    SalesPage,
    SaleTotals,
)
from bot.text import dashboard, ids
from bot.text.alert import color_of
from bot.text.dispute_lines import dispute_history, warning_line
from bot.text.language import Phrase, gettext, ngettext, phrase, said
from bot.text.message import (
    OPTION,
    OPTIONS,
    Buttons,
    Color,
    Message,
    card,
    clipped,
    field,
    links,
    page_words,
)
from bot.text.payout_alert import progress_words
from bot.text.price import (
    HAVE_FEES,
    SETTLING,
    Row,
    amount_table,
    denied_words,
    sale_price,
    state_words,
    steps_of,
)
from bot.text.problem_words import problem_words
from bot.text.refund_lines import refund_history, refunding, what_stays_lost
from bot.text.sale_lines import (
    accepted_line,
    brief_sale,
    conflict_advice,
    conflict_line,
    contact_lines,
    exclusive_line,
    license_name,
    listed_sale,
)
from bot.text.words import code, date_words, in_mode, money, plain, safe, sales_words, timestamp

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
"""What `sort:` offers for lists of sales."""


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
    """A menu that opens one of the first 25 sales; none without sales."""
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
    return in_mode(gettext("Sales"), producer)


def _title(wanted: SaleFilter) -> str:
    parts = _filters(wanted)
    return " · ".join(parts) if parts else gettext("All sales")


def _order(page: SalesPage, sort: SaleSort) -> list[str]:
    if sort is SaleSort.NEWEST:
        return []
    if sort is SaleSort.LARGEST and len(page.totals) > 1:
        return [gettext("Largest first, by currency")]
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
    fees = gettext("fees {amount}", amount=say(totals.fees)) if known else gettext("fees unknown")
    left = gettext("**{left}** net of {gross}", left=say(totals.left), gross=say(totals.gross))
    parts = [left, sales_words(totals.sales), fees]
    if totals.tax:
        parts.append(gettext("tax {amount}", amount=say(totals.tax)))
    if totals.refunded:
        parts.append(gettext("refunded {amount}", amount=say(totals.refunded)))
    if totals.unsettled and known:
        parts.append(ngettext("{count} awaiting fees", "{count} awaiting fees", totals.unsettled))
    return " · ".join(parts)


def _empty(wanted: SaleFilter, producer: Producer) -> discord.Embed:
    filters = _filters(wanted)
    if filters:
        lines = [
            gettext("No sales match {filters}.", filters=" · ".join(filters)),
            gettext("Remove a filter, or pick a track or license from the suggestions."),
        ]
        title = gettext("No matching sales")
        return card(Color.REFUNDED, author=_author(producer), title=title, lines=lines)
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
    return card(Color.LEASE, author=_author(producer), title=title, lines=lines)


_OTHERS = phrase("Open another sale of this payment")


def sale_record(record: PaymentRecord, sale: Sale, *, fees_possible: bool = True) -> Message:
    """Everything known about one sale; for the asker alone (it shows the email)."""
    number = gettext("Sale #{number}", number=sale.number)
    embed = card(
        color_of(record),
        author=in_mode(f"{number} · {state_words(sale.state)}", record.producer),
        title=f"{safe(sale.track, 140)} · {license_name(sale, 70).replace('**', '')}",
        lines=_head(record, sale),
    )
    field(embed, gettext("Money"), [_money(record, sale, fees_possible)])
    field(embed, f"⚠️ {gettext('Not understood')}", [clipped(_problems(record), 600)])
    field(embed, gettext("Buyer"), contact_lines(record.payment.buyer, record.purchases))
    field(embed, gettext("License"), _license(record, sale))
    lost = what_stays_lost(record, fees_possible=fees_possible)
    field(embed, gettext("Refunds"), [clipped(refund_history(record, sale), 600), lost])
    field(embed, gettext("Refunding"), [refunding(record, sale)])
    field(embed, gettext("Disputes"), [clipped(_disputes(record), 700)])
    field(embed, gettext("Payout"), _payout(record, sale))
    field(embed, gettext("In the same payment"), [clipped(_siblings(record, sale), 700)])
    field(embed, gettext("At Stripe"), _references(record))
    return Message(embeds=(embed,), view=Buttons(_items(record, sale)))


def _head(record: PaymentRecord, sale: Sale) -> list[str]:
    if record.payment.state is PaymentState.PENDING:
        when = gettext("Ordered {time}, not paid yet", time=timestamp(sale.sold))
    else:
        time, ago = timestamp(sale.sold), timestamp(sale.sold, "R")
        when = gettext("Sold {time} ({ago})", time=time, ago=ago)
    if sale.conflict:
        special, advice = conflict_line(record, sale), conflict_advice(record)
    else:
        special, advice = exclusive_line(record, sale) if sale.exclusive else "", ""
    return [line for line in (special, accepted_line(sale), advice, when) if line]


def _money(record: PaymentRecord, sale: Sale, fees_possible: bool) -> str:
    if sale.share is None:
        return _unsettled(record, sale, fees_possible)
    share = sale.share
    rows: list[Row] = [(gettext("Buyer paid"), sale.price)]
    if share.currency != sale.price.currency:
        rows.append((gettext("Settled as"), Money(share.gross, share.currency)))
    if share.tax:
        rows.append((gettext("Tax from the buyer"), Money(-share.tax, share.currency)))
    rows.append((gettext("Stripe fee"), Money(-share.fees.stripe, share.currency)))
    if share.fees.tax:
        rows.append((gettext("Tax on the fee"), Money(-share.fees.tax, share.currency)))
    rows.append((gettext("Platform fee"), Money(-share.fees.platform, share.currency)))
    if share.fees.withheld:
        rows.append((gettext("Tax withheld"), Money(-share.fees.withheld, share.currency)))
    net = Money(share.net, share.currency)
    after = gettext("After fees and tax") if share.tax else gettext("After fees")
    rows += [None, (after, net)]
    later = change_rows(record, sale, share.currency)
    if later:
        rows += [*later, None, (gettext("Net"), sale.left)]
    return amount_table(rows) + _presented(record)


def _unsettled(record: PaymentRecord, sale: Sale, fees_possible: bool) -> str:
    if record.payment.free:
        return amount_table(
            [
                (gettext("Buyer paid"), sale.price),
                (gettext("Fees"), gettext("none")),
                None,
                (gettext("After fees"), sale.left),
            ]
        )
    possible = fees_possible or record.complete
    pending = record.payment.state is PaymentState.PENDING
    word = gettext("To be paid") if pending else gettext("Buyer paid")
    rows: list[Row] = [(word, sale.price)]
    tax = record.payment.lines[sale.position].tax
    if tax:
        rows.append((gettext("Tax in it"), Money(tax, record.payment.currency)))
    if sale.refunded.amount:
        rows.append((gettext("Refunded"), -sale.refunded))
    if sale.state.is_sale:
        known = possible and not record.gone and not record.unreadable
        rows.append((gettext("Fees"), said(SETTLING) if known else gettext("unknown")))
    have_them = ""
    if sale.state.is_sale and record.unreadable:
        have_them = f"{denied_words(record.unreadable)}\n"
    elif sale.state.is_sale and not possible:
        have_them = f"{said(HAVE_FEES)}\n"
    return amount_table(rows) + have_them + _presented(record)


def _presented(record: PaymentRecord) -> str:
    """How the whole payment's currency was converted, if it was."""
    steps = steps_of(record.payment)
    if len(steps) <= 1:
        return ""
    return gettext("Whole payment: {amounts}", amounts=" → ".join(map(money, steps)))


def _license(record: PaymentRecord, sale: Sale) -> list[str]:
    line = record.payment.lines[sale.position]
    price = gettext("Price {id}", id=code(line.price, 80)) if line.price else ""
    product = gettext("Product {id}", id=code(line.product, 80)) if line.product else ""
    return [part for part in (license_name(sale, 100), price, product) if part]


def _problems(record: PaymentRecord) -> list[str]:
    words = (problem_words(problem) for problem in record.problems)
    return [f"{each[0].upper()}{each[1:]}." for each in words]


def _disputes(record: PaymentRecord) -> list[str]:
    return [
        *map(warning_line, record.payment.warnings),
        *(line for dispute in record.payment.disputes for line in dispute_history(dispute)),
    ]


def _payout(record: PaymentRecord, sale: Sale) -> list[str]:
    words = progress_words(sale.payout)
    if not words or not sale.state.is_sale:
        return []
    payout = sale.payout.payout
    url = dashboard.payout_url(record.producer, payout) if payout else None
    return [f"{words[0].upper()}{words[1:]}", f"[{payout}]({url})" if payout and url else ""]


def _siblings(record: PaymentRecord, sale: Sale) -> list[str]:
    return [brief_sale(other) for other in record.sales if other.number != sale.number]


def _references(record: PaymentRecord) -> list[str]:
    payment = record.payment
    return [code(name, 100) for name in (payment.intent, payment.charge, payment.session) if name]


def _items(record: PaymentRecord, sale: Sale) -> list[discord.ui.Item[discord.ui.View]]:
    producer = record.producer
    items: list[discord.ui.Item[discord.ui.View]] = [
        discord.ui.Button(label=gettext("Buyer"), custom_id=ids.BUYER(producer.id, sale.number)),
        discord.ui.Button(label=gettext("Track"), custom_id=ids.TRACK_OF(producer.id, sale.number)),
    ]
    if sale.state.is_sale and not sale.conflict:
        license_of = ids.LICENSE_OF(producer.id, sale.number)
        items.append(discord.ui.Button(label=gettext("License"), custom_id=license_of))
    payout = ids.payout(producer.id, sale.payout.payout) if sale.payout.payout else None
    if payout is not None:
        items.append(discord.ui.Button(label=gettext("Payout"), custom_id=payout))
    items += links("Stripe", dashboard.payment_url(record))
    others = (each for each in record.sales if each.number != sale.number)
    return [*items, *sales_menu(others, producer, _OTHERS)]


_ORDER = (
    phrase("Refunded"),
    phrase("Platform fee returned"),
    phrase("Stripe fee returned"),
    phrase("Refund fees"),
    phrase("Refund returned"),
    phrase("Bank withdrew"),
    phrase("Dispute fee"),
    phrase("Bank returned"),
    phrase("Dispute fee returned"),
    phrase("Tax refunded"),
    phrase("Tax charged again"),
    phrase("Tax withheld"),
    phrase("Withheld tax returned"),
)


def change_rows(record: PaymentRecord, sale: Sale, currency: str) -> list[Row]:
    """One row for each kind, in the settlement currency; none if nothing moved since the sale."""
    amounts: Counter[Phrase] = Counter()
    for entry in entries(record.payment):
        if entry.position == sale.position and entry.currency == currency:
            for name, amount in _named(entry):
                amounts[name] += amount
    return [(said(name), Money(amounts[name], currency)) for name in _ORDER if amounts[name]]


def _named(entry: Entry) -> Iterable[tuple[Phrase, int]]:
    """Each amount of an entry, positive towards the producer, with what it is."""
    fees = -entry.stripe_fee - entry.fee_tax
    withheld = phrase("Withheld tax returned") if entry.withheld_tax < 0 else phrase("Tax withheld")
    taxes = (
        (phrase("Tax refunded") if entry.tax < 0 else phrase("Tax charged again"), -entry.tax),
        (withheld, -entry.withheld_tax),
    )
    match entry.kind:
        case EntryKind.SALE:
            return ()
        case EntryKind.DISPUTE:
            gross = phrase("Bank returned") if entry.gross > 0 else phrase("Bank withdrew")
            fee = phrase("Dispute fee returned") if fees > 0 else phrase("Dispute fee")
            return (gross, entry.gross), (fee, fees - entry.platform_fee), *taxes
        case EntryKind.FEE_RETURN:
            return ((phrase("Platform fee returned"), -entry.platform_fee),)
        case EntryKind.REFUND | EntryKind.REFUND_REVERSAL:
            came_back = entry.kind is EntryKind.REFUND_REVERSAL
            platform = (
                phrase("Platform fee returned") if entry.platform_fee < 0 else phrase("Refund fees")
            )
            stripe = phrase("Stripe fee returned") if fees > 0 else phrase("Refund fees")
            return (
                (phrase("Refund returned") if came_back else phrase("Refunded"), entry.gross),
                (platform, -entry.platform_fee),
                (stripe, fees),
                *taxes,
            )


def sales_of_alert(records: Sequence[PaymentRecord], producer: Producer) -> Message:
    """The sales of an alert that covers several, with a menu that opens one."""
    sales = [sale for record in records for sale in record.sales]
    embed = card(
        Color.LEASE,
        author=in_mode(gettext("Sales in this alert"), producer),
        title=ngettext(
            "This message is about {count} sale", "This message is about {count} sales", len(sales)
        ),
        lines=[brief_sale(sale) for sale in sales],
    )
    menu = sales_menu(sales, producer)
    return Message(embeds=(embed,), view=Buttons(menu))
