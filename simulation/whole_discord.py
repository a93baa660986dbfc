"""A fake Discord that a whole bot can live in: REST, the gateway, commands and interactions."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any

from aiohttp import web

from simulation.fake_channel import FakeChannel, Json, member
from simulation.fake_discord import FakeDiscord, Seen
from simulation.gateway import APPLICATION_ID, Gateway

TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"

# What a GUILD_CREATE tells beside the server itself.
_CREATED: Json = {
    "unavailable": False,
    "large": False,
    "member_count": 2,
    "threads": [],
    "emojis": [],
    "stickers": [],
    "voice_states": [],
    "presences": [],
    "stage_instances": [],
    "guild_scheduled_events": [],
    "joined_at": "2026-01-01T00:00:00+00:00",
}
CALLBACK = re.compile(r"/interactions/\d+/([\w-]+)/callback")
LATER_ANSWER = re.compile(rf"/webhooks/{APPLICATION_ID}/([\w-]+)(?:/messages/.+)?")


class WholeDiscord(FakeDiscord):
    """FakeDiscord, with all that a bot needs to log in, connect, and be asked something."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        # Before all else: the server is put together with it.
        self.gateway = Gateway(self._created)
        super().__init__(clock)
        self.token = TOKEN
        self.commands: list[Json] = []
        """As the bot has registered them, each with the id it got."""
        self.answers: dict[str, list[Json]] = {}
        """Callbacks and later answers of interactions, by the interaction's token."""
        self.answered: Callable[[Seen], None] = lambda _: None
        """Called when a request has been done and before it is answered."""

    async def open(self) -> None:
        await super().open()
        self.gateway.url = self.url.replace("http://", "ws://").replace("/api/v10", "/gateway")

    async def __aexit__(self, *error: object) -> None:
        self.gateway.close()
        await super().__aexit__(*error)

    async def change(self, channel: FakeChannel) -> None:
        """Tell bots that a channel is not as it was."""
        await self.gateway.dispatch("CHANNEL_UPDATE", channel.payload())

    def forget_nonces(self) -> None:
        """As Discord does after some minutes."""
        self.guild.forget_nonces()

    def _application(self) -> web.Application:
        application = super()._application()
        application.router.add_put("/api/v10/applications/{id}/commands", self._register)
        application.router.add_get("/gateway", self.gateway.handle)
        return application

    def _created(self) -> Json:
        shown = [channel.payload() for channel in self.guild.channels.values()]
        return self.guild.guild_payload() | _CREATED | {"channels": shown, "members": [member()]}

    async def _respond(self, seen: Seen, request: web.Request) -> web.Response | None:
        # What goes by an interaction's token needs no other.
        by_token = CALLBACK.fullmatch(seen.path) or LATER_ANSWER.fullmatch(seen.path)
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            return _json({"message": "401: Unauthorized", "code": 0}, 401)
        return await super()._respond(seen, request)

    def _answer(self, seen: Seen, request: web.Request, headers: dict[str, str]) -> web.Response:
        response = self._own_answer(seen) or super()._answer(seen, request, headers)
        self.answered(seen)
        return response

    def _own_answer(self, seen: Seen) -> web.Response | None:
        if (seen.method, seen.path) == ("GET", "/gateway/bot"):
            limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
            return _json({"url": self.gateway.url, "shards": 1, "session_start_limit": limit})
        if callback := CALLBACK.fullmatch(seen.path):
            self._note(callback[1], seen.body)
            return _json({"interaction": {"id": "1", "type": 2}})
        if later := LATER_ANSWER.fullmatch(seen.path):
            # A callback's message lies under `data`; here the body is the message.
            self._note(later[1], {"type": 4, "data": seen.body})
            return _json(_private_message(seen.body))
        return None

    def _note(self, token: str, answer: Json) -> None:
        self.answers.setdefault(token, []).append(answer)

    async def _register(self, request: web.Request) -> web.Response:
        registered = await request.json()
        path = request.path.removeprefix("/api/v10")
        self.seen.append(Seen(method="PUT", path=path, body={}, at=0, status=200))
        common = {"application_id": str(APPLICATION_ID), "version": "1"}
        # What is chosen on a message has no description: Discord says so with an empty one.
        # https://docs.discord.com/developers/interactions/application-commands#application-command-object
        self.commands = [
            {"description": "", **command, **common, "id": str(700 + place)}
            for place, command in enumerate(registered)
        ]
        return _json(self.commands)


def _private_message(body: Json) -> Json:
    return {
        "id": "900",
        "channel_id": "1000",
        "author": member()["user"],
        "content": body.get("content") or "",
        "embeds": body.get("embeds", []),
        "components": body.get("components", []),
        "attachments": [],
        "mentions": [],
        "mention_roles": [],
        "mention_everyone": False,
        "pinned": False,
        "tts": False,
        "type": 0,
        "flags": 64,
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
    }


def _json(body: Any, status: int = 200) -> web.Response:
    # discord.py reads JSON only where no charset is named.
    return web.Response(
        body=json.dumps(body).encode(), status=status, content_type="application/json"
    )
