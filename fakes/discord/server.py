"""A small Discord: rates, nonces, rights and faults as discord.py would meet them.

Use: `async with FakeDiscord(clock) as discord:` and point `discord.http.Route.BASE` at `.url`, or
let a bot find all it needs there to log in, connect, and be asked something.
Rate limits run on real time in tiny windows; everything else goes by the clock handed in.
"""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from typing import Any, Self

from aiohttp import web

from fakes.discord.gateway import APPLICATION_ID, Gateway, created
from fakes.discord.guild import (
    BOT,
    OWNER,
    FakeChannel,
    FakeGuild,
    Json,
    Refused,
    make_message,
    member,
    user,
)

TOKEN = "MTk4NjIyNDgzNDcxOTI1MjQ4.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"

Answer = Callable[["FakeDiscord", tuple[Any, ...], Json, web.Request], Any]
"""Of the server, what the path names, the body and the request."""
Key = tuple[str, str]


@dataclass(kw_only=True)
class Seen:
    """A request as it came, and how it was answered (0: not at all)."""

    method: str
    path: str
    body: Json
    at: float
    """The event loop's time when it arrived."""
    status: int = 0


@dataclass(kw_only=True)
class Fault:
    """What goes wrong with the next requests that match: an answer, or none."""

    method: str
    path: str = ""
    """A part of the path."""
    about: str = ""
    """A part of what is sent."""
    status: int = 0
    code: int = 0
    text: str = "fault"
    headers: dict[str, str] = field(default_factory=dict)
    via: bool = True
    """True: Discord itself answers; False: Cloudflare in front of it."""
    page: str | None = None
    """A page that a proxy answers with, in place of Discord's JSON."""
    cut: bool = False
    """Break the JSON off in its middle, whatever was to be answered."""
    retry_after: float | None = 0.01
    """Of a 429; None: Discord does not say, as it sometimes happens."""
    drop: bool = False
    """Close the connection instead of an answer."""
    hang: bool = False
    """Do not answer at all until the server closes."""
    done: bool = False
    """Do what was asked for before the fault."""
    times: int = 1


@dataclass
class Rate:
    """So many requests in a window of so many (real) seconds."""

    limit: int = 5
    window: float = 0.02
    used: int = 0
    ends: float = 0.0

    def take(self, now: float) -> bool:
        if now >= self.ends:
            self.used, self.ends = 0, now + self.window
        self.used += 1
        return self.used <= self.limit

    def headers(self, now: float, bucket: str) -> dict[str, str]:
        # Rounded up: a client that waits this long is never too early.
        left = max(0.0, self.ends - now) + 0.001
        return {
            "X-RateLimit-Bucket": bucket,
            "X-RateLimit-Limit": str(self.limit),
            "X-RateLimit-Remaining": str(max(0, self.limit - self.used)),
            "X-RateLimit-Reset": f"{self.ends:.3f}",
            "X-RateLimit-Reset-After": f"{left:.3f}",
        }


class FakeDiscord:
    """The server. `guild` is what is there, `seen` all that was asked, `faults` what goes wrong."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.guild = FakeGuild(clock)
        self.guilds = [self.guild]
        """All servers there are: most tests need one."""
        self.gateway = Gateway(self._joined)
        self.token = TOKEN
        self.application: Json = dict(APPLICATION)
        self.commands: list[Json] = []
        """As the bot has registered them, each with the id it got."""
        self.answers: dict[str, list[Json]] = {}
        """Callbacks and later answers of interactions, by the interaction's token."""
        self.seen: list[Seen] = []
        self.faults: list[Fault] = []
        self.rate_limit, self.rate_window = 5, 0.02
        self.refused_by_rate = 0
        self.on_request: Callable[[Seen], Awaitable[None]] | None = None
        """Called before each answer, to do something in between."""
        self.answered: Callable[[Seen], None] = lambda _: None
        """Called when a request has been done and before it is answered."""
        self.url = ""
        self._rates: dict[Key, Rate] = {}
        self._closing = asyncio.Event()
        self._numbers = count(700)
        application = web.Application()
        application.router.add_route("*", "/api/v10/{path:.*}", self._handle)
        application.router.add_get("/gateway", self.gateway.handle)
        self._runner = web.AppRunner(application, shutdown_timeout=0.1, access_log=None)
        self._site: web.TCPSite | None = None
        self._port = 0

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._closing.set()
        self.gateway.close()
        await self._runner.cleanup()

    async def open(self) -> None:
        """Listen, on the same port as before after `shut`."""
        self._site = web.TCPSite(self._runner, "127.0.0.1", self._port, reuse_address=True)
        await self._site.start()
        self._port = self._runner.addresses[0][1]
        self.url = f"http://127.0.0.1:{self._port}/api/v10"
        self.gateway.url = f"ws://127.0.0.1:{self._port}/gateway"

    async def shut(self) -> None:
        """Refuse connections and drop the open ones: Discord cannot be reached."""
        assert self._site is not None
        await self._site.stop()
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            connection.force_close()

    def fail(self, method: str, path: str = "", **what: Any) -> Fault:
        """Let the next matching request go wrong (see `Fault`)."""
        fault = Fault(method=method, path=path, **what)
        self.faults.append(fault)
        return fault

    def guild_of(self, guild_id: int) -> FakeGuild:
        """A server that the bot is a member of."""
        for guild in self.guilds:
            if guild.id == guild_id and guild.joined:
                return guild
        raise Refused(404, 10004, "Unknown Guild")

    def home(self, channel_id: int) -> FakeGuild:
        """The server of a channel."""
        return next((one for one in self.guilds if channel_id in one.channels), self.guild)

    def asked(self, method: str, path: str = "") -> list[Seen]:
        """The requests so far of a method, whose path contains this."""
        return [one for one in self.seen if one.method == method and path in one.path]

    async def until_asked(self, method: str) -> None:
        """Wait for the first request of this method."""
        async with asyncio.timeout(5):
            while not self.asked(method):  # noqa: ASYNC110 - simpler than an event a method
                await asyncio.sleep(0.001)

    async def add_guild(self, guild: FakeGuild) -> None:
        """A user adds the bot to a server."""
        guild.joined = True
        if guild not in self.guilds:
            self.guilds.append(guild)
        await self.gateway.dispatch("GUILD_CREATE", created(guild))

    async def remove_guild(self, guild: FakeGuild) -> None:
        """A user removes the bot from a server.

        https://docs.discord.com/developers/events/gateway-events#guild-delete
        """
        guild.joined = False
        await self.gateway.dispatch("GUILD_DELETE", {"id": str(guild.id)})

    async def change(self, channel: FakeChannel) -> None:
        """Tell bots that a channel is not as it was."""
        await self.gateway.dispatch("CHANNEL_UPDATE", channel.payload())

    def register(self, commands: list[Json]) -> list[Json]:
        """Have these commands in the place of all others, for the bot or for another program.

        A command keeps its id, and its version while nothing of it changes.
        """
        known = {(one["type"], one["name"]): one for one in self.commands}
        self.commands = [self._command(command, known) for command in commands]
        return self.commands

    def _command(self, command: Json, known: dict[tuple[int, str], Json]) -> Json:
        # What is chosen on a message has no description: Discord says so with an empty one.
        # https://docs.discord.com/developers/interactions/application-commands#application-command-object
        made = {"description": "", "type": 1, **command, "application_id": str(APPLICATION_ID)}
        before = known.get((made["type"], made["name"]), {})
        kept = {name: before.get(name) or str(next(self._numbers)) for name in ("id", "version")}
        if before in ({}, made | kept):
            return made | kept
        return made | kept | {"version": str(next(self._numbers))}

    def _joined(self) -> list[FakeGuild]:
        return [guild for guild in self.guilds if guild.joined]

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        body = await _body(request)
        path = "/" + request.match_info["path"]
        now = asyncio.get_running_loop().time()
        seen = Seen(method=request.method, path=path, body=dict(body), at=now)
        self.seen.append(seen)
        if self.on_request is not None:
            await self.on_request(seen)
        response = await self._respond(seen, request)
        seen.status = response.status if response is not None else 0
        if response is None:
            return await self._drop(request)
        return response

    async def _respond(self, seen: Seen, request: web.Request) -> web.Response | None:
        # What goes by an interaction's token needs no other.
        by_token = seen.path.startswith(("/interactions/", "/webhooks/"))
        if not by_token and request.headers.get("Authorization") != f"Bot {self.token}":
            return _json({"message": "401: Unauthorized", "code": 0}, 401, {})
        fault = self._fault(seen)
        if fault is not None:
            return await self._faulty(fault, seen, request)
        key = _bucket(seen)
        rate = self._rates.setdefault(key, Rate(self.rate_limit, self.rate_window))
        if not rate.take(seen.at):
            self.refused_by_rate += 1
            wait = rate.ends - seen.at
            return _limited(wait, rate.headers(seen.at, key[0]))
        return self._answer(seen, request, rate.headers(seen.at, key[0]))

    def _fault(self, seen: Seen) -> Fault | None:
        for fault in self.faults:
            meant = fault.method == seen.method and fault.path in seen.path
            if fault.times > 0 and meant and fault.about in json.dumps(seen.body):
                fault.times -= 1
                return fault
        return None

    async def _faulty(self, fault: Fault, seen: Seen, request: web.Request) -> web.Response | None:
        done = self._answer(seen, request, {}) if fault.done or fault.cut else None
        if fault.hang:
            await self._closing.wait()
        if fault.drop or fault.hang:
            return None
        headers = dict(fault.headers) | ({"Via": "1.1 google"} if fault.via else {})
        if fault.page is not None:
            return web.Response(
                text=fault.page, status=fault.status, headers=headers, content_type="text/html"
            )
        if fault.cut and done is not None and isinstance(done.body, bytes):
            return _raw(done.body[:40], done.status, headers)
        answer: Json = {"message": fault.text, "code": fault.code}
        if fault.status == 429 and fault.retry_after is not None:
            answer |= {"retry_after": fault.retry_after, "global": False}
        return _json(answer, fault.status, headers)

    def _answer(self, seen: Seen, request: web.Request, headers: dict[str, str]) -> web.Response:
        response = self._done(seen, request, headers)
        self.answered(seen)
        return response

    def _done(self, seen: Seen, request: web.Request, headers: dict[str, str]) -> web.Response:
        try:
            for method, pattern, answer in ROUTES:
                match = re.fullmatch(pattern, seen.path)
                if match and method in (seen.method, "*"):
                    named = tuple(int(one) if one.isdigit() else one for one in match.groups())
                    return _json(answer(self, named, dict(seen.body), request), 200, headers)
        except Refused as refused:
            return _refusal(refused, headers)
        return _json({"message": "404: Not Found", "code": 0}, 404, headers)

    async def _drop(self, request: web.Request) -> web.StreamResponse:
        if request.transport is not None:
            request.transport.abort()
        return web.Response()


async def _body(request: web.Request) -> Json:
    """What was sent; with files, the rest is one of the parts.

    https://docs.discord.com/developers/reference#uploading-files
    """
    if not request.can_read_body:
        return {}
    if request.content_type != "multipart/form-data":
        sent = await request.json()
        return sent if isinstance(sent, dict) else {"items": sent}
    form = await request.post()
    names = [part.filename for part in form.values() if isinstance(part, web.FileField)]
    files = [_attachment(number, name) for number, name in enumerate(names, start=1)]
    return dict(json.loads(str(form["payload_json"]))) | {"attachments": files}


def _attachment(number: int, name: str) -> Json:
    url = f"https://files.example/{number}/{name}"
    return {"id": str(number), "filename": name, "size": 1, "url": url, "proxy_url": url}


def _history(server: FakeDiscord, ids: tuple[Any, ...], _: Json, request: web.Request) -> Any:
    query = request.query
    places = {name: int(query[name]) for name in ("after", "before") if name in query}
    return server.home(ids[0]).history(ids[0], int(query.get("limit", 50)), **places)


def _gateway(server: FakeDiscord, *_: object) -> Json:
    limit = {"total": 1000, "remaining": 999, "reset_after": 0, "max_concurrency": 1}
    return {"url": server.gateway.url, "shards": 1, "session_start_limit": limit}


def _callback(server: FakeDiscord, names: tuple[Any, ...], body: Json, _: web.Request) -> Json:
    server.answers.setdefault(names[0], []).append(body)
    return {"interaction": {"id": "1", "type": 2}}


def _later(server: FakeDiscord, names: tuple[Any, ...], body: Json, _: web.Request) -> Json:
    """A callback's message lies under `data`; here the body is the message."""
    server.answers.setdefault(names[0], []).append({"type": 4, "data": body})
    return make_message(900, 1000, BOT, body | {"flags": 64})


ROUTES: tuple[tuple[str, str, Answer], ...] = (
    ("GET", "/users/@me", lambda *_: user(BOT) | {"verified": True, "mfa_enabled": False}),
    ("GET", "/oauth2/applications/@me", lambda server, *_: server.application),
    (
        "GET",
        "/users/@me/guilds",
        lambda s, *_: [one.summary() for one in s.guilds if one.joined],
    ),
    (
        "GET",
        r"/guilds/(\d+)/channels",
        lambda s, ids, *_: [one.payload() for one in s.guild_of(ids[0]).channels.values()],
    ),
    ("POST", r"/guilds/(\d+)/channels", lambda s, ids, b, _: s.guild_of(ids[0]).make_channel(b)),
    ("GET", r"/guilds/(\d+)", lambda server, ids, *_: server.guild_of(ids[0]).guild_payload()),
    ("GET", r"/guilds/(\d+)/members/(\d+)", lambda s, ids, *_: s.guild_of(ids[0]) and member()),
    (
        "GET",
        r"/guilds/(\d+)/roles/member-counts",
        lambda s, ids, *_: s.guild_of(ids[0]).member_counts(),
    ),
    ("GET", r"/channels/(\d+)", lambda s, ids, *_: s.home(ids[0]).channel(ids[0]).payload()),
    ("GET", r"/channels/(\d+)/messages", _history),
    ("GET", r"/channels/(\d+)/messages/(\d+)", lambda s, ids, *_: s.home(ids[0]).message(*ids)),
    ("POST", r"/channels/(\d+)/messages", lambda s, ids, b, _: s.home(ids[0]).create(ids[0], b)),
    (
        "PATCH",
        r"/channels/(\d+)/messages/(\d+)",
        lambda s, ids, b, _: s.home(ids[0]).edit(ids[0], ids[1], b),
    ),
    (
        "DELETE",
        r"/channels/(\d+)/messages/(\d+)",
        lambda s, ids, *_: s.home(ids[0]).delete(ids[0], ids[1]),
    ),
    ("GET", "/gateway/bot", _gateway),
    ("GET", f"/applications/{APPLICATION_ID}/commands", lambda server, *_: server.commands),
    (
        "PUT",
        f"/applications/{APPLICATION_ID}/commands",
        lambda server, _, body, __: server.register(body["items"]),
    ),
    ("POST", r"/interactions/\d+/([\w-]+)/callback", _callback),
    ("*", rf"/webhooks/{APPLICATION_ID}/([\w-]+)(?:/messages/.+)?", _later),
)

APPLICATION: Json = {
    "id": str(APPLICATION_ID),
    "name": "producer-bot",
    "description": "",
    "icon": None,
    "summary": "",
    "bot_public": False,
    "bot_require_code_grant": False,
    "verify_key": "",
    "flags": 0,
    "owner": user(OWNER),
    "team": None,
}


def _bucket(seen: Seen) -> Key:
    """Each method of each channel has its own: edits do not wait for sends."""
    found = re.match(r"/channels/(\d+)", seen.path)
    shape = re.sub(r"\d+", "N", seen.path).replace("/", "-")
    return f"{seen.method}{shape}", found.group(1) if found else ""


def _limited(wait: float, headers: dict[str, str]) -> web.Response:
    body = {"message": "You are being rate limited.", "retry_after": wait, "global": False}
    more = {"Via": "1.1 google", "Retry-After": f"{wait:.3f}", "X-RateLimit-Scope": "user"}
    return _json(body, 429, headers | more)


def _refusal(refused: Refused, headers: dict[str, str]) -> web.Response:
    body: Json = {"message": refused.message, "code": refused.code}
    more = {"Via": "1.1 google"}
    if refused.retry_after is not None:
        body |= {"retry_after": refused.retry_after, "global": False}
        more["Retry-After"] = f"{refused.retry_after:.3f}"
    return _json(body, refused.status, headers | more)


def _json(body: Any, status: int, headers: dict[str, str]) -> web.Response:
    return _raw(json.dumps(body).encode(), status, headers)


def _raw(raw: bytes, status: int, headers: dict[str, str]) -> web.Response:
    # A text body would get "; charset=utf-8" added, and discord.py would not read it as JSON.
    return web.Response(body=raw, status=status, headers=headers, content_type="application/json")
