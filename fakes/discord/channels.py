"""The fake Discord's channels, roles and people, as its API shows them."""

from dataclasses import dataclass, field
from typing import Any

from discord import Permissions

Json = dict[str, Any]
TEXT, CATEGORY, THREAD = 0, 4, 11
GUILD, BOT, BOT_ROLE, OWNER, HUMAN = 100, 200, 300, 400, 500
ROLE, MEMBER = 0, 1

NEEDED = Permissions(
    view_channel=True,
    send_messages=True,
    embed_links=True,
    attach_files=True,
    read_message_history=True,
)


@dataclass(kw_only=True)
class FakeChannel:
    """A channel of the one server, with who may do what there and what was said."""

    id: int
    kind: int = TEXT
    guild_id: int = GUILD
    parent: "FakeChannel | None" = None
    overwrites: dict[int, Json] = field(default_factory=dict)
    messages: dict[int, Json] = field(default_factory=dict)
    """By id, oldest first."""
    archived: bool = False
    """Of a thread: a new message opens it again, an edit does not."""
    locked: bool = False
    """Of a thread: it takes no messages."""

    @property
    def shown(self) -> list[Json]:
        """What a person who scrolls through it sees, oldest first."""
        return list(self.messages.values())

    def overwrite(self, who: int, *, allow: Permissions | None = None, deny: Permissions) -> None:
        self.overwrites[who] = {
            "id": str(who),
            "type": MEMBER if who == BOT else ROLE,
            "allow": str((allow or Permissions()).value),
            "deny": str(deny.value),
        }

    def make_private(self) -> None:
        # @everyone is a role with the id of its server.
        self.overwrite(self.guild_id, deny=Permissions(view_channel=True))

    def make_public(self) -> None:
        self.overwrites.pop(self.guild_id, None)

    def let_in(self, who: int) -> None:
        """Let a role see the channel."""
        self.overwrite(who, allow=Permissions(view_channel=True), deny=Permissions())

    def deny_bot(self, **permissions: bool) -> None:
        """Take these permissions from the bot, and give the other needed ones."""
        denied = Permissions(**permissions)
        self.overwrite(BOT, allow=Permissions(NEEDED.value & ~denied.value), deny=denied)

    def allow_bot(self) -> None:
        self.overwrite(BOT, allow=NEEDED, deny=Permissions())

    def payload(self) -> Json:
        common: Json = {
            "id": str(self.id),
            "type": self.kind,
            "guild_id": str(self.guild_id),
            "name": f"channel-{self.id}",
            "position": 0,
            "parent_id": str(self.parent.id) if self.parent else None,
        }
        if self.kind == THREAD:
            state = _THREAD["thread_metadata"]
            state = state | {"archived": self.archived, "locked": self.locked}
            return common | _THREAD | {"thread_metadata": state}
        # Discord lists @everyone's overwrite among the others.
        return common | {"permission_overwrites": list(self.overwrites.values())}


_THREAD: Json = {
    "owner_id": str(OWNER),
    "message_count": 0,
    "member_count": 1,
    "thread_metadata": {
        "archived": False,
        "auto_archive_duration": 60,
        "archive_timestamp": "2026-01-01T00:00:00+00:00",
        "locked": False,
    },
}


def user(user_id: int) -> Json:
    """A user, as Discord shows one; BOT is the bot."""
    return {
        "id": str(user_id),
        "username": "producer-bot" if user_id == BOT else "somebody",
        "discriminator": "0",
        "avatar": None,
        "bot": user_id == BOT,
    }


def member() -> Json:
    """The bot as a member of the server."""
    return {
        "user": user(BOT),
        "roles": [str(BOT_ROLE)],
        "joined_at": "2026-01-01T00:00:00+00:00",
        "deaf": False,
        "mute": False,
        "flags": 0,
    }


def role(role_id: int, permissions: Permissions, name: str, *, managed: bool = False) -> Json:
    """A role of a server; `managed`: that of a bot."""
    return {
        "id": str(role_id),
        "name": name,
        "permissions": str(permissions.value),
        "position": 0 if name == "@everyone" else 1,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": managed,
        **({"tags": {"bot_id": str(BOT)}} if managed else {}),
        "mentionable": False,
        "flags": 0,
    }


def text(message: Json) -> str:
    """All that a person reads in a message."""
    parts = [message["content"]]
    for embed in message["embeds"]:
        parts += [
            embed.get("author", {}).get("name", ""),
            embed.get("title", ""),
            embed["description"],
        ]
    return "\n".join(parts)
