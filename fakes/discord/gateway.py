"""The fake Discord's gateway: a websocket that greets, beats, and tells of what happens.

https://docs.discord.com/developers/events/gateway: in plain JSON, without compression.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any, TypeAlias

from aiohttp import WSMsgType, web

from fakes.discord.channels import BOT, Json, user

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
        """How often a bot has come anew."""
        self.refusal: int | None = None
        """A close code to answer IDENTIFY with: 4004 is a token that is not valid."""
        self.shut = False
        """Whether nobody is let in, while the rest of Discord works."""
        self.silent = False
        """Whether nothing is answered any more, not even a goodbye: the network swallows all."""
        self._guilds = guilds
        self._sequence = 0
        self._sockets: set[web.WebSocketResponse] = set()
        self._closing = asyncio.Event()

    @property
    def connected(self) -> bool:
        """Whether a bot is there and was told of its server."""
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
