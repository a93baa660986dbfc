"""Stands before a producer's channels: lets nothing through to one that is not fit, and says why.

What has a channel of its own waits for that one: it may be more private than that of sales, so
nothing is told elsewhere instead. That it waits is said where sales are told.
"""

import asyncio

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.delivery.channel import NO_CHANNEL, Channels, Judgement
from bot.delivery.delivery import Delivery, Where
from bot.delivery.nonce import nonce
from bot.delivery.retry import FAILURES, Verdict, judge
from bot.domain.news import Line, Way, kept, lines
from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.store import discord_messages, key_value, outbox
from bot.store.engine import Store
from bot.store.key_value import blocked_note
from bot.text.channel_check import public_channel_warning
from bot.text.language import prepare, speaking

log = structlog.get_logger()

_WARNED = "public channel warned"


class Gate:
    """Judges a producer's channels before each call, and keeps what is to be known of them."""

    def __init__(
        self,
        producer_id: int,
        store: Store,
        clock: Clock,
        delivery: Delivery,
        channels: Channels,
    ) -> None:
        self._producer_id = producer_id
        self._store = store
        self._clock = clock
        self._delivery = delivery
        self._channels = channels
        self._noted: dict[Way, str] = {}
        self._noting = asyncio.Lock()
        """Posts and edits look at the same time."""
        self._refused: set[int | None] = set()
        """Channels that refused what looked fit: they are believed once they took something."""

    async def look(self, producer: Producer, line: Line) -> Judgement:
        """Judge a channel. Raises one of FAILURES when that cannot be known now."""
        if line.channel_id is None:
            judgement = Judgement(trouble=NO_CHANNEL)
        else:
            where = Where(line.channel_id, producer.guild_id)
            judgement = await self._judged(where)
        await self._heed(producer, line, judgement)
        return judgement

    async def watch(self, producer: Producer) -> None:
        """While there is nothing to tell: heed a channel that was turned public, or is fit again.

        By what the gateway has told alone, so that Discord need not be asked.
        """
        for line in lines(producer.channel_id, producer.preferences.channels):
            judgement = self._channels.known(line.channel_id)
            if judgement is not None and (judgement.public or judgement.trouble is None):
                await self._heed(producer, line, judgement)

    async def _heed(self, producer: Producer, line: Line, judgement: Judgement) -> None:
        """Warn where everyone can read, and keep why news waits."""
        if judgement.public and line.channel_id is not None:
            await prepare(producer.preferences.language)
            with speaking(producer.preferences.language):
                await self._warn(Where(line.channel_id, producer.guild_id))
        if judgement.trouble is not None or line.channel_id not in self._refused:
            await self._keep(line, judgement.trouble or "")

    async def shut(self, line: Line, reason: str) -> None:
        """Discord refused the channel although it looked fit."""
        if line.channel_id is not None:
            self._channels.forget(line.channel_id)
        self._refused.add(line.channel_id)
        await self._keep(line, reason)

    async def took(self, line: Line) -> None:
        """The channel took something."""
        if line.channel_id in self._refused:
            self._refused.discard(line.channel_id)
            await self._keep(line, "")

    async def _judged(self, where: Where) -> Judgement:
        try:
            return await self._channels.look(where.guild_id, where.channel_id)
        except FAILURES as error:
            failure = judge(error)
            if failure.verdict in (Verdict.RETRY, Verdict.HALTED):
                raise
            return Judgement(trouble=failure.reason)

    async def _keep(self, line: Line, reason: str) -> None:
        """Note why news waits (empty: it goes), where that changed. It is said once in the log."""
        async with self._noting:
            await self._note_change(line, reason)

    async def _note_change(self, line: Line, reason: str) -> None:
        ways: list[Way] = [None] if line.main else list(line.ways)
        before = [await self._note(way) for way in ways]
        if before == [reason] * len(ways):
            return
        async with self._store.write() as connection:
            for way in ways:
                await key_value.put(connection, blocked_note(self._producer_id, way), reason)
            if not reason:
                await key_value.put(connection, _warned(line.channel_id), "")
            elif not line.main and not any(before):
                await self._tell(connection, line, reason)
        self._noted |= dict.fromkeys(ways, reason)
        told = {"producer": self._producer_id, "routes": [kept(way) for way in ways]}
        if reason:
            log.error("alerts wait", reason=reason, **told)
        else:
            log.info("alerts go on", **told)

    async def _note(self, way: Way) -> str:
        if way not in self._noted:
            async with self._store.read() as connection:
                noted = await key_value.get(connection, blocked_note(self._producer_id, way))
            self._noted[way] = noted or ""
        return self._noted[way]

    async def _tell(self, connection: AsyncConnection, line: Line, reason: str) -> None:
        """Have it said where sales are told that the news of a route waits."""
        now = self._clock()
        await outbox.put(
            connection,
            self._producer_id,
            kind="notice",
            subject="notice:route_shut",
            key=f"notice:route_shut:{line.channel_id}:{int(now.timestamp())}",
            now=now,
            payload={
                "what": "route_shut",
                "routes": [kept(way) for way in line.ways],
                "channel": line.channel_id,
                "reason": reason,
            },
        )

    async def _warn(self, where: Where) -> None:
        """Tell the channel, once while it stays public, that no money is shown in it."""
        async with self._store.read() as connection:
            if await key_value.get(connection, _warned(where.channel_id)):
                return
            told_before = await discord_messages.stand_in(connection, where.channel_id)
        warning = public_channel_warning(self._producer_id, told_before=told_before)
        try:
            await self._delivery.send(where, warning, nonce(where.channel_id, [_WARNED]))
        except FAILURES as error:
            # The next look tries again; alerts wait either way.
            log.warning("public channel not warned", reason=judge(error).reason)
            return
        async with self._store.write() as connection:
            await key_value.put(connection, _warned(where.channel_id), "yes")


def _warned(channel_id: int | None) -> str:
    return f"{_WARNED}:{channel_id}"
