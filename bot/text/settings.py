"""`/settings`: what is set up, what works, what waits, and the menus that change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import discord

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.domain.key_permissions import Ability
from bot.domain.preferences import (
    OFF,
    ON,
    Cadence,
    Detail,
    QuietHours,
    Route,
    Setting,
    clock_time,
    nights,
    quiet_value,
)
from bot.domain.problem import OpenProblem, SetAside
from bot.domain.sale import Producer
from bot.text import ids
from bot.text.channel_check import ChannelCheck, channel_line, route_line
from bot.text.language import LANGUAGES, gettext, ngettext
from bot.text.message import Buttons, Color, Message, card
from bot.text.message import field as add_field
from bot.text.notices import route_name
from bot.text.problem_words import (
    problem_buttons,
    problems_list,
    reason_words,
    set_aside_lines,
    trouble_words,
)
from bot.text.stripe_key import abilities_lines, lacks
from bot.text.words import day, percent_words, safe, timestamp


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What `/settings show` reports."""

    producer: Producer
    channel: ChannelCheck | None
    """None while none is set."""
    fees_possible: bool
    last_event: datetime | None
    events: Mapping[str, int]
    """Events by state, as the store counts them."""
    outbox: Mapping[str, int]
    """Messages to Discord by state."""
    set_aside: Sequence[SetAside] = ()
    """The latest messages that could not be sent."""
    blocked: str = ""
    """Why nothing is sent at present, as the dispatcher found it; empty while all goes."""
    past: ImportProgress | None = None
    """How far the import of past sales is; None before it began."""
    seen: EventsSeen | None = None
    """Which events Stripe was asked for; None before it was."""
    problems: Sequence[OpenProblem] = ()
    """The newest things that are not understood."""
    problem_count: int = 0
    """How many of them there are."""
    catalogue_trouble: str = ""
    """Why not all of the catalogue could be read last time; empty while all goes."""
    abilities: Sequence[Ability] = ()
    """What the Stripe key may do; empty without one, and while Stripe does not say."""
    routes: Mapping[Route, ChannelCheck] = field(default_factory=dict)
    """The channels that were chosen for something beside sales."""
    shut: Mapping[Route, str] = field(default_factory=dict)
    """Why news that waits for one of these is not sent."""
    currencies: Sequence[str] = ()
    """That money came in, the one shown first at first."""
    zone_fixed: bool = False
    """Whether the bot's settings say the time zone."""


def status_message(status: Status) -> Message:
    """Everything on one page, with menus to change it; red when something needs the producer."""
    producer = status.producer
    embed = card(
        Color.ALARM if _troubled(status) else Color.LEASE,
        title=gettext("Settings"),
        author=None if status.producer.livemode else gettext("TEST MODE"),
        lines=[_mode(status), _fees(status)],
    )
    open_problems = problems_list(status.problems, status.problem_count, producer)
    chosen = preferences_lines(producer, status.currencies, zone_fixed=status.zone_fixed)
    # Together, with their names, within what Discord lets a message have.
    parts = (
        (gettext("Channel"), _channels(status), 1000),
        (gettext("How I tell you"), chosen, 900),
        ("Stripe", _stripe(status), 1000),
        (gettext("Stripe key"), abilities_lines(status.abilities), 900),
        (gettext("Not understood"), open_problems, 1000),
        ("Discord", _discord(status), 700),
    )
    for name, lines, room in parts:
        add_field(embed, name, lines, room=room)
    marks = [marks_button(producer)]
    again = bool(status.problem_count or status.outbox.get("failed"))
    # A sale that could not be announced is not hidden; an edit of its message may be.
    hide = bool(status.problem_count) or any(one.kind == "edit" for one in status.set_aside)
    buttons = problem_buttons(producer, again=again, hide=hide)
    return Message(embeds=(embed,), view=Buttons([*preference_menus(producer), *marks, *buttons]))


def _troubled(status: Status) -> bool:
    return (
        status.channel is None
        or not all(check.fit for check in (status.channel, *status.routes.values()))
        or bool(status.blocked or status.shut)
        or bool(status.outbox.get("failed"))
        or bool(status.problem_count)
        or bool(status.past and status.past.trouble and not status.past.finished)
        or bool(status.seen and status.seen.trouble)
        or bool(status.catalogue_trouble)
        or any(lacks(ability) for ability in status.abilities)
    )


def _mode(status: Status) -> str:
    if status.producer.livemode:
        return gettext("Mode: **live**, real money")
    return gettext("Mode: **test**, no real money")


def _fees(status: Status) -> str:
    if status.fees_possible:
        return gettext("Fees: read from Stripe")
    return gettext(
        "Fees: **not known**. Set `STRIPE_API_KEY`, so that I can read what Stripe keeps."
    )


def _channels(status: Status) -> list[str]:
    """That of sales; and, once anything has one of its own, where each kind of news is told."""
    lines = [channel_line(status.channel)]
    if status.routes:
        lines += [route_line(route, status.routes.get(route)) for route in Route]
    return lines


def _stripe(status: Status) -> list[str]:
    if status.last_event is None:
        lines = [
            gettext(
                "⚠️ **Stripe has not called yet.** Check the webhook endpoint's address in Stripe."
            )
        ]
    else:
        time, ago = timestamp(status.last_event), timestamp(status.last_event, "R")
        lines = [gettext("Last heard {time} ({ago})", time=time, ago=ago)]
    pending = status.events.get("pending", 0)
    if pending:
        lines.append(
            ngettext(
                "{count} event waiting to be worked on",
                "{count} events waiting to be worked on",
                pending,
            )
        )
    foreign = status.events.get("foreign", 0)
    if foreign:
        lines.append(
            ngettext(
                "{count} event of another mode or account, kept aside",
                "{count} events of another mode or account, kept aside",
                foreign,
            )
        )
    if status.catalogue_trouble:
        lines.append(
            gettext(
                "⚠️ What you offer could not be read: {reason}",
                reason=trouble_words(status.catalogue_trouble),
            )
        )
    key = status.fees_possible
    return [*lines, *missed_lines(status.seen, key=key), *past_lines(status.past, key=key)]


def _discord(status: Status) -> list[str]:
    waiting = status.outbox.get("pending", 0) + status.outbox.get("sending", 0)
    lines = [gettext("Nothing waits to be sent")]
    if waiting:
        lines = [
            ngettext(
                "{count} message waiting to be sent", "{count} messages waiting to be sent", waiting
            )
        ]
    if status.blocked:
        lines.append(
            gettext("⚠️ **Alerts wait:** {reason}", reason=safe(reason_words(status.blocked), 300))
        )
    for route, reason in status.shut.items():
        lines.append(
            gettext(
                "⚠️ **These wait: {news}.** {reason}",
                news=route_name(route),
                reason=safe(reason_words(reason), 200),
            )
        )
    return [*lines, *set_aside_lines(status.outbox.get("failed", 0), status.set_aside[:3])]


def past_lines(past: ImportProgress | None, *, key: bool) -> list[str]:
    """How far the import of past sales is."""
    if not key and (past is None or not past.finished):
        if past:
            return [gettext("The import of past sales stopped: that needs `STRIPE_API_KEY`.")]
        return [gettext("Past sales are not read: that needs `STRIPE_API_KEY`.")]
    if past is None:
        return [gettext("Past sales will be read in a moment.")]
    if past.finished:
        return [_all_read(past)]
    lines = [
        ngettext(
            "**Past sales are being read:** {count} payment so far, up to {day} "
            "({share} of the time since {start}).",
            "**Past sales are being read:** {count} payments so far, up to {day} "
            "({share} of the time since {start}).",
            past.payments,
            day=day(past.done_until),
            share=percent_words(past.share * 100),
            start=day(past.start),
        )
    ]
    if past.trouble:
        why = trouble_words(past.trouble)
        return [*lines, gettext("⚠️ It does not go on: {reason}. I keep trying.", reason=why)]
    return [*lines, *_remaining(past.remaining)]


def _all_read(past: ImportProgress) -> str:
    if not past.partial:
        return ngettext(
            "Past sales: all read, {count} payment.",
            "Past sales: all read, {count} payments.",
            past.payments,
        )
    return ngettext(
        "Past sales: all read since {day}, {count} payment.",
        "Past sales: all read since {day}, {count} payments.",
        past.payments,
        day=day(past.start),
    )


def missed_lines(seen: EventsSeen | None, *, key: bool) -> list[str]:
    """Whether what happened without a webhook was fetched."""
    if not key:
        return [
            gettext("What no webhook brings is missed: to look for it, I need `STRIPE_API_KEY`.")
        ]
    if seen is None:
        return []
    if seen.trouble:
        return [
            gettext(
                "⚠️ **Nobody looks for what webhooks missed** since {time}: {reason}. "
                "I try every hour.",
                time=timestamp(seen.until, "R"),
                reason=trouble_words(seen.trouble),
            )
        ]
    if seen.looked is None:
        return []
    looked = timestamp(seen.looked, "R")
    return [gettext("Looked for what webhooks missed {time}; every hour", time=looked)]


def _remaining(rest: timedelta | None) -> list[str]:
    if rest is None:
        return []
    minutes = int(rest.total_seconds() // 60)
    if not minutes:
        return [gettext("At this pace less than a minute more.")]
    hours, over = divmod(minutes, 60)
    words = f"{hours} h {over} min"
    if not hours:
        words = ngettext("{count} minute", "{count} minutes", minutes)
    return [
        gettext(
            "At this pace about {duration} more; it takes longer where there were more sales.",
            duration=words,
        )
    ]


def preference_changed(*lines: str) -> Message:
    """The answer to a change: what is so now."""
    return Message(embeds=(card(Color.LEASE, title=gettext("Saved"), lines=lines),))


def preferences_lines(
    producer: Producer, currencies: Sequence[str], *, zone_fixed: bool
) -> list[str]:
    """All of it, a line each."""
    return [
        zone_line(producer, fixed=zone_fixed),
        currency_line(producer, currencies),
        digest_line(producer),
        quiet_line(producer),
        email_line(producer),
        marks_line(producer),
        language_line(producer),
    ]


def zone_line(producer: Producer, *, fixed: bool = False) -> str:
    """Whose midnight begins a day, and who said so."""
    zone = safe(producer.timezone, 60)
    if fixed:
        return gettext("Time zone: **{zone}** (`TIMEZONE` in my settings says so)", zone=zone)
    if producer.preferences.timezone is None:
        return gettext("Time zone: **{zone}** (change it with `/settings timezone`)", zone=zone)
    return gettext("Time zone: **{zone}**", zone=zone)


def currency_line(producer: Producer, currencies: Sequence[str]) -> str:
    """Which currency stands first where there are several."""
    chosen = producer.preferences.currency
    if chosen is not None:
        return gettext("Shown first: **{currency}**", currency=chosen.upper())
    if not currencies:
        return gettext("Shown first: the currency that you sell most in")
    return gettext(
        "Shown first: **{currency}**, which you sell most in", currency=currencies[0].upper()
    )


def digest_line(producer: Producer) -> str:
    """When sales are summed up."""
    chosen = producer.preferences
    hour = clock_time(chosen.digest_hour * 60)
    words = {
        Cadence.OFF: gettext("Digest: **none**"),
        Cadence.DAILY: gettext("Digest: **every day** at {hour}", hour=hour),
        Cadence.WEEKLY: gettext("Digest: **every week**, Mondays at {hour}", hour=hour),
        Cadence.MONTHLY: gettext("Digest: **every month**, on the 1st at {hour}", hour=hour),
    }[chosen.digest]
    if chosen.digest is Cadence.OFF or not chosen.digest_empty:
        return words
    return gettext("{digest}, also when there is no news", digest=words)


def quiet_line(producer: Producer) -> str:
    """When ordinary sales make no sound."""
    quiet = producer.preferences.quiet
    if quiet is None:
        return gettext("Quiet hours: **none**, every sale makes a sound")
    return gettext("Quiet hours: **{hours}**, ordinary sales come silently", hours=_hours(quiet))


def email_line(producer: Producer) -> str:
    """How much of a buyer's email alerts show."""
    if producer.preferences.email is Detail.FULL:
        return gettext("Email in alerts: **shown in full** (`jordan@example.com`)")
    return gettext("Email in alerts: **masked** (`j•••@example.com`)")


def marks_line(producer: Producer) -> str:
    """Whether marks are told."""
    if producer.preferences.marks:
        return gettext("Milestones: **told** (a track's first sale, every 100th, a best day)")
    return gettext("Milestones: **not told**")


def language_line(producer: Producer) -> str:
    """In which language channels are spoken to."""
    code = producer.preferences.language
    return gettext(
        "Language in channels: **{language}**", language=LANGUAGES.get(code, safe(code, 20))
    )


def preference_menus(producer: Producer) -> list[discord.ui.Item[discord.ui.View]]:
    """What is chosen most, one menu each, with what is so now selected."""
    chosen = producer.preferences
    quiet = {OFF: gettext("Quiet hours: none")} | {
        quiet_value(one): gettext("Quiet hours: {hours}", hours=_hours(one))
        for one in nights(chosen)
    }
    return [
        _menu(producer, Setting.DIGEST, _digests(), chosen.digest.value),
        _menu(producer, Setting.QUIET, quiet, quiet_value(chosen.quiet)),
        _menu(producer, Setting.EMAIL, _emails(), chosen.email.value),
    ]


def marks_button(producer: Producer) -> discord.ui.Item[discord.ui.View]:
    """The button that turns milestones on, or off."""
    told = producer.preferences.marks
    return discord.ui.Button(
        label=gettext("Tell no milestones") if told else gettext("Tell milestones"),
        custom_id=ids.preference(producer.id, Setting.MARKS, OFF if told else ON),
    )


def _digests() -> dict[str, str]:
    return {
        Cadence.OFF: gettext("Digest: none"),
        Cadence.DAILY: gettext("Digest: every day"),
        Cadence.WEEKLY: gettext("Digest: every week"),
        Cadence.MONTHLY: gettext("Digest: every month"),
    }


def _emails() -> dict[str, str]:
    return {
        Detail.MASKED: gettext("Email in alerts: masked"),
        Detail.FULL: gettext("Email in alerts: in full"),
    }


def _menu(
    producer: Producer, what: Setting, options: dict[str, str], now: str
) -> discord.ui.Item[discord.ui.View]:
    menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=ids.preference(producer.id, what)
    )
    for value, label in options.items():
        menu.add_option(label=label, value=str(value), default=value == now)
    return menu


def _hours(quiet: QuietHours) -> str:
    return f"{clock_time(quiet.start)}–{clock_time(quiet.end)}"
