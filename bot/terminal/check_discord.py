"""Checks of Discord: the token, the gateway, and the bot's permissions in its channels."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp
import discord
from discord.http import Route

from bot.domain.preferences import Route as Topic
from bot.settings import WHERE, Settings, looks_like_a_token
from bot.terminal.findings import Finding, Look, note, ok, wrong
from bot.text.channel_check import PERMISSIONS, Viewers, ViewingRole, viewers_of

NAME = "Discord"
GATEWAY = "Discord's gateway"
PORTAL = "https://discord.com/developers/applications"
PUBLIC = "Public Bot"
INTERACTIONS = "Interactions Endpoint URL"
MAKE_PRIVATE = f"{PORTAL} → Installation → Install Link: None, then Bot → {PUBLIC}: off"
AWAY = (
    *(discord.HTTPException, discord.RateLimited, discord.GatewayNotFound),
    *(aiohttp.ClientError, OSError),
)
ELSEWHERE = "Set DISCORD_ALERTS_CHANNEL, or leave it out and use /settings channel"
FEW = 20
"""Connections left of today's thousand, below which it is worth a warning."""
HELLO = 10
"""The gateway's opcode. https://docs.discord.com/developers/topics/opcodes-and-status-codes"""
_TOPICS = {
    Topic.RETURNS: "Refunds channel",
    Topic.PAYOUTS: "Payouts channel",
    Topic.DIGESTS: "Digests channel",
}


@dataclass(frozen=True, slots=True)
class Rights:
    """What the bot may do in a channel, and who sees it."""

    missing: tuple[str, ...]
    """What the bot may not do there that it needs, as Discord's menus call it."""
    private: bool
    viewers: Viewers


async def discord_side(look: Look) -> list[Finding]:
    """Log in as the bot does; a running bot is not disturbed."""
    async with discord_client(look.settings.discord_api_url) as client:
        try:
            await client.login(look.settings.discord_token.get_secret_value())
        except discord.LoginFailure:
            return [wrong(NAME, _rejected(look.settings), WHERE["DISCORD_TOKEN"])]
        except AWAY:
            return [wrong(NAME, "did not answer", "Is this machine online?")]
        assert client.user is not None
        found = [ok(NAME, f"accepted the token of {client.user.name}"), *_portal(client)]
        found.append(await _gateway(client, look.http))
        for name, channel_id in _channels(look).items():
            found.append(await _channel(client, name, channel_id))
    return found


def _rejected(settings: Settings) -> str:
    if looks_like_a_token(settings.discord_token):
        return "rejected this token"
    return "this is not a bot's token"


@asynccontextmanager
async def discord_client(api_url: str) -> AsyncIterator[discord.Client]:
    """A client as bot.client makes it; the API's address, which is global, is restored after."""
    before = Route.BASE
    discord.VoiceClient.warn_nacl = discord.VoiceClient.warn_dave = False
    Route.BASE = api_url
    client = discord.Client(intents=discord.Intents(guilds=True), max_ratelimit_timeout=30.0)
    try:
        yield client
    finally:
        await client.close()
        Route.BASE = before


def _portal(client: discord.Client) -> Iterator[Finding]:
    """What should be changed in the developer portal."""
    application = client.application
    assert application is not None, "known once logged in"
    if application.bot_public:
        said = "on, so anybody can add the bot to a server (it shows nothing there)"
        yield note(PUBLIC, said, MAKE_PRIVATE)
    else:
        yield ok(PUBLIC, "off: nobody else can add the bot to a server")
    if application.interactions_endpoint_url:
        said = "Discord sends commands there instead of to the bot"
        yield wrong(
            INTERACTIONS, said, f"{PORTAL} → General Information → {INTERACTIONS}: clear it"
        )


async def _gateway(client: discord.Client, http: aiohttp.ClientSession) -> Finding:
    """Connect to the gateway until its greeting, without identifying as the bot."""
    try:
        _, url, limits = await client.http.get_bot_gateway()
        async with http.ws_connect(f"{url}?v=10&encoding=json") as socket:
            greeting = await socket.receive_json()
    except (*AWAY, TypeError, ValueError):
        return wrong(GATEWAY, "cannot be reached", "Does a proxy block WebSockets?")
    if greeting.get("op") != HELLO:
        return wrong(GATEWAY, "sent no greeting", "Is DISCORD_API_URL right?")
    left = limits.get("remaining", 0)
    if left < FEW:
        said = f"Discord allows only {left} more connections today"
        return wrong(GATEWAY, said, "Something keeps restarting the bot: see its log")
    return ok(GATEWAY, "reachable; no privileged intent is needed")


def _channels(look: Look) -> dict[str, int | None]:
    """The channels that alerts go to, by their names in the table."""
    producer = look.inspected.producer if look.inspected is not None else None
    fixed = look.settings.discord_alerts_channel
    chosen = producer.channel_id if producer is not None else None
    others = producer.preferences.channels if producer is not None else {}
    return {"Sales channel": fixed or chosen} | {
        _TOPICS[topic]: channel_id for topic, channel_id in others.items()
    }


async def _channel(client: discord.Client, name: str, channel_id: int | None) -> Finding:
    if channel_id is None:
        return note(name, "not chosen yet", "/settings channel in Discord")
    try:
        _, rights = await rights_in(client, channel_id)
    except discord.NotFound:
        return wrong(name, f"{channel_id} no longer exists", ELSEWHERE)
    except discord.Forbidden:
        advice = "Invite the bot, or Edit Channel → Permissions: add it"
        return wrong(name, f"the bot cannot see {channel_id}", advice)
    except discord.InvalidData:
        return wrong(name, f"{channel_id} is not a server's channel", ELSEWHERE)
    except AWAY:
        return wrong(name, "Discord did not answer", "Try again")
    return _judged(name, rights)


def _judged(name: str, rights: Rights) -> Finding:
    if rights.missing:
        said = f"the bot lacks {', '.join(rights.missing)}"
        return wrong(name, said, "Edit Channel → Permissions → the bot")
    if not rights.private:
        advice = "Edit Channel → Permissions → Private Channel, then add the bot"
        return wrong(name, "everyone can see it, so no sale is posted", advice)
    if rights.viewers.most:
        roles = ", ".join(_role(role, rights.viewers.members) for role in rights.viewers.roles[:5])
        said = f"most members can see it, through {roles}"
        return note(name, said, "Edit Channel → Permissions: remove that role")
    return ok(name, "private, and the bot has every permission it needs there")


def _role(role: ViewingRole, members: int | None) -> str:
    if role.members is None or not members:
        return role.name
    return f"{role.name} ({role.members:,} of {members:,})"


async def rights_in(
    client: discord.Client, channel_id: int
) -> tuple[discord.abc.GuildChannel, Rights]:
    """A channel (of a thread its parent), and what the bot may do there.

    Its server is fetched too: permissions depend on its roles. Raises what discord.py raises;
    InvalidData if it is not a channel of a server.
    """
    assert client.user is not None
    seen = await client.fetch_channel(channel_id)
    thread = isinstance(seen, discord.Thread)
    home = seen.parent_id if isinstance(seen, discord.Thread) else channel_id
    if not isinstance(seen, discord.abc.GuildChannel | discord.Thread):
        raise discord.InvalidData("not a channel of a server")
    guild = await client.fetch_guild(seen.guild.id)
    channel = await guild.fetch_channel(home)
    assert isinstance(channel, discord.abc.GuildChannel)
    me = await guild.fetch_member(client.user.id)
    return channel, rights_of(channel, me, await _counts(guild), thread=thread)


def rights_of(
    channel: discord.abc.GuildChannel,
    me: discord.Member,
    counts: dict[int, int] | None = None,
    *,
    thread: bool = False,
) -> Rights:
    """What the bot may do in a channel; `counts`: members by role, if they are known."""
    return Rights(
        _lacking(discord.abc.GuildChannel.permissions_for(channel, me), thread=thread),
        private=not channel.permissions_for(channel.guild.default_role).view_channel,
        viewers=viewers_of(channel, counts, channel.guild.approximate_member_count),
    )


async def _counts(guild: discord.Guild) -> dict[int, int] | None:
    """How many members have each role; None if Discord does not say."""
    try:
        return {role.id: count for role, count in (await guild.role_member_counts()).items()}
    except AWAY:
        return None


def _lacking(mine: discord.Permissions, *, thread: bool) -> tuple[str, ...]:
    """The permissions that the bot needs and lacks; threads have one of their own for posting."""
    needed = {right: str(words) for right, words in PERMISSIONS.items()}
    if thread:
        del needed["send_messages"]
        needed["send_messages_in_threads"] = "Send Messages in Threads"
    return tuple(words for right, words in needed.items() if not getattr(mine, right))
