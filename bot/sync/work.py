"""One object's work: all its events, which of them are new, and which nobody understands."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import Json
from bot.domain.parse import NotUnderstood
from bot.store.queues import events
from bot.store.queues.events import StoredEvent
from bot.store.queues.work_queue import Due, Item


@dataclass(slots=True, kw_only=True)
class Work:
    """What there is to do about one object."""

    item: Item
    events: Sequence[StoredEvent]
    """All of them, done or not, oldest first by Stripe's time."""
    broken: dict[int, str] = field(default_factory=dict)
    """Why an event is not understood, by its sequence."""

    @property
    def fresh(self) -> list[StoredEvent]:
        """Those that nobody has worked on."""
        return [event for event in self.events if event.state in ("pending", "waiting")]

    @property
    def due(self) -> Due:
        """Itself with the events that were seen, and none that have come since."""
        return Due(self.item, max((event.sequence for event in self.fresh), default=0))

    def bodies(self) -> list[Json]:
        """The events as Stripe sent them, but for the broken ones."""
        return [json.loads(e.body) for e in self.events if e.sequence not in self.broken]

    def sort_out(self, read: Callable[[Json], object]) -> None:
        """Find those that `read` does not understand, so that they spoil no others.

        Raises NotUnderstood where not a single one is left.
        """
        for event in self.events:
            try:
                read(json.loads(event.body))
            except NotUnderstood as trouble:
                self.broken[event.sequence] = str(trouble)
        if len(self.broken) == len(self.events):
            raise NotUnderstood(next(iter(self.broken.values()), "no event tells of it"))

    async def finish(
        self, connection: AsyncConnection, state: str = "done", *, overruled: bool = False
    ) -> None:
        """Take the new events from the queue; the broken ones fail, each with its reason.

        `overruled`: Stripe itself has said all there is to say; so none of them fails, nor is one
        still given up that did before.
        """
        if overruled:
            given_up = [event.sequence for event in self.events if event.state == "failed"]
            await events.finish(connection, given_up, "done")
        fresh = [event.sequence for event in self.fresh]
        for sequence in self.broken.keys() & set(fresh):
            await events.finish(connection, [sequence], "failed", self.broken[sequence])
        understood = [sequence for sequence in fresh if sequence not in self.broken]
        await events.finish(connection, understood, state)
