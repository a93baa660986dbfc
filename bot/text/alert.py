"""The living alert of a payment: one glance shows what was sold, and buttons lead to the rest.

Content: what was sold, for a phone's lock screen; no buyer is in it. Embed: what it brought, what
is special, the buyer, the time; if a message has several payments, also what was sold, as its
title. A channel sees only the masked email, unless the producer wants it in full; the whole contact
is a click away, for the asker alone.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

import discord

from bot.domain.digest_schedule import Digest
from bot.domain.money import Money, sums
from bot.domain.payment import DisputeState, PaymentState
from bot.domain.preferences import Cadence
from bot.domain.sale import PaymentRecord, Producer, Sale, SaleState
from bot.domain.totals import CurrencyTotals
from bot.text import dashboard, ids
from bot.text.checklist import brief, checklist, elsewhere_menu, progress
from bot.text.dispute_lines import dispute_line, open_warnings, warning_line
from bot.text.language import gettext, ngettext
from bot.text.message import (
    DESCRIPTION,
    OPTION,
    Buttons,
    Color,
    Message,
    card,
    clipped,
    field,
    links,
)
from bot.text.price import (
    and_more,
    fees_line,
    left_line,
    price_line,
    sale_price,
    state_words,
    tax_line,
)
from bot.text.sale_lines import (
    ACCEPTS,
    accept_button,
    accepted_line,
    buyer_in_channel,
    conflict_advice,
    conflict_line,
    exclusive_line,
    license_name,
)
from bot.text.words import (
    flag,
    in_mode,
    line,
    money,
    monies,
    ordinal,
    plain,
    safe,
    sales_words,
    size,
    timestamp,
)

TRACK = 80
LICENSE = 40
_CURRENCIES = 3


def sale_headline(record: PaymentRecord) -> str:
    """`$499.00 · Midnight Drive · Exclusive`; before it, what is wrong with it or over."""
    first, *others = record.sales
    what = [line(first.track, TRACK)]
    what = [and_more(what[0], len(others))] if others else [*what, _license(first)]
    parts = [*_state(record.sales), _price(record), *what]
    return in_mode(" · ".join(parts), record.producer)


def burst_headline(records: Sequence[PaymentRecord]) -> str:
    """`10 sales · $299.90 · Midnight Drive · Exclusive + 9 more`."""
    sales = [sale for record in records for sale in record.sales]
    first = next((sale for sale in sales if sale.exclusive), sales[0])
    name = line(first.track, TRACK)
    name = f"{name} · {_license(first)}" if first.exclusive else name
    parts = [sales_words(len(sales)), _sum(sales), and_more(name, len(sales) - 1)]
    return in_mode(" · ".join(parts), records[0].producer)


def summary_headline(records: Sequence[PaymentRecord]) -> str:
    """`3 sales · $89.97 · while I could not post here`."""
    sales = [sale for record in records for sale in record.sales]
    parts = [sales_words(len(sales)), _sum(sales), gettext("while I could not post here")]
    return in_mode(" · ".join(part for part in parts if part), records[0].producer)


def conflict_headline(sale: Sale) -> str:
    """`⚠️ Conflict · $29.95 · Midnight Drive · Basic Lease`."""
    parts = [f"⚠️ {gettext('Conflict')}", money(sale.price), line(sale.track, TRACK), _license(sale)]
    return " · ".join(parts)


def digest_headline(digest: Digest, producer: Producer) -> str:
    """`Weekly digest · $1,234.50 · 12 sales`."""
    totals = digest.statistics.totals
    parts = [cadence_name(digest.cadence), *map(_gross, totals[:_CURRENCIES])]
    parts.append(sales_words(sum(one.sales for one in totals)))
    return in_mode(" · ".join(parts), producer)


def cadence_name(cadence: Cadence) -> str:
    """What a digest is called."""
    names = {
        Cadence.DAILY: gettext("Daily digest"),
        Cadence.WEEKLY: gettext("Weekly digest"),
        Cadence.MONTHLY: gettext("Monthly digest"),
    }
    return names.get(cadence, gettext("Digest"))


def _state(sales: Sequence[Sale]) -> list[str]:
    """The common state of the sales unless paid; or that one conflicts with an exclusive."""
    if any(sale.conflict for sale in sales):
        return [f"⚠️ {gettext('Conflict')}"]
    states = {sale.state for sale in sales}
    if len(states) > 1 or states == {SaleState.PAID}:
        return []
    words = state_words(states.pop())
    return [words[:1].upper() + words[1:]]


def _price(record: PaymentRecord) -> str:
    payment = record.payment
    return gettext("Free") if payment.free else money(Money(payment.amount, payment.currency))


def _sum(sales: Sequence[Sale]) -> str:
    return monies(sums(sale.price for sale in sales))


def _gross(totals: CurrencyTotals) -> str:
    return money(Money(totals.gross, totals.currency))


def _license(sale: Sale) -> str:
    return line(license_name(sale, LICENSE, markup=False), LICENSE + 20)


BURST = 10
"""How many payments share one message at most: Discord's limit of embeds."""


@dataclass(frozen=True, slots=True)
class Room:
    """The size of an embed: alone in a message, or one of ten that share 6000 characters."""

    description: int
    track: int
    license: int
    name: int


CHECKLISTS = 2
"""Tracks whose checklist is shown in full."""
CHECKLIST = 800
"""Room for each: with `ALONE` and a title within Discord's 6000."""
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
    headline = sale_headline(record)
    return Message(content=headline, embeds=(embed,), view=Buttons(_buttons(record)))


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
    embeds = tuple(
        _embed(record, SHARED, fees_possible=fees_possible, told_late=record.id in told_late)
        for record in records
    )
    for embed, record in zip(embeds, records, strict=True):
        # There is no room for a button each; the address also says which payment the embed is.
        embed.url = dashboard.payment_url(record)
    menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=ids.RECORDS,
        placeholder=gettext("Open a sale"),
        options=[_record_option(record) for record in records],
    )
    return Message(content=burst_headline(records), embeds=embeds, view=Buttons([menu]))


def _record_option(record: PaymentRecord) -> discord.SelectOption:
    """A payment in a menu; its value names its first sale."""
    first = record.sales[0]
    label = and_more(f"#{first.number} {plain(first.track, 60)}", len(record.sales) - 1)
    return discord.SelectOption(
        label=label,
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
    holds = [s for s in record.sales if s.exclusive and not s.conflict and s.state.holds_rights]
    if not holds:
        return ""
    return gettext("Take it off sale in Stripe yourself: I have no key for that.")


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
    if any(sale.conflict for sale in record.sales) or states & alarming:
        return Color.ALARM
    inquired = any(one.state is DisputeState.INQUIRY for one in record.payment.disputes)
    if inquired or open_warnings(record):
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
    parts = [what]
    if not record.producer.livemode:
        parts.insert(0, gettext("TEST MODE"))
    if any(sale.conflict for sale in record.sales):
        parts.append(gettext("CONFLICT"))
    states = {sale.state for sale in record.sales}
    if len(states) == 1 and states != {SaleState.PAID}:
        parts.append(state_words(states.pop()))
    return " · ".join(parts)


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
        yield from _special(record, record.sales[0])
        return
    for sale in sorted(record.sales, key=lambda sale: (not sale.conflict, not sale.exclusive)):
        yield _one_of_several(record, sale, room)


def _special(record: PaymentRecord, sale: Sale) -> list[str]:
    if sale.conflict:
        lines = [conflict_line(record, sale), accepted_line(sale), conflict_advice(record)]
        return [line for line in lines if line]
    special = [exclusive_line(record, sale)] if sale.exclusive else []
    return [line for line in (*special, accepted_line(sale)) if line]


def _one_of_several(record: PaymentRecord, sale: Sale, room: Room) -> str:
    name = license_name(sale, room.license)
    line = f"`#{sale.number}` **{safe(sale.track, room.track)}** · {name} · {sale_price(sale)}"
    if sale.conflict:
        return f"{line}\n└ {conflict_line(record, sale)}"
    if sale.exclusive:
        line += f"\n└ {exclusive_line(record, sale)}"
    return f"{line}\n└ {accepted_line(sale)}" if sale.accepted else line


def _buyer_line(record: PaymentRecord, limit: int) -> str:
    """`Jordan Lee · j•••@gmail.com · 🇺🇸 · 3rd purchase`."""
    buyer = record.payment.buyer
    parts = buyer_in_channel(record.producer, buyer, limit), flag(buyer.country)
    known = [part for part in parts if part]
    if record.purchases:
        first = record.purchases == 1
        which = gettext("**{ordinal} purchase**", ordinal=ordinal(record.purchases))
        known.append(gettext("first purchase") if first else which)
    return " · ".join(known)


def _buttons(record: PaymentRecord) -> list[discord.ui.Item[discord.ui.View]]:
    name = record.producer.id, record.sales[0].number
    buttons: list[discord.ui.Item[discord.ui.View]] = [
        discord.ui.Button(label=gettext("Buyer"), custom_id=ids.BUYER(*name)),
        discord.ui.Button(label=gettext("Sale"), custom_id=ids.SALE(*name)),
    ]
    buttons += links("Stripe", dashboard.payment_url(record))
    conflicts = [sale for sale in record.sales if sale.conflict]
    buttons += [accept_button("alert", record.producer, sale) for sale in conflicts[:ACCEPTS]]
    places = [off for off in record.off_sale if off.elsewhere]
    buttons += [elsewhere_menu("alert", off, record.producer) for off in places[:1]]
    return buttons
