"""Takes the past into the bot's books, read from the simulated Stripe as everything else is.

Quietly: Discord is told of what happens from now on.
"""

import asyncio

from bot.domain.clock import Clock
from bot.domain.parse import payment_of
from bot.domain.payment import Payment
from bot.domain.payout import payout_items_of, payout_of
from bot.domain.records import Producer
from bot.store.books import payouts, producers
from bot.store.books.recording import record
from bot.store.engine import Store
from bot.stripe_api import StripeApi
from bot.templates import read_templates
from demo.history import History

AT_ONCE = 8


async def record_history(store: Store, api: StripeApi, history: History, clock: Clock) -> None:
    """Read every payment and payout of `history` whole, and record it without telling anybody."""
    async with store.read() as connection:
        producer = await producers.current(connection)
    assert producer is not None
    await _record_payments(store, api, producer, history, clock)
    for payout in history.payouts:
        await _record_payout(store, api, producer, payout, clock)


async def _record_payments(
    store: Store, api: StripeApi, producer: Producer, history: History, clock: Clock
) -> None:
    turns = asyncio.Semaphore(AT_ONCE)

    async def read(session: str) -> Payment | None:
        async with turns:
            evidence = await api.read_payment(session=session)
        return payment_of(evidence) if evidence else None

    found = await asyncio.gather(*map(read, history.sessions))
    now = clock()
    templates = read_templates()
    async with store.write() as connection:
        for payment in filter(None, found):
            await record(
                connection,
                producer,
                payment,
                complete=True,
                read=now,
                due=None,
                now=now,
                quiet=True,
                templates=templates,
            )


async def _record_payout(
    store: Store, api: StripeApi, producer: Producer, payout_id: str, clock: Clock
) -> None:
    payout = payout_of(await api.read_payout(payout_id))
    listed = await api.payout_movements(payout_id)
    now = clock()
    async with store.write() as connection:
        await payouts.record(connection, producer, payout, read=now, due=None, now=now, quiet=True)
        await payouts.attach(connection, producer.id, payout_id, payout_items_of(listed))
