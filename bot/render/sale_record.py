"""`/sale`: the whole record of one sale, every amount and fee on its own line."""

from collections import Counter

import discord

from bot.ledger.entries import EntryKind, entries, refund_shares
from bot.ledger.money import Money
from bot.ledger.payment import Dispute, PaymentState
from bot.ledger.records import PaymentRecord, Sale
from bot.render import dashboard, ids
from bot.render.alerts import color_of
from bot.render.contact import contact_lines
from bot.render.ledger_table import Row, ledger_table
from bot.render.licenses import conflict_line, exclusive_line, license_name
from bot.render.message import Buttons, Message, card, clipped, field, link
from bot.render.money import money
from bot.render.payouts import progress_words
from bot.render.price import NEEDS_KEY, SETTLING, dispute_line, refund_reason, state_words, steps_of
from bot.render.sale_lines import brief_sale
from bot.render.sales_list import sale_option
from bot.render.words import code, safe, timestamp

_MENU = 25


def sale_record(record: PaymentRecord, sale: Sale, *, fees_possible: bool = True) -> Message:
    """One sale of a payment with all that is known; for the asker alone (it shows the email)."""
    test = "" if record.producer.livemode else "TEST MODE · "
    embed = card(
        color_of(record),
        author=f"{test}Sale #{sale.number} · {state_words(sale.state)}",
        title=f"{safe(sale.track, 140)} · {license_name(sale, 70).replace('**', '')}",
        lines=_head(record, sale),
    )
    field(embed, "Money", [_money(record, sale, fees_possible)])
    field(embed, "Buyer", contact_lines(record.payment.buyer, record.purchases))
    field(embed, "License", _license(record, sale))
    field(embed, "Refunds", [clipped(_refunds(record, sale), 700)])
    field(embed, "Disputes", [clipped(_disputes(record), 700)])
    field(embed, "Payout", _payout(record, sale))
    field(embed, "In the same payment", [clipped(_siblings(record, sale), 700)])
    field(embed, "At Stripe", _references(record))
    return Message(embeds=(embed,), view=Buttons(_items(record, sale)))


def _head(record: PaymentRecord, sale: Sale) -> list[str]:
    if record.payment.state is PaymentState.PENDING:
        when = f"Ordered {timestamp(sale.sold)}, not paid yet"
    else:
        when = f"Sold {timestamp(sale.sold)} ({timestamp(sale.sold, 'R')})"
    if sale.conflict:
        return [conflict_line(record, sale), when]
    return [exclusive_line(record, sale), when] if sale.exclusive else [when]


def _money(record: PaymentRecord, sale: Sale, fees_possible: bool) -> str:
    if sale.share is None:
        return _unsettled(record, sale, fees_possible)
    share = sale.share
    rows: list[Row] = [("Buyer paid", sale.price)]
    if share.currency != sale.price.currency:
        rows.append(("Settled as", Money(share.gross, share.currency)))
    rows.append(("Stripe fee", Money(-share.fees.stripe, share.currency)))
    if share.fees.tax:
        rows.append(("Tax on the fee", Money(-share.fees.tax, share.currency)))
    rows.append(("Platform fee", Money(-share.fees.platform, share.currency)))
    net = Money(share.net, share.currency)
    rows += [None, ("After fees", net)]
    later = _later(record, sale, share.currency)
    if later:
        rows += [*later, None, ("Left", sale.left)]
    return ledger_table(rows) + _presented(record)


def _later(record: PaymentRecord, sale: Sale, currency: str) -> list[Row]:
    """What refunds and disputes moved of this sale, and their fees, in the settlement currency."""
    gross: Counter[EntryKind] = Counter()
    fees: Counter[EntryKind] = Counter()
    for entry in entries(record.payment):
        if entry.position == sale.position and entry.currency == currency:
            gross[entry.kind] += entry.gross
            fees[entry.kind] -= entry.gross - entry.net
    names = {
        EntryKind.REFUND: ("Refunded", "Fees of refunds"),
        EntryKind.REFUND_REVERSAL: ("Refund came back", "Fees of refunds"),
        EntryKind.DISPUTE: ("Disputed", "Dispute fee"),
    }
    rows: list[Row] = []
    for kind, (name, fee_name) in names.items():
        if gross[kind]:
            rows.append((name, Money(gross[kind], currency)))
        if fees[kind]:
            rows.append((fee_name, Money(fees[kind], currency)))
    return rows


def _unsettled(record: PaymentRecord, sale: Sale, fees_possible: bool) -> str:
    if record.payment.free:
        return ledger_table(
            [("Buyer paid", sale.price), ("Fees", "none"), None, ("Left", sale.left)]
        )
    fees = SETTLING if fees_possible or record.complete else NEEDS_KEY
    word = "To be paid" if record.payment.state is PaymentState.PENDING else "Buyer paid"
    rows: list[Row] = [(word, sale.price)]
    if sale.refunded.amount:
        rows.append(("Given back", -sale.refunded))
    if sale.state.is_sale:
        rows.append(("Fees", fees))
    return ledger_table(rows) + _presented(record)


def _presented(record: PaymentRecord) -> str:
    """How the whole payment's currency was changed, where it was."""
    steps = steps_of(record.payment)
    return f"Whole payment: {' → '.join(map(money, steps))}" if len(steps) > 1 else ""


def _license(record: PaymentRecord, sale: Sale) -> list[str]:
    line = record.payment.lines[sale.position]
    price = f"Price {code(line.price, 80)}" if line.price else ""
    product = f"Product {code(line.product, 80)}" if line.product else ""
    return [part for part in (license_name(sale, 100), price, product) if part]


def _refunds(record: PaymentRecord, sale: Sale) -> list[str]:
    several = len(record.sales) > 1
    lines = []
    shares = refund_shares(record.payment)
    for refund, share in zip(record.payment.refunds, shares, strict=True):
        parts = [
            timestamp(refund.created),
            f"**{money(Money(refund.amount, refund.currency))}**",
            safe(refund.status.replace("_", " "), 30),
            refund_reason(refund.reason),
        ]
        if several and refund.counts:
            part = Money(share[sale.position], record.payment.currency)
            parts.append(f"{money(part)} of it for this sale")
        lines.append(" · ".join(part for part in parts if part))
    return lines


def _disputes(record: PaymentRecord) -> list[str]:
    return [line for dispute in record.payment.disputes for line in _dispute_history(dispute)]


def _dispute_history(dispute: Dispute) -> list[str]:
    lines = [f"{timestamp(dispute.created)} {dispute_line(dispute)}"]
    for movement in dispute.movements:
        amount = money(Money(movement.gross, movement.currency))
        fee = movement.fees.total
        fees = f", fee {money(Money(fee, movement.currency))}" if fee else ""
        word = "given back" if movement.gross > 0 else "withdrawn"
        lines.append(f"{timestamp(movement.at)} {word} {amount}{fees}")
    return lines


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
    items: list[discord.ui.Item[discord.ui.View]] = [
        discord.ui.Button(label="Buyer", custom_id=ids.buyer(sale.number))
    ]
    url = dashboard.payment_url(record)
    if url is not None:
        items.append(link("Stripe", url))
    others = [sale_option(other) for other in record.sales if other.number != sale.number][:_MENU]
    if others:
        placeholder = "Open another sale of this payment"
        items.append(
            discord.ui.Select(custom_id=ids.RECORDS, placeholder=placeholder, options=others)
        )
    return items
