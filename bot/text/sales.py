"""`/sales`: a page of sales with the totals of all that match; `/sale`: every amount of one."""

from collections.abc import Callable, Sequence
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
from bot.text.alert import color_of, special_lines
from bot.text.dispute_lines import dispute_history, warning_line
from bot.text.language import Phrase, gettext, ngettext, phrase, said
from bot.text.message import (
    LABEL,
    OPTION,
    Color,
    Item,
    Message,
    button,
    card,
    clipped,
    field,
    links,
    page_words,
)
from bot.text.period_words import days_words
from bot.text.problem_words import problem_words
from bot.text.refund_lines import refund_history, refunding, what_stays_lost
from bot.text.sale_lines import (
    HAVE_FEES,
    LINE,
    SETTLING,
    Row,
    amount_table,
    brief_sale,
    contact_lines,
    denied_words,
    license_name,
    listed_sale,
    progress_words,
    sales_menu,
    state_words,
    steps_of,
)
from bot.text.words import (
    capitalized,
    code,
    date_words,
    in_mode,
    money,
    plain,
    safe,
    sales_words,
    timestamp,
)

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
    more = len(page.totals) - len(heads)
    if more:
        heads.append(ngettext("… and {count} more currency", "… and {count} more currencies", more))
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
        author=in_mode(gettext("Sales"), producer),
        title=" · ".join(_filters(wanted)) or gettext("All sales"),
        lines=[*heads, "", *rows],
        footer=" · ".join(
            [page_words(page.page, page.count), sales_words(page.count), *_order(page, wanted.sort)]
        ),
    )


def suggestion(sale: Sale, now: datetime) -> str:
    """A sale as `/sale` completes it, at most 100 characters: `#1042 Midnight Drive · …`."""
    style = "MMMd" if sale.sold.year == now.year else "yMMMd"
    sold = date_words(sale.sold.date(), style)
    track = plain(sale.track, 44)
    return plain(f"#{sale.number} {track} · {plain(sale.license, 24)} · {sold}", OPTION)


def _order(page: SalesPage, sort: SaleSort) -> list[str]:
    if sort is SaleSort.LARGEST and len(page.totals) > 1:
        return [gettext("Largest first, by currency")]
    return [] if sort is SaleSort.NEWEST else [said(SORTS[sort])]


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


_OTHERS = phrase("Open another sale of this payment")


def sale_record(record: PaymentRecord, sale: Sale, *, fees_possible: bool = True) -> Message:
    """Everything known about one sale; for the asker alone (it shows the email)."""
    number = gettext("Sale #{number}", number=sale.number)
    embed = card(
        color_of(record),
        author=in_mode(f"{number} · {state_words(sale.state)}", record.producer),
        title=f"{safe(sale.track, 140)} · {license_name(sale, 70).replace('**', '')}",
        lines=[*special_lines(record, sale), _when(record, sale)],
    )
    words = (problem_words(problem) for problem in record.problems)
    problems = [f"{capitalized(each)}." for each in words]
    lost = what_stays_lost(record, fees_possible=fees_possible)
    disputes = [
        *map(warning_line, record.payment.warnings),
        *(line for dispute in record.payment.disputes for line in dispute_history(dispute)),
    ]
    siblings = [brief_sale(other) for other in record.sales if other.number != sale.number]
    payment = record.payment
    references = (payment.intent, payment.charge, payment.session)
    field(embed, gettext("Money"), [_money(record, sale, fees_possible)])
    field(embed, f"⚠️ {gettext('Not understood')}", [clipped(problems, 600)])
    field(embed, gettext("Buyer"), contact_lines(payment.buyer, record.purchases))
    field(embed, gettext("License"), _license(record, sale))
    field(embed, gettext("Refunds"), [clipped(refund_history(record, sale), 600), lost])
    field(embed, gettext("Refunding"), [refunding(record, sale)])
    field(embed, gettext("Disputes"), [clipped(disputes, 700)])
    field(embed, gettext("Payout"), _payout(record, sale))
    field(embed, gettext("In the same payment"), [clipped(siblings, 700)])
    field(embed, gettext("At Stripe"), [code(name, 100) for name in references if name])
    return Message.of(embed, _items(record, sale))


def _when(record: PaymentRecord, sale: Sale) -> str:
    if record.payment.state is PaymentState.PENDING:
        return gettext("Ordered {time}, not paid yet", time=timestamp(sale.sold))
    time, ago = timestamp(sale.sold), timestamp(sale.sold, "R")
    return gettext("Sold {time} ({ago})", time=time, ago=ago)


def _money(record: PaymentRecord, sale: Sale, fees_possible: bool) -> str:
    if sale.share is None:
        return _unsettled(record, sale, fees_possible)
    share, currency = sale.share, sale.share.currency
    rows: list[Row] = [(gettext("Buyer paid"), sale.price)]
    if currency != sale.price.currency:
        rows.append((gettext("Settled as"), Money(share.gross, currency)))
    taken = (
        (gettext("Tax from the buyer"), share.tax, False),
        (gettext("Stripe fee"), share.fees.stripe, True),
        (gettext("Tax on the fee"), share.fees.tax, False),
        (gettext("Platform fee"), share.fees.platform, True),
        (gettext("Tax withheld"), share.fees.withheld, False),
    )
    rows += [(name, Money(-minor, currency)) for name, minor, always in taken if minor or always]
    after = gettext("After fees and tax") if share.tax else gettext("After fees")
    rows += [LINE, (after, Money(share.net, currency))]
    later = change_rows(record, sale, currency)
    if later:
        rows += [*later, LINE, (gettext("Net"), sale.left)]
    return amount_table(rows) + _presented(record)


def _unsettled(record: PaymentRecord, sale: Sale, fees_possible: bool) -> str:
    paid: Row = gettext("Buyer paid"), sale.price
    if record.payment.free:
        none: Row = gettext("Fees"), gettext("none")
        return amount_table([paid, none, LINE, (gettext("After fees"), sale.left)])
    if record.payment.state is PaymentState.PENDING:
        paid = gettext("To be paid"), sale.price
    rows = [paid]
    tax = record.payment.lines[sale.position].tax
    if tax:
        rows.append((gettext("Tax in it"), Money(tax, record.payment.currency)))
    if sale.refunded.amount:
        rows.append((gettext("Refunded"), -sale.refunded))
    have_them = ""
    if sale.state.is_sale:
        possible = fees_possible or record.complete
        known = possible and not record.gone and not record.unreadable
        rows.append((gettext("Fees"), said(SETTLING) if known else gettext("unknown")))
        if record.unreadable:
            have_them = f"{denied_words(record.unreadable)}\n"
        elif not possible:
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
    return [each for each in (license_name(sale, 100), price, product) if each]


def _payout(record: PaymentRecord, sale: Sale) -> list[str]:
    words = progress_words(sale.payout)
    if not words or not sale.state.is_sale:
        return []
    payout = sale.payout.payout
    url = dashboard.payout_url(record.producer, payout) if payout else None
    return [capitalized(words), f"[{payout}]({url})" if payout and url else ""]


def _items(record: PaymentRecord, sale: Sale) -> list[Item]:
    producer, name = record.producer, (record.producer.id, sale.number)
    items = [
        button(gettext("Buyer"), ids.BUYER(*name)),
        button(gettext("Track"), ids.TRACK_OF(*name)),
    ]
    if sale.state.is_sale and not sale.conflict:
        items.append(button(gettext("License"), ids.LICENSE_OF(*name)))
    payout = ids.payout(producer.id, sale.payout.payout) if sale.payout.payout else None
    if payout is not None:
        items.append(button(gettext("Payout"), payout))
    items += links("Stripe", dashboard.payment_url(record))
    others = (each for each in record.sales if each.number != sale.number)
    return [*items, *sales_menu(others, producer, _OTHERS)]


def _fees_back(entry: Entry) -> int:
    return -entry.stripe_fee - entry.fee_tax


_REFUND, _REVERSAL, _DISPUTE = EntryKind.REFUND, EntryKind.REFUND_REVERSAL, EntryKind.DISPUTE
_REFUNDS, _TAXED = (_REFUND, _REVERSAL), (_REFUND, _REVERSAL, _DISPUTE)
_CHANGES: tuple[tuple[Phrase, int, Callable[[Entry], int], tuple[EntryKind, ...]], ...] = (
    (phrase("Refunded"), 0, lambda one: one.gross, (_REFUND,)),
    (
        phrase("Platform fee returned"),
        1,
        lambda one: -one.platform_fee,
        (*_REFUNDS, EntryKind.FEE_RETURN),
    ),
    (phrase("Stripe fee returned"), 1, _fees_back, _REFUNDS),
    (
        phrase("Refund fees"),
        -1,
        lambda one: min(-one.platform_fee, 0) + min(_fees_back(one), 0),
        _REFUNDS,
    ),
    (phrase("Refund returned"), 0, lambda one: one.gross, (_REVERSAL,)),
    (phrase("Bank withdrew"), -1, lambda one: one.gross, (_DISPUTE,)),
    (phrase("Dispute fee"), -1, lambda one: _fees_back(one) - one.platform_fee, (_DISPUTE,)),
    (phrase("Bank returned"), 1, lambda one: one.gross, (_DISPUTE,)),
    (
        phrase("Dispute fee returned"),
        1,
        lambda one: _fees_back(one) - one.platform_fee,
        (_DISPUTE,),
    ),
    (phrase("Tax refunded"), 1, lambda one: -one.tax, _TAXED),
    (phrase("Tax charged again"), -1, lambda one: -one.tax, _TAXED),
    (phrase("Tax withheld"), -1, lambda one: -one.withheld_tax, _TAXED),
    (phrase("Withheld tax returned"), 1, lambda one: -one.withheld_tax, _TAXED),
)
"""What it is, whether only amounts above or below 0 are, how much, and of which entries."""


def change_rows(record: PaymentRecord, sale: Sale, currency: str) -> list[Row]:
    """One row for each kind, in the settlement currency; none if nothing moved since the sale."""
    its = [
        entry
        for entry in entries(record.payment)
        if entry.position == sale.position and entry.currency == currency
    ]
    amounts = (
        (words, sum(of(one) for one in its if one.kind in kinds and of(one) * sign >= 0))
        for words, sign, of, kinds in _CHANGES
    )
    return [(said(words), Money(amount, currency)) for words, amount in amounts if amount]


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
    return Message.of(embed, sales_menu(sales, producer))
