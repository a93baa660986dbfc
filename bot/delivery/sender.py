"""Tells one unit of work: begun in the store, rendered, called, and closed in the store.

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

from bot.delivery.batching import Act, Unit, edits_of
from bot.delivery.channel import Channels
from bot.delivery.compose import Draft, Drafts, NothingToTell
from bot.delivery.delivery import Delivery, Where
from bot.delivery.nonce import REMEMBERED, nonce
from bot.delivery.recognition import is_same
from bot.delivery.retry import FAILURES, MISTAKE, Failure, Verdict, judge
from bot.domain.news import Line, quiet_at
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
class Assignment:
    """Whose unit, and where it goes."""

    producer: Producer
    line: Line
    where: Where
    history: bool
    """Whether the bot can read what was said in the channel."""
    files: bool = False
    """Whether it may attach files there."""


class Teller:
    """Carries out units of work; keeps nothing between them."""

    def __init__(
        self,
        store: Store,
        delivery: Delivery,
        channels: Channels,
        clock: Clock,
        *,
        fees_possible: bool,
        painter: ChartPainter,
        count: Count,
    ) -> None:
        self._store = store
        self._delivery = delivery
        self._channels = channels
        self._clock = clock
        self._fees_possible = fees_possible
        self._painter = painter
        self._count = count

    async def with_shared(self, to: Assignment, unit: Unit, rows: Sequence[OutboxRow]) -> Unit:
        """An edit together with all others among the open `rows` that are of the same message."""
        async with self._store.read() as connection:
            _, shared = await _place(connection, to, unit.subjects[0])
        return replace(unit, rows=edits_of(rows, shared) or unit.rows)

    async def tell(self, to: Assignment, unit: Unit) -> Failure | None:
        """Carry out a unit; answer with why it could not be, if so, its rows left accordingly.

        Raises StoreUnavailable.
        """
        if unit.begun is None:
            await self._begin(to, unit)
        work = self._edit(to, unit) if unit.act is Act.EDIT else self._post(to, unit)
        failure = await self._guarded(work, unit)
        if failure is not None:
            await self._settle(to, unit, failure)
        return failure

    async def set_aside(self, to: Assignment, unit: Unit, failure: Failure) -> None:
        """Give up on a unit for now; one of several rows is told row by row if that is safe.

        Raises StoreUnavailable.
        """
        if len(unit.rows) == 1 or unit.act is Act.EDIT:
            await self._give_up(unit, failure)
        elif not failure.made:
            await self._reopen(unit, failure)
        else:
            await self._part(to, unit, failure)

    async def _part(self, to: Assignment, unit: Unit, failure: Failure) -> None:
        """Have rows told one by one, once the channel shows that no message tells of them all."""
        here = unit.channel_id in (None, to.where.channel_id)
        try:
            found = await self._found(to, unit, moved=False) if here else None
        except FAILURES:
            here = False
        except (NothingToTell, Mistake):
            here = False
        if not (here and to.history):
            await self._give_up(unit, failure)
        elif found is not None:
            await self._close(to, unit, found)
        else:
            await self._reopen(unit, failure)

    async def _begin(self, to: Assignment, unit: Unit) -> None:
        async with self._store.write() as connection:
            await outbox.begin(connection, unit.ids, self._clock(), to.where.channel_id)

    async def _guarded(self, work: Awaitable[None], unit: Unit) -> Failure | None:
        try:
            await work
        except StoreUnavailable:
            raise
        except FAILURES as error:
            return judge(error)
        except NothingToTell as trouble:
            return Failure(Verdict.REFUSED, str(trouble), made=False)
        except Mistake:
            return Failure(Verdict.REFUSED, MISTAKE, made=False)
        except Exception:
            # One row that cannot be told must not hold up the others for ever.
            log.exception("alert went wrong", keys=unit.keys)
            return Failure(Verdict.RETRY, MISTAKE, made=True)
        return None

    async def _post(self, to: Assignment, unit: Unit) -> None:
        # Where it was meant for when it was first tried: perhaps another channel than now.
        first = to
        if unit.begun is not None and unit.channel_id not in (None, to.where.channel_id):
            assert unit.channel_id is not None
            first = replace(to, where=Where(unit.channel_id, to.where.guild_id))
        found = await self._found(first, unit, moved=first is not to)
        if found is not None:
            await self._close(first, unit, found)
            self._count("found")
            return
        if first is not to:
            await self._begin(to, unit)
        made = self._clock()
        await self._close(to, unit, await self._send(to, unit), made)
        self._count("sent")

    async def _draft(self, to: Assignment, unit: Unit) -> Draft:
        try:
            async with self._store.read() as connection:
                return await self._drafts(to, connection).of(unit)
        except (StoreUnavailable, NothingToTell):
            raise
        except Exception as error:
            log.exception("alert went wrong", keys=unit.keys)
            raise Mistake from error

    def _drafts(self, to: Assignment, connection: AsyncConnection) -> Drafts:
        now, channel_id = self._clock(), to.where.channel_id
        return Drafts(connection, to.producer, channel_id, now, self._fees_possible)

    async def _send(self, to: Assignment, unit: Unit) -> int:
        draft = await self._draft(to, unit)
        number = nonce(to.where.channel_id, unit.news)
        silent = draft.ordinary and quiet_at(to.producer, self._clock())
        send = partial(self._delivery.send, to.where, nonce=number, silent=silent)
        under = draft.under if to.history else None
        message = await self._illustrated(to, draft, unit)
        try:
            return await send(message, under=under)
        except discord.HTTPException as error:
            verdict = judge(error).verdict
            if message.attachment is not None and verdict in (Verdict.REFUSED, Verdict.BLOCKED):
                log.warning("picture refused", keys=unit.keys, reason=judge(error).reason)
                message = draft.message
            elif under is not None and verdict is Verdict.UNREFERENCED:
                under = None
            else:
                raise
        return await send(message, under=under)

    async def _illustrated(self, to: Assignment, draft: Draft, unit: Unit) -> Message:
        """With the chart that belongs to it, as far as that can be had and passes."""
        in_vain = unit.begun is not None and self._clock() - unit.begun > PICTURE_FOR
        if draft.charted is None or not to.files or in_vain:
            return draft.message
        with speaking(to.producer.preferences.language):
            chart = await self._painter.if_possible(draft.charted, by_count=False)
        return draft.message if chart is None else illustrated(draft.message, chart)

    async def _found(self, to: Assignment, unit: Unit, *, moved: bool) -> int | None:
        """The message of an earlier try, if it is so old that the nonce may be forgotten, or if it
        was `moved`: meant for another channel than now."""
        if unit.begun is None:
            return None
        if not moved and self._clock() - unit.begun <= REMEMBERED:
            return None
        if not moved and not to.history:
            log.warning("history not readable, sent perhaps twice", keys=unit.keys)
            return None
        draft = await self._draft(to, unit)
        try:
            candidates = await self._delivery.find(
                to.where, unit.begun, lambda message: is_same(draft.message, draft.under, message)
            )
        except discord.HTTPException as error:
            if not moved or judge(error).verdict is not Verdict.BLOCKED:
                raise
            # Who closed or deleted that channel reads nothing there any more.
            log.info("earlier channel is out of reach, told anew", keys=unit.keys)
            return None
        return await self._unknown(unit, candidates)

    async def _unknown(self, unit: Unit, candidates: Sequence[int]) -> int | None:
        """The first message that is not known by now to tell of something else."""
        async with self._store.read() as connection:
            for message_id in candidates:
                if not await _known(connection, message_id):
                    log.info("message found again", keys=unit.keys, message_id=message_id)
                    return message_id
        return None

    async def _edit(self, to: Assignment, unit: Unit) -> None:
        """Show the newest state in the message. Without one (not told, or told in a summary)
        there is nothing to do."""
        async with self._store.read() as connection:
            place, shared = await _place(connection, to, unit.subjects[0])
            if place is not None:
                message = await self._drafts(to, connection).alert(shared)
        if place is not None:
            await self._change(to, place, message)
        await self._close(to, unit)

    async def _change(self, to: Assignment, place: Place, message: Message) -> None:
        where = Where(place.channel_id, to.where.guild_id)
        left_behind = place.channel_id != to.where.channel_id
        try:
            # What is public by now is told no more than it has been.
            if left_behind and await self._public(where):
                log.info("alert stands in a public channel", subject=place.subject)
                return
            await self._delivery.edit(where, place.message_id, message)
        except discord.HTTPException as error:
            # An alert in a channel that was left behind may be out of reach: it stays as it is.
            if not left_behind or judge(error).verdict is not Verdict.BLOCKED:
                raise
            log.info("alert is out of reach", subject=place.subject)
            return
        self._count("edited")

    async def _public(self, where: Where) -> bool:
        return (await self._channels.look(where.guild_id, where.channel_id)).public

    async def _close(
        self,
        to: Assignment,
        unit: Unit,
        message_id: int | None = None,
        made: datetime | None = None,
    ) -> None:
        """Close a unit's rows, with the place of the message that told them if one did.

        `made`: when the message was made, if that was not in an earlier try.
        """
        now = self._clock()
        async with self._store.write() as connection:
            if unit.act is Act.SUMMARY:
                await outbox.summarize(connection, [row.id for row in unit.rows])
            await outbox.sent(connection, unit.ids)
            if message_id is not None:
                subjects, channel_id = _told_of(unit), to.where.channel_id
                await discord_messages.place(
                    connection, to.producer.id, subjects, channel_id, message_id
                )
                await self._edit_if_forgotten(connection, to, unit, unit.begun or made or now)

    async def _edit_if_forgotten(
        self, connection: AsyncConnection, to: Assignment, unit: Unit, made: datetime
    ) -> None:
        """Have a message edited that was just posted, if it may name a buyer who was forgotten
        between its making and this moment: until now nobody knew which message to edit."""
        if not await forget.anyone_since(connection, to.producer.id, made - CLOCK_STEP):
            return
        subject = _told_of(unit)[0]
        is_alert = unit.act is Act.ANNOUNCE
        if is_alert or (unit.act is Act.REPLY and unit.subjects[0].startswith("payment:")):
            owner, key, now = to.producer.id, f"edit:{subject}", self._clock()
            await outbox.put(connection, owner, kind="edit", subject=subject, key=key, now=now)

    async def _settle(self, to: Assignment, unit: Unit, failure: Failure) -> None:
        """Leave a unit's rows as the failure demands."""
        if failure.verdict is Verdict.GONE:
            log.info("alert was deleted", keys=unit.keys)
            await self._close(to, unit)
            return
        refused = failure.verdict is Verdict.REFUSED
        self._count("failed" if refused else "retried")
        if refused:
            await self.set_aside(to, unit, failure)
        elif unit.begun is None and not failure.made:
            await self._reopen(unit, failure)
        # Else it stays as begun, since the message may exist.

    async def _reopen(self, unit: Unit, failure: Failure) -> None:
        async with self._store.write() as connection:
            await outbox.retry(connection, unit.ids, failure.reason)

    async def _give_up(self, unit: Unit, failure: Failure) -> None:
        # What was set aside before is tried again every now and then.
        tell = log.info if unit.given_up_before else log.error
        tell("alert set aside", keys=unit.keys, reason=failure.reason)
        async with self._store.write() as connection:
            ids = [row.id for row in unit.rows]
            await outbox.fail(connection, ids, failure.reason, made=failure.made)
            await outbox.sent(connection, [row.id for row in unit.merged])


def _told_of(unit: Unit) -> list[str]:
    """Under which subjects the message is kept. What is not an alert is kept by its key, so that
    looking for another message never takes this one for it."""
    if unit.act is Act.ANNOUNCE:
        return unit.subjects
    return [f"{unit.act.name.lower()}:{unit.keys[0]}"]


async def _place(
    connection: AsyncConnection, to: Assignment, subject: str
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
