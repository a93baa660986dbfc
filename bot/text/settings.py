"""`/settings`: what is set up, what works, what waits, and the menus that change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain

import discord

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.domain.key_permissions import Ability
from bot.domain.polling import OFTEN, Polling
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
from bot.text.language import LANGUAGES, gettext, ngettext, phrase, said
from bot.text.message import Color, Item, Message, button, card, menus
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
from bot.text.words import day, duration, in_mode, percent_words, safe, timestamp


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
    """Progress of the import of past sales; None before it began."""
    seen: EventsSeen | None = None
    """Which events were fetched from Stripe; None before the first check."""
    polling: Polling | None = None
    """How Stripe is asked for its events; None before the first check."""
    problems: Sequence[OpenProblem] = ()
    """The newest problems."""
    problem_count: int = 0
    """How many problems there are."""
    catalogue_trouble: str = ""
    """Why the last read of the catalogue was incomplete; empty if it was not."""
    abilities: Sequence[Ability] = ()
    """What the Stripe key may do; empty without a key, or while unknown."""
    routes: Mapping[Route, ChannelCheck] = field(default_factory=dict)
    """The channels chosen for anything other than sales."""
    shut: Mapping[Route, str] = field(default_factory=dict)
    """Why the alerts of a route are on hold."""
    currencies: Sequence[str] = ()
    """Currencies of past sales; the one shown first comes first."""
    zone_fixed: bool = False
    """Whether the bot's settings fix the time zone."""


def status_message(status: Status) -> Message:
    """Everything on one page, with menus to change it; red if something needs the producer."""
    producer = status.producer
    troubled = _troubled(status)
    live, test = phrase("**Live mode**: real money"), phrase("**Test mode**: no real money")
    lines = [said(live if producer.livemode else test)]
    if not status.fees_possible:
        lines.append(gettext("⚠️ **Fees unknown**: set `STRIPE_API_KEY`, and I read them."))
    channels = [channel_line(status.channel)]
    if status.routes:
        channels += [route_line(route, status.routes.get(route)) for route in Route]
    open_problems = problems_list(status.problems, status.problem_count, producer)
    chosen = preferences_lines(producer, status.currencies, zone_fixed=status.zone_fixed)
    # With their names they stay within the limit of a message.
    parts = [
        (gettext("Channel"), channels, 1000),
        (gettext("Notifications"), chosen, 900),
        ("Stripe", _stripe(status), 1000),
        (gettext("Stripe key"), abilities_lines(status.abilities), 900),
        (gettext("Not understood"), open_problems, 1000),
        ("Discord", _discord(status), 700),
    ]
    # What is wrong comes first.
    wrong = [part for part in parts if "⚠️" in "".join(part[1]) or part[1] is open_problems]
    parts = [*wrong, *(part for part in parts if part not in wrong)]
    if troubled:
        lines.insert(0, gettext("⚠️ **Something needs you**"))
    elif "⚠️" not in "".join((*lines, *chain.from_iterable(part[1] for part in wrong))):
        lines.insert(0, gettext("✅ **All is well**"))
    embed = card(
        Color.ALARM if troubled else Color.LEASE,
        title=gettext("Settings"),
        author=in_mode("", producer),
        lines=lines,
    )
    for name, said_of_it, room in parts:
        add_field(embed, name, said_of_it, room=room)
    again = bool(status.problem_count or status.outbox.get("failed"))
    # A sale that could not be announced is not hidden; an edit of its message may be.
    hide = bool(status.problem_count) or any(one.kind == "edit" for one in status.set_aside)
    buttons = problem_buttons(producer, again=again, hide=hide)
    return Message.of(embed, [*preference_menus(producer), milestones_button(producer), *buttons])


def _troubled(status: Status) -> bool:
    return (
        status.channel is None
        or not all(check.fit for check in (status.channel, *status.routes.values()))
        or bool(status.blocked or status.shut)
        or bool(status.outbox.get("failed"))
        or bool(status.problem_count)
        or bool(status.past and status.past.trouble and not status.past.finished)
        or bool(status.seen and status.seen.trouble)
        or bool(status.polling and status.polling.silent_since)
        or bool(status.catalogue_trouble)
        or any(lacks(ability) for ability in status.abilities)
    )


def _stripe(status: Status) -> list[str]:
    if status.last_event is None and status.polling and not status.polling.webhooks:
        heard = gettext("Nothing has happened yet since I was set up")
    elif status.last_event is None:
        heard = gettext(
            "⚠️ **Stripe has not called yet.** Check the webhook endpoint's address in Stripe."
        )
    else:
        heard = gettext("Last heard {ago}", ago=timestamp(status.last_event, "R"))
    lines = [heard]
    pending = status.events.get("pending", 0)
    if pending:
        lines.append(
            ngettext(
                "{count} event waiting to be processed",
                "{count} events waiting to be processed",
                pending,
            )
        )
    foreign = status.events.get("foreign", 0)
    if foreign:
        lines.append(
            ngettext(
                "{count} event from another mode or account, set aside",
                "{count} events from another mode or account, set aside",
                foreign,
            )
        )
    if status.catalogue_trouble:
        reason = trouble_words(status.catalogue_trouble)
        lines.append(gettext("⚠️ Your catalog could not be read: {reason}", reason=reason))
    key = status.fees_possible
    asked = events_lines(status.seen, status.polling, key=key)
    return [*lines, *asked, *past_lines(status.past, key=key)]


def _discord(status: Status) -> list[str]:
    waiting = status.outbox.get("pending", 0) + status.outbox.get("sending", 0)
    counted = ngettext(
        "{count} message waiting to be sent", "{count} messages waiting to be sent", waiting
    )
    lines = [counted] if waiting else []
    if status.blocked:
        why = safe(reason_words(status.blocked), 300)
        lines.append(gettext("⚠️ **Alerts on hold:** {reason}", reason=why))
    for route, reason in status.shut.items():
        news, why = route_name(route), safe(reason_words(reason), 200)
        lines.append(gettext("⚠️ **On hold: {news}.** {reason}", news=news, reason=why))
    return [*lines, *set_aside_lines(status.outbox.get("failed", 0), status.set_aside[:3])]


def past_lines(past: ImportProgress | None, *, key: bool) -> list[str]:
    """The progress of the import of past sales."""
    if not key and (past is None or not past.finished):
        if past:
            return [gettext("The import of past sales stopped: it needs `STRIPE_API_KEY`.")]
        return [gettext("Past sales are not imported: that needs `STRIPE_API_KEY`.")]
    if past is None:
        return [gettext("Past sales will be imported in a moment.")]
    if past.finished:
        return [_all_read(past)]
    lines = [
        ngettext(
            "**Importing past sales:** {count} payment so far, up to {day} ({share} of the "
            "time since {start}).",
            "**Importing past sales:** {count} payments so far, up to {day} ({share} of the "
            "time since {start}).",
            past.payments,
            day=day(past.done_until),
            share=percent_words(past.share * 100),
            start=day(past.start),
        )
    ]
    if past.trouble:
        why = trouble_words(past.trouble)
        return [*lines, gettext("⚠️ The import is stuck: {reason}. I keep trying.", reason=why)]
    return [*lines, *_remaining(past.remaining)]


def _all_read(past: ImportProgress) -> str:
    if not past.partial:
        return ngettext(
            "**{count}** past payment imported",
            "**{count}** past payments imported",
            past.payments,
        )
    return ngettext(
        "**{count}** payment since {day} imported",
        "**{count}** payments since {day} imported",
        past.payments,
        day=day(past.start),
    )


def events_lines(seen: EventsSeen | None, polling: Polling | None, *, key: bool) -> list[str]:
    """How Stripe is asked for its events: all of them, or those that webhooks miss."""
    if not key:
        return [gettext("No backup check: to find what webhooks miss, I need `STRIPE_API_KEY`.")]
    if seen is None or polling is None:
        return []
    if seen.trouble:
        words = phrase("⚠️ **I can't read your sales:** {reason}. Read up to {time}; I keep trying.")
        if not polling.alone:
            words = phrase(
                "⚠️ **The backup check fails:** {reason}. Checked up to {time}; I keep trying."
            )
        since, reason = timestamp(seen.until, "R"), trouble_words(seen.trouble)
        return [said(words, time=since, reason=reason)]
    coming = timestamp(polling.next or seen.until, "R")
    if not polling.alone:
        looked = timestamp(seen.looked or seen.until, "R")
        return [gettext("Backup check {time}, next {next}", time=looked, next=coming)]
    lines = []
    if polling.silent_since is not None:
        silent = phrase("⚠️ **No webhook has arrived** since a sale {time}. Meanwhile I ask Stripe.")
        lines.append(said(silent, time=timestamp(polling.silent_since, "R")))
    until = polling.expected_until
    often = polling.every(expected=True) == OFTEN
    if often and until is not None and polling.next is not None and polling.next < until:
        lines.append(
            gettext(
                "I check Stripe for sales every **{often}** until {time}, then every {interval}",
                often=duration(OFTEN),
                time=timestamp(until, "t"),
                interval=duration(polling.every()),
            )
        )
    else:
        asked = phrase("I check Stripe for sales every **{interval}**; next {time}")
        lines.append(said(asked, interval=duration(polling.every()), time=coming))
    used = percent_words(polling.used * 100)
    limit = gettext("{share} of Stripe's read limit used by me in the last 30 days", share=used)
    return [*lines, limit]


def _remaining(rest: timedelta | None) -> list[str]:
    if rest is None:
        return []
    minutes = int(rest.total_seconds() // 60)
    if not minutes:
        return [gettext("Less than a minute to go at this pace.")]
    hours, over = divmod(minutes, 60)
    words = f"{hours} h {over} min"
    if not hours:
        words = ngettext("{count} minute", "{count} minutes", minutes)
    return [
        gettext("About {duration} to go at this pace; busier months take longer.", duration=words)
    ]


def preference_changed(*lines: str) -> Message:
    """The answer to a change: the new settings."""
    return Message.of(card(Color.LEASE, title=gettext("Saved"), lines=lines))


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
        milestones_line(producer),
        language_line(producer),
    ]


def zone_line(producer: Producer, *, fixed: bool = False) -> str:
    """The time zone, and where it was set."""
    zone = safe(producer.timezone, 60)
    if fixed:
        return gettext("Time zone: **{zone}** (`TIMEZONE`)", zone=zone)
    if producer.preferences.timezone is None:
        return gettext("Time zone: **{zone}** (Stripe's)", zone=zone)
    return gettext("Time zone: **{zone}**", zone=zone)


def currency_line(producer: Producer, currencies: Sequence[str]) -> str:
    """Which of several currencies is shown first."""
    chosen = producer.preferences.currency
    if chosen is not None:
        return gettext("Shown first: **{currency}**", currency=chosen.upper())
    if not currencies:
        return gettext("Shown first: your best-selling currency")
    return gettext("Shown first: **{currency}** (sells most)", currency=currencies[0].upper())


def digest_line(producer: Producer) -> str:
    """When digests are sent."""
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
    return gettext("{digest}, even without news", digest=words)


def quiet_line(producer: Producer) -> str:
    """When ordinary sales are silent."""
    quiet = producer.preferences.quiet
    if quiet is None:
        return gettext("Quiet hours: **none**")
    return gettext("Quiet hours: **{hours}**", hours=_hours(quiet))


def email_line(producer: Producer) -> str:
    """How much of a buyer's email alerts show."""
    if producer.preferences.email is Detail.FULL:
        return gettext("Email in alerts: **in full**")
    return gettext("Email in alerts: **hidden**")


def milestones_line(producer: Producer) -> str:
    """Whether milestones are on."""
    if producer.preferences.marks:
        return gettext("Milestones: **on**")
    return gettext("Milestones: **off**")


def language_line(producer: Producer) -> str:
    """The language of alerts."""
    code = producer.preferences.language
    return gettext(
        "Language in channels: **{language}**", language=LANGUAGES.get(code, safe(code, 20))
    )


def preference_menus(producer: Producer) -> list[Item]:
    """The most used settings, one menu each, with the current choice selected."""
    chosen = producer.preferences
    digests: dict[str, str] = {
        Cadence.OFF: gettext("Digest: none"),
        Cadence.DAILY: gettext("Digest: every day"),
        Cadence.WEEKLY: gettext("Digest: every week"),
        Cadence.MONTHLY: gettext("Digest: every month"),
    }
    quiet = {OFF: gettext("Quiet hours: none")} | {
        quiet_value(one): gettext("Quiet hours: {hours}", hours=_hours(one))
        for one in nights(chosen)
    }
    emails: dict[str, str] = {
        Detail.MASKED: gettext("Email in alerts: hidden"),
        Detail.FULL: gettext("Email in alerts: in full"),
    }
    shown: tuple[tuple[Setting, dict[str, str], str], ...] = (
        (Setting.DIGEST, digests, chosen.digest.value),
        (Setting.QUIET, quiet, quiet_value(chosen.quiet)),
        (Setting.EMAIL, emails, chosen.email.value),
    )
    return [
        item
        for what, words, now in shown
        for item in menus(
            ids.PREFERENCE(producer.id, what),
            [
                discord.SelectOption(label=label, value=str(value), default=value == now)
                for value, label in words.items()
            ],
        )
    ]


def milestones_button(producer: Producer) -> Item:
    """The button that turns milestones on, or off."""
    told = producer.preferences.marks
    label = gettext("Turn milestones off") if told else gettext("Turn milestones on")
    return button(label, ids.PREFERENCE(producer.id, Setting.MARKS, OFF if told else ON))


def _hours(quiet: QuietHours) -> str:
    return f"{clock_time(quiet.start)}–{clock_time(quiet.end)}"
