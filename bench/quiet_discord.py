"""As much of Discord as one bot with one private channel needs, and nothing that takes time.

A REST API that notes when each message came, and a gateway that tells of one server. It knows no
rate limits: what is measured is what the bot itself takes.
https://docs.discord.com/developers/events/gateway#connections
"""

import json
import time
from collections.abc import Callable
from typing import Any, Self

from aiohttp import web
from discord import Permissions

Json = dict[str, Any]

GUILD, CHANNEL, BOT, OWNER, APPLICATION = 100, 1000, 200, 400, 600
_MAY = Permissions(
    view_channel=True, send_messages=True, embed_links=True, read_message_history=True
)
_HIDDEN = Permissions(view_channel=True)
_HELLO, _IDENTIFY, _HEARTBEAT, _HEARTBEAT_ACK, _DISPATCH = 10, 2, 1, 11, 0


class QuietDiscord:
    """`async with QuietDiscord(posted) as discord:` serves the API at `discord.url`.

    `posted` is called for each message as it arrives, with its body and the monotonic time.
    """

    def __init__(self, posted: Callable[[Json, float], None] = lambda *_: None) -> None:
        self.posted = posted
        self.edits = 0
        self.url = ""
        self._made = 10_000
        application = web.Application()
        application.router.add_get("/gateway", self._gateway)
        application.router.add_post("/api/v10/channels/{id}/messages", self._post)
        application.router.add_patch("/api/v10/channels/{id}/messages/{message}", self._edit)
        application.router.add_route("*", "/api/v10/applications/{id}/commands", _no_commands)
        application.router.add_get("/api/v10/{path:.*}", self._get)
        self._runner = web.AppRunner(application, access_log=None, shutdown_timeout=0.1)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}/api/v10"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    async def _post(self, request: web.Request) -> web.Response:
        now = time.monotonic()
        body = await request.json()
        self.posted(body, now)
        self._made += 1
        return _answer(_message(self._made, body))

    async def _edit(self, request: web.Request) -> web.Response:
        self.edits += 1
        return _answer(_message(int(request.match_info["message"]), await request.json()))

    async def _get(self, request: web.Request) -> web.Response:
        answers: dict[str, Json] = {
            "users/@me": _USER,
            "oauth2/applications/@me": _APPLICATION,
            "gateway/bot": _gateway_at(f"ws://127.0.0.1:{self._port}/gateway"),
            f"channels/{CHANNEL}": _CHANNEL,
        }
        found = answers.get(request.match_info["path"])
        return _answer({"message": "404", "code": 0}, 404) if found is None else _answer(found)

    async def _gateway(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"op": _HELLO, "d": {"heartbeat_interval": 41_250}})
        async for message in socket:
            operation = json.loads(message.data)["op"]
            if operation == _IDENTIFY:
                await _tell(socket, 1, "READY", _ready())
                await _tell(socket, 2, "GUILD_CREATE", _GUILD)
            elif operation == _HEARTBEAT:
                await socket.send_json({"op": _HEARTBEAT_ACK})
        return socket


async def _tell(socket: web.WebSocketResponse, sequence: int, event: str, data: Json) -> None:
    await socket.send_json({"op": _DISPATCH, "s": sequence, "t": event, "d": data})


async def _no_commands(request: web.Request) -> web.Response:
    await request.read()
    return _answer([])


def _answer(body: object, status: int = 200) -> web.Response:
    # A text body would get "; charset=utf-8" added, and discord.py would not read it as JSON.
    raw = json.dumps(body).encode()
    return web.Response(body=raw, status=status, content_type="application/json")


def _role(role_id: int, permissions: Permissions) -> Json:
    return {
        "id": str(role_id),
        "name": "role",
        "permissions": str(permissions.value),
        "position": 0,
        "color": 0,
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "flags": 0,
    }


def _overwrite(who: int, kind: int, allow: Permissions, deny: Permissions) -> Json:
    return {"id": str(who), "type": kind, "allow": str(allow.value), "deny": str(deny.value)}


def _gateway_at(url: str) -> Json:
    limit = {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}
    return {"url": url, "shards": 1, "session_start_limit": limit}


def _ready() -> Json:
    return {
        "v": 10,
        "user": _USER,
        "guilds": [{"id": str(GUILD), "unavailable": True}],
        "session_id": "session",
        "resume_gateway_url": "ws://127.0.0.1:9",
        "application": {"id": str(APPLICATION), "flags": 0},
    }


def _message(message_id: int, body: Json) -> Json:
    return {
        "id": str(message_id),
        "channel_id": str(CHANNEL),
        "author": _USER,
        "content": body.get("content") or "",
        "embeds": body.get("embeds") or [],
        "components": body.get("components") or [],
        "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "pinned": False,
        "type": 0,
        "nonce": body.get("nonce"),
    }


_USER: Json = {
    "id": str(BOT),
    "username": "producer-bot",
    "discriminator": "0",
    "global_name": None,
    "avatar": None,
    "bot": True,
    "verified": True,
    "mfa_enabled": False,
    "flags": 0,
}

_APPLICATION: Json = {
    "id": str(APPLICATION),
    "name": "producer-bot",
    "description": "",
    "icon": None,
    "summary": "",
    "bot_public": False,
    "bot_require_code_grant": False,
    "verify_key": "",
    "flags": 0,
    "owner": _USER | {"id": str(OWNER), "bot": False},
    "team": None,
}

_CHANNEL: Json = {
    "id": str(CHANNEL),
    "type": 0,
    "guild_id": str(GUILD),
    "name": "sales",
    "position": 0,
    "parent_id": None,
    "permission_overwrites": [
        _overwrite(GUILD, 0, Permissions(), _HIDDEN),
        _overwrite(BOT, 1, _MAY, Permissions()),
    ],
}

_GUILD: Json = {
    "id": str(GUILD),
    "name": "Beats",
    "owner_id": str(OWNER),
    "unavailable": False,
    "member_count": 2,
    "roles": [_role(GUILD, Permissions.text())],
    "channels": [_CHANNEL],
    "threads": [],
    "members": [
        {
            "user": _USER,
            "roles": [],
            "joined_at": "2026-01-01T00:00:00+00:00",
            "deaf": False,
            "mute": False,
            "flags": 0,
        }
    ],
    "emojis": [],
    "stickers": [],
    "features": [],
    "presences": [],
    "voice_states": [],
    "stage_instances": [],
    "guild_scheduled_events": [],
    "soundboard_sounds": [],
    "premium_tier": 0,
    "preferred_locale": "en-US",
    "verification_level": 0,
    "default_message_notifications": 0,
    "explicit_content_filter": 0,
    "mfa_level": 0,
    "nsfw_level": 0,
    "system_channel_flags": 0,
    "afk_timeout": 300,
}
