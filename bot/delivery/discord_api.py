"""Calls Discord: sends, edits, deletes, and looks for messages. It knows no store."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

import aiohttp
import discord

from bot.delivery.retry import Unreadable
from bot.text.message import Message

# How far back to look from the moment of the first try, should our clock and Discord's differ.
CLOCKS_DIFFER = timedelta(minutes=10)
LOOK_THROUGH = 1000
"""Messages of a channel to look through at most: ten requests."""

PAGE = 100
"""Messages that Discord gives at once, at most."""


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A channel (or thread), and its server where that is known."""

    channel_id: int
    guild_id: int | None = None


class DiscordApi:
    """Sends by channel id, so that it works before the gateway has sent the channel."""

    def __init__(self, client: discord.Client) -> None:
        self._client = client

    @property
    def possible(self) -> bool:
        """Whether the bot is logged in at all."""
        return self._client.user is not None and not self._client.is_closed()

    async def send(
        self,
        where: ChannelRef,
        message: Message,
        nonce: str,
        *,
        under: int | None = None,
        silent: bool = False,
    ) -> int:
        """Send a message, as a reply to the one `under`; its id.

        `silent`: no phone makes a sound. A repeat of the nonce within a
        few minutes gives the id of the message that exists. Mentions nobody. Raises one of
        `retry.FAILURES`, as all of these do.
        """
        extra: dict[str, Any] = {}
        if under is not None:
            extra["reference"] = discord.MessageReference(
                message_id=under,
                channel_id=where.channel_id,
                guild_id=where.guild_id,
                fail_if_not_exists=False,
            )
        async with request(self._client):
            sent = await self._channel(where).send(
                nonce=nonce,
                silent=silent,
                allowed_mentions=discord.AllowedMentions.none(),
                **_parts(message),
                **extra,
            )
        return sent.id

    async def edit(self, where: ChannelRef, message_id: int, message: Message) -> None:
        """Make a message of ours say this instead."""
        async with request(self._client):
            await (
                self._channel(where)
                .get_partial_message(message_id)
                .edit(
                    content=message.content,
                    embeds=list(message.embeds),
                    view=message.view,
                    allowed_mentions=discord.AllowedMentions.none(),
                )
            )

    async def find(
        self, where: ChannelRef, since: datetime, matches: Callable[[discord.Message], bool]
    ) -> list[int]:
        """Ids of our own messages in the channel from about `since` on that match, oldest first.

        Needs the permission to read the history: without it Discord answers with no messages.
        https://docs.discord.com/developers/resources/message#get-channel-messages
        """
        assert self._client.user is not None
        history = self._channel(where).history(
            after=since - CLOCKS_DIFFER, limit=LOOK_THROUGH, oldest_first=True
        )
        async with request(self._client):
            return [
                message.id
                async for message in history
                if message.author.id == self._client.user.id and matches(message)
            ]

    async def newest(
        self, where: ChannelRef, since: datetime, most: int
    ) -> AsyncIterator[list[discord.Message]]:
        """Our own messages in the channel, the newest first, back to a moment: page after page, of
        `most` messages of anybody's. Needs the permission to read the history, as `find` does.
        """
        assert self._client.user is not None
        page: list[discord.Message] = []
        async for message in self._channel(where).history(limit=most):
            if message.created_at < since:
                break
            if message.author.id == self._client.user.id:
                page.append(message)
            if len(page) == PAGE:
                yield page
                page = []
        yield page

    async def written(self, where: ChannelRef, before: int, limit: int) -> list[tuple[int, bool]]:
        """Ids of the messages that are older than one, newest first; whether each is ours."""
        assert self._client.user is not None
        me, older = self._client.user.id, discord.Object(before)
        history = self._channel(where).history(before=older, limit=limit)
        async with request(self._client):
            return [(message.id, message.author.id == me) async for message in history]

    async def delete(self, where: ChannelRef, message_id: int) -> None:
        """Delete a message of ours."""
        async with request(self._client):
            await self._channel(where).get_partial_message(message_id).delete()

    def _channel(self, where: ChannelRef) -> discord.PartialMessageable:
        return self._client.get_partial_messageable(where.channel_id, guild_id=where.guild_id)


def _parts(message: Message) -> dict[str, Any]:
    parts: dict[str, Any] = {"content": message.content, "embeds": list(message.embeds)}
    if message.view is not None:
        parts["view"] = message.view
    if message.attachment is not None:
        name, content, description = message.attachment
        # Made anew for each try: a file is used up by sending it.
        parts["file"] = discord.File(BytesIO(content), name, description=description)
    return parts


LIMIT = 28.0
"""Seconds for a request with all that discord.py repeats by itself. aiohttp alone would wait for
five minutes."""


def messages_tried_once() -> aiohttp.TraceConfig:
    """For a client's `http_trace`: an error of Discord's servers ends the try of a message.

    discord.py would repeat it five times in 25 seconds, and all other messages would wait. The
    outbox repeats it instead, by the same nonce, and sends others in between.
    """

    async def end(_: Any, __: Any, answered: aiohttp.TraceRequestEndParams) -> None:
        if answered.response.status >= 500 and _MESSAGE.search(answered.url.path):
            answered.response.close()
            raise discord.DiscordServerError(answered.response, None)

    trace = aiohttp.TraceConfig()
    trace.on_request_end.append(end)
    return trace


_MESSAGE = re.compile(r"/channels/\d+/messages(/\d+)?$")


@asynccontextmanager
async def request(client: discord.Client) -> AsyncIterator[None]:
    """Bound the request in the block in time. Raises one of `retry.FAILURES`.

    discord.py raises what its parsing stumbles over when a proxy answers in Discord's place, with
    200 and a page, or with JSON that breaks off: that is no answer.
    """
    try:
        async with asyncio.timeout(LIMIT):
            yield
    except TimeoutError:
        # Cut short while it waits for a global rate limit to end, discord.py never lets the other
        # requests go on.
        client.http._global_over.set()  # noqa: SLF001 - there is no other way
        raise
    except (discord.DiscordException, aiohttp.ClientError, OSError):
        raise
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(type(error).__name__) from error
