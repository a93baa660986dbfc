"""The dispatcher: sends the outbox to Discord for as long as the bot runs."""

import asyncio

import discord
import structlog

from bot.delivery.channels import ChannelAccess, Channels
from bot.delivery.discord_api import DiscordApi
from bot.delivery.queue import LOOK_AGAIN, Halted, ProducerQueue
from bot.delivery.sender import Count, Sender
from bot.domain.period import Clock
from bot.loops import Loop, Pause, Rest, ended, wait_within
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.outbox import Part
from bot.text.chart import ChartPainter, shared_painter

log = structlog.get_logger()

# How long calls under way may take when the bot stops, in seconds. discord.py may sit out a rate
# limit inside one; what is cut off is looked for at the next start.
GRACE = 5.0


def _no_count(_: str) -> None:
    """Counts nothing."""


class Dispatcher(Loop):
    """Runs two queues per producer, of new messages and of edits.

    So a producer whose channel is shut holds up no other, and a message that takes no edit holds up
    no sale.
    """

    def __init__(
        self,
        store: Store,
        client: discord.Client,
        clock: Clock,
        fees_possible: bool = True,
        *,
        painter: ChartPainter | None = None,
        count: Count = _no_count,
        pause: Pause = wait_within,
    ) -> None:
        """`client` need not be connected, nor logged in yet. `fees_possible`: whether there is a
        key to read fees with. `painter` makes the charts of digests. `pause` is for tests."""
        super().__init__(pause=pause)
        self.halted: str | None = None
        """Why nothing is sent until the bot is started again; None while all is well."""
        self._store = store
        self._clock = clock
        self._api = DiscordApi(client)
        self._channels = Channels(client, clock)
        self._sender = Sender(
            store,
            self._api,
            self._channels,
            clock,
            fees_possible=fees_possible,
            painter=painter or shared_painter(),
            count=count,
        )
        self.queues: dict[tuple[int, Part], tuple[ProducerQueue, asyncio.Task[None]]] = {}
        """Those that run, by producer and part."""
        self._access_of: dict[int, ChannelAccess] = {}

    def wake(self) -> None:
        """Say that the outbox, the settings or a channel's rights may have changed."""
        super().wake()
        for queue, _ in self.queues.values():
            queue.wake()

    def rights_changed(self) -> None:
        """Say that a channel, or what the bot may do in it, is not as it was."""
        for queue, _ in self.queues.values():
            queue.try_aside()
        self.wake()

    async def run(self) -> None:
        """Send until `stop`; then finish the calls under way."""
        try:
            await super().run()
        finally:
            await self._close_queues()

    async def step(self) -> Rest:
        """Open a queue for each producer that has none running, and look again in a while."""
        await self._open_queues()
        return Rest(LOOK_AGAIN)

    async def _open_queues(self) -> None:
        self._clear_ended()
        if self.halted is not None:
            return
        async with self._store.read() as connection:
            known = await producers.everyone(connection)
        for producer in known:
            for part in (Part.POSTS, Part.EDITS):
                if (producer.id, part) not in self.queues:
                    self._open_queue(producer.id, part)

    def _open_queue(self, producer_id: int, part: Part) -> None:
        if producer_id not in self._access_of:
            access = ChannelAccess(producer_id, self._store, self._clock, self._api, self._channels)
            self._access_of[producer_id] = access
        queue = ProducerQueue(
            producer_id,
            self._store,
            self._clock,
            part,
            api=self._api,
            access=self._access_of[producer_id],
            sender=self._sender,
            stop=self._stop,
            pause=self._pause,
            posted=lambda: self._wake_edits(producer_id),
        )
        name = f"{part.name.lower()} of producer {producer_id}"
        task = asyncio.create_task(queue.run(), name=name)
        task.add_done_callback(lambda _: self._woken.set())
        self.queues[producer_id, part] = (queue, task)

    def _wake_edits(self, producer_id: int) -> None:
        if (producer_id, Part.EDITS) in self.queues:
            self.queues[producer_id, Part.EDITS][0].wake()

    def _clear_ended(self) -> None:
        for (producer_id, part), (_, task) in list(self.queues.items()):
            if not task.done():
                continue
            del self.queues[producer_id, part]
            trouble = None if task.cancelled() else task.exception()
            if isinstance(trouble, Halted):
                self._halt(trouble)
            elif trouble is not None:
                log.error("queue ended", producer=producer_id, exc_info=trouble)

    def _halt(self, trouble: Halted) -> None:
        """No queue may ask again: refused tokens count towards a ban of the whole address."""
        self.halted = str(trouble)
        log.critical("alerts stopped until the bot is restarted", reason=self.halted)
        for _, task in self.queues.values():
            task.cancel()

    async def _close_queues(self) -> None:
        tasks = [task for _, task in self.queues.values()]
        await ended(tasks, GRACE if self._stop.asked else 0.0)
        self.queues.clear()
