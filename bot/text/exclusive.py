"""`/exclusive`: who holds a track, which leases stay valid, and which sales conflict with it."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from zoneinfo import ZoneInfo

import discord

from bot.domain.insight import LeaseInsight
from bot.domain.payment import Buyer
from bot.domain.sale import PAGE, HeldPage, Holder, Producer, Sale, SaleState, TrackRights
from bot.text import dashboard, ids
from bot.text.alert import ACCEPTS, accept_button, accepted_line
from bot.text.checklist import (
    OPEN,
    checklist,
    elsewhere_menu,
    go_ahead_button,
    may_go_ahead,
    progress,
)
from bot.text.language import gettext, ngettext
from bot.text.message import (
    OPTION,
    Color,
    Item,
    Message,
    button,
    card,
    clipped,
    field,
    page_words,
)
from bot.text.sale_lines import license_name, sale_price, sales_menu, state_words, who
from bot.text.track_questions import track_button
from bot.text.words import (
    day_words,
    distinct,
    first_names,
    in_mode,
    money,
    plain,
    safe,
    when_words,
)

LONGEST_OUTLOOK = 60
"""Months beyond which a pace means nothing."""
LISTED = 10
"""Leases that are listed of a track; its menu has more."""


def track_rights(rights: TrackRights, producer: Producer, now: datetime) -> Message:
    """The rights of one track; red if it was sold again after the exclusive."""
    holder, line = rights.holder, partial(_sale_line, producer=producer, now=now)

    def numbered(sale: Sale) -> str:
        return f"`#{sale.number}` {line(sale)}"

    embed = card(
        _color(rights),
        title=in_mode(safe(rights.track, 230), producer),
        lines=[
            *(_held(holder, producer, now) if holder else _free(rights, producer, now)),
            *(_insight(rights.insight, producer, now) if rights.insight else []),
        ],
        footer=_pace(rights.insight) if rights.insight else None,
    )
    if rights.conflicts:
        advice = gettext("Refund it, or accept it if both buyers agree:")
        conflicts = [
            f"`#{sale.number}` {line(sale)}{_refund(sale, producer)}" for sale in rights.conflicts
        ]
        name = f"⚠️ {gettext('Sold after the exclusive')}"
        field(embed, name, [clipped([advice, *conflicts], 1000)])
    if rights.accepted:
        accepted = [
            f"`#{sale.number}` {line(sale)}\n└ {accepted_line(sale)}" for sale in rights.accepted
        ]
        field(embed, gettext("Accepted"), [clipped(accepted, 1000)])
    if rights.off_sale is not None:
        still = gettext("Still turned off in Stripe")
        name = progress(rights.off_sale) if rights.off_sale.off else still
        field(embed, name, [checklist(rights.off_sale, producer)])
    leases = clipped(map(line, rights.lease_sales[:LISTED]), 1000, total=rights.leases)
    name = ngettext("{count} lease stays valid", "{count} leases stay valid", rights.leases)
    field(embed, name, [leases])
    return Message.of(embed, _items(rights, producer))


def held_tracks(held: HeldPage, producer: Producer, now: datetime) -> discord.Embed:
    """A page of all exclusively sold tracks, newest first, after those kept off sale."""
    names = first_names([f"**{safe(name, 60)}**" for name in held.kept_off], 10)
    kept = [gettext("Kept off sale: {names}", names=names)] if held.kept_off else []
    if held.count == 0:
        free = gettext("Every track can still be sold exclusively.")
        title = in_mode(gettext("No exclusive sales yet"), producer)
        return card(Color.LEASE, title=title, lines=[free, *kept])
    title = ngettext("{count} exclusive sold", "{count} exclusives sold", held.count)
    return card(
        Color.ALARM if any(rights.conflicts for rights in held.tracks) else Color.EXCLUSIVE,
        title=in_mode(title, producer),
        lines=[*kept, *(_held_line(rights, producer, now) for rights in held.tracks)],
        footer=page_words(held.page, held.count) if held.count > PAGE else None,
    )


def track_options(tracks: Sequence[TrackRights]) -> tuple[discord.SelectOption, ...]:
    """Tracks in a menu."""
    labels = distinct([rights.track for rights in tracks], OPTION)
    return tuple(
        discord.SelectOption(
            label=label, value=ids.track_value(rights.id), description=_option_words(rights)
        )
        for rights, label in zip(tracks, labels, strict=True)
    )


def _option_words(rights: TrackRights) -> str:
    holder = rights.holder
    sold = [f"#{holder.number}", plain(_buyer(holder.buyer), 40)] if holder else []
    leases = ngettext("{count} lease", "{count} leases", rights.leases)
    conflicts = len(rights.conflicts)
    after = [ngettext("{count} conflict", "{count} conflicts", conflicts)] if conflicts else []
    return " · ".join([*sold, leases, *after])


def _color(rights: TrackRights) -> Color:
    if rights.conflicts:
        return Color.ALARM
    if rights.holder:
        return Color.EXCLUSIVE
    return Color.REFUNDED if _is_kept_off(rights) else Color.LEASE


def _is_kept_off(rights: TrackRights) -> bool:
    return rights.decision is not None and rights.decision.kept_off


def _free(rights: TrackRights, producer: Producer, now: datetime) -> list[str]:
    """What may be done with a track that has no holder, and which user decided that."""
    decision = rights.decision
    available = gettext("**Available**, also exclusively")
    if decision is None:
        return [available if rights.leases else gettext("**Available** · no licenses sold yet")]
    by, time = decision.by, when_words(decision.at, now, producer.timezone)
    if decision.kept_off:
        return [gettext("**Kept off sale** by <@{user}>, {time}", user=by, time=time)]
    return [available, gettext("Put back on sale by <@{user}>, {time}", user=by, time=time)]


def _insight(insight: LeaseInsight, producer: Producer, now: datetime) -> list[str]:
    """The income of leases, and the exclusive's price next to it; no advice."""
    leases = ngettext(
        "**{income}** from {count} lease since {day}",
        "**{income}** from {count} leases since {day}",
        insight.leases,
        income=money(insight.income),
        day=_day(insight.since, now, producer),
    )
    exclusive = gettext("**{price}** exclusive", price=money(insight.exclusive))
    months = insight.months_to_match
    if months is None:
        return [leases, exclusive]
    if months < 1:
        much = gettext("= less than a month of leases")
    elif months > LONGEST_OUTLOOK:
        much = gettext("= years of leases")
    else:
        much = ngettext("≈ {count} month of leases", "≈ {count} months of leases", round(months))
    return [leases, f"{exclusive} {much}"]


def _pace(insight: LeaseInsight) -> str:
    pace = gettext("less than 0.1 a month")
    if insight.a_month >= 0.1:
        pace = gettext("{number} a month", number=f"{insight.a_month:.1f}")
    return gettext("Before fees · leases: {pace}", pace=pace)


def _held(holder: Holder, producer: Producer, now: datetime) -> list[str]:
    sold = gettext("**{price}** · ⭐ **sold exclusively**", price=money(holder.price))
    when = when_words(holder.at, now, producer.timezone)
    facts = [f"`#{holder.number}`", _buyer(holder.buyer), when]
    if holder.state is not SaleState.PAID:
        facts.append(f"**{state_words(holder.state)}**")
    return [sold, " · ".join(facts)]


def _held_line(rights: TrackRights, producer: Producer, now: datetime) -> str:
    """One line; a second one only for what is still to be done."""
    name, holder = safe(rights.track, 60), rights.holder
    assert holder is not None, "only held tracks are listed"
    line = f"**{money(holder.price)}** · {name} · {_day(holder.at, now, producer)}"
    open_steps, conflicts = rights.steps_open, len(rights.conflicts)
    left = ngettext("{count} to take down", "{count} to take down", open_steps)
    again = ngettext("⚠️ **{count} conflict**", "⚠️ **{count} conflicts**", conflicts)
    to_do = [f"{OPEN} {left}" if open_steps else "", again if conflicts else ""]
    return "\n└ ".join(filter(None, [line, " · ".join(filter(None, to_do))]))


def _sale_line(sale: Sale, *, producer: Producer, now: datetime) -> str:
    """One line within a track: license, buyer without the email, day, what is unusual."""
    facts = [license_name(sale, 32), _buyer(sale.buyer), _day(sale.sold, now, producer)]
    if sale.state is not SaleState.PAID:
        facts.append(f"**{state_words(sale.state)}**")
    return " · ".join(facts)


def _buyer(buyer: Buyer) -> str:
    return who(buyer, 28) if buyer.forgotten else safe(buyer.name, 28)


def _day(moment: datetime, now: datetime, producer: Producer) -> str:
    zone = ZoneInfo(producer.timezone)
    return day_words(moment.astimezone(zone).date(), now.astimezone(zone).date())


def _items(rights: TrackRights, producer: Producer) -> list[Item]:
    items = []
    holder, decision = rights.holder, rights.decision
    if holder is not None:
        name = producer.id, holder.number
        items += [
            button(gettext("Buyer"), ids.BUYER(*name)),
            button(gettext("Sale"), ids.SALE(*name)),
        ]
    known = [holder] if holder is not None else [*rights.lease_sales[:1]]
    items += [button(gettext("Track"), ids.TRACK_OF(producer.id, sale.number)) for sale in known]
    if holder is None and decision is not None:
        items.append(track_button("rights", producer, rights.id, keep=not decision.kept_off))
    items += [accept_button("rights", producer, sale) for sale in rights.conflicts[:ACCEPTS]]
    for sale in rights.accepted[:ACCEPTS]:
        label = gettext("No longer accept #{number}", number=sale.number)
        items.append(button(label, ids.WITHDRAW(producer.id, sale.number)))
    off = rights.off_sale
    if off is not None and may_go_ahead(off):
        items.append(go_ahead_button(off, producer))
    if off is not None:
        items += elsewhere_menu("rights", off, producer)
    listed = (*rights.conflicts, *rights.accepted, *rights.lease_sales)
    return [*items, *sales_menu(listed, producer)]


def _refund(sale: Sale, producer: Producer) -> str:
    """The price, as a link to where it is refunded, in a track's conflicts."""
    url = dashboard.object_url(producer, "payment", sale.reference) if sale.reference else None
    refund = gettext("refund {price}", price=money(sale.price))
    return f" · [{refund}](<{url}>)" if url else f" · {sale_price(sale)}"
