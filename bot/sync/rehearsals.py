"""A test sale's event: handed on to the channel, past the books, if the bot itself has begun it."""

from collections.abc import Callable

from bot.ledger.clock import Clock
from bot.store.books import rehearsals
from bot.store.engine import Store
from bot.store.queues.agenda import Item
from bot.sync.books import Books


class RehearsalSync:
    """What the worker calls for the event of a test sale. Stripe is asked nothing about it."""

    def __init__(
        self, store: Store, books: Books, clock: Clock, *, told: Callable[[], None]
    ) -> None:
        self._store = store
        self._books = books
        self._clock = clock
        self._told = told

    async def __call__(self, item: Item) -> None:
        """Have the alert told, once; an event that nobody here has sent is thrown away."""
        token = item.object_id
        async with self._store.write() as connection:
            producer = await self._books.known_producer(connection, livemode=item.livemode)
            if producer is None:
                await rehearsals.drop_event(connection, token)
                return
            await rehearsals.tell(connection, producer.id, token, self._clock())
        self._told()
