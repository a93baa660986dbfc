"""Tells one batch of work: begun in the store, rendered, called, and closed in the store.

Nothing is lost and nothing is told twice: a row is marked before Discord is called and closed in
the transaction that keeps the message's id. When the outcome of a call is unknown (a crash, a lost
connection), the same call goes again with the same nonce; once Discord may have forgotten the
nonce, or the news goes to another channel by now, the history of the channel it was meant for is
looked through first. Without the permission to read it, the log
says so and the message is sent: a second alert is a lesser harm than a lost one.
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
from bot.delivery.compose import Composer, Draft, NothingToTell
from bot.delivery.dedupe import REMEMBERED, is_same, nonce
from bot.delivery.discord_api import DiscordApi, Where
from bot.delivery.retry import FAILURES, MISTAKE, Failure, FailureKind, failure_of
from bot.domain.news import RouteChannel, quiet_at
from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.store import discord_messages, outbox
from bot.store.books import forget, producers
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


class Mistake(Exception):
    """A message could not be made, for reasons nobody foresaw."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Whose batch, and where it goes."""

    producer: Producer
    line: RouteChannel
    where: Where
    history: bool
    """Whether the bot can read what was said in the channel."""
    files: bool = False
    """Whether it may attach files there."""


class Sender:
    """Carries out batches of work; keeps nothing between them."""

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

    async def tell(self, to: Destination, batch: Batch) -> Failure | None:
        """Carry out a batch; answer with why it could not be, if so, its rows left accordingly.

        Raises StoreUnavailable.
        """
        if batch.begun is None:
            await self._begin(to, batch)
        work = self._edit(to, batch) if batch.action is Action.EDIT else self._post(to, batch)
        failure = await self._guarded(work, batch)
        if failure is not None:
            await self._settle(to, batch, failure)
        return failure

    async def set_aside(self, to: Destination, batch: Batch, failure: Failure) -> None:
        """Give up on a batch for now; one of several rows is told row by row if that is safe.

        Raises StoreUnavailable.
        """
        if len(batch.rows) == 1 or batch.action is Action.EDIT:
            await self._give_up(batch, failure)
        elif not failure.made:
            await self._reopen(batch, failure)
        else:
            await self._part(to, batch, failure)

    async def _part(self, to: Destination, batch: Batch, failure: Failure) -> None:
        """Have rows told one by one, once the channel shows that no message tells of them all."""
        here = batch.channel_id in (None, to.where.channel_id)
        try:
            found = await self._found(to, batch, moved=False) if here else None
        except FAILURES:
            here = False
        except (NothingToTell, Mistake):
            here = False
        if not (here and to.history):
            await self._give_up(batch, failure)
        elif found is not None:
            await self._close(to, batch, found)
        else:
            await self._reopen(batch, failure)

    async def _begin(self, to: Destination, batch: Batch) -> None:
        async with self._store.write() as connection:
            await outbox.begin(connection, batch.ids, self._clock(), to.where.channel_id)

    async def _guarded(self, work: Awaitable[None], batch: Batch) -> Failure | None:
        try:
            await work
        except StoreUnavailable:
            raise
        except FAILURES as error:
            return failure_of(error)
        except NothingToTell as trouble:
            return Failure(FailureKind.REFUSED, str(trouble), made=False)
        except Mistake:
            return Failure(FailureKind.REFUSED, MISTAKE, made=False)
        except Exception:
            # One row that cannot be told must not hold up the others for ever.
            log.exception("alert went wrong", keys=batch.keys)
            return Failure(FailureKind.RETRY, MISTAKE, made=True)
        return None

    async def _post(self, to: Destination, batch: Batch) -> None:
        # Where it was meant for when it was first tried: perhaps another channel than now.
        first = to
        if batch.begun is not None and batch.channel_id not in (None, to.where.channel_id):
            assert batch.channel_id is not None
            first = replace(to, where=Where(batch.channel_id, to.where.guild_id))
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
        except (StoreUnavailable, NothingToTell):
            raise
        except Exception as error:
            log.exception("alert went wrong", keys=batch.keys)
            raise Mistake from error

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
            chart = await self._painter.if_possible(draft.charted, by_count=False)
        return draft.message if chart is None else illustrated(draft.message, chart)

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
        draft = await self._draft(to, batch)
        try:
            candidates = await self._api.find(
                to.where, batch.begun, lambda message: is_same(draft.message, draft.under, message)
            )
        except discord.HTTPException as error:
            if not moved or failure_of(error).kind is not FailureKind.BLOCKED:
                raise
            # Who closed or deleted that channel reads nothing there any more.
            log.info("earlier channel is out of reach, told anew", keys=batch.keys)
            return None
        return await self._unknown(batch, candidates)

    async def _unknown(self, batch: Batch, candidates: Sequence[int]) -> int | None:
        """The first message that is not known by now to tell of something else."""
        async with self._store.read() as connection:
            for message_id in candidates:
                if not await _known(connection, message_id):
                    log.info("message found again", keys=batch.keys, message_id=message_id)
                    return message_id
        return None

    async def _edit(self, to: Destination, batch: Batch) -> None:
        """Show the newest state in the message. Without one (not told, or told in a summary)
        there is nothing to do."""
        async with self._store.read() as connection:
            place, shared = await _place(connection, to, batch.subjects[0])
            if place is not None:
                message = await self._composer(to, connection).alert(shared)
        if place is not None:
            await self._change(to, place, message)
        await self._close(to, batch)

    async def _change(self, to: Destination, place: Place, message: Message) -> None:
        where = Where(place.channel_id, to.where.guild_id)
        left_behind = place.channel_id != to.where.channel_id
        try:
            # What is public by now is told no more than it has been.
            if left_behind and await self._public(where):
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

    async def _public(self, where: Where) -> bool:
        return (await self._channels.look(where.guild_id, where.channel_id)).public

    async def _close(
        self,
        to: Destination,
        batch: Batch,
        message_id: int | None = None,
        made: datetime | None = None,
    ) -> None:
        """Close a batch's rows, with the place of the message that told them if one did.

        `made`: when the message was made, if that was not in an earlier try.
        """
        now = self._clock()
        async with self._store.write() as connection:
            if batch.action is Action.SUMMARY:
                await outbox.summarize(connection, [row.id for row in batch.rows])
            await outbox.sent(connection, batch.ids)
            if message_id is not None:
                subjects, channel_id = _told_of(batch), to.where.channel_id
                await discord_messages.place(
                    connection, to.producer.id, subjects, channel_id, message_id
                )
                await self._edit_if_forgotten(connection, to, batch, batch.begun or made or now)

    async def _edit_if_forgotten(
        self, connection: AsyncConnection, to: Destination, batch: Batch, made: datetime
    ) -> None:
        """Have a message edited that was just posted, if it may name a buyer who was forgotten
        between its making and this moment: until now nobody knew which message to edit."""
        if not await forget.anyone_since(connection, to.producer.id, made - CLOCK_STEP):
            return
        subject = _told_of(batch)[0]
        is_alert = batch.action is Action.ANNOUNCE
        if is_alert or (batch.action is Action.REPLY and batch.subjects[0].startswith("payment:")):
            owner, key, now = to.producer.id, f"edit:{subject}", self._clock()
            await outbox.put(connection, owner, kind="edit", subject=subject, key=key, now=now)

    async def _settle(self, to: Destination, batch: Batch, failure: Failure) -> None:
        """Leave a batch's rows as the failure demands."""
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
        # What was set aside before is tried again every now and then.
        tell = log.info if batch.given_up_before else log.error
        tell("alert set aside", keys=batch.keys, reason=failure.reason)
        async with self._store.write() as connection:
            ids = [row.id for row in batch.rows]
            await outbox.fail(connection, ids, failure.reason, made=failure.made)
            await outbox.sent(connection, [row.id for row in batch.merged])


def _told_of(batch: Batch) -> list[str]:
    """Under which subjects the message is kept. What is not an alert is kept by its key, so that
    looking for another message never takes this one for it."""
    if batch.action is Action.ANNOUNCE:
        return batch.subjects
    return [f"{batch.action.name.lower()}:{batch.keys[0]}"]


async def _place(
    connection: AsyncConnection, to: Destination, subject: str
) -> tuple[Place | None, list[str]]:
    """The message that tells of a subject, and all subjects it tells of."""
    place = await discord_messages.of(connection, to.producer.id, subject)
    if place is None:
        return None, []
    return place, await discord_messages.sharing(connection, to.producer.id, place.message_id)


async def _known(connection: AsyncConnection, message_id: int) -> bool:
    """Whether a message is one that was told and kept, for whichever producer: two may share a
    channel."""
    for producer in await producers.everyone(connection):
        if await discord_messages.sharing(connection, producer.id, message_id):
            return True
    return False
