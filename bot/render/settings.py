"""`/settings`: what is set up, what works, what waits, and what to do about it, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import discord

from bot.ledger.abilities import Ability
from bot.ledger.problems import OpenProblem
from bot.ledger.progress import EventsSeen, ImportProgress
from bot.ledger.records import Producer
from bot.render.abilities import abilities_lines, lacks
from bot.render.language import gettext, ngettext, phrase, said
from bot.render.message import Buttons, Color, Message, card, field
from bot.render.problems import problem_buttons, problems_list
from bot.render.reasons import reason_words
from bot.render.settings_past import missed_lines, past_lines
from bot.render.words import safe, timestamp

PERMISSIONS = {
    "view_channel": phrase("View Channel"),
    "send_messages": phrase("Send Messages"),
    "embed_links": phrase("Embed Links"),
    "attach_files": phrase("Attach Files"),
    "read_message_history": phrase("Read Message History"),
}
"""What the bot needs in its channel, as discord.py and as Discord's menus call it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCheck:
    """What was found about a channel just now."""

    channel_id: int
    missing: tuple[str, ...]
    """Of PERMISSIONS' keys; all of them where the channel is gone."""
    private: bool
    """Whether @everyone cannot see it."""


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
    failures: Sequence[str]
    """Why the latest messages were given up, in one line each."""
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


def status_message(status: Status) -> Message:
    """Everything on one page; red when something needs the producer."""
    producer = status.producer
    embed = card(
        Color.ALARM if _troubled(status) else Color.LEASE,
        title=gettext("Settings"),
        author=None if status.producer.livemode else gettext("TEST MODE"),
        lines=[
            _mode(status),
            gettext("Time zone: **{zone}**", zone=safe(status.producer.timezone, 60)),
            _fees(status),
        ],
    )
    field(embed, gettext("Channel"), [_channel(status.channel)])
    field(embed, "Stripe", _stripe(status))
    field(embed, gettext("Stripe key"), abilities_lines(status.abilities))
    open_problems = problems_list(status.problems, status.problem_count, producer)
    field(embed, gettext("Not understood"), open_problems)
    field(embed, "Discord", _discord(status))
    buttons = problem_buttons(producer) if status.problem_count else []
    return Message(embeds=(embed,), view=Buttons(buttons) if buttons else None)


def channel_set(check: ChannelCheck) -> Message:
    """The answer to `/settings channel`, once it is stored."""
    told = gettext("Sales are told in <#{channel}> from now on.", channel=check.channel_id)
    color = Color.LEASE if check.private else Color.ALARM
    lines = [told, _channel(check)]
    return Message(embeds=(card(color, title=gettext("Channel set"), lines=lines),))


def cannot_post(check: ChannelCheck) -> str:
    """Why a channel was not taken."""
    return gettext(
        "I cannot post in <#{channel}> yet: give me {permissions} there "
        "(Edit Channel → Permissions), then run this again. Nothing was changed.",
        channel=check.channel_id,
        permissions=_names(check.missing),
    )


def check_channel(channel: discord.TextChannel) -> ChannelCheck:
    """Look at a channel as the bot's account and as @everyone."""
    mine = channel.permissions_for(channel.guild.me)
    everyone = channel.permissions_for(channel.guild.default_role)
    return ChannelCheck(
        channel_id=channel.id,
        missing=tuple(name for name in PERMISSIONS if not getattr(mine, name)),
        private=not everyone.view_channel,
    )


def gone(channel_id: int) -> ChannelCheck:
    """A channel that cannot be found any more."""
    return ChannelCheck(channel_id=channel_id, missing=tuple(PERMISSIONS), private=True)


def _troubled(status: Status) -> bool:
    channel = status.channel
    broken = channel is None or bool(channel.missing) or not channel.private
    return (
        broken
        or bool(status.blocked)
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


def _channel(check: ChannelCheck | None) -> str:
    if check is None:
        return gettext("⚠️ **None yet.** Choose a private one with `/settings channel`.")
    channel = check.channel_id
    if len(check.missing) == len(PERMISSIONS):
        return gettext(
            "⚠️ <#{channel}> cannot be seen by me. "
            "Let me in, or choose another: `/settings channel`.",
            channel=channel,
        )
    if check.missing:
        return gettext(
            "⚠️ <#{channel}> is missing {permissions} for me (Edit Channel → Permissions).",
            channel=channel,
            permissions=_names(check.missing),
        )
    if not check.private:
        return gettext(
            "⚠️ <#{channel}> can be seen by **everyone in this server**, so I show no money there. "
            "Make it private: Edit Channel → Permissions → Private Channel, and add me to it.",
            channel=channel,
        )
    return gettext("🔒 <#{channel}> is private, and I can post there.", channel=channel)


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
                reason=safe(status.catalogue_trouble, 300),
            )
        )
    key = status.fees_possible
    return [*lines, *missed_lines(status.seen, key=key), *past_lines(status.past, key=key)]


def _discord(status: Status) -> list[str]:
    waiting = status.outbox.get("pending", 0) + status.outbox.get("sending", 0)
    failed = status.outbox.get("failed", 0)
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
    if failed:
        lines.append(
            ngettext(
                "⚠️ **{count} message could not be sent**, kept until they can:",
                "⚠️ **{count} messages could not be sent**, kept until they can:",
                failed,
            )
        )
        lines += [safe(reason_words(reason), 200) for reason in status.failures[:3]]
    return lines


def _names(missing: Sequence[str]) -> str:
    return ", ".join(f"**{said(PERMISSIONS[name])}**" for name in missing)
