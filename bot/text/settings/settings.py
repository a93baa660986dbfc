"""`/settings`: what is set up, what works, what waits, and what to do about it, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.key_permissions import Ability
from bot.domain.preferences import Route
from bot.domain.problems import OpenProblem, SetAside
from bot.domain.progress import EventsSeen, ImportProgress
from bot.domain.records import Producer
from bot.text.language import gettext, ngettext
from bot.text.message import Buttons, Color, Message, card
from bot.text.message import field as add_field
from bot.text.news.notices import route_name
from bot.text.reasons import reason_words
from bot.text.settings.abilities import abilities_lines, lacks
from bot.text.settings.channels import ChannelCheck, channel_line, route_line
from bot.text.settings.preferences import marks_button, preference_menus, preferences_lines
from bot.text.settings.problems import problem_buttons, problems_list, trouble_words
from bot.text.settings.set_aside import set_aside_lines
from bot.text.settings.settings_past import missed_lines, past_lines
from bot.text.words import safe, timestamp


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
    """Why nothing is sent at present, as the courier found it; empty while all goes."""
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
    buttons = problem_buttons(producer, again=again, hide=bool(status.problem_count))
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
