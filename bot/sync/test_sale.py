"""A test sale's event: handed on to the channel, past the books, if the bot itself has begun it."""

from collections.abc import Callable

from bot.domain.period import Clock
from bot.store.books import test_sale
from bot.store.engine import Store
from bot.store.work_queue import Item
from bot.sync.account_scope import Books


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
                await test_sale.drop_event(connection, token)
                return
            await test_sale.tell(connection, producer.id, token, self._clock())
        self._told()
