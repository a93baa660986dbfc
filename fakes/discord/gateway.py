"""The fake Discord's gateway: one websocket a bot.

https://docs.discord.com/developers/events/gateway: in plain JSON, without compression.
"""

import asyncio
import json
from collections.abc import Callable

from aiohttp import WSMsgType, web

from fakes.discord.guild import BOT, FakeGuild, Json, member, user

DISPATCH, HEARTBEAT, IDENTIFY, RESUME, HELLO, HEARTBEAT_ACK = 0, 1, 2, 6, 10, 11
HEARTBEAT_INTERVAL = 41_250
"""Milliseconds, as Discord says."""
APPLICATION_ID = 600

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


def created(guild: FakeGuild) -> Json:
    """What GUILD_CREATE tells of a server."""
    seen = {
        "member_count": guild.member_count,
        "channels": [channel.payload() for channel in guild.channels.values()],
        "members": [member()],
    }
    return guild.guild_payload() | _CREATED | seen


class Gateway:
    """The gateway. `guilds` gives the servers that the bot is in."""

    def __init__(self, guilds: Callable[[], list[FakeGuild]]) -> None:
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
            await self._send(socket, "GUILD_CREATE", created(guild))
        self._sockets.add(socket)

    async def _send(self, socket: web.WebSocketResponse, name: str, data: Json) -> None:
        self._sequence += 1
        await socket.send_json({"op": DISPATCH, "t": name, "s": self._sequence, "d": data})

    def _ready(self) -> Json:
        return {
            "v": 10,
            "user": user(BOT) | {"verified": True, "mfa_enabled": False},
            "guilds": [{"id": str(guild.id), "unavailable": True} for guild in self._guilds()],
            "session_id": f"session-{self.identified}",
            "resume_gateway_url": self.url,
            "application": {"id": str(APPLICATION_ID), "flags": 0},
        }
