"""Somebody in the server who types commands and presses buttons."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import count

from discord import Permissions

from fakes.discord.gateway import APPLICATION_ID
from fakes.discord.guild import HUMAN, FakeChannel, FakeGuild, Json, user
from fakes.discord.server import FakeDiscord
from fakes.simulation import until

COMMAND, COMPONENT, AUTOCOMPLETE = 2, 3, 4
MESSAGE, LATER, UPDATE, CHOICES = 4, 5, 7, 8
STRING, SUBCOMMAND, CHANNEL, BUTTON = 3, 1, 7, 2
EPHEMERAL = 1 << 6

_numbers = count(1)


@dataclass(frozen=True)
class Answer:
    """What the bot has answered."""

    kind: int
    data: Json
    private: bool
    """Whether only the asker sees it."""

    @property
    def text(self) -> str:
        """All that a person reads."""
        texts = [self.data.get("content") or ""]
        for embed in self.data.get("embeds", ()):
            texts += [embed.get("title", ""), embed.get("description", "")]
            texts += [f"{field['name']}\n{field['value']}" for field in embed.get("fields", ())]
        return "\n".join(texts)


class Person:
    """A member of the server, in a channel of it."""

    def __init__(
        self,
        discord: FakeDiscord,
        channel: FakeChannel,
        *,
        manager: bool = True,
        user_id: int = HUMAN,
    ) -> None:
        self._discord = discord
        self._channel = channel
        self._user_id = user_id
        self._permissions = Permissions(view_channel=True, manage_guild=manager)

    async def slash(self, command: str, **options: str | FakeChannel) -> Answer:
        """Run a command, `settings show` with its group."""
        return await self._ask(COMMAND, self._typed(command, options, focused=False))

    async def complete(self, command: str, option: str, typed: str) -> list[str]:
        """What comes up for an option that is being typed: the values."""
        asked = self._typed(command, {option: typed}, focused=True)
        answer = await self._ask(AUTOCOMPLETE, asked)
        assert answer.kind == CHOICES
        return [choice["value"] for choice in answer.data["choices"]]

    async def click(self, message: Json, custom_id: str) -> Answer:
        """Press a button under a message."""
        data = {"component_type": BUTTON, "custom_id": custom_id}
        return await self._ask(COMPONENT, data, message=message)

    def _typed(
        self, command: str, options: Mapping[str, str | FakeChannel], *, focused: bool
    ) -> Json:
        name, *below = command.split()
        channels = [value for value in options.values() if isinstance(value, FakeChannel)]
        given = [
            _option(name, value) | ({"focused": True} if focused else {})
            for name, value in options.items()
        ]
        for group in reversed(below):
            given = [{"type": SUBCOMMAND, "name": group, "options": given}]
        [found] = [one for one in self._discord.commands if one["name"] == name]
        typed = {"id": found["id"], "name": name, "type": 1, "options": given}
        return typed | {"resolved": {"channels": dict(map(_resolved, channels))}}

    async def _ask(self, kind: int, data: Json, **more: Json) -> Answer:
        number = next(_numbers)
        token = f"interaction-token-number-{number}"
        await self._discord.gateway.dispatch(
            "INTERACTION_CREATE", self._interaction(number, token, kind, data) | more
        )
        told: list[Json] = []

        def answered() -> bool:
            told[:] = self._discord.answers.get(token, [])
            return bool(told) and told[-1]["type"] != LATER

        await until(answered)
        # A later answer is as private as the promise of it was.
        flags = told[0].get("data", {}).get("flags", 0)
        return Answer(told[-1]["type"], told[-1]["data"], private=bool(flags & EPHEMERAL))

    def _interaction(self, number: int, token: str, kind: int, data: Json) -> Json:
        return {
            "id": str(10_000 + number),
            "application_id": str(APPLICATION_ID),
            "type": kind,
            "token": token,
            "version": 1,
            "data": data,
            "guild_id": str(self._channel.guild_id),
            "guild": {"id": str(self._channel.guild_id), "locale": "en-US", "features": []},
            "channel_id": str(self._channel.id),
            "channel": self._channel.payload(),
            "member": self._member(),
            "app_permissions": str(self._home.rights(self._channel).value),
            "locale": "en-US",
            "guild_locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(self._channel.guild_id)},
            "context": 0,
            "attachment_size_limit": 10 * 1024 * 1024,
        }

    @property
    def _home(self) -> FakeGuild:
        return self._discord.home(self._channel.id)

    def _member(self) -> Json:
        return {
            "user": user(self._user_id),
            "roles": [],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
            "permissions": str(self._permissions.value),
        }


def _option(name: str, value: str | FakeChannel) -> Json:
    if isinstance(value, FakeChannel):
        return {"type": CHANNEL, "name": name, "value": str(value.id)}
    return {"type": STRING, "name": name, "value": value}


def _resolved(channel: FakeChannel) -> tuple[str, Json]:
    return str(channel.id), channel.payload() | {"permissions": str(Permissions.all().value)}
