"""Which roles can see a channel, and whether that is most of the server.

Private is not hidden: in a server with a gate a role of nearly all members sees every channel.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import discord

from bot.text import ids
from bot.text.language import gettext, ngettext
from bot.text.message import Buttons, Color, Message, card, clipped
from bot.text.words import safe

_ROLES = 1500
"""Room for their names."""


class ViewingRole(NamedTuple):
    """A role whose members can see a channel."""

    name: str
    members: int | None
    """How many members have it; None when Discord does not say."""
    manages: bool
    """Whether they may manage the server, and so have the commands anyway."""


@dataclass(frozen=True, slots=True)
class Viewers:
    """Who can see a channel, apart from the members who were added to it by name."""

    channel_id: int
    roles: tuple[ViewingRole, ...]
    """The largest first."""
    members: int | None
    """Of the server."""

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
    """Look at a channel's rights; `counts`: members by role, None when Discord does not say.

    A bot's own role is no role of people.
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
    """Other roles that are managed, such as the boosters', have tags that say whose they are.

    https://docs.discord.com/developers/topics/permissions#role-object-role-tags-structure
    """
    return role.managed and (role.tags is None or role.is_bot_managed())


def viewers_question(viewers: Viewers, news: str) -> Message:
    """Before a channel is taken that most of the server can see: who, how many, and what then.

    `news`: what is to be told there, as `/settings channel` calls it.
    """
    who = (f"- {role_words(role, viewers.members)}" for role in viewers.roles)
    lines = [
        gettext(
            "<#{channel}> is hidden from @everyone, but members with these roles can see it:",
            channel=viewers.channel_id,
        ),
        clipped(who, _ROLES, total=len(viewers.roles)),
    ]
    if any(role.members is None for role in viewers.roles):
        lines.append(gettext("Discord did not say how many members that is."))
    lines += [
        "",
        gettext("**All of them would read every amount and every buyer's name.**"),
        gettext(
            "Nothing was changed yet. To keep it to a few people, remove the role (Edit Channel → "
            "Permissions) and run the command again, or choose another channel."
        ),
    ]
    buttons = [
        discord.ui.Button[discord.ui.View](
            label=gettext("Use it anyway"),
            custom_id=ids.channel(news, viewers.channel_id, "yes"),
            style=discord.ButtonStyle.danger,
        ),
        discord.ui.Button[discord.ui.View](
            label=gettext("Cancel"), custom_id=ids.channel(news, viewers.channel_id, "no")
        ),
    ]
    title = gettext("Most of this server can see this channel")
    if any(role.members is None for role in viewers.roles):
        title = gettext("Most of this server may see this channel")
    return Message(
        embeds=(card(Color.ALARM, title=title, lines=lines),),
        view=Buttons(buttons),
    )


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
