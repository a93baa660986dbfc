"""Stands before a producer's channel: lets nothing through while it is not fit, and says why."""

import structlog

from bot.alerts.channel import NO_CHANNEL, Channels, Judgement
from bot.alerts.delivery import Delivery, Where
from bot.alerts.nonce import nonce
from bot.alerts.policy import FAILURES, Verdict, judge
from bot.ledger.records import Producer
from bot.render.language import speaking
from bot.render.message import Message
from bot.render.notices import public_channel_warning
from bot.store import notes
from bot.store.engine import Store

log = structlog.get_logger()

_WARNED = "public channel warned"


class Gate:
    """Judges one producer's channel before each call, and keeps what is to be known of it."""

    def __init__(
        self, producer_id: int, store: Store, delivery: Delivery, channels: Channels
    ) -> None:
        self._note = notes.blocked_note(producer_id)
        self._store = store
        self._delivery = delivery
        self._channels = channels
        self._noted: str | None = None

    async def look(self, producer: Producer) -> Judgement:
        """Judge the channel. Raises one of FAILURES when that cannot be known now."""
        if producer.channel_id is None:
            judgement = Judgement(trouble=NO_CHANNEL)
        else:
            where = Where(producer.channel_id, producer.guild_id)
            judgement = await self._judged(where)
            if judgement.public:
                with speaking(producer.preferences.language):
                    await self._warn(where)
        await self._keep(producer, judgement.trouble or "")
        return judgement

    async def shut(self, producer: Producer, reason: str) -> None:
        """Discord refused the channel although it looked fit."""
        if producer.channel_id is not None:
            self._channels.forget(producer.channel_id)
        await self._keep(producer, reason)

    async def _judged(self, where: Where) -> Judgement:
        try:
            return await self._channels.look(where.guild_id, where.channel_id)
        except FAILURES as error:
            failure = judge(error)
            if failure.verdict in (Verdict.RETRY, Verdict.HALTED):
                raise
            return Judgement(trouble=failure.reason)

    async def _keep(self, producer: Producer, reason: str) -> None:
        """Note why alerts wait (empty: they go), when that changed. It is said once in the log."""
        if self._noted is None:
            async with self._store.read() as connection:
                self._noted = await notes.get(connection, self._note) or ""
        if reason == self._noted:
            return
        async with self._store.write() as connection:
            await notes.put(connection, self._note, reason)
            if not reason:
                await notes.put(connection, _warned(producer.channel_id), "")
        self._noted = reason
        if reason:
            log.error("alerts wait", producer=producer.id, reason=reason)
        else:
            log.info("alerts go on", producer=producer.id)

    async def _warn(self, where: Where) -> None:
        """Tell the channel, once while it stays public, that no money is shown in it."""
        async with self._store.read() as connection:
            if await notes.get(connection, _warned(where.channel_id)):
                return
        warning = Message(content=public_channel_warning())
        try:
            await self._delivery.send(where, warning, nonce(where.channel_id, [_WARNED]))
        except FAILURES as error:
            # The next look tries again; alerts wait either way.
            log.warning("public channel not warned", reason=judge(error).reason)
            return
        async with self._store.write() as connection:
            await notes.put(connection, _warned(where.channel_id), "yes")


def _warned(channel_id: int | None) -> str:
    return f"{_WARNED}:{channel_id}"
