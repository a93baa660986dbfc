"""A simulated Discord (simcord) with one server, one private channel and one producer in it.

The real client is attached to it. What the bot posts in the channel is also printed in the
terminal; a page in the browser shows the channel as Discord would, and runs every command.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

import discord
import simcord
import structlog
from simcord import (
    ChannelHandle,
    Env,
    GuildHandle,
    InteractionResult,
    MemberActor,
    Preview,
    SetupError,
)
from simcord._clock import Clock as SimulatedClock
from simcord.http.router import _ROUTES, RequestContext, route
from simcord.http.routes.guilds import get_guild
from simcord.preview._markdown import _FIELD_POLICIES

from bot.domain.period import Clock
from demo.terminal import Narrator


@route("GET", "/guilds/{guild_id}/roles/member-counts")
def role_member_counts(ctx: RequestContext) -> dict[str, int]:
    """How many members have each role, without @everyone.

    https://docs.discord.com/developers/resources/guild#get-guild-role-member-counts
    """
    guild = ctx.backend.get_guild(ctx.int_arg("guild_id"))
    counts = Counter(role_id for member in guild.members.values() for role_id in member.role_ids)
    return {str(role_id): counts[role_id] for role_id in guild.roles if role_id != guild.id}


def counted_guild(ctx: RequestContext) -> Any:
    """A server with its approximate_member_count, as `with_counts` asks for it."""
    members = len(ctx.backend.get_guild(ctx.int_arg("guild_id")).members)
    return {**get_guild(ctx), "approximate_member_count": members}


# The first of two that fit counts.
_ROUTES["GET"].insert(0, (["guilds", "{guild_id}"], counted_guild))


# Discord shows names of channels and commands in embeds as well.
# https://docs.discord.com/developers/reference#message-formatting
for _place in ("embed_description", "embed_field_value"):
    _FIELD_POLICIES[_place] |= {"mentions": True, "commands": True}


BOT = "Producer Bot"
SERVER = "Low Tide Beats"
CHANNEL = "sales"
TOPIC = "Every sale, the moment it is paid. Only Producers see this channel."

BUSY_PAUSE = 0.5
"""Seconds until the next try while the user is doing something in the page."""
PATIENCE = 20

Answer = TypeVar("Answer")
Heard = Callable[[Mapping[str, Any], bool], None]
"""Called with a message as Discord sends it to clients, and whether it was edited."""


class Today(SimulatedClock):
    """simcord's clock stands still on a day of its own; a person wants to see theirs."""

    def __init__(self, present: Clock) -> None:
        super().__init__()
        self._present = present

    def now(self) -> datetime:
        return self._present()


@dataclass(frozen=True, slots=True)
class SimulatedDiscord:
    """The simulated server, as the demo uses it."""

    env: Env
    server: GuildHandle
    channel: ChannelHandle
    producer: MemberActor
    page: Preview
    posts: Callable[[int], discord.PartialMessageable]
    """The bot's way to a channel, by its id."""

    async def ask(self, command: str, **options: Any) -> InteractionResult:
        """Run a slash command as the producer; SetupError if the page is busy for too long."""
        return await _unhindered(partial(self.producer.slash, self.channel, command, **options))

    async def say(self, title: str, text: str, shop: str) -> None:
        """Post a message of the demo's own, with a button to the public page."""
        view = discord.ui.View()
        view.add_item(discord.ui.Button(label="Open the public page", url=shop))
        embed = discord.Embed(title=title, description=text, colour=discord.Colour.blurple())
        await self.posts(self.channel.id).send(embed=embed, view=view)

    async def refresh(self) -> None:
        """Show the page what is new; SetupError if it is busy for too long."""
        await _unhindered(self.page.refresh)

    def listen(self, heard: Heard) -> None:
        """Call `heard` with everything that stands in the channel for all to see, from now on."""
        channel_id = str(self.channel.id)
        told = {"MESSAGE_CREATE": False, "MESSAGE_UPDATE": True}

        def hear(event: str, payload: Mapping[str, Any]) -> None:
            if event not in told or payload["channel_id"] != channel_id:
                return
            if not payload["flags"] & discord.MessageFlags.ephemeral.flag:
                heard(payload, told[event])

        self.env.backend.subscribers.append(hear)


async def _unhindered(do: Callable[[], Awaitable[Answer]]) -> Answer:
    """Do it as soon as nobody is just doing something in the page: simcord allows one at a time."""
    for _ in range(PATIENCE):
        try:
            return await do()
        except SetupError as trouble:
            if "overlaps" not in str(trouble):
                raise
        await asyncio.sleep(BUSY_PAUSE)
    return await do()


@asynccontextmanager
async def simulated_discord(
    client: discord.Client, present: Clock, timezone: str
) -> AsyncIterator[SimulatedDiscord]:
    """Attach the client, furnish the server, show the page.

    `timezone` is an IANA name: the page shows times in it. Raises RuntimeError when times would
    not be today's.
    """
    async with simcord.run(client, check_errors=False) as env:
        env.backend.clock = Today(present)
        if abs(env.now() - present()) > timedelta(seconds=5):
            raise RuntimeError("the simulated Discord does not keep the demo's time")
        env.backend.edit_bot_profile(BOT)
        server, channel, producer = _furnish(env)
        async with env.preview(
            channel, viewers=[producer], layout="channel", timezone=timezone
        ) as page:
            posts = client.get_partial_messageable
            yield SimulatedDiscord(env, server, channel, producer, page, posts)


def _furnish(env: Env) -> tuple[GuildHandle, ChannelHandle, MemberActor]:
    """A server with a channel that only its Producers and the bot can see."""
    server = env.create_guild(SERVER)
    role = server.create_role(
        "Producer",
        permissions=discord.Permissions(
            view_channel=True,
            manage_guild=True,
            read_message_history=True,
            send_messages=True,
            use_application_commands=True,
        ),
    )
    producer = server.add_member(env.create_user("you", global_name="You"), roles=[role])
    shown = discord.PermissionOverwrite(view_channel=True)
    channel = server.create_text_channel(
        CHANNEL,
        topic=TOPIC,
        overwrites={
            server.default_role: discord.PermissionOverwrite(view_channel=False),
            role: shown,
            server.roles[BOT]: shown,
        },
    )
    return server, channel, producer


log = structlog.get_logger()

REST = 0.8
"""Seconds between two refreshes at least. A page somebody is typing in should not be disturbed
more often than there is something new.
"""


class Listener:
    """Follows the channel until it is cancelled."""

    def __init__(self, side: SimulatedDiscord, narrator: Narrator) -> None:
        self._side = side
        self._narrator = narrator
        self._news = asyncio.Event()
        side.listen(self._heard)

    async def run(self) -> None:
        """Refresh the page once for all that was said since the last time."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._side.refresh()
            except (SetupError, TimeoutError) as trouble:
                log.info("page not merge_listed", reason=str(trouble))
            await asyncio.sleep(REST)

    def _heard(self, payload: Mapping[str, Any], edited: bool) -> None:
        self._narrator.heard(payload, edited=edited)
        self._news.set()
