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
from bot.render.language import gettext
from bot.render.message import Buttons, Color, Message, card, field
from bot.render.problems import problem_buttons, problems_list
from bot.render.settings_past import missed_lines, past_lines
from bot.render.words import plural, safe, timestamp

PERMISSIONS = {
    "view_channel": "View Channel",
    "send_messages": "Send Messages",
    "embed_links": "Embed Links",
    "attach_files": "Attach Files",
    "read_message_history": "Read Message History",
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
        title="Settings",
        author=None if status.producer.livemode else "TEST MODE",
        lines=[
            _mode(status),
            f"Time zone: **{safe(status.producer.timezone, 60)}**",
            _fees(status),
        ],
    )
    field(embed, "Channel", [_channel(status.channel)])
    field(embed, "Stripe", _stripe(status))
    field(embed, gettext("Stripe key"), abilities_lines(status.abilities))
    field(embed, "Not understood", problems_list(status.problems, status.problem_count, producer))
    field(embed, "Discord", _discord(status))
    buttons = problem_buttons(producer) if status.problem_count else []
    return Message(embeds=(embed,), view=Buttons(buttons) if buttons else None)


def channel_set(check: ChannelCheck) -> Message:
    """The answer to `/settings channel`, once it is stored."""
    lines = [f"Sales are told in <#{check.channel_id}> from now on.", _channel(check)]
    color = Color.LEASE if check.private else Color.ALARM
    return Message(embeds=(card(color, title="Channel set", lines=lines),))


def cannot_post(check: ChannelCheck) -> str:
    """Why a channel was not taken."""
    return (
        f"I cannot post in <#{check.channel_id}> yet: give me {_names(check.missing)} there "
        "(Edit Channel → Permissions), then run this again. Nothing was changed."
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
        return "Mode: **live**, real money"
    return "Mode: **test**, no real money"


def _fees(status: Status) -> str:
    if status.fees_possible:
        return "Fees: read from Stripe"
    return "Fees: **not known**. Set `STRIPE_API_KEY`, so that I can read what Stripe keeps."


def _channel(check: ChannelCheck | None) -> str:
    if check is None:
        return "⚠️ **None yet.** Choose a private one with `/settings channel`."
    name = f"<#{check.channel_id}>"
    if len(check.missing) == len(PERMISSIONS):
        return f"⚠️ {name} cannot be seen by me. Let me in, or choose another: `/settings channel`."
    if check.missing:
        return f"⚠️ {name} is missing {_names(check.missing)} for me (Edit Channel → Permissions)."
    if not check.private:
        return (
            f"⚠️ {name} can be seen by **everyone in this server**, so I show no money there. "
            "Make it private: Edit Channel → Permissions → Private Channel, and add me to it."
        )
    return f"🔒 {name} is private, and I can post there."


def _stripe(status: Status) -> list[str]:
    if status.last_event is None:
        lines = ["⚠️ **Stripe has not called yet.** Check the webhook endpoint's address in Stripe."]
    else:
        lines = [f"Last heard {timestamp(status.last_event)} ({timestamp(status.last_event, 'R')})"]
    pending = status.events.get("pending", 0)
    if pending:
        lines.append(f"{plural(pending, 'event')} waiting to be worked on")
    foreign = status.events.get("foreign", 0)
    if foreign:
        lines.append(f"{plural(foreign, 'event')} of another mode or account, kept aside")
    if status.catalogue_trouble:
        lines.append(f"⚠️ What you offer could not be read: {safe(status.catalogue_trouble, 300)}")
    key = status.fees_possible
    return [*lines, *missed_lines(status.seen, key=key), *past_lines(status.past, key=key)]


def _discord(status: Status) -> list[str]:
    waiting = status.outbox.get("pending", 0) + status.outbox.get("sending", 0)
    failed = status.outbox.get("failed", 0)
    queue = f"{plural(waiting, 'message')} waiting to be sent"
    lines = [queue if waiting else "Nothing waits to be sent"]
    if status.blocked:
        lines.append(f"⚠️ **Alerts wait:** {safe(status.blocked, 300)}")
    if failed:
        lines.append(f"⚠️ **{plural(failed, 'message')} could not be sent**, kept until they can:")
        lines += [safe(reason, 200) for reason in status.failures[:3]]
    return lines


def _names(missing: Sequence[str]) -> str:
    return ", ".join(f"**{PERMISSIONS[name]}**" for name in missing)
