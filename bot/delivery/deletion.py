"""Deletes what the bot wrote in a channel that was turned public, when the producer asks for it.

One message after the other, at Discord's pace, so that alerts elsewhere are not held up: bots that
may not manage messages cannot delete many at once. How far it is outlives a restart.
https://docs.discord.com/developers/resources/message#delete-message
"""

from dataclasses import replace

import structlog

from bot.delivery.discord_api import ChannelRef, DiscordApi
from bot.delivery.queue import LOGIN_AGAIN, LOOK_AGAIN
from bot.delivery.retry import FAILURES, FailureKind, failure_of, pauses
from bot.domain.sale import Producer
from bot.loops import Loop, Pause, Rest, wait_within
from bot.store import discord_messages
from bot.store.books import producers
from bot.store.discord_messages import Deletion
from bot.store.engine import Store
from bot.text.channel_check import deletion_done
from bot.text.language import prepare, speaking

log = structlog.get_logger()

PAGE = 100
MOST = 10_000
"""Messages of a channel to look at before the producer is asked again, other people's too."""


class Deletions(Loop):
    """Carries out what `bot.store.discord_messages` asks for."""

    def __init__(self, store: Store, api: DiscordApi, *, pause: Pause = wait_within) -> None:
        super().__init__(pause=pause)
        self._store = store
        self._api = api
        self._backoff = pauses()

    async def step(self) -> Rest | None:
        """Delete a page's messages, if there is anything to delete."""
        if not self._api.possible:
            return Rest(LOGIN_AGAIN, deaf=LOGIN_AGAIN)
        async with self._store.read() as connection:
            deletion = await discord_messages.first(connection)
        if deletion is None:
            return Rest(LOOK_AGAIN)
        try:
            await self._delete_page(deletion)
        except FAILURES as error:
            failure = failure_of(error)
            if failure.kind in (FailureKind.RETRY, FailureKind.HALTED):
                log.warning("deleting waits", reason=failure.reason)
                seconds = self._backoff.next(failure.wait)
                return Rest(seconds, deaf=seconds)
            # The warning keeps its button, so that it can be asked for again.
            log.error("deleting ended", channel=deletion.channel_id, reason=failure.reason)
            await self._end(deletion)
        self._backoff.reset()
        return None

    async def _delete_page(self, deletion: Deletion) -> None:
        producer = await self._producer(deletion)
        where = ChannelRef(deletion.channel_id, producer.guild_id)
        written = await self._api.written(where, deletion.before, PAGE)
        for message_id, ours in written:
            if self._stop.asked:
                return
            if not ours:
                continue
            if await self._delete(where, message_id):
                deletion = replace(deletion, deleted=deletion.deleted + 1)
                async with self._store.write() as connection:
                    await discord_messages.put(connection, deletion)
        seen = deletion.seen + len(written)
        if len(written) == PAGE and seen < MOST:
            async with self._store.write() as connection:
                before = written[-1][0]
                await discord_messages.put(connection, replace(deletion, seen=seen, before=before))
            return
        more = written[-1][0] if len(written) == PAGE else None
        await self._say_done(deletion, where, more)
        await self._end(deletion)

    async def _delete(self, where: ChannelRef, message_id: int) -> bool:
        """Delete one; False when it was gone."""
        try:
            await self._api.delete(where, message_id)
        except FAILURES as error:
            if failure_of(error).kind is not FailureKind.GONE:
                raise
            return False
        return True

    async def _say_done(self, deletion: Deletion, where: ChannelRef, more: int | None) -> None:
        log.info("messages deleted", channel=deletion.channel_id, count=deletion.deleted)
        language = (await self._producer(deletion)).preferences.language
        await prepare(language)
        with speaking(language):
            done = deletion_done(deletion.producer_id, deletion.deleted, more_before=more)
        try:
            await self._api.edit(where, deletion.warning_id, done)
        except FAILURES as error:
            if failure_of(error).kind in (FailureKind.RETRY, FailureKind.HALTED):
                raise
            log.info("warning is gone", channel=deletion.channel_id)

    async def _producer(self, deletion: Deletion) -> Producer:
        async with self._store.read() as connection:
            return await producers.by_id(connection, deletion.producer_id)

    async def _end(self, deletion: Deletion) -> None:
        async with self._store.write() as connection:
            await discord_messages.drop(connection, deletion)
