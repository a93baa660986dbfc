"""Who is forgotten disappears from every message that named them."""

from dataclasses import replace
from datetime import timedelta

from bot.ledger.payment import Buyer, Line, Payment
from bot.ledger.records import Producer
from bot.store.books import forgetting
from bot.store.engine import Store
from simulation.fake_channel import FakeChannel, text
from tests.alerts.conftest import States
from tests.alerts.till import Till
from tests.alerts.virtual_time import Post, VirtualTime

WILMA = Buyer(email="wilma@example.com", name="Wilma Quartz", country="AT")
EXCLUSIVE = Line(track="Neon Rain", license="Exclusive", exclusive=True, amount=2999)
LEASE = Line(track="Neon Rain", license="Lease", exclusive=False, amount=2999)


async def forget(store: Store, producer: Producer, email: str, time: VirtualTime) -> int:
    """How many messages it said it would change."""
    async with store.write() as connection:
        found = await forgetting.look(connection, [producer], email)
        await forgetting.forget(connection, [producer], found, time.now)
    return found.traces[0].messages


async def test_alerts_and_conflicts_name_them_no_more(
    post: Post,
    till: Till,
    store: Store,
    producer: Producer,
    channel: FakeChannel,
    states: States,
    time: VirtualTime,
) -> None:
    leased = till.payment("lease", lines=(LEASE,))
    await till.record(producer, leased)
    await post.works()
    # Paid before the lease but known after it: the conflict is told by a reply of its own.
    before = leased.created - timedelta(minutes=1)
    held = till.payment("held", lines=(EXCLUSIVE,), buyer=WILMA, created=before, paid=before)
    await till.record(producer, held)
    await post.works()
    assert sum("Wilma" in text(message) for message in channel.shown) == 3

    assert await forget(store, producer, "wilma@example.com", time) == 3
    await post.works()
    told = [text(message) for message in channel.shown]
    assert len(told) == 3
    assert not any("Wilma" in each or "w•••" in each for each in told)
    assert sum("buyer forgotten" in each for each in told) == 3
    assert sum("Jordan Lee" in each for each in told) == 2
    assert await states() == {}


async def test_a_refund_later_names_nobody(
    post: Post,
    till: Till,
    store: Store,
    producer: Producer,
    channel: FakeChannel,
    time: VirtualTime,
) -> None:
    sold: Payment = till.payment("one", buyer=WILMA)
    await till.record(producer, sold)
    await post.works()
    await forget(store, producer, "wilma@example.com", time)
    settled = replace(till.settled("one"), buyer=WILMA, created=sold.created, paid=sold.paid)
    await till.record(producer, settled)
    await post.works()
    assert not any("Wilma" in text(message) for message in channel.shown)
