"""`/sale`: the whole record of one sale, every amount and fee on its own line."""

import discord

from bot.domain.money import Money
from bot.domain.payment import PaymentState
from bot.domain.records import PaymentRecord, Sale
from bot.text import dashboard, ids
from bot.text.answers.later import later_rows
from bot.text.answers.ledger_table import Row, ledger_table
from bot.text.language import gettext, phrase, said
from bot.text.message import Buttons, Message, card, clipped, field, link
from bot.text.money import money
from bot.text.news.alerts import color_of
from bot.text.parts.conflicts import accepted_line, conflict_advice, conflict_line
from bot.text.parts.contact import contact_lines
from bot.text.parts.disputes import dispute_history, warning_line
from bot.text.parts.licenses import exclusive_line, license_name
from bot.text.parts.payouts import progress_words
from bot.text.parts.refunds import refund_history, refunding, what_stays_lost
from bot.text.parts.sale_lines import brief_sale
from bot.text.parts.sales_list import sales_menu
from bot.text.price import HAVE_FEES, SETTLING, denied_words, state_words, steps_of
from bot.text.settings.problems import problem_words
from bot.text.words import code, in_mode, safe, timestamp

_OTHERS = phrase("Open another sale of this payment")


def sale_record(record: PaymentRecord, sale: Sale, *, fees_possible: bool = True) -> Message:
    """One sale of a payment with all that is known; for the asker alone (it shows the email)."""
    number = gettext("Sale #{number}", number=sale.number)
    embed = card(
        color_of(record),
        author=in_mode(f"{number} · {state_words(sale.state)}", livemode=record.producer.livemode),
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
    later = later_rows(record, sale, share.currency)
    if later:
        rows += [*later, None, (gettext("Left"), sale.left)]
    return ledger_table(rows) + _presented(record)


def _unsettled(record: PaymentRecord, sale: Sale, fees_possible: bool) -> str:
    if record.payment.free:
        return ledger_table(
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
        rows.append((gettext("Given back"), -sale.refunded))
    if sale.state.is_sale:
        known = possible and not record.gone and not record.unreadable
        rows.append((gettext("Fees"), said(SETTLING) if known else gettext("not known")))
    have_them = ""
    if sale.state.is_sale and record.unreadable:
        have_them = f"{denied_words(record.unreadable)}\n"
    elif sale.state.is_sale and not possible:
        have_them = f"{said(HAVE_FEES)}\n"
    return ledger_table(rows) + have_them + _presented(record)


def _presented(record: PaymentRecord) -> str:
    """How the whole payment's currency was changed, where it was."""
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
        discord.ui.Button(label=gettext("Buyer"), custom_id=ids.buyer(producer.id, sale.number)),
        discord.ui.Button(label=gettext("Track"), custom_id=ids.track_of(producer.id, sale.number)),
    ]
    if sale.state.is_sale and not sale.conflict:
        license_of = ids.license_of(producer.id, sale.number)
        items.append(discord.ui.Button(label=gettext("License"), custom_id=license_of))
    payout = ids.payout(producer.id, sale.payout.payout) if sale.payout.payout else None
    if payout is not None:
        items.append(discord.ui.Button(label=gettext("Payout"), custom_id=payout))
    url = dashboard.payment_url(record)
    if url is not None:
        items.append(link("Stripe", url))
    others = (each for each in record.sales if each.number != sale.number)
    return [*items, *sales_menu(others, producer, _OTHERS)]
