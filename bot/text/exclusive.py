"""`/exclusive`: who holds a track, which leases stay valid, and which sales conflict with it."""

from collections.abc import Sequence

import discord

from bot.domain.insight import LeaseInsight
from bot.domain.sale import Holder, Producer, Sale, SaleState, TrackRights
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
from bot.text.sale_lines import (
    licensed_sale,
    sale_price,
    sales_menu,
    state_words,
    stay_valid,
    who,
)
from bot.text.track_questions import track_button
from bot.text.words import distinct, first_names, in_mode, money, safe, timestamp

LONGEST_OUTLOOK = 60
"""Months beyond which a pace means nothing."""


def track_rights(rights: TrackRights, producer: Producer) -> Message:
    """The rights of one track; red if it was sold again after the exclusive."""
    embed = card(
        _color(rights),
        author=in_mode(_standing(rights), producer),
        title=safe(rights.track, 250),
        lines=[
            _held(rights.holder) if rights.holder else _free(rights),
            *([_insight(rights.insight)] if rights.insight else []),
        ],
    )
    conflicts = [_conflict(sale, producer) for sale in rights.conflicts]
    if conflicts:
        advice = gettext(
            "Sold after the exclusive. Refund it, or agree with both buyers and accept it:"
        )
        field(embed, f"⚠️ {gettext('Conflicts')}", [clipped([advice, *conflicts], 1000)])
    if rights.accepted:
        name = gettext("Accepted (sold after the exclusive)")
        accepted = [
            f"{licensed_sale(sale)} · {sale_price(sale)}\n└ {accepted_line(sale)}"
            for sale in rights.accepted
        ]
        field(embed, name, [clipped(accepted, 1000)])
    if rights.off_sale is not None:
        still = gettext("Still turned off in Stripe")
        name = progress(rights.off_sale) if rights.off_sale.off else still
        field(embed, name, [checklist(rights.off_sale, producer)])
    name = gettext("Earlier leases, still valid") if rights.holder else gettext("Leases")
    if rights.accepted:
        name = gettext("Leases, still valid")
    leases = clipped(map(licensed_sale, rights.lease_sales), 1000, total=rights.leases)
    field(embed, f"{name} ({rights.leases:,})", [leases])
    return Message.of(embed, _items(rights, producer))


def held_tracks(
    tracks: tuple[TrackRights, ...],
    page: int,
    count: int,
    producer: Producer,
    kept_off: Sequence[str] = (),
) -> discord.Embed:
    """A page of all exclusively sold tracks, newest first, after those kept off sale."""
    author = in_mode(gettext("Exclusive"), producer)
    names = first_names([f"**{safe(name, 60)}**" for name in kept_off], 10)
    kept = [gettext("Kept off sale: {names}", names=names)] if kept_off else []
    if count == 0:
        lines = [
            gettext("Every track can still be leased or sold exclusively."),
            gettext("After an exclusive sale, its track shows up here."),
            *kept,
        ]
        title = gettext("No exclusive sales yet")
        return card(Color.LEASE, author=author, title=title, lines=lines)
    conflicts = any(rights.conflicts for rights in tracks)
    return card(
        Color.ALARM if conflicts else Color.EXCLUSIVE,
        author=author,
        title=ngettext("{count} exclusive sold", "{count} exclusives sold", count),
        lines=[*kept, *(_held_line(rights) for rights in tracks)],
        footer=page_words(page, count),
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
    conflicts = ngettext("{count} conflict", "{count} conflicts", len(rights.conflicts))
    after = f" · {conflicts}" if rights.conflicts else ""
    return f"{ngettext('{count} lease', '{count} leases', rights.leases)}{after}"


def _color(rights: TrackRights) -> Color:
    if rights.conflicts:
        return Color.ALARM
    if rights.holder:
        return Color.EXCLUSIVE
    return Color.REFUNDED if _is_kept_off(rights) else Color.LEASE


def _standing(rights: TrackRights) -> str:
    if rights.holder:
        return gettext("Sold exclusively")
    return gettext("Kept off sale") if _is_kept_off(rights) else gettext("Available")


def _is_kept_off(rights: TrackRights) -> bool:
    return rights.decision is not None and rights.decision.kept_off


def _free(rights: TrackRights) -> str:
    """What may be done with a track that has no holder, and which user decided that."""
    decision = rights.decision
    if decision is None:
        return _available(rights)
    by, at = decision.by, timestamp(decision.at)
    if decision.kept_off:
        kept = gettext(
            "Its exclusive sale was refunded. Kept off sale by <@{user}>, {time}",
            user=by,
            time=at,
        )
        return f"{kept} · {stay_valid(rights.leases)}"
    back = gettext("Put back on sale by <@{user}>, {time}.", user=by, time=at)
    return f"{_available(rights)}\n{back}"


def _available(rights: TrackRights) -> str:
    if rights.leases == 0:
        return gettext("Can be leased or sold exclusively; no licenses sold yet.")
    return ngettext(
        "Can be leased or sold exclusively. {count} lease stays valid after that.",
        "Can be leased or sold exclusively. {count} leases stay valid after that.",
        rights.leases,
    )


def _insight(insight: LeaseInsight) -> str:
    """One line: the income of leases next to the exclusive's price; no advice."""
    pace = gettext("less than 0.1 a month")
    if insight.a_month >= 0.1:
        pace = gettext("{number} a month", number=f"{insight.a_month:.1f}")
    line = ngettext(
        "{count} lease since {day} ({pace}): **{income}** · exclusive: **{exclusive}**",
        "{count} leases since {day} ({pace}): **{income}** · exclusive: **{exclusive}**",
        insight.leases,
        day=timestamp(insight.since, "d"),
        pace=pace,
        income=money(insight.income),
        exclusive=money(insight.exclusive),
    )
    months = insight.months_to_match
    if months is None:
        return gettext("{insight} (before fees)", insight=line)
    if months < 1:
        return gettext("{insight}, less than a month of leases (before fees)", insight=line)
    if months > LONGEST_OUTLOOK:
        return gettext("{insight}, years of leases at this pace (before fees)", insight=line)
    return ngettext(
        "{insight} = about {count} month of leases at this pace (before fees)",
        "{insight} = about {count} months of leases at this pace (before fees)",
        round(months),
        insight=line,
    )


def _held(holder: Holder) -> str:
    lines = [
        f"★ **{gettext('Exclusive')}** · `#{holder.number}` · **{money(holder.price)}**",
        gettext("{time} to {buyer}", time=timestamp(holder.at), buyer=who(holder.buyer, 80)),
    ]
    if holder.state is not SaleState.PAID:
        lines.append(gettext("That sale is **{state}**.", state=state_words(holder.state)))
    return "\n".join(lines)


def _held_line(rights: TrackRights) -> str:
    holder = rights.holder
    head, when = f"★ **{safe(rights.track, 60)}**", ""
    if holder is not None:
        head += f" · **{gettext('Exclusive')}** · {money(holder.price)} · `#{holder.number}`"
        when = f"{timestamp(holder.at, 'd')} · {who(holder.buyer, 28)} · "
    line = f"{head}\n└ {when}{stay_valid(rights.leases)}"
    if rights.steps_open:
        steps = ngettext(
            "{count} step to take it off sale",
            "{count} steps to take it off sale",
            rights.steps_open,
        )
        line += f"\n{OPEN} {steps}"
    if rights.conflicts:
        conflicts = ngettext(
            "⚠️ **{count} conflict**: sold again after it",
            "⚠️ **{count} conflicts**: sold again after it",
            len(rights.conflicts),
        )
        line += f"\n{conflicts}"
    return line


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


def _conflict(sale: Sale, producer: Producer) -> str:
    """One line of a track's conflicts: license, buyer, day, and a link to refund it."""
    url = dashboard.object_url(producer, "payment", sale.reference) if sale.reference else None
    refund = f" · [{gettext('refund')}](<{url}>)" if url else ""
    return f"{licensed_sale(sale)} · {sale_price(sale)}{refund}"
