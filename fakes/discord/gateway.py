"""The whole fake Discord: REST, the gateway's websocket, commands and interactions.

https://docs.discord.com/developers/events/gateway: in plain JSON, without compression.
"""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Any, TypeAlias

from aiohttp import WSMsgType, web

from fakes.discord.guild import BOT, FakeChannel, FakeGuild, Json, member, user
from fakes.discord.rest import FakeDiscord, Seen

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 10, 11
HEARTBEAT_INTERVAL = 41_250
"""Milliseconds, as Discord says."""
APPLICATION_ID = 600

Receive: TypeAlias = Callable[[web.WebSocketResponse, Json], Any]


class Gateway:
    """The gateway. `guilds` gives the bot's servers as GUILD_CREATE tells of them."""

    def __init__(self, guilds: Callable[[], list[Json]]) -> None:
        self.url = ""
        self.identified = 0
        """How often a bot has identified itself."""
        self.refusal: int | None = None
        """A close code to answer IDENTIFY with: 4004 is a token that is not valid."""
        self.shut = False
        """True: connections are refused, while the rest of Discord works."""
        self.silent = False
        """True: nothing is answered, not even a close frame; the network swallows everything."""
        self._guilds = guilds
        self._sequence = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._closing = asyncio.Event()

    @property
    def connected(self) -> bool:
        """True when a bot is connected and has received its servers."""
        return bool(self._sockets)

    def close(self) -> None:
        """Let every connection go."""
        self._closing.set()

    async def dispatch(self, name: str, data: Json) -> None:
        """Tell every connected bot of an event."""
        for socket in list(self._sockets):
            await self._send(socket, name, data)

    async def handle(self, request: web.Request) -> web.WebSocketResponse:
        """A bot's connection, from HELLO to its end."""
        if self.shut:
            raise web.HTTPServiceUnavailable
        socket = web.WebSocketResponse(autoclose=False)
        await socket.prepare(request)
        hello = {"op": HELLO, "d": {"heartbeat_interval": HEARTBEAT_INTERVAL}}
        await socket.send_json(hello)
        try:
            async for message in socket:
                if message.type is WSMsgType.CLOSE or self.silent:
                    break
                await self._receive(socket, json.loads(message.data))
        finally:
            self._sockets.discard(socket)
        if self.silent:
            await self._closing.wait()
        await socket.close()
        return socket

    async def _receive(self, socket: web.WebSocketResponse, message: Json) -> None:
        if message["op"] == HEARTBEAT:
            await socket.send_json({"op": HEARTBEAT_ACK})
        elif message["op"] == IDENTIFY and self.refusal is not None:
            await socket.close(code=self.refusal)
        elif message["op"] == IDENTIFY:
            await self._welcome(socket)
        elif message["op"] == RESUME:
            self._sockets.add(socket)
            await self._send(socket, "RESUMED", {})

    async def _welcome(self, socket: web.WebSocketResponse) -> None:
        self.identified += 1
        await self._send(socket, "READY", self._ready())
        for guild in self._guilds():
            await self._send(socket, "GUILD_CREATE", guild)
        self._sockets.add(socket)

    async def _send(self, socket: web.WebSocketResponse, name: str, data: Json) -> None:
        self._sequence += 1
        await socket.send_json({"op": DISPATCH, "t": name, "s": self._sequence, "d": data})

    def _ready(self) -> Json:
        return {
            "v": 10,
            "user": user(BOT) | {"verified": True, "mfa_enabled": False},
            "guilds": [{"id": guild["id"], "unavailable": True} for guild in self._guilds()],
            "session_id": f"session-{self.identified}",
            "resume_gateway_url": self.url,
            "application": {"id": str(APPLICATION_ID), "flags": 0},
        }


TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"

# What GUILD_CREATE contains in addition to the server itself.
_CREATED: Json = {
    "unavailable": False,
    "large": False,
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

    async def add_guild(self, guild: FakeGuild) -> None:
        """A user adds the bot to a server."""
        guild.joined = True
        if guild not in self.guilds:
            self.guilds.append(guild)
        await self.gateway.dispatch("GUILD_CREATE", _created(guild))

    async def remove_guild(self, guild: FakeGuild) -> None:
        """A user removes the bot from a server.

        https://docs.discord.com/developers/events/gateway-events#guild-delete
        """
        guild.joined = False
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)})

    def register(self, commands: list[Json]) -> list[Json]:
        """Have these commands in the place of all others, for the bot or for another program.

        A command keeps its id, and its version while nothing of it changes.
        """
        known = {(one["type"], one["name"]): one for one in self.commands}
        made = [_command(command, known) for command in commands]
        self.commands = made
        return made

    async def change(self, channel: FakeChannel) -> None:
        """Tell bots that a channel is not as it was."""
        await self.gateway.dispatch("CHANNEL_UPDATE", channel.payload())

    def forget_nonces(self) -> None:
        """As Discord does after some minutes."""
        self.guild.forget_nonces()

    def _application(self) -> web.Application:
        application = super()._application()
        application.router.add_get("/gateway", self.gateway.handle)
        return application

    def _created(self) -> list[Json]:
        return [_created(guild) for guild in self.guilds if guild.joined]

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
        if seen.path == f"/applications/{APPLICATION_ID}/commands":
            if seen.method == "PUT":
                return _json(self.register(seen.body["items"]))
            return _json(self.commands)
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


def _created(guild: FakeGuild) -> Json:
    """What GUILD_CREATE tells of a server."""
    return (
        guild.guild_payload()
        | _CREATED
        | {
            "member_count": guild.member_count,
            "channels": [channel.payload() for channel in guild.channels.values()],
            "members": [member()],
        }
    )


_numbers = count(700)


def _command(command: Json, known: Mapping[tuple[int, str], Json]) -> Json:
    # What is chosen on a message has no description: Discord says so with an empty one.
    # https://docs.discord.com/developers/interactions/application-commands#application-command-object
    made = {"description": "", "type": 1, **command, "application_id": str(APPLICATION_ID)}
    before = known.get((made["type"], made["name"]))
    if before is None:
        return made | {"id": str(next(_numbers)), "version": str(next(_numbers))}
    kept = {name: before[name] for name in ("id", "version")}
    return before if before == made | kept else made | kept | {"version": str(next(_numbers))}


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
