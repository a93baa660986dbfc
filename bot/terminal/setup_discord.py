"""The set-up's part with Discord: the bot's token, its server, and the channel for its alerts."""

import base64
import binascii
import io
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
import discord
import segno

from bot.domain.period import Clock
from bot.settings import WHERE
from bot.terminal.check_discord import (
    AWAY,
    INTERACTIONS,
    PORTAL,
    Rights,
    discord_client,
    rights_in,
    rights_of,
)
from bot.terminal.check_machine import NTP, TOLERANCE, seconds_off
from bot.terminal.questions import Trouble, Unusable, usable
from bot.text.channel_check import PERMISSIONS

NEW = "sales"
"""What the channel is called that the set-up creates."""
MOST_CHANNELS = 20
"""Offered by their numbers; any other can be named by its id."""
LOOK_AGAIN = 2.0
"""Seconds between two looks whether the bot is in a server."""
_CREATES = {"manage_channels": True}
_HIDDEN = dict.fromkeys(PERMISSIONS, True)
_ID = re.compile(r"\d{15,20}")


@dataclass(frozen=True, slots=True)
class BotAccount:
    """The application that a token belongs to."""

    token: str
    application: int
    name: str
    public: bool
    """Whether others can add the bot to their servers."""

    @property
    def invitation(self) -> str:
        """The link that adds the bot to a server, with what it needs to create its channel too."""
        permissions = discord.Permissions(**_HIDDEN, **_CREATES)
        return (
            f"https://discord.com/oauth2/authorize?client_id={self.application}"
            f"&scope=bot+applications.commands&permissions={permissions.value}"
        )


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel that may be chosen, and what the bot may do there."""

    id: int
    name: str
    server: str
    rights: Rights

    @property
    def fit(self) -> bool:
        """Whether alerts may go there."""
        return self.rights.private and not self.rights.missing


@dataclass(frozen=True, slots=True)
class Server:
    """A server that the bot is in, with its text channels."""

    id: int
    name: str
    channels: tuple[Channel, ...]


def token_trouble(token: str) -> str | None:
    """What a text is that cannot be a bot's token; None for what may be one.

    https://docs.discord.com/developers/reference#authentication
    """
    parts = token.split(".")
    if token.startswith("mfa."):
        return "This is a user's own token, which no bot may use."
    if _ID.fullmatch(token):
        return "This is the application's id, not the bot's token."
    if re.fullmatch(r"[0-9a-f]{64}", token):
        return "This is the application's public key, not the bot's token."
    if len(parts) == 1 and re.fullmatch(r"[\w-]{32}", token):
        return "This is the application's client secret, not the bot's token."
    if len(parts) != 3 or not _names_a_user(parts[0]):
        return "This is not a bot's token, which has three parts separated by dots."
    return None


def _names_a_user(part: str) -> bool:
    try:
        return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).isdigit()
    except (binascii.Error, ValueError):
        return False


def account_of(api_url: str, clock: Clock) -> Callable[[str], Awaitable[BotAccount]]:
    """The check of a token: whose it is, and whether the two clocks agree."""

    async def check(token: str) -> BotAccount:
        usable("DISCORD_TOKEN", token)
        trouble = token_trouble(token)
        if trouble is not None:
            raise Unusable(trouble, WHERE["DISCORD_TOKEN"])
        async with discord_client(api_url) as client:
            await log_in(client, token)
            application = client.application
            assert application is not None, "known once logged in"
            if application.interactions_endpoint_url:
                raise Trouble(
                    "Discord sends this bot's commands to an address instead of the bot.",
                    f"{PORTAL} → General Information → {INTERACTIONS}: clear it",
                )
            await _compare_clocks(api_url, clock)
            public = application.bot_public
            return BotAccount(token, application.id, application.name, public)

    return check


async def log_in(client: discord.Client, token: str) -> None:
    """Log in by the API alone; a running bot is not disturbed. Raises Trouble."""
    try:
        await client.login(token)
    except discord.LoginFailure:
        raise Trouble(
            "Discord rejected this token: it has been reset since, or it belongs to a user, not to "
            "a bot.",
            WHERE["DISCORD_TOKEN"],
        ) from None
    except AWAY as away:
        raise _away(away) from None


async def _compare_clocks(api_url: str, clock: Clock) -> None:
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as http:
            off = await seconds_off(http, clock, f"{api_url}/gateway")
    except (aiohttp.ClientError, OSError, TimeoutError) as away:
        raise _away(away) from None
    if off is not None and abs(off) >= TOLERANCE:
        said = f"{abs(off):,.0f} s {'fast' if off > 0 else 'slow'}"
        raise Trouble(
            f"This machine's clock is {said}: the bot would reject Stripe's webhooks.", NTP
        )


def _away(trouble: Exception) -> Trouble:
    said = f"Discord did not answer ({type(trouble).__name__})."
    return Trouble(said, "Is this machine connected to the internet? Then try again.")


def invitation(account: BotAccount, *, draws: bool) -> list[str]:
    """Lines with the link; `draws`: also as a QR code for the phone."""
    drawn = io.StringIO()
    if draws:
        segno.make(account.invitation).terminal(out=drawn, border=2, compact=True)
    scan = ", or scan it with your phone" if draws else ""
    return [
        f"Add {account.name} to your server: open this link{scan}.",
        "",
        account.invitation,
        "",
        *drawn.getvalue().splitlines(),
    ]


async def servers_of(api_url: str, account: BotAccount) -> list[Server]:
    """The servers that the bot is in. Raises Trouble."""
    async with discord_client(api_url) as client:
        await log_in(client, account.token)
        assert client.user is not None
        try:
            found = [guild async for guild in client.fetch_guilds(limit=20)]
            return [await _server(client, guild.id) for guild in found]
        except AWAY as away:
            raise _away(away) from None


async def _server(client: discord.Client, guild_id: int) -> Server:
    assert client.user is not None
    guild = await client.fetch_guild(guild_id)
    me = await guild.fetch_member(client.user.id)
    channels = [
        Channel(one.id, one.name, guild.name, rights_of(one, me))
        for one in await guild.fetch_channels()
        if isinstance(one, discord.TextChannel)
    ]
    return Server(guild.id, guild.name, tuple(channels))


class ChannelChoice:
    """The menu of channels, and the check of what is chosen from it."""

    def __init__(
        self, api_url: str, account: BotAccount, servers: list[Server], *, insist: bool
    ) -> None:
        """`insist`: a channel that most members can see is asked about."""
        self._insist = insist
        self._api_url = api_url
        self._account = account
        self._rows: list[Server | Channel] = [
            *servers,
            *(one for server in servers for one in server.channels if one.fit),
        ]
        del self._rows[MOST_CHANNELS:]
        self._unfit = sum(not one.fit for server in servers for one in server.channels)
        self._warned: set[int] = set()
        self._made: dict[int, int] = {}
        """Channels that were created, by their server: an answer that is given again makes none."""

    @property
    def lines(self) -> list[str]:
        """The menu."""
        rows = [f"  {number}  {_offered(row)}" for number, row in enumerate(self._rows, start=1)]
        hidden = f"Not offered: {self._unfit} that everyone can see or that the bot can't post in."
        return [
            "Choose a private channel for your sales: everyone who can see it sees the amounts.",
            *rows,
            *([hidden] if self._unfit else []),
        ]

    @property
    def default(self) -> str | None:
        """A channel that an earlier run has created, else a new one; None in several servers."""
        for number, row in enumerate(self._rows, start=1):
            if isinstance(row, Channel) and row.name == NEW:
                return str(number)
        return "1" if sum(isinstance(row, Server) for row in self._rows) == 1 else None

    async def check(self, answer: str) -> Channel:
        """The channel that is meant by a number of the menu or by its id; a new one is created."""
        async with discord_client(self._api_url) as client:
            await log_in(client, self._account.token)
            try:
                channel = await self._chosen(client, answer)
            except discord.NotFound:
                raise Trouble(
                    "There is no such channel.", WHERE["DISCORD_ALERTS_CHANNEL"]
                ) from None
            except discord.Forbidden:
                raise Trouble(
                    "The bot can't see that channel.",
                    "Edit Channel → Permissions → add the bot, or choose another channel.",
                ) from None
            except discord.InvalidData:
                raise Trouble("That is not a channel of a server.") from None
            except AWAY as away:
                raise _away(away) from None
        self._judge(channel)
        return channel

    async def _chosen(self, client: discord.Client, answer: str) -> Channel:
        if not answer.isdecimal():
            raise Unusable(f"Type a number from 1 to {len(self._rows)}, or a channel's id.")
        number = int(answer)
        if not 1 <= number <= len(self._rows):
            return await _fetched(client, number)
        row = self._rows[number - 1]
        if isinstance(row, Channel):
            return await _fetched(client, row.id)
        return await self._created(client, row)

    async def _created(self, client: discord.Client, server: Server) -> Channel:
        """A private channel: the owner and the administrators see it, and the bot."""
        assert client.user is not None
        if server.id in self._made:
            return await _fetched(client, self._made[server.id])
        guild = await client.fetch_guild(server.id)
        me = await guild.fetch_member(client.user.id)
        nobody = discord.PermissionOverwrite(view_channel=False)
        everything = discord.PermissionOverwrite(**_HIDDEN)
        try:
            made = await guild.create_text_channel(
                NEW, overwrites={guild.default_role: nobody, me: everything}
            )
        except discord.Forbidden:
            raise Trouble(
                f"The bot may not create a channel in {server.name}.",
                "Create a private one yourself, add the bot to it and choose it; or invite the bot "
                "again with this link:",
                self._account.invitation,
            ) from None
        self._made[server.id] = made.id
        return await _fetched(client, made.id)

    def _judge(self, channel: Channel) -> None:
        """Raises Trouble for a channel that alerts may not go to."""
        rights, edit = channel.rights, f"Edit Channel of #{channel.name} → Permissions"
        if rights.missing:
            raise Trouble(f"The bot lacks {', '.join(rights.missing)} in #{channel.name}.", edit)
        if not rights.private:
            raise Trouble(
                f"Everyone in the server can see #{channel.name}, so no sales are posted there.",
                f"{edit} → Private Channel, then add the bot. Or choose another.",
            )
        if self._insist and rights.viewers.most and channel.id not in self._warned:
            self._warned.add(channel.id)
            roles = ", ".join(role.name for role in rights.viewers.roles[:5])
            raise Trouble(
                f"Most members can see #{channel.name}, through these roles: {roles}.",
                f"{edit}: remove them, or choose another.",
                "To use it anyway, give the same answer again.",
            )


def _offered(row: Server | Channel) -> str:
    if isinstance(row, Server):
        return f"a new private channel #{NEW} in {row.name}"
    return f"#{row.name} in {row.server}"


async def _fetched(client: discord.Client, channel_id: int) -> Channel:
    found, rights = await rights_in(client, channel_id)
    return Channel(channel_id, found.name, found.guild.name, rights)
