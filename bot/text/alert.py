"""The living alert of a payment: one glance shows what was sold, and buttons lead to the rest.

Content: what was sold and for how much, for a phone's lock screen; no buyer is in it. It is the
title: an embed has one of its own only if a message has several payments. Embed: the net, the
buyer, what follows; its footer has the numbers and the time. A channel sees no email, unless the
producer wants it; the whole contact is a click away, for the asker alone.
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
from bot.text.dispute_lines import dispute_brief, open_warnings, warning_line
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
    and_more,
    buyer_in_channel,
    in_stripe,
    left_words,
    license_name,
    net_words,
    sale_price,
    sales_menu,
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

EXCLUSIVE = "⭐"
"""The sign of an exclusive, gold as the edge of its alert."""
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
    """`$499.00 · Midnight Drive · ⭐ Exclusive`, `$29.95 refunded · Midnight Drive + 2 more`."""
    first, *others = record.sales
    license_words = [] if others else [headline_license(first)]
    return in_mode(" · ".join([_title(record, TRACK), *license_words]), record.producer)


def _title(record: PaymentRecord, limit: int) -> str:
    """`$499.00 · Midnight Drive`: the price, how it stands, and the track, without the license."""
    first, *others = record.sales
    payment, track = record.payment, and_more(line(first.track, limit), len(others))
    price = gettext("Free") if payment.free else money(Money(payment.amount, payment.currency))
    if any(sale.conflict for sale in record.sales):
        return f"⚠️ {gettext('Conflict')} · {price} · {track}"
    states = {sale.state for sale in record.sales}
    stated = _STATED.get(states.pop()) if len(states) == 1 else None
    return f"{said(stated, price=price) if stated else price} · {track}"


_STATED = {
    SaleState.PENDING: phrase("{price} pending"),
    SaleState.FAILED: phrase("{price} never paid"),
    SaleState.PARTLY_REFUNDED: phrase("{price} partly refunded"),
    SaleState.REFUNDED: phrase("{price} refunded"),
    SaleState.DISPUTED: phrase("{price} disputed"),
    SaleState.DISPUTE_LOST: phrase("{price} lost to a dispute"),
}
"""What a payment's headline says of its price, unless it is simply paid."""


def burst_headline(records: Sequence[PaymentRecord]) -> str:
    """`10 sales · $299.90 · Midnight Drive · Exclusive + 9 more`."""
    sales = [sale for record in records for sale in record.sales]
    first = next((sale for sale in sales if sale.exclusive), sales[0])
    name = line(first.track, TRACK)
    name = f"{name} · {headline_license(first)}" if first.exclusive else name
    parts = [sales_words(len(sales)), total_words(sales), and_more(name, len(sales) - 1)]
    return in_mode(" · ".join(parts), records[0].producer)


def headline_license(sale: Sale, limit: int = 40) -> str:
    """The license for a lock screen, which shows markup as it is; an exclusive has a gold star."""
    return _starred(sale, line(license_name(sale, limit, markup=False), limit + 20))


def _starred(sale: Sale, words: str) -> str:
    return f"{EXCLUSIVE} {words}" if sale.exclusive else words


TRACK = 80
"""Characters of a track's name in a headline."""
LICENSE = 40


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
    """The embed of a payment within `room`; its title and footer take up to 200 more."""
    several = len(record.sales) > 1
    head = [net_line(record, fees_possible=fees_possible), _buyer_line(record, room)]
    if room is SHARED:
        # Alone, the content above the embed is its title, and names the license.
        head = [" · ".join(filter(None, ["" if several else _license_words(record), *head]))]
    tail = [
        "" if fees_possible else _without_key(record),
        *(brief(off) for off in record.off_sale[:1] if room is SHARED),
        *(warning_line(warning) for warning in open_warnings(record)[-1:]),
        *(dispute_brief(record, dispute) for dispute in record.payment.disputes[-3:]),
        gettext("Paid while the bot was offline") if told_late else "",
    ]
    head, tail = list(filter(None, head)), list(filter(None, tail))
    left = room.description - size("\n".join([*head, *tail])) - 2
    what = clipped(_what(record, room), max(left, 0), total=len(record.sales) if several else None)
    embed = card(
        color_of(record),
        title=_title(record, room.track) if room is SHARED else None,
        lines=[*head, *([what] if what else []), *tail],
        footer=_numbers(record),
        room=room.description,
    )
    embed.timestamp = record.payment.paid or record.payment.created
    return embed


def _license_words(record: PaymentRecord) -> str:
    first = record.sales[0]
    return _starred(first, license_name(first, SHARED.license))


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


def _numbers(record: PaymentRecord) -> str:
    """`Sale #1042`, `3 sales #1042–#1044`."""
    numbers = [sale.number for sale in record.sales]
    if len(numbers) == 1:
        return gettext("Sale #{number}", number=numbers[0])
    return ngettext(
        "{count} sale #{first}–#{last}",
        "{count} sales #{first}–#{last}",
        len(numbers),
        first=min(numbers),
        last=max(numbers),
    )


def _what(record: PaymentRecord, room: Room) -> Iterator[str]:
    """What is special about one sale; or a line for each of several, special ones first."""
    if len(record.sales) == 1:
        yield from special_lines(record, record.sales[0])
        return
    for sale in sorted(record.sales, key=lambda sale: (not sale.conflict, not sale.exclusive)):
        name = _starred(sale, license_name(sale, room.license).replace("**", ""))
        about = f"**{sale_price(sale)}** · {safe(sale.track, room.track)} · {name}"
        special = _special(record, sale), accepted_line(sale) if sale.accepted else ""
        yield "\n└ ".join([about, *filter(None, special)])


def special_lines(record: PaymentRecord, sale: Sale) -> list[str]:
    """A conflict and what to do about it, an exclusive, an acceptance; of most sales nothing."""
    advice = conflict_advice(record) if sale.conflict else ""
    return [line for line in (_special(record, sale), accepted_line(sale), advice) if line]


def _special(record: PaymentRecord, sale: Sale) -> str:
    if sale.conflict:
        return conflict_line(record, sale)
    rights = _rights_of(record, sale) if sale.exclusive else None
    return capitalized(stay_valid(rights.earlier_leases)) if rights is not None else ""


def conflict_line(record: PaymentRecord, sale: Sale) -> str:
    """The holder of the track that was sold again: number, buyer and how long ago."""
    rights = _rights_of(record, sale)
    if rights is None or rights.holder is None:
        return gettext("⚠️ **Already sold exclusively**")
    holder = rights.holder
    return gettext(
        "⚠️ **Already sold exclusively:** #{number} to {buyer}, {when}",
        number=holder.number,
        buyer=buyer_in_channel(record.producer, holder.buyer, 40),
        when=timestamp(holder.at, "R"),
    )


def _rights_of(record: PaymentRecord, sale: Sale) -> SaleRights | None:
    """A sale's rights to its track, if it is more than a lease."""
    return next((rights for rights in record.rights if rights.number == sale.number), None)


def conflict_advice(record: PaymentRecord) -> str:
    """What the producer can do about it, and where."""
    refund = in_stripe(record, gettext("Refund it"))
    return gettext("{refund}, or accept it if both agree.", refund=refund)


def accepted_line(sale: Sale) -> str:
    """The user who accepted it, or withdrew that; empty if there was nothing to accept."""
    if sale.accepted is not None:
        by, at = f"<@{sale.accepted.by}>", timestamp(sale.accepted.at, "D")
        return gettext("Sold after the exclusive · accepted by {by}, {at}", by=by, at=at)
    if sale.withdrawn is not None:
        by, at = f"<@{sale.withdrawn.by}>", timestamp(sale.withdrawn.at, "D")
        return gettext("Acceptance withdrawn by {by}, {at}", by=by, at=at)
    return ""


def _buyer_line(record: PaymentRecord, room: Room) -> str:
    """`Jordan Lee · 🇺🇸 · 3rd purchase`; of one of many payments only the name."""
    buyer = record.payment.buyer
    name = buyer_in_channel(record.producer, buyer, room.name)
    if room is SHARED:
        return name
    purchase = ""
    if record.purchases:
        purchase = gettext("**{ordinal} purchase**", ordinal=ordinal(record.purchases))
    if record.purchases == 1:
        purchase = gettext("first purchase")
    return " · ".join(filter(None, [name, flag(buyer.country), purchase]))


def net_line(record: PaymentRecord, *, fees_possible: bool = True) -> str:
    """`**$18.78** net · ↩ $10.00 refunded`: the one result of a payment, and what explains it.

    The net does not include tax that the buyer paid. Empty if nothing has been paid.
    """
    payment = record.payment
    steps = steps_of(payment)
    parts = [_result(record, fees_possible=fees_possible)]
    if payment.refunded and not _wholly_refunded(record):
        back = money(Money(payment.refunded, payment.currency))
        parts.append(gettext("↩ {amount} refunded", amount=back))
    if len(steps) > 1:
        parts.append(" → ".join(map(money, steps)))
    return " · ".join(filter(None, parts))


def _result(record: PaymentRecord, *, fees_possible: bool) -> str:
    payment, movement = record.payment, record.payment.movement
    wholly = _wholly_refunded(record)
    if payment.free or payment.state in (PaymentState.FAILED, PaymentState.PENDING):
        return ""
    came_back = payment.refunded or any(one.movements for one in payment.disputes)
    changed = wholly or came_back or payment.fee_returns
    if movement is None:
        unknown = _unknown_fees(record, fees_possible)
        if changed:
            return "" if wholly else f"{left_words(record)} · {unknown}"
        tax = money(Money(payment.tax, payment.currency))
        of_it = [gettext("{tax} of it is tax", tax=tax)] if payment.tax else []
        return " · ".join([capitalized(unknown), *of_it])
    if not changed:
        tax_kept = settled_tax(payment)
        net = net_words((Money(movement.net - tax_kept, movement.currency),))
        tax = money(Money(tax_kept, movement.currency))
        return gettext("{net}, after {tax} tax", net=net, tax=tax) if tax_kept else net
    left = left_words(record)
    if wholly and any(sale.left.amount < 0 for sale in record.sales):
        return gettext("{left}: Stripe keeps its fee", left=left)
    return left


def _unknown_fees(record: PaymentRecord, fees_possible: bool) -> str:
    if record.gone:
        return gettext("fees unknown: Stripe has no such payment")
    if record.unreadable:
        return said(DENIED, permission=code(record.unreadable, 60))
    if fees_possible or record.complete:
        return gettext("fees settling…")
    return f"{said(NEEDS_KEY)} (`STRIPE_API_KEY`)"


def _wholly_refunded(record: PaymentRecord) -> bool:
    return all(sale.state is SaleState.REFUNDED for sale in record.sales)


def _buttons(record: PaymentRecord) -> list[Item]:
    name = record.producer.id, record.sales[0].number
    conflicts = [sale for sale in record.sales if sale.conflict]
    places = [off for off in record.off_sale if off.elsewhere]
    several = len(record.sales) > 1
    return [
        button(gettext("Buyer"), ids.BUYER(*name)),
        *([] if several else [button(gettext("Sale"), ids.SALE(*name))]),
        *links("Stripe", dashboard.payment_url(record)),
        *(accept_button("alert", record.producer, sale) for sale in conflicts[:ACCEPTS]),
        *(item for off in places[:1] for item in elsewhere_menu("alert", off, record.producer)),
        *(sales_menu(record.sales, record.producer) if several else ()),
    ]


def accept_button(place: str, producer: Producer, sale: Sale) -> Item:
    """The button that accepts it; `place` as in its id."""
    label = gettext("Accept #{number}", number=sale.number)
    return button(label, ids.ACCEPT(place, producer.id, sale.number), DANGER)
