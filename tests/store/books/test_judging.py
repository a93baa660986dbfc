"""Who holds a track, and which sales were charged although somebody held it."""

from datetime import timedelta

from sqlalchemy import select

from bot.domain.payment import DisputeState
from bot.domain.sale import Producer
from bot.store.engine import Store
from bot.store.tables import sales, tracks
from tests.store.samples import (
    BEN,
    NOON,
    disputed,
    exclusive,
    lease,
    paid,
    refunded,
    sale_column,
    settled,
    write,
)


async def test_the_earliest_exclusive_sale_holds_the_track(
    store: Store, producer: Producer
) -> None:
    late = paid("late", exclusive(), at=NOON + timedelta(hours=2))
    early = paid("early", exclusive(), at=NOON)
    between = paid("lease", at=NOON + timedelta(hours=1), buyer=BEN)
    await write(store, producer, late, between, early)
    assert await sale_column(store, producer, "conflict") == [True, True, False]
    assert await _holder(store) == 1003


async def test_when_the_holder_is_refunded_the_next_exclusive_holds_the_track(
    store: Store, producer: Producer
) -> None:
    first = settled(paid("a", exclusive()))
    second = paid("b", exclusive(), at=NOON + timedelta(hours=1))
    lease_between = paid("c", at=NOON + timedelta(minutes=30))
    await write(store, producer, first, second, lease_between, refunded(first))
    assert await _holder(store) == 1002
    assert await sale_column(store, producer, "conflict") == [False, False, False]


async def test_a_lost_dispute_ends_the_right_and_a_partial_refund_does_not(
    store: Store, producer: Producer
) -> None:
    payment = settled(paid("a", exclusive()))
    await write(store, producer, refunded(payment, 1))
    assert await _holder(store) == 1001
    await write(store, producer, disputed(payment, DisputeState.LOST))
    assert await _holder(store) is None


async def test_a_lease_bought_in_one_payment_with_the_exclusive_is_no_conflict(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("a", exclusive(), lease()))
    assert await sale_column(store, producer, "conflict") == [False, False]


async def test_a_line_that_turns_out_to_be_of_another_track_frees_the_first(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("a", exclusive("A")))
    await write(store, producer, paid("b", lease("A"), at=NOON + timedelta(hours=1)))
    await write(store, producer, paid("a", exclusive("B")))
    assert await sale_column(store, producer, "conflict") == [False, False]
    async with store.read() as connection:
        held = await connection.execute(
            select(tracks.c.name).where(tracks.c.holder_sale_id.is_not(None))
        )
        assert held.scalars().all() == ["B"]


async def _holder(store: Store) -> int | None:
    async with store.read() as connection:
        return await connection.scalar(
            select(sales.c.number).join(tracks, tracks.c.holder_sale_id == sales.c.id)
        )
