"""Sends one batch: begun in the store, composed, sent to Discord, and closed in the store.

Nothing is lost and nothing is sent twice: a row is marked before Discord is called and closed in
the transaction that keeps the message's id. When the outcome of a call is unknown (a crash, a lost
connection), the same call is made again with the same nonce; once Discord may have forgotten the
nonce, or the batch goes to another channel by now, the history of the first channel is searched
before. If the bot may not read it, the log says so and the message is sent: a second alert is a
lesser harm than a lost one.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeAlias

import discord
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.batching import Action, Batch, edits_of
from bot.delivery.channels import Channels
from bot.delivery.compose import Composer, Draft, NothingToSend
from bot.delivery.dedupe import REMEMBERED, is_same, nonce
from bot.delivery.discord_api import ChannelRef, DiscordApi
from bot.delivery.retry import FAILURES, MISTAKE, Failure, FailureKind, failure_of
from bot.domain.news import RouteChannel, quiet_at
from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.store import discord_messages, outbox
from bot.store.books import forget
from bot.store.discord_messages import Place
from bot.store.engine import Store, StoreUnavailable
from bot.store.outbox import OutboxRow
from bot.text.chart import ChartPainter
from bot.text.language import speaking
from bot.text.message import Message, illustrated

log = structlog.get_logger()

Count: TypeAlias = Callable[[str], None]
"""Counts a call to Discord for metrics by how it ended: sent, edited, found, failed, retried."""

CLOCK_STEP = timedelta(minutes=1)
"""By how much the clock may have been set back in between."""
PICTURE_FOR = timedelta(minutes=1)
"""What could not be sent with its picture for longer goes without it."""


class ComposeError(Exception):
    """A message could not be composed, because of a mistake in the bot."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Whose batch it is, and where it goes."""

    producer: Producer
    route: RouteChannel
    where: ChannelRef
    history: bool
    """Whether the bot can read the channel's messages."""
    files: bool = False
    """Whether it may attach files there."""


class Sender:
    """Sends batches; keeps nothing between them."""

    def __init__(
        self,
        store: Store,
        api: DiscordApi,
        channels: Channels,
        clock: Clock,
        *,
        fees_possible: bool,
        painter: ChartPainter,
        count: Count,
    ) -> None:
        self._store = store
        self._api = api
        self._channels = channels
        self._clock = clock
        self._fees_possible = fees_possible
        self._painter = painter
        self._count = count

    async def with_shared(self, to: Destination, batch: Batch, rows: Sequence[OutboxRow]) -> Batch:
        """An edit together with all others among the open `rows` that are of the same message."""
        async with self._store.read() as connection:
            _, shared = await _place(connection, to, batch.subjects[0])
        return replace(batch, rows=edits_of(rows, shared) or batch.rows)

    async def send(self, to: Destination, batch: Batch) -> Failure | None:
        """Send a batch and settle its rows; the failure, if any. Raises StoreUnavailable."""
        if batch.begun is None:
            await self._begin(to, batch)
        work = (
            self._edit(to, batch) if batch.action is Action.EDIT else self._post_message(to, batch)
        )
        failure = await self._attempt(work, batch)
        if failure is not None:
            await self._settle(to, batch, failure)
        return failure

    async def set_aside(self, to: Destination, batch: Batch, failure: Failure) -> None:
        """Set a batch aside; one of several rows is sent row by row instead, if that is safe.

        Raises StoreUnavailable.
        """
        shared = len(batch.rows) > 1 and batch.action is not Action.EDIT
        if shared and not failure.made:
            await self._reopen(batch, failure)
        elif not (shared and await self.split(to, batch, failure)):
            await self._give_up(batch, failure)

    async def split(self, to: Destination, batch: Batch, failure: Failure) -> bool:
        """Have rows that were begun together sent one by one, if the channel shows that no message
        holds them all; whether it could be read. Raises StoreUnavailable."""
        if batch.begun is None or batch.channel_id != to.where.channel_id or not to.history:
            return False
        try:
            found = await self._look(to, batch, batch.begun)
        except FAILURES:
            return False
        except (NothingToSend, ComposeError):
            return False
        if found is None:
            await self._reopen(batch, failure)
        else:
            await self._close(to, batch, found)
        return True

    async def _begin(self, to: Destination, batch: Batch) -> None:
        async with self._store.write() as connection:
            await outbox.begin(connection, batch.ids, self._clock(), to.where.channel_id)

    async def _attempt(self, work: Awaitable[None], batch: Batch) -> Failure | None:
        try:
            await work
        except StoreUnavailable:
            raise
        except FAILURES as error:
            return failure_of(error)
        except NothingToSend as trouble:
            return Failure(FailureKind.REFUSED, str(trouble), made=False)
        except ComposeError:
            return Failure(FailureKind.REFUSED, MISTAKE, made=False)
        except Exception:
            # One row that cannot be sent must not hold up the others permanently.
            log.exception("alert went wrong", keys=batch.keys)
            return Failure(FailureKind.RETRY, MISTAKE, made=True)
        return None

    async def _post_message(self, to: Destination, batch: Batch) -> None:
        # The channel of the first try may be another one than now.
        first = to
        if batch.begun is not None and batch.channel_id not in (None, to.where.channel_id):
            assert batch.channel_id is not None
            first = replace(to, where=ChannelRef(batch.channel_id, to.where.guild_id))
        found = await self._found(first, batch, moved=first is not to)
        if found is not None:
            await self._close(first, batch, found)
            self._count("found")
            return
        if first is not to:
            await self._begin(to, batch)
        made = self._clock()
        await self._close(to, batch, await self._send(to, batch), made)
        self._count("sent")

    async def _draft(self, to: Destination, batch: Batch) -> Draft:
        try:
            async with self._store.read() as connection:
                return await self._composer(to, connection).of(batch)
        except (StoreUnavailable, NothingToSend):
            raise
        except Exception as error:
            log.exception("alert went wrong", keys=batch.keys)
            raise ComposeError from error

    def _composer(self, to: Destination, connection: AsyncConnection) -> Composer:
        now, channel_id = self._clock(), to.where.channel_id
        return Composer(connection, to.producer, channel_id, now, self._fees_possible)

    async def _send(self, to: Destination, batch: Batch) -> int:
        draft = await self._draft(to, batch)
        number = nonce(to.where.channel_id, batch.news)
        silent = draft.ordinary and quiet_at(to.producer, self._clock())
        send = partial(self._api.send, to.where, nonce=number, silent=silent)
        under = draft.under if to.history else None
        message = await self._illustrated(to, draft, batch)
        try:
            return await send(message, under=under)
        except discord.HTTPException as error:
            kind = failure_of(error).kind
            if message.attachment is not None and kind in (
                FailureKind.REFUSED,
                FailureKind.BLOCKED,
            ):
                log.warning("picture refused", keys=batch.keys, reason=failure_of(error).reason)
                message = draft.message
            elif under is not None and kind is FailureKind.UNREFERENCED:
                under = None
            else:
                raise
        return await send(message, under=under)

    async def _illustrated(self, to: Destination, draft: Draft, batch: Batch) -> Message:
        """With the chart that belongs to it, as far as that can be had and passes."""
        in_vain = batch.begun is not None and self._clock() - batch.begun > PICTURE_FOR
        if draft.charted is None or not to.files or in_vain:
            return draft.message
        with speaking(to.producer.preferences.language):
            chart = await self._painter.if_possible(draft.charted.statistics, by_count=False)
        return illustrated(draft.charted.message, chart) if chart else draft.message

    async def _found(self, to: Destination, batch: Batch, *, moved: bool) -> int | None:
        """The message of an earlier try, if it is so old that the nonce may be forgotten, or if it
        was `moved`: meant for another channel than now."""
        if batch.begun is None:
            return None
        if not moved and self._clock() - batch.begun <= REMEMBERED:
            return None
        if not moved and not to.history:
            log.warning("history not readable, sent perhaps twice", keys=batch.keys)
            return None
        try:
            return await self._look(to, batch, batch.begun)
        except discord.HTTPException as error:
            if not moved or failure_of(error).kind is not FailureKind.BLOCKED:
                raise
            # In a channel that was closed or deleted, nobody reads the earlier message.
            log.info("earlier channel is out of reach, posted again", keys=batch.keys)
            return None

    async def _look(self, to: Destination, batch: Batch, begun: datetime) -> int | None:
        """The message that the channel holds of a batch, if there is one."""
        draft = await self._draft(to, batch)
        candidates = await self._api.find(
            to.where, begun, lambda message: is_same(draft.message, draft.under, message)
        )
        async with self._store.read() as connection:
            # Two producers may share a channel.
            known = await discord_messages.known(connection, candidates)
        found = next((one for one in candidates if one not in known), None)
        if found is not None:
            log.info("message found again", keys=batch.keys, message_id=found)
        return found

    async def _edit(self, to: Destination, batch: Batch) -> None:
        """Show the newest state in the message, if there is one: in a summary there is none."""
        async with self._store.read() as connection:
            place, shared = await _place(connection, to, batch.subjects[0])
            if place is not None:
                message = await self._composer(to, connection).alert(shared)
        if place is not None:
            await self._change(to, place, message)
        await self._close(to, batch)

    async def _change(self, to: Destination, place: Place, message: Message) -> None:
        where = ChannelRef(place.channel_id, to.where.guild_id)
        left_behind = place.channel_id != to.where.channel_id
        try:
            # In a channel that has become public, nothing more is shown.
            if left_behind and (await self._channels.look(where.guild_id, where.channel_id)).public:
                log.info("alert stands in a public channel", subject=place.subject)
                return
            await self._api.edit(where, place.message_id, message)
        except discord.HTTPException as error:
            # An alert in a channel that was left behind may be out of reach: it stays as it is.
            if not left_behind or failure_of(error).kind is not FailureKind.BLOCKED:
                raise
            log.info("alert is out of reach", subject=place.subject)
            return
        self._count("edited")

    async def _close(
        self,
        to: Destination,
        batch: Batch,
        message_id: int | None = None,
        made: datetime | None = None,
    ) -> None:
        """Close a batch's rows, and keep the id of their message if there is one.

        `made`: when the message was composed, if that was not in an earlier try.
        """
        now = self._clock()
        async with self._store.write() as connection:
            if batch.action is Action.SUMMARY:
                await outbox.summarize(connection, [row.id for row in batch.rows])
            await outbox.sent(connection, batch.ids)
            if message_id is not None:
                subjects, channel_id = _subjects_of(batch), to.where.channel_id
                await discord_messages.place(
                    connection, to.producer.id, subjects, channel_id, message_id
                )
                await self._edit_if_forgotten(connection, to, batch, batch.begun or made or now)

    async def _edit_if_forgotten(
        self, connection: AsyncConnection, to: Destination, batch: Batch, made: datetime
    ) -> None:
        """Have the new message edited if it may name a buyer who was forgotten since it was
        composed: until now its id was not known."""
        if not await forget.anyone_since(connection, to.producer.id, made - CLOCK_STEP):
            return
        subject = _subjects_of(batch)[0]
        is_alert = batch.action is Action.ANNOUNCE
        if is_alert or (batch.action is Action.REPLY and batch.subjects[0].startswith("payment:")):
            await outbox.put_edit(connection, to.producer.id, subject, self._clock())

    async def _settle(self, to: Destination, batch: Batch, failure: Failure) -> None:
        if failure.kind is FailureKind.GONE:
            log.info("alert was deleted", keys=batch.keys)
            await self._close(to, batch)
            return
        refused = failure.kind is FailureKind.REFUSED
        self._count("failed" if refused else "retried")
        if refused:
            await self.set_aside(to, batch, failure)
        elif batch.begun is None and not failure.made:
            await self._reopen(batch, failure)
        # Else it stays as begun, since the message may exist.

    async def _reopen(self, batch: Batch, failure: Failure) -> None:
        async with self._store.write() as connection:
            await outbox.retry(connection, batch.ids, failure.reason)

    async def _give_up(self, batch: Batch, failure: Failure) -> None:
        # What was set aside before is tried again every hour.
        tell = log.info if batch.given_up_before else log.error
        tell("alert set aside", keys=batch.keys, reason=failure.reason)
        async with self._store.write() as connection:
            ids = [row.id for row in batch.rows]
            await outbox.fail(connection, ids, failure.reason, made=failure.made)
            await outbox.sent(connection, [row.id for row in batch.merged])


def _subjects_of(batch: Batch) -> list[str]:
    """The subjects under which the message is kept. One that is no alert is kept by its key, so
    that it is never taken for another message."""
    if batch.action is Action.ANNOUNCE:
        return batch.subjects
    return [f"{batch.action.name.lower()}:{batch.keys[0]}"]


async def _place(
    connection: AsyncConnection, to: Destination, subject: str
) -> tuple[Place | None, list[str]]:
    """The message of a subject, and all subjects that share it."""
    place = await discord_messages.of(connection, to.producer.id, subject)
    if place is None:
        return None, []
    return place, await discord_messages.sharing(connection, to.producer.id, place.message_id)
