"""A channel for alerts: what the bot may do there, who else can read it, and what to do about it.

Private is not hidden: a server with a join gate often has a role of nearly all members, and that
role sees every channel.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import discord

from bot.domain.preferences import Route
from bot.text import ids
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.message import DANGER, Buttons, Color, Message, button, card, clipped, headed
from bot.text.notices import route_name
from bot.text.words import first_names, safe

PERMISSIONS = {
    "view_channel": phrase("View Channel"),
    "send_messages": phrase("Send Messages"),
    "embed_links": phrase("Embed Links"),
    "attach_files": phrase("Attach Files"),
    "read_message_history": phrase("Read Message History"),
}
"""Permissions that the bot needs in its channel, by discord.py's and by Discord's name."""

_ROLES = 5
"""The most roles that are named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelCheck:
    """The state of a channel just now."""

    channel_id: int
    missing: tuple[str, ...]
    """Keys of PERMISSIONS; all of them if the channel is gone."""
    private: bool
    """Whether @everyone cannot see it."""
    roles: tuple[str, ...] = ()
    """The roles that can see it, without those that may manage the server."""

    @property
    def fit(self) -> bool:
        """Whether alerts may go there."""
        return self.private and not self.missing


def check_channel(channel: discord.TextChannel) -> ChannelCheck:
    """What the bot's account and @everyone may do in a channel."""
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
    """A channel that no longer exists."""
    return ChannelCheck(channel_id=channel_id, missing=tuple(PERMISSIONS), private=True)


def channel_set(
    check: ChannelCheck, route: Route | None = None, *, shared: bool = False
) -> Message:
    """The answer to `/settings channel`; `shared`: it is the channel of sales, too."""
    told = gettext("Sale alerts now go to <#{channel}>.", channel=check.channel_id)
    if route is not None:
        words = phrase("<#{channel}> now gets **{news}**.")
        if shared:
            words = phrase("<#{channel}> now gets **{news}**, along with your sales.")
        told = said(words, news=route_name(route), channel=check.channel_id)
    before = gettext("Older alerts stay where they are and keep updating.")
    lines = [told, channel_line(check), before]
    color = Color.LEASE if check.fit else Color.ALARM
    return Message.of(card(color, title=gettext("Channel set"), lines=lines))


def cannot_post(check: ChannelCheck) -> str:
    """Why a channel was not accepted."""
    return gettext(
        "I cannot post in <#{channel}> yet: give me {permissions} there "
        "(Edit Channel → Permissions), then run this again. Nothing was changed.",
        channel=check.channel_id,
        permissions=_names(check.missing),
    )


def channel_line(check: ChannelCheck | None) -> str:
    """A channel's state in a line or two."""
    if check is None:
        return gettext("⚠️ **None yet.** Choose a private one with `/settings channel`.")
    channel = check.channel_id
    if len(check.missing) == len(PERMISSIONS):
        return gettext(
            "⚠️ I can't see <#{channel}>. Let me in, or choose another: `/settings channel`.",
            channel=channel,
        )
    if check.missing:
        return gettext(
            "⚠️ I need {permissions} in <#{channel}> (Edit Channel → Permissions).",
            channel=channel,
            permissions=_names(check.missing),
        )
    if not check.private:
        return gettext(
            "⚠️ **Everyone in this server** can see <#{channel}>, so I show no money there. "
            "Make it private: Edit Channel → Permissions → Private Channel, and add me to it.",
            channel=channel,
        )
    private = gettext("🔒 <#{channel}> is private", channel=channel)
    if not check.roles:
        return private
    roles = first_names([f"**{safe(role, 40)}**" for role in check.roles], _ROLES)
    seen = gettext("Roles that can see it: {roles}", roles=roles)
    return f"{private}\n└ {seen}"


def route_line(route: Route, check: ChannelCheck | None) -> str:
    """Where a route's alerts go: `refunds and disputes: 🔒 #money is private, …`."""
    where = gettext("with your sales") if check is None else channel_line(check)
    return gettext("**{news}:** {where}", news=route_name(route), where=where)


def _names(missing: Sequence[str]) -> str:
    return ", ".join(f"**{said(PERMISSIONS[name])}**" for name in missing)


class ViewingRole(NamedTuple):
    """A role that can see a channel."""

    name: str
    members: int | None
    """How many members have it; None if Discord does not say."""
    manages: bool
    """Whether it may manage the server, and so has the commands anyway."""


@dataclass(frozen=True, slots=True)
class Viewers:
    """The roles that can see a channel; members added by name are not counted."""

    channel_id: int
    roles: tuple[ViewingRole, ...]
    """The largest first."""
    members: int | None
    """Members of the server."""

    @property
    def most(self) -> bool:
        """Whether most members may have one of the roles, as far as that is known."""
        counts = [role.members for role in self.roles if role.members is not None]
        if len(counts) < len(self.roles) or not self.members:
            return any(not role.manages for role in self.roles)
        return sum(counts) * 2 > self.members


def viewers_of(
    channel: discord.abc.GuildChannel, counts: Mapping[int, int] | None, members: int | None
) -> Viewers:
    """The roles that can see a channel; `counts`: members by role, None if unknown.

    The roles of bots do not count.
    """
    seeing = [
        ViewingRole(
            role.name,
            None if counts is None else counts.get(role.id, 0),
            role.permissions.manage_guild or role.permissions.administrator,
        )
        for role in channel.guild.roles
        if not role.is_default()
        and not _of_a_bot(role)
        and channel.permissions_for(role).view_channel
    ]
    seeing.sort(key=lambda role: role.members or 0, reverse=True)
    return Viewers(channel.id, tuple(seeing), members)


def _of_a_bot(role: discord.Role) -> bool:
    """Other managed roles, such as the boosters', have tags that say whose they are.

    https://docs.discord.com/developers/topics/permissions#role-object-role-tags-structure
    """
    return role.managed and (role.tags is None or role.is_bot_managed())


def viewers_question(viewers: Viewers, news: str) -> Message:
    """The question before using a channel that most of the server can see.

    `news`: what would go there, as `/settings channel` calls it.
    """
    who = (f"- {role_words(role, viewers.members)}" for role in viewers.roles)
    lines = [
        gettext(
            "<#{channel}> is hidden from @everyone, but members with these roles can see it:",
            channel=viewers.channel_id,
        ),
        clipped(who, 1500, total=len(viewers.roles)),
    ]
    title = gettext("Most of this server can see this channel")
    if any(role.members is None for role in viewers.roles):
        title = gettext("Most of this server may see this channel")
        lines.append(gettext("Discord didn't say how many members that is."))
    lines += [
        "",
        gettext("**All of them would read every amount and every buyer's name.**"),
        gettext(
            "Nothing was changed yet. To keep it to a few people, remove the role (Edit Channel → "
            "Permissions) and run the command again, or choose another channel."
        ),
    ]
    buttons = [
        button(gettext("Use it anyway"), ids.CHANNEL(news, viewers.channel_id, "yes"), DANGER),
        button(gettext("Cancel"), ids.CHANNEL(news, viewers.channel_id, "no")),
    ]
    return Message.of(card(Color.ALARM, title=title, lines=lines), buttons)


def role_words(role: ViewingRole, members: int | None) -> str:
    """`**Member** (4,812 of 5,003 members)`."""
    name = f"**{safe(role.name, 60)}**"
    if role.members is None:
        return name
    if not members:
        return ngettext(
            "{role} ({count} member)", "{role} ({count} members)", role.members, role=name
        )
    return gettext(
        "{role} ({count} of {members} members)",
        role=name,
        count=f"{role.members:,}",
        members=f"{members:,}",
    )


def public_channel_warning(producer_id: int, *, told_before: bool) -> Message:
    """No alerts go there; `told_before`: older alerts from when it was private can now be read."""
    warning = gettext(
        "🔒 **Everyone in this server can see this channel, so I show no money here.**\n"
        "Make it private (Edit Channel → Permissions → Private Channel, then add me to it), "
        "or choose another with `/settings channel`. Alerts wait until the channel is private."
    )
    if not told_before:
        return headed(warning)
    above = gettext(
        "**Everyone can now read my messages above: amounts and buyers' names.** I can delete "
        "them; your sales stay in `/sales`."
    )
    return headed(f"{warning}\n\n{above}", _button(producer_id))


def deletion_question(producer_id: int, warning_id: int, before: int) -> Message:
    """The question before deleting them; for the asker alone."""
    name = producer_id, warning_id, before
    buttons = [
        button(gettext("Delete them"), ids.CLEAR_ANSWER("yes", *name), DANGER),
        button(gettext("Keep them"), ids.CLEAR_ANSWER("no", *name)),
    ]
    question = gettext(
        "**Delete all my messages above in this channel? This can't be undone.** Other "
        "people's messages stay, and your sales stay in `/sales`."
    )
    return Message(content=question, view=Buttons(buttons))


def deletion_begun() -> Message:
    """The answer after the confirmation."""
    return Message(
        content=gettext(
            "Deleting my messages above, newest first. Discord allows about one a second; "
            "after a restart I continue. My warning in the channel says when it's done."
        )
    )


def deletion_done(producer_id: int, deleted: int, *, more_before: int | None = None) -> Message:
    """Replaces the warning. `more_before`: the message to continue at, if not all was searched."""
    done = gettext(
        "🔒 **Everyone in this server can see this channel, so I show no money here.** I deleted "
        "{count} of my messages above.",
        count=f"{deleted:,}",
    )
    if more_before is None:
        return headed(done)
    more = gettext("The channel is long: there may be more further up.")
    return headed(f"{done}\n{more}", _button(producer_id, more_before))


def _button(producer_id: int, before: int = 0) -> Buttons:
    label = gettext("Delete my messages above")
    return Buttons([button(label, ids.CLEAR(producer_id, before), DANGER)])
