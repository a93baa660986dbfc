"""The living alert of a payment: one glance shows what was sold, and buttons lead to the rest.

Content: what was sold, for a phone's lock screen; no buyer is in it. Embed: what it brought, what
is special, the buyer, the time; if a message has several payments, also what was sold, as its
title. A channel sees only the masked email, unless the producer wants it in full; the whole contact
is a click away, for the asker alone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import discord

from bot.domain.entries import settled_tax
from bot.domain.money import Money
from bot.domain.payment import DisputeState, PaymentState
from bot.domain.sale import PaymentRecord, Producer, Sale, SaleRights, SaleState
from bot.text import dashboard, ids
from bot.text.checklist import brief, checklist, elsewhere_menu, progress
from bot.text.dispute_lines import dispute_line, open_warnings, warning_line
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.message import (
    DANGER,
    DESCRIPTION,
    OPTION,
    Buttons,
    Color,
    Item,
    Message,
    button,
    card,
    clipped,
    field,
    links,
    menus,
)
from bot.text.sale_lines import (
    DENIED,
    NEEDS_KEY,
    SETTLING,
    and_more,
    buyer_in_channel,
    in_stripe,
    left_words,
    license_name,
    sale_price,
    state_words,
    stay_valid,
    steps_of,
    total_words,
)
from bot.text.words import (
    capitalized,
    code,
    flag,
    in_mode,
    line,
    money,
    ordinal,
    plain,
    safe,
    sales_words,
    size,
    timestamp,
)

BURST = 10
"""How many payments share one message at most: Discord's limit of embeds."""
ACCEPTS = 3
"""Buttons in one message that accept a conflict."""
CHECKLISTS = 2
"""Tracks whose checklist is shown in full."""
CHECKLIST = 800
"""Room for each: with `ALONE` and a title within Discord's 6000."""


@dataclass(frozen=True, slots=True)
class Room:
    """The size of an embed: alone in a message, or one of ten that share 6000 characters."""

    description: int
    track: int
    license: int
    name: int


ALONE = Room(description=3300, track=120, license=60, name=80)
SHARED = Room(description=430, track=48, license=24, name=24)
assert ALONE.description < DESCRIPTION


def payment_alert(
    record: PaymentRecord, *, fees_possible: bool = True, told_late: bool = False
) -> Message:
    """One payment's message in its current state: posted once, then edited.

    `fees_possible` is False without a key that reads fees; `told_late`: it was paid
    long before the bot learned of it.
    """
    embed = _embed(record, ALONE, fees_possible=fees_possible, told_late=told_late)
    _add_checklists(embed, record)
    return Message.of(embed, _buttons(record), content=sale_headline(record))


def burst(
    records: Sequence[PaymentRecord],
    *,
    fees_possible: bool = True,
    told_late: Collection[int] = (),
) -> Message:
    """Up to ten payments in one message, each as its own embed, with a menu to open one.

    `told_late`: the ids of payments of which the bot learned late.
    """
    if not 0 < len(records) <= BURST:
        raise ValueError(f"a message holds 1 to {BURST} payments, not {len(records)}")
    embeds = []
    for record in records:
        late = record.id in told_late
        embed = _embed(record, SHARED, fees_possible=fees_possible, told_late=late)
        # There is no room for a button each; the address also says which payment the embed is.
        embed.url = dashboard.payment_url(record)
        embeds.append(embed)
    menu = menus(ids.RECORDS, list(map(_record_option, records)), gettext("Open a sale"))
    return Message(burst_headline(records), tuple(embeds), Buttons(menu))


def sale_headline(record: PaymentRecord) -> str:
    """`$499.00 · Midnight Drive · Exclusive`; before it, what is wrong with it or over."""
    first, *others = record.sales
    track, payment = line(first.track, TRACK), record.payment
    what = [and_more(track, len(others))] if others else [track, headline_license(first)]
    price = gettext("Free") if payment.free else money(Money(payment.amount, payment.currency))
    return in_mode(" · ".join([*_state(record.sales), price, *what]), record.producer)


def burst_headline(records: Sequence[PaymentRecord]) -> str:
    """`10 sales · $299.90 · Midnight Drive · Exclusive + 9 more`."""
    sales = [sale for record in records for sale in record.sales]
    first = next((sale for sale in sales if sale.exclusive), sales[0])
    name = line(first.track, TRACK)
    name = f"{name} · {headline_license(first)}" if first.exclusive else name
    parts = [sales_words(len(sales)), total_words(sales), and_more(name, len(sales) - 1)]
    return in_mode(" · ".join(parts), records[0].producer)


def headline_license(sale: Sale) -> str:
    """The license for a lock screen, which shows markup as it is."""
    return line(license_name(sale, LICENSE, markup=False), LICENSE + 20)


TRACK = 80
"""Characters of a track's name in a headline."""
LICENSE = 40


def _state(sales: Sequence[Sale]) -> list[str]:
    """The common state of the sales unless paid; or that one conflicts with an exclusive."""
    if any(sale.conflict for sale in sales):
        return [f"⚠️ {gettext('Conflict')}"]
    state = _unusual_state(sales)
    return [capitalized(state)] if state else []


def _unusual_state(sales: Sequence[Sale]) -> str:
    """The state that all have in common; empty if it is paid."""
    states = {sale.state for sale in sales}
    return state_words(states.pop()) if len(states) == 1 and states != {SaleState.PAID} else ""


def _record_option(record: PaymentRecord) -> discord.SelectOption:
    """A payment in a menu; its value names its first sale."""
    first = record.sales[0]
    return discord.SelectOption(
        label=and_more(f"#{first.number} {plain(first.track, 60)}", len(record.sales) - 1),
        value=ids.record(record.producer.id, first.number),
        description=plain(license_name(first, 40, markup=False), OPTION),
    )


def _embed(
    record: PaymentRecord, room: Room, *, fees_possible: bool, told_late: bool = False
) -> discord.Embed:
    """The embed of a payment within `room`; its title and author take up to 200 more."""
    tail = [
        price_line(record, fees_possible=fees_possible),
        tax_line(record),
        fees_line(record) if room is ALONE else "",
        left_line(record),
        "" if fees_possible else _without_key(record),
        *(brief(off) for off in record.off_sale[:1] if room is SHARED),
        *(warning_line(warning) for warning in open_warnings(record)[-1:]),
        *(dispute_line(dispute) for dispute in record.payment.disputes[-3:]),
        _buyer_line(record, room.name),
        timestamp(record.payment.paid or record.payment.created),
        gettext("Paid while the bot was offline") if told_late else "",
    ]
    tail = [line for line in tail if line]
    left = room.description - size("\n".join(tail)) - 2
    several = len(record.sales) > 1
    head = clipped(_what(record, room), max(left, 0), total=len(record.sales) if several else None)
    if several:
        head += "\n"
    return card(
        color_of(record),
        # Alone, the content above the embed is its title.
        title=_title_of(record, room) if room is SHARED else None,
        author=_author_of(record),
        lines=[line for line in (head, *tail) if line],
        room=room.description,
    )


def _without_key(record: PaymentRecord) -> str:
    """The step that only the producer can do after an exclusive sale without a key."""
    if any(s.exclusive and not s.conflict and s.state.holds_rights for s in record.sales):
        return gettext("Take it off sale in Stripe yourself: I have no key for that.")
    return ""


def _add_checklists(embed: discord.Embed, record: PaymentRecord) -> None:
    """The off-sale checklists of exclusively sold tracks: the first ones in full."""
    several = len(record.off_sale) > 1
    for off in record.off_sale[:CHECKLISTS]:
        name = f"{safe(off.track, 80)} · {progress(off)}" if several else progress(off)
        field(embed, name, [checklist(off, record.producer, CHECKLIST)])
    rest = [f"**{safe(off.track, 60)}** · {brief(off)}" for off in record.off_sale[CHECKLISTS:]]
    field(embed, gettext("Also off sale"), [clipped(rest, 500)])


def color_of(record: PaymentRecord) -> Color:
    """Red needs action, grey is over, gold is an exclusive, green is a lease."""
    states = {sale.state for sale in record.sales}
    alarming = {SaleState.DISPUTED, SaleState.DISPUTE_LOST}
    inquired = any(one.state is DisputeState.INQUIRY for one in record.payment.disputes)
    conflict = any(sale.conflict for sale in record.sales)
    if conflict or states & alarming or inquired or open_warnings(record):
        return Color.ALARM
    if states <= {SaleState.REFUNDED, SaleState.FAILED}:
        return Color.REFUNDED
    if record.payment.state is PaymentState.PENDING:
        return Color.PENDING
    return Color.EXCLUSIVE if any(sale.exclusive for sale in record.sales) else Color.LEASE


def _author_of(record: PaymentRecord) -> str:
    """`Sale #1042`, `TEST MODE · Sales #1042–#1044 · refunded`."""
    numbers = [sale.number for sale in record.sales]
    what = gettext("Sale #{number}", number=numbers[0])
    if len(numbers) > 1:
        what = ngettext(
            "{count} sale #{first}–#{last}",
            "{count} sales #{first}–#{last}",
            len(numbers),
            first=min(numbers),
            last=max(numbers),
        )
    conflict = gettext("CONFLICT") if any(sale.conflict for sale in record.sales) else ""
    parts = [what, conflict, _unusual_state(record.sales)]
    return in_mode(" · ".join(filter(None, parts)), record.producer)


def _title_of(record: PaymentRecord, room: Room) -> str:
    """`Midnight Drive · Basic Lease`, or `Midnight Drive + 2 more`."""
    first = record.sales[0]
    track = safe(first.track, room.track)
    if len(record.sales) > 1:
        return and_more(track, len(record.sales) - 1)
    # A title is bold already: markup would show as stars where titles are plain text.
    return f"{track} · {license_name(first, room.license).replace('**', '')}"


def _what(record: PaymentRecord, room: Room) -> Iterator[str]:
    """What is special about one sale; or a line for each of several, special ones first."""
    if len(record.sales) == 1:
        yield from special_lines(record, record.sales[0])
        return
    for sale in sorted(record.sales, key=lambda sale: (not sale.conflict, not sale.exclusive)):
        name = license_name(sale, room.license)
        about = f"`#{sale.number}` **{safe(sale.track, room.track)}** · {name} · {sale_price(sale)}"
        special = _special(record, sale), accepted_line(sale) if sale.accepted else ""
        yield "\n└ ".join([about, *filter(None, special)])


def special_lines(record: PaymentRecord, sale: Sale) -> list[str]:
    """A conflict and what to do about it, an exclusive, an acceptance; of most sales nothing."""
    advice = conflict_advice(record) if sale.conflict else ""
    return [line for line in (_special(record, sale), accepted_line(sale), advice) if line]


def _special(record: PaymentRecord, sale: Sale) -> str:
    if sale.conflict:
        return conflict_line(record, sale)
    return exclusive_line(record, sale) if sale.exclusive else ""


def exclusive_line(record: PaymentRecord, sale: Sale) -> str:
    """`★ **Exclusive** · 3 earlier leases stay valid`, for an exclusive that holds its track."""
    rights = _rights_of(record, sale)
    leases = f" · {stay_valid(rights.earlier_leases)}" if rights is not None else ""
    return f"★ **{gettext('Exclusive')}**{leases}"


def conflict_line(record: PaymentRecord, sale: Sale) -> str:
    """The holder of the track that was sold again: number, day and buyer."""
    rights = _rights_of(record, sale)
    if rights is None or rights.holder is None:
        return gettext("⚠️ **Conflict:** this track was already sold exclusively")
    holder = rights.holder
    return gettext(
        "⚠️ **Conflict:** already sold exclusively as #{number}, {day}, to {buyer}",
        number=holder.number,
        day=timestamp(holder.at, "d"),
        buyer=buyer_in_channel(record.producer, holder.buyer, 40),
    )


def _rights_of(record: PaymentRecord, sale: Sale) -> SaleRights | None:
    """A sale's rights to its track, if it is more than a lease."""
    return next((rights for rights in record.rights if rights.number == sale.number), None)


def conflict_advice(record: PaymentRecord) -> str:
    """What the producer can do about it, and where."""
    refund = in_stripe(record, gettext("Refund this sale"))
    return gettext("{refund}, or agree with both buyers and accept it.", refund=refund)


def accepted_line(sale: Sale) -> str:
    """The user who accepted it, or withdrew that; empty if there was nothing to accept."""
    if sale.accepted is not None:
        by, at = f"<@{sale.accepted.by}>", timestamp(sale.accepted.at)
        return gettext("Sold after the exclusive · accepted by {by}, {at}", by=by, at=at)
    if sale.withdrawn is not None:
        by, at = f"<@{sale.withdrawn.by}>", timestamp(sale.withdrawn.at)
        return gettext("Acceptance withdrawn by {by}, {at}", by=by, at=at)
    return ""


def _buyer_line(record: PaymentRecord, limit: int) -> str:
    """`Jordan Lee · j•••@gmail.com · 🇺🇸 · 3rd purchase`."""
    buyer = record.payment.buyer
    parts = [buyer_in_channel(record.producer, buyer, limit), flag(buyer.country)]
    if record.purchases == 1:
        parts.append(gettext("first purchase"))
    elif record.purchases:
        parts.append(gettext("**{ordinal} purchase**", ordinal=ordinal(record.purchases)))
    return " · ".join(filter(None, parts))


def price_line(record: PaymentRecord, *, fees_possible: bool = True) -> str:
    """`$29.95 → **$28.78** net`; struck through once all of it was refunded.

    The second figure does not include tax that the buyer paid.
    """
    payment = record.payment
    steps = " → ".join(map(money, steps_of(payment)))
    if payment.state is PaymentState.FAILED:
        return gettext("~~{price}~~ never paid", price=steps)
    if payment.state is PaymentState.PENDING:
        return gettext("**{price}** pending, not paid yet", price=steps)
    if payment.free:
        return f"**{gettext('Free')}**"
    if _wholly_refunded(record):
        return gettext("~~{price}~~ refunded", price=steps)
    return f"{steps}{_after_fees(record, fees_possible)}"


def _after_fees(record: PaymentRecord, fees_possible: bool) -> str:
    movement = record.payment.movement
    if movement is None:
        if record.gone:
            return f" · {gettext('fees unknown: Stripe has no such payment')}"
        if record.unreadable:
            return f" · {said(DENIED, permission=code(record.unreadable, 60))}"
        if fees_possible or record.complete:
            return f" → {said(SETTLING)}"
        return f" · {said(NEEDS_KEY)} (`STRIPE_API_KEY`)"
    tax = settled_tax(record.payment)
    net = money(Money(movement.net - tax, movement.currency))
    if tax:
        return f" → {gettext('**{amount}** net, after tax', amount=net)}"
    return f" → {gettext('**{amount}** net', amount=net)}"


def tax_line(record: PaymentRecord) -> str:
    """`Tax from the buyer: $8.88, not counted as yours`; empty if no tax is left.

    In the currency that was paid, and in the settlement currency if that differs.
    """
    payment = record.payment
    if not payment.tax or payment.state is PaymentState.FAILED or _wholly_refunded(record):
        return ""
    steps = [Money(payment.tax, payment.currency)]
    movement = payment.movement
    if movement is not None and movement.currency != payment.currency:
        steps.append(Money(settled_tax(payment), movement.currency))
    tax = " → ".join(map(money, steps))
    return gettext("Tax from the buyer: {tax}, not counted as yours", tax=tax)


def fees_line(record: PaymentRecord) -> str:
    """`Fees: Stripe $1.17 · tax on it $0.22 · platform $3.00`; empty if only Stripe took one."""
    movement = record.payment.movement
    if movement is None or movement.fees.total == movement.fees.stripe:
        return ""
    taken = (
        (phrase("Stripe {amount}"), movement.fees.stripe),
        (phrase("tax on it {amount}"), movement.fees.tax),
        (phrase("platform {amount}"), movement.fees.platform),
        (phrase("tax withheld {amount}"), movement.fees.withheld),
    )
    words = [
        said(fee, amount=money(Money(amount, movement.currency))) for fee, amount in taken if amount
    ]
    return gettext("Fees: {fees}", fees=" · ".join(words))


def left_line(record: PaymentRecord) -> str:
    """The net after money went back: `↩ $10.00 refunded · **$18.78** net`; else empty."""
    payment = record.payment
    disputed = any(dispute.movements for dispute in payment.disputes)
    if not (payment.refunded or disputed or payment.fee_returns):
        return ""
    left = left_words(record)
    if _wholly_refunded(record):
        if payment.movement is None:
            return ""
        return gettext("{left}: Stripe keeps its fee", left=left)
    if payment.refunded:
        back = money(Money(payment.refunded, payment.currency))
        return gettext("↩ {amount} refunded · {left}", amount=back, left=left)
    return left


def _wholly_refunded(record: PaymentRecord) -> bool:
    return all(sale.state is SaleState.REFUNDED for sale in record.sales)


def _buttons(record: PaymentRecord) -> list[Item]:
    name = record.producer.id, record.sales[0].number
    conflicts = [sale for sale in record.sales if sale.conflict]
    places = [off for off in record.off_sale if off.elsewhere]
    return [
        button(gettext("Buyer"), ids.BUYER(*name)),
        button(gettext("Sale"), ids.SALE(*name)),
        *links("Stripe", dashboard.payment_url(record)),
        *(accept_button("alert", record.producer, sale) for sale in conflicts[:ACCEPTS]),
        *(item for off in places[:1] for item in elsewhere_menu("alert", off, record.producer)),
    ]


def accept_button(place: str, producer: Producer, sale: Sale) -> Item:
    """The button that accepts it; `place` as in its id."""
    label = gettext("Accept #{number}", number=sale.number)
    return button(label, ids.ACCEPT(place, producer.id, sale.number), DANGER)
