"""`/sale`: what one sale brought, how it came to that, and what happened since."""

from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.domain.entries import Entry, EntryKind, entries
from bot.domain.money import Money
from bot.domain.payment import PaymentState
from bot.domain.sale import PaymentRecord, Sale
from bot.text import dashboard, ids
from bot.text.alert import color_of, special_lines
from bot.text.dispute_lines import dispute_line, dispute_money, warning_line
from bot.text.language import Phrase, gettext, phrase, said
from bot.text.message import (
    Color,
    Item,
    Message,
    button,
    card,
    clipped,
    details_button,
    field,
    links,
)
from bot.text.problem_words import problem_words
from bot.text.refund_lines import refund_history, refunding, what_stays_lost
from bot.text.sale_lines import (
    HAVE_FEES,
    Row,
    amount_table,
    contact_lines,
    denied_words,
    license_name,
    listed_sale,
    progress_words,
    sale_net,
    sales_menu,
    state_words,
    steps_of,
)
from bot.text.words import capitalized, code, in_mode, money, safe, when_words

_OTHERS = phrase("Open another sale of this payment")


def sale_record(
    record: PaymentRecord, sale: Sale, now: datetime, *, fees_possible: bool = True
) -> Message:
    """One sale: its net, the amounts it is made of, its history. For the asker alone."""
    number = gettext("Sale #{number}", number=sale.number)
    lost = what_stays_lost(record, fees_possible=fees_possible)
    embed = card(
        color_of(record),
        author=in_mode(f"{number} · {state_words(sale.state)}", record.producer),
        title=f"{_headline(sale)} · {safe(sale.track, 140)}",
        lines=[
            *_license(record, sale),
            *contact_lines(record.payment.buyer, record.purchases),
            *_money(record, sale, fees_possible),
            clipped(_history(record, sale, now), 1500),
            *filter(None, (lost, _payout(record, sale, now))),
        ],
    )
    problems = [f"{capitalized(problem_words(problem))}." for problem in record.problems]
    siblings = [
        listed_sale(other, record.producer, now, buyer=False)
        for other in record.sales
        if other.number != sale.number
    ]
    field(embed, f"⚠️ {gettext('Not understood')}", [clipped(problems, 600)])
    field(embed, gettext("In the same payment"), [clipped(siblings, 700)])
    return Message.of(embed, _items(record, sale))


def _headline(sale: Sale) -> str:
    if not sale.price.amount:
        return gettext("Free")
    if not sale.state.is_sale:
        return money(sale.price)
    # A title is bold already.
    return sale_net(sale).replace("**", "")


def _license(record: PaymentRecord, sale: Sale) -> list[str]:
    """`**Exclusive** · 3 earlier leases stay valid`; of most sales the license alone."""
    name, special = license_name(sale, 100), special_lines(record, sale)
    if sale.exclusive and not sale.conflict and special:
        return [f"{name} · {special[0]}", *special[1:]]
    return [name, *special]


def _money(record: PaymentRecord, sale: Sale, fees_possible: bool) -> list[str]:
    """The amounts that the net is made of; and why fees are missing if they are."""
    if not sale.price.amount:
        return []
    rows: list[Row] = [(gettext("Buyer paid"), sale.price)]
    if record.payment.state is PaymentState.PENDING:
        rows = [(gettext("To be paid"), sale.price)]
    if sale.share is None:
        tax = record.payment.lines[sale.position].tax
        rows += [(gettext("Tax in it"), Money(tax, record.payment.currency))] if tax else []
        rows += [(gettext("Refunded"), -sale.refunded)] if sale.refunded.amount else []
    else:
        share, currency = sale.share, sale.share.currency
        if currency != sale.price.currency:
            rows.append((gettext("Settled as"), Money(share.gross, currency)))
        taken = (
            (gettext("Tax from the buyer"), share.tax),
            (gettext("Stripe fee"), share.fees.stripe),
            (gettext("Tax on the fee"), share.fees.tax),
            (gettext("Platform fee"), share.fees.platform),
            (gettext("Tax withheld"), share.fees.withheld),
        )
        rows += [(name, Money(-minor, currency)) for name, minor in taken if minor]
        rows += change_rows(record, sale, currency)
    # Of an amount alone, the title is enough.
    table = amount_table(rows).rstrip() if len(rows) > 1 else ""
    missing = _missing_fees(record, sale, fees_possible)
    return [each for each in (table, missing, _converted(record)) if each]


def _missing_fees(record: PaymentRecord, sale: Sale, fees_possible: bool) -> str:
    if sale.share is not None or not sale.state.is_sale:
        return ""
    if record.unreadable:
        return denied_words(record.unreadable)
    if not fees_possible and not record.complete:
        return said(HAVE_FEES)
    return capitalized(gettext("fees unknown") if record.gone else gettext("fees settling…"))


def _converted(record: PaymentRecord) -> str:
    """How the whole payment's currency was converted, if it was."""
    steps = steps_of(record.payment)
    if len(steps) <= 1:
        return ""
    return gettext("Whole payment: {amounts}", amounts=" → ".join(map(money, steps)))


def _history(record: PaymentRecord, sale: Sale, now: datetime) -> list[str]:
    """A line for each thing that happened, in order."""
    payment, zone = record.payment, record.producer.timezone
    sold = gettext("Sold")
    if payment.state is PaymentState.PENDING:
        sold = gettext("Ordered, not paid yet")
    elif payment.state is PaymentState.FAILED:
        sold = gettext("Ordered, never paid")
    told = [
        (sale.sold, sold),
        *refund_history(record, sale),
        *((warning.created, warning_line(warning)) for warning in payment.warnings),
        *((dispute.created, dispute_line(dispute)) for dispute in payment.disputes),
    ]
    in_order = sorted(told, key=lambda one: one[0])
    return [f"{capitalized(when_words(at, now, zone))} · {what}" for at, what in in_order]


def _payout(record: PaymentRecord, sale: Sale, now: datetime) -> str:
    today = now.astimezone(ZoneInfo(record.producer.timezone)).date()
    return capitalized(progress_words(sale.payout, today)) if sale.state.is_sale else ""


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
    items.append(details_button(ids.SALE_DETAILS(*name)))
    items += links(gettext("Open in Stripe"), dashboard.payment_url(record))
    others = (each for each in record.sales if each.number != sale.number)
    return [*items, *sales_menu(others, producer, _OTHERS)]


def sale_details(record: PaymentRecord, sale: Sale, now: datetime) -> Message:
    """What a refund would do, how a dispute moved the money, and Stripe's ids."""
    payment, line = record.payment, record.payment.lines[sale.position]
    payout = sale.payout.payout
    url = dashboard.payout_url(record.producer, payout) if payout else None
    named = (
        (phrase("Payment {id}"), payment.intent),
        (phrase("Charge {id}"), payment.charge),
        (phrase("Checkout {id}"), payment.session),
        (phrase("Price {id}"), line.price),
        (phrase("Product {id}"), line.product),
    )
    known = [said(what, id=code(name, 100)) for what, name in named if name]
    if payout and url:
        known.append(gettext("Payout {id}", id=f"[{payout}]({url})"))
    zone = record.producer.timezone
    moved = [
        f"{capitalized(when_words(at, now, zone))} · {what}"
        for dispute in payment.disputes
        for at, what in dispute_money(dispute)
    ]
    number = gettext("Sale #{number}", number=sale.number)
    refund = refunding(record, sale)
    nothing = not (refund or moved or known)
    title = f"{number} · {gettext('Details')}"
    embed = card(Color.LEASE, title=title, lines=["–"] if nothing else [])
    field(embed, gettext("Refund"), [refund])
    field(embed, gettext("Money the dispute moved"), [clipped(moved, 1000)])
    field(embed, gettext("At Stripe"), known)
    return Message.of(embed)


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
