"""`/exclusive`: who holds a track, which leases stay valid, and what collides with it."""

from collections.abc import Sequence

import discord

from bot.ledger.answers import LeaseInsight, TrackRights
from bot.ledger.records import Holder, Producer, SaleState
from bot.render import ids
from bot.render.conflicts import (
    ACCEPTS,
    accept_button,
    listed_accepted,
    listed_conflict,
    withdraw_button,
)
from bot.render.contact import who
from bot.render.language import gettext
from bot.render.licenses import stay_valid
from bot.render.message import OPTION, Buttons, Color, Message, card, clipped, field
from bot.render.money import money
from bot.render.off_sale import (
    OPEN,
    checklist,
    elsewhere_menu,
    go_ahead_button,
    may_go_ahead,
    progress,
)
from bot.render.price import state_words
from bot.render.sale_lines import licensed_sale
from bot.render.sales_list import pages, sale_option
from bot.render.track_question import track_button
from bot.render.words import plain, plural, safe, timestamp

LONGEST_OUTLOOK = 60
"""Months beyond which a pace says nothing."""


def track_rights(rights: TrackRights, producer: Producer) -> Message:
    """Where one track stands; red when it was sold again after the exclusive."""
    test = "" if producer.livemode else "TEST MODE · "
    embed = card(
        _color(rights),
        author=f"{test}{_standing(rights)}",
        title=safe(rights.track, 250),
        lines=[
            _held(rights.holder) if rights.holder else _free(rights),
            *([_insight(rights.insight)] if rights.insight else []),
        ],
    )
    conflicts = [listed_conflict(sale, producer) for sale in rights.conflicts]
    if conflicts:
        advice = "Sold after the exclusive. Refund, or come to terms with both buyers and accept:"
        field(embed, "⚠️ Conflicts", [clipped([advice, *conflicts], 1000)])
    if rights.accepted:
        name = gettext("Accepted, although sold after the exclusive")
        field(embed, name, [clipped(map(listed_accepted, rights.accepted), 1000)])
    if rights.off_sale is not None:
        name = progress(rights.off_sale) if rights.off_sale.off else "Still switched off in Stripe"
        field(embed, name, [checklist(rights.off_sale, producer)])
    name = "Earlier leases, still valid" if rights.holder else "Leases"
    if rights.accepted:
        name = gettext("Leases, still valid")
    field(embed, f"{name} ({rights.leases:,})", [_leases(rights)])
    return Message(embeds=(embed,), view=_view(rights, producer))


def held_tracks(
    tracks: tuple[TrackRights, ...],
    page: int,
    count: int,
    producer: Producer,
    kept_off: Sequence[str] = (),
) -> discord.Embed:
    """A page of all exclusively sold tracks, newest first; before them those kept off sale."""
    test = "" if producer.livemode else "TEST MODE · "
    kept = _kept_off(kept_off)
    if count == 0:
        lines = [
            "No track is sold exclusively: all of them can still be leased and sold.",
            "An exclusive sale puts its track here by itself.",
            *kept,
        ]
        title = "No exclusive sales yet"
        return card(Color.LEASE, author=f"{test}Exclusive", title=title, lines=lines)
    conflicts = any(rights.conflicts for rights in tracks)
    return card(
        Color.ALARM if conflicts else Color.EXCLUSIVE,
        author=f"{test}Exclusive",
        title=f"{plural(count, 'track')} exclusively sold",
        lines=[*kept, *(_held_line(rights) for rights in tracks)],
        footer=f"Page {page + 1:,} of {pages(count):,}",
    )


def track_option(rights: TrackRights, value: str) -> discord.SelectOption:
    """A track in a menu."""
    conflicts = f" · {plural(len(rights.conflicts), 'conflict')}" if rights.conflicts else ""
    return discord.SelectOption(
        label=plain(rights.track, OPTION),
        value=value,
        description=f"{plural(rights.leases, 'lease')}{conflicts}",
    )


def _color(rights: TrackRights) -> Color:
    if rights.conflicts:
        return Color.ALARM
    if rights.holder:
        return Color.EXCLUSIVE
    return Color.REFUNDED if _is_kept_off(rights) else Color.LEASE


def _is_kept_off(rights: TrackRights) -> bool:
    return rights.decision is not None and rights.decision.kept_off


def _standing(rights: TrackRights) -> str:
    if rights.holder:
        return "Exclusively sold"
    return "Kept off sale" if _is_kept_off(rights) else "Available"


def _kept_off(names: Sequence[str]) -> list[str]:
    shown = ", ".join(f"**{safe(name, 60)}**" for name in names[:10])
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return [f"Kept off sale: {shown}{more}"] if names else []


def _free(rights: TrackRights) -> str:
    """What may be done with a track that nobody holds, and who decided so."""
    decision = rights.decision
    if decision is None:
        return _available(rights)
    who_when = f"by <@{decision.by}>, {timestamp(decision.at)}"
    if decision.kept_off:
        leases = stay_valid(rights.leases)
        return f"Its exclusive sale was given back. Kept off sale {who_when} · {leases}"
    return f"{_available(rights)}\nPut back on sale {who_when}."


def _available(rights: TrackRights) -> str:
    if rights.leases == 0:
        return "Free to lease and to sell exclusively; nobody has a license of it yet."
    return (
        f"Free to lease and to sell exclusively. {plural(rights.leases, 'lease')} "
        f"{'stays' if rights.leases == 1 else 'stay'} valid if you do."
    )


def _insight(insight: LeaseInsight) -> str:
    """One line: what leases bring, what the exclusive would; no advice."""
    pace = f"{insight.a_month:.1f} a month" if insight.a_month >= 0.1 else "less than 0.1 a month"
    line = (
        f"{plural(insight.leases, 'lease')} since {timestamp(insight.since, 'd')} ({pace}) brought "
        f"**{money(insight.income)}**; your exclusive costs **{money(insight.exclusive)}**"
    )
    months = insight.months_to_match
    if months is None:
        return f"{line}. All before fees."
    if months < 1:
        return f"{line}, less than leases bring in a month. All before fees."
    if months > LONGEST_OUTLOOK:
        return f"{line}, more than leases bring in years at this pace. All before fees."
    about = plural(round(months), "month")
    return f"{line}, what leases bring in about {about} at this pace. All before fees."


def _leases(rights: TrackRights) -> str:
    """The newest, as many as fit; then how many more there are, whether they were read or not."""
    lines = [licensed_sale(sale) for sale in rights.lease_sales]
    shown = clipped(lines, 970, total=rights.leases)
    missing = rights.leases - len(lines)
    if missing > 0 and shown == "\n".join(lines):
        return f"{shown}\n… and {missing:,} more"
    return shown


def _held(holder: Holder) -> str:
    lines = [
        f"★ **Exclusive** · `#{holder.number}` · **{money(holder.price)}**",
        f"{timestamp(holder.at)} to {who(holder.buyer, 80)}",
    ]
    if holder.state is not SaleState.PAID:
        lines.append(f"That sale is **{state_words(holder.state)}**.")
    return "\n".join(lines)


def _held_line(rights: TrackRights) -> str:
    holder = rights.holder
    head = f"★ **{safe(rights.track, 60)}**"
    if holder is not None:
        head += f" · **Exclusive** · {money(holder.price)} · `#{holder.number}`"
        when = f"{timestamp(holder.at, 'd')} · {who(holder.buyer, 28)} · "
    else:
        when = ""
    line = f"{head}\n└ {when}{stay_valid(rights.leases)}"
    if rights.steps_open:
        line += f"\n{OPEN} {plural(rights.steps_open, 'step')} left to take it off sale"
    if rights.conflicts:
        line += f"\n⚠️ **{plural(len(rights.conflicts), 'conflict')}**: sold again afterwards"
    return line


def _view(rights: TrackRights, producer: Producer) -> discord.ui.View | None:
    items: list[discord.ui.Item[discord.ui.View]] = []
    if rights.holder is not None:
        name = producer.id, rights.holder.number
        items.append(discord.ui.Button(label="Buyer", custom_id=ids.buyer(*name)))
        items.append(discord.ui.Button(label="Sale", custom_id=ids.sale(*name)))
    if rights.holder is None and rights.decision is not None:
        items.append(track_button("rights", producer, rights.id, keep=not rights.decision.kept_off))
    items += _actions(rights, producer)
    listed = (*rights.conflicts, *rights.accepted, *rights.lease_sales)
    sales = {sale.number: sale for sale in listed}
    options = [sale_option(sale, producer) for sale in list(sales.values())[:25]]
    if options:
        items.append(
            discord.ui.Select(custom_id=ids.RECORDS, placeholder="Open a sale", options=options)
        )
    return Buttons(items) if items else None


def _actions(rights: TrackRights, producer: Producer) -> list[discord.ui.Item[discord.ui.View]]:
    """What can be done about its conflicts, and about taking it off sale."""
    items: list[discord.ui.Item[discord.ui.View]] = []
    items += [accept_button("rights", producer, sale) for sale in rights.conflicts[:ACCEPTS]]
    items += [withdraw_button(producer, sale) for sale in rights.accepted[:ACCEPTS]]
    off = rights.off_sale
    if off is not None and may_go_ahead(off):
        items.append(go_ahead_button(off, producer))
    if off is not None and off.elsewhere:
        items.append(elsewhere_menu("rights", off, producer))
    return items
