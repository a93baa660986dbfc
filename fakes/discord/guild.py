"""A server of the fake Discord: its channels, roles, permissions and messages."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from discord import Permissions

Json = dict[str, Any]
TEXT, CATEGORY, THREAD = 0, 4, 11
GUILD, BOT, BOT_ROLE, OWNER, HUMAN = 100, 200, 300, 400, 500
ROLE, MEMBER = 0, 1
JOINED = "2026-01-01T00:00:00+00:00"

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
    name: str = ""
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
            "name": self.name or f"channel-{self.id}",
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
        "archive_timestamp": JOINED,
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
        "joined_at": JOINED,
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
            embed.get("description", ""),
            embed.get("footer", {}).get("text", ""),
        ]
    return "\n".join(parts)


DISCORD_EPOCH = 1_420_070_400


class Refused(Exception):
    """What Discord answers instead; `retry_after` in seconds, where it says so."""

    def __init__(
        self,
        status: int,
        code: int,
        message: str = "refused",
        *,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.retry_after = retry_after


class FakeGuild:
    """Channels and messages, with Discord's rules about rights, nonces and sizes."""

    def __init__(self, clock: Callable[[], datetime], guild_id: int = GUILD) -> None:
        self.id = guild_id
        self.clock = clock
        self.member_count = 2
        self.roles: list[Json] = []
        """Those of people."""
        self.role_member_counts: dict[int, int] = {}
        self.joined = True
        """True while the bot is a member."""
        self.everyone = Permissions.text() | Permissions(view_channel=True)
        self.bot_role = Permissions()
        """What the bot may do besides: what its invitation has asked for."""
        self.nonce_window = timedelta(minutes=3)
        self.blocked_words: set[str] = set()
        """What the server's AutoMod lets no message say."""
        self.old_edits_wait: float | None = None
        """Seconds until a message that is older than an hour may be edited; None: at any time."""
        self.channels: dict[int, FakeChannel] = {}
        self.deleted: set[int] = set()
        """Ids of messages that are gone."""
        self._nonces: dict[tuple[int, str], tuple[datetime, int]] = {}
        self._made = 0

    def add_channel(
        self, channel_id: int, *, private: bool = True, parent: FakeChannel | None = None
    ) -> FakeChannel:
        """A channel that the bot may use; a thread when it has a parent."""
        kind = THREAD if parent else TEXT
        channel = FakeChannel(id=channel_id, kind=kind, guild_id=self.id, parent=parent)
        if parent is None:
            channel.allow_bot()
            if private:
                channel.make_private()
        self.channels[channel_id] = channel
        return channel

    def make_channel(self, body: Json) -> Json:
        """Create a channel for the bot, which may hand out only the permissions it has.

        https://docs.discord.com/developers/resources/guild#create-guild-channel
        """
        mine = self.everyone | self.bot_role
        given = body.get("permission_overwrites", [])
        used = Permissions(manage_channels=True).value
        for one in given:
            used |= int(one["allow"]) | int(one["deny"])
        if used & ~mine.value:
            raise Refused(403, 50013, "Missing Permissions")
        channel_id = max(self.channels, default=self.id) + 1
        channel = FakeChannel(id=channel_id, name=body["name"], guild_id=self.id)
        channel.overwrites = {int(one["id"]): one for one in given}
        self.channels[channel_id] = channel
        return channel.payload()

    def everyone_sees(self, channel: FakeChannel) -> bool:
        """Whether the channel is not private."""
        denied = channel.overwrites.get(self.id, {"deny": "0"})["deny"]
        return self.everyone.view_channel and not Permissions(int(denied)).view_channel

    def add_role(self, role_id: int, name: str, members: int, **permissions: bool) -> int:
        """A role that so many members have."""
        self.roles.append(role(role_id, Permissions(**permissions), name))
        self.role_member_counts[role_id] = members
        return role_id

    def forget_nonces(self) -> None:
        """As if more than `nonce_window` had passed."""
        self._nonces.clear()

    def delete_message(self, channel: FakeChannel, message_id: int) -> None:
        del channel.messages[message_id]
        self.deleted.add(message_id)

    def say(self, channel: FakeChannel, content: str, under: int | None = None) -> Json:
        """A person writes something, as a reply to a message perhaps."""
        body: Json = {"content": content}
        if under is not None:
            body["message_reference"] = {"message_id": under, "channel_id": channel.id}
        return self._store(channel, body, HUMAN)

    def guild_payload(self) -> Json:
        everyone = role(self.id, self.everyone, "@everyone")
        own = role(BOT_ROLE, self.bot_role, "producer-bot", managed=True)
        return {
            "id": str(self.id),
            "name": "Beats",
            "owner_id": str(OWNER),
            "roles": [everyone, own, *self.roles],
            "approximate_member_count": self.member_count,
        }

    def summary(self) -> Json:
        """What the list of the bot's servers tells of it."""
        return {"id": str(self.id), "name": "Beats", "icon": None, "owner": False, "features": []}

    def member_counts(self) -> Json:
        """How many members have each role, without @everyone.

        https://docs.discord.com/developers/resources/guild#get-guild-role-member-counts
        """
        return {str(role_id): count for role_id, count in self.role_member_counts.items()}

    def rights(self, channel: FakeChannel) -> Permissions:
        """What the bot may do: https://docs.discord.com/developers/topics/permissions."""
        value = (self.everyone | self.bot_role).value
        overwrites = (channel.parent or channel).overwrites
        for who in (self.id, BOT_ROLE, BOT):
            if who in overwrites:
                value &= ~int(overwrites[who]["deny"])
                value |= int(overwrites[who]["allow"])
        return Permissions(value)

    def channel(self, channel_id: int) -> FakeChannel:
        found = self.channels.get(channel_id)
        if found is None:
            raise Refused(404, 10003, "Unknown Channel")
        if not self.joined or not self.rights(found).view_channel:
            raise Refused(403, 50001, "Missing Access")
        return found

    def message(self, channel_id: int, message_id: int) -> Json:
        found = self.channel(channel_id).messages.get(message_id)
        if found is None:
            raise Refused(404, 10008, "Unknown Message")
        return found

    def history(
        self, channel_id: int, limit: int, *, after: int | None = None, before: int | None = None
    ) -> list[Json]:
        """Newest first: of those `after` a message the oldest, else the newest, `before` one.

        Without the right to read it Discord answers with nothing at all.
        """
        channel = self.channel(channel_id)
        if not self.rights(channel).read_message_history:
            return []
        if after is not None:
            shown = [message for key, message in channel.messages.items() if key > after][:limit]
        else:
            kept = (key for key in channel.messages if before is None or key < before)
            shown = [channel.messages[key] for key in sorted(kept)[-limit:]]
        return [_without_nonce(message) for message in reversed(shown)]

    def create(self, channel_id: int, body: Json) -> Json:
        channel = self.channel(channel_id)
        rights = self.rights(channel)
        thread = channel.kind == THREAD
        if not (rights.send_messages_in_threads if thread else rights.send_messages):
            raise Refused(403, 50013, "Missing Permissions")
        if body.get("embeds") and not rights.embed_links:
            raise Refused(403, 50013, "Missing Permissions")
        check_form(body)
        known = self._by_nonce(channel, body)
        if known is not None:
            return known
        if channel.locked:
            raise Refused(400, 160005, "This thread is locked")
        self._moderate(body)
        self._check_reference(channel, body)
        channel.archived = False
        message = self._store(channel, body, BOT)
        if body.get("nonce"):
            self._nonces[channel.id, body["nonce"]] = (self.clock(), int(message["id"]))
        return message

    def edit(self, channel_id: int, message_id: int, body: Json) -> Json:
        message = self.message(channel_id, message_id)
        if message["author"]["id"] != str(BOT):
            raise Refused(403, 50005, "Cannot edit a message authored by another user")
        if self.channels[channel_id].archived:
            raise Refused(400, 50083, "Tried to perform an operation on an archived thread")
        age = self.clock() - datetime.fromisoformat(message["timestamp"])
        if self.old_edits_wait is not None and age > timedelta(hours=1):
            words = "Maximum number of edits to messages older than 1 hour reached"
            raise Refused(429, 30046, words, retry_after=self.old_edits_wait)
        check_form({"content": "kept"} | body)
        self._moderate(body)
        message.update(
            {key: body[key] for key in ("content", "embeds", "components") if key in body}
        )
        message["content"] = (message["content"] or "").strip()
        message["edited_timestamp"] = self.clock().isoformat()
        return message

    def delete(self, channel_id: int, message_id: int) -> None:
        """Delete a message of the bot: of others it may not, without Manage Messages."""
        message = self.message(channel_id, message_id)
        if message["author"]["id"] != str(BOT):
            raise Refused(403, 50013, "Missing Permissions")
        self.delete_message(self.channel(channel_id), message_id)

    def _moderate(self, body: Json) -> None:
        said = json.dumps([body.get("content"), body.get("embeds")])
        if any(word in said for word in self.blocked_words):
            raise Refused(400, 200000, "Message was blocked by automatic moderation")

    def _by_nonce(self, channel: FakeChannel, body: Json) -> Json | None:
        at, message_id = self._nonces.get((channel.id, str(body.get("nonce"))), (None, 0))
        if at is None or not body.get("enforce_nonce") or self.clock() - at > self.nonce_window:
            return None
        return self.message(channel.id, message_id)

    def _check_reference(self, channel: FakeChannel, body: Json) -> None:
        reference = body.get("message_reference")
        if reference is None:
            return
        if not self.rights(channel).read_message_history:
            raise Refused(400, 160002, "Cannot reply without permission to read message history")
        if int(reference["message_id"]) in channel.messages:
            return
        if reference.get("fail_if_not_exists", True):
            raise Refused(400, 50035, "Invalid Form Body: Unknown message")
        body.pop("message_reference")

    def _store(self, channel: FakeChannel, body: Json, author: int) -> Json:
        now = self.clock()
        self._made += 1
        message_id = (int((now.timestamp() - DISCORD_EPOCH) * 1000) << 22) + self._made
        message = make_message(message_id, channel.id, author, body, now)
        if body.get("message_reference"):
            names = ("message_id", "channel_id", "guild_id")
            given = body["message_reference"]
            reference = {name: str(given[name]) for name in names if given.get(name)}
            message |= {"type": 19, "message_reference": reference | {"type": 0}}
        channel.messages[message_id] = message
        return message


def make_message(
    message_id: int, channel_id: int, author: int, body: Json, at: datetime | None = None
) -> Json:
    """A message as Discord shows it, of what was sent."""
    return {
        "id": str(message_id),
        "channel_id": str(channel_id),
        "author": user(author),
        "content": (body.get("content") or "").strip(),
        "embeds": body.get("embeds", []),
        "components": body.get("components", []),
        "timestamp": at.astimezone(UTC).isoformat() if at else JOINED,
        "edited_timestamp": None,
        "tts": False,
        "flags": body.get("flags", 0),
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": body.get("attachments", []),
        "pinned": False,
        "type": 0,
        "nonce": body.get("nonce"),
    }


def check_form(body: Json) -> None:
    """Discord's limits on a message: https://docs.discord.com/developers/resources/message."""
    embeds = body.get("embeds") or []
    wrong = (
        len(body.get("nonce") or "") > 25,
        len(body.get("content") or "") > 2000,
        len(embeds) > 10,
        sum(_size(embed) for embed in embeds) > 6000,
        not (body.get("content") or embeds),
        not _ids_unique(body.get("components") or []),
    )
    if any(wrong):
        raise Refused(400, 50035, "Invalid Form Body")


def _size(embed: Json) -> int:
    texts = [embed.get("title"), embed.get("description"), embed.get("author", {}).get("name")]
    texts += [embed.get("footer", {}).get("text")]
    texts += [part for one in embed.get("fields", []) for part in (one["name"], one["value"])]
    return sum(len((part or "").strip()) for part in texts)


def _ids_unique(rows: list[Json]) -> bool:
    ids = [item.get("custom_id") for row in rows for item in row.get("components", [])]
    named = [one for one in ids if one]
    return len(named) == len(set(named))


def _without_nonce(message: Json) -> Json:
    return {key: value for key, value in message.items() if key != "nonce"}
