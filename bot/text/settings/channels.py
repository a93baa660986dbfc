"""What was found about a channel, and what is to be done about it."""

from collections.abc import Sequence
from dataclasses import dataclass

import discord

from bot.domain.preferences import Route
from bot.text.language import gettext, phrase, said
from bot.text.message import Color, Message, card
from bot.text.news.notices import route_name
from bot.text.settings.viewers import viewers_of
from bot.text.words import first_names, safe

PERMISSIONS = {
    "view_channel": phrase("View Channel"),
    "send_messages": phrase("Send Messages"),
    "embed_links": phrase("Embed Links"),
    "attach_files": phrase("Attach Files"),
    "read_message_history": phrase("Read Message History"),
}
"""What the bot needs in its channel, as discord.py and as Discord's menus call it."""

_ROLES = 5
"""How many roles are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCheck:
    """What was found about a channel just now."""

    channel_id: int
    missing: tuple[str, ...]
    """Of PERMISSIONS' keys; all of them where the channel is gone."""
    private: bool
    """Whether @everyone cannot see it."""
    roles: tuple[str, ...] = ()
    """The roles whose members see it, other than those that may manage the server."""

    @property
    def fit(self) -> bool:
        """Whether money can be told there."""
        return self.private and not self.missing


def check_channel(channel: discord.TextChannel) -> ChannelCheck:
    """Look at a channel as the bot's account and as @everyone."""
    mine = channel.permissions_for(channel.guild.me)
    everyone = channel.permissions_for(channel.guild.default_role)
    return ChannelCheck(
        channel_id=channel.id,
        missing=tuple(name for name in PERMISSIONS if not getattr(mine, name)),
        private=not everyone.view_channel,
        roles=tuple(
            role.name for role in viewers_of(channel, None, None).roles if not role.manages
        ),
    )


def gone(channel_id: int) -> ChannelCheck:
    """A channel that cannot be found any more."""
    return ChannelCheck(channel_id=channel_id, missing=tuple(PERMISSIONS), private=True)


def channel_set(
    check: ChannelCheck, route: Route | None = None, *, shared: bool = False
) -> Message:
    """The answer to `/settings channel`, once it is stored; `shared`: it is that of sales."""
    told = gettext("Sales are told in <#{channel}> from now on.", channel=check.channel_id)
    if route is not None:
        words = {"news": route_name(route), "channel": check.channel_id}
        told = (
            gettext("Told with your sales in <#{channel}> from now on: **{news}**.", **words)
            if shared
            else gettext("Told in <#{channel}> from now on: **{news}**.", **words)
        )
    before = gettext("What was told before stays where it is, and is kept up to date there.")
    lines = [told, channel_line(check), before]
    color = Color.LEASE if check.fit else Color.ALARM
    return Message(embeds=(card(color, title=gettext("Channel set"), lines=lines),))


def cannot_post(check: ChannelCheck) -> str:
    """Why a channel was not taken."""
    return gettext(
        "I cannot post in <#{channel}> yet: give me {permissions} there "
        "(Edit Channel → Permissions), then run this again. Nothing was changed.",
        channel=check.channel_id,
        permissions=_names(check.missing),
    )


def channel_line(check: ChannelCheck | None) -> str:
    """A channel as it was found."""
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
    private = gettext("🔒 <#{channel}> is private, and I can post there.", channel=channel)
    if not check.roles:
        return private
    roles = first_names([f"**{safe(role, 40)}**" for role in check.roles], _ROLES)
    seen = gettext("Members with these roles see it: {roles}", roles=roles)
    return f"{private}\n└ {seen}"


def route_line(route: Route, check: ChannelCheck | None) -> str:
    """Where the news of a route is told: `refunds and disputes: 🔒 #money is private, …`."""
    where = gettext("with your sales") if check is None else channel_line(check)
    return gettext("**{news}:** {where}", news=route_name(route), where=where)


def _names(missing: Sequence[str]) -> str:
    return ", ".join(f"**{said(PERMISSIONS[name])}**" for name in missing)
