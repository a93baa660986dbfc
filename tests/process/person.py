"""Somebody in the server who types commands and presses buttons."""

from dataclasses import dataclass
from itertools import count

from discord import Permissions

from simulation.fake_channel import GUILD, HUMAN, FakeChannel, Json, user
from simulation.gateway import APPLICATION_ID
from simulation.until import until
from simulation.whole_discord import WholeDiscord

COMMAND, COMPONENT, AUTOCOMPLETE = 2, 3, 4
MESSAGE, LATER, UPDATE, CHOICES = 4, 5, 7, 8
STRING, SUBCOMMAND, BUTTON = 3, 1, 2
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
        self, discord: WholeDiscord, channel: FakeChannel, *, manager: bool = True
    ) -> None:
        self._discord = discord
        self._channel = channel
        self._permissions = Permissions(view_channel=True, manage_guild=manager)

    async def slash(self, command: str, **options: str) -> Answer:
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

    def _typed(self, command: str, options: dict[str, str], *, focused: bool) -> Json:
        name, *below = command.split()
        given = [
            {"type": STRING, "name": name, "value": value} | ({"focused": True} if focused else {})
            for name, value in options.items()
        ]
        for group in reversed(below):
            given = [{"type": SUBCOMMAND, "name": group, "options": given}]
        [found] = [one for one in self._discord.commands if one["name"] == name]
        return {"id": found["id"], "name": name, "type": 1, "options": given}

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
            "guild_id": str(GUILD),
            "guild": {"id": str(GUILD), "locale": "en-US", "features": []},
            "channel_id": str(self._channel.id),
            "channel": self._channel.payload(),
            "member": self._member(),
            "app_permissions": str(self._discord.guild.rights(self._channel).value),
            "locale": "en-US",
            "guild_locale": "en-US",
            "entitlements": [],
            "authorizing_integration_owners": {"0": str(GUILD)},
            "context": 0,
            "attachment_size_limit": 10 * 1024 * 1024,
        }

    def _member(self) -> Json:
        return {
            "user": user(HUMAN),
            "roles": [],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
            "permissions": str(self._permissions.value),
        }
