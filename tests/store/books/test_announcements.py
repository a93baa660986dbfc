"""What Discord hears of a recorded payment, and of those whose rights it changes."""

from datetime import timedelta

from sqlalchemy import select

from bot.domain.payment import DisputeState
from bot.domain.sale import Producer
from bot.store.engine import Store
from bot.store.tables import outbox
from tests.store.samples import (
    NOON,
    disputed,
    exclusive,
    paid,
    refunded,
    sale_column,
    settled,
    told,
    write,
)


async def test_a_payment_is_announced_once_then_edited(store: Store, producer: Producer) -> None:
    (payment_id,) = await write(store, producer, paid("a"))
    await write(store, producer, settled(paid("a")))
    await write(store, producer, refunded(settled(paid("a")), 1000))
    subject = f"payment:{payment_id}"
    assert await told(store, producer) == [
        f"announce:{subject}",
        f"edit:{subject}",
        "reply:refund:re_cs_a_1",
    ]


async def test_a_quiet_recording_is_not_told(store: Store, producer: Producer) -> None:
    await write(store, producer, settled(paid("a")), paid("b", exclusive()), quiet=True)
    assert await told(store, producer) == []


async def test_a_conflict_known_at_once_is_part_of_the_announcement(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("a", exclusive()))
    await write(store, producer, paid("b", at=NOON + timedelta(days=1)))
    assert await sale_column(store, producer, "conflict") == [False, True]
    assert await told(store, producer) == ["announce:payment:1", "announce:payment:2"]


async def test_a_payment_that_becomes_a_conflict_is_edited_and_replied_to(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, paid("late", at=NOON + timedelta(days=1)))
    await write(store, producer, paid("x", exclusive()))
    assert await told(store, producer) == [
        "announce:payment:1",
        "announce:payment:2",
        "edit:payment:1",
        "reply:conflict:1",
    ]
    async with store.read() as connection:
        query = select(outbox.c.payload).where(outbox.c.kind == "reply")
        assert await connection.scalar(query) == '{"what": "conflict", "id": "1001"}'


async def test_a_conflict_that_ends_is_edited_without_a_reply(
    store: Store, producer: Producer
) -> None:
    holding = settled(paid("x", exclusive()))
    await write(store, producer, holding, paid("late", at=NOON + timedelta(days=1)))
    await write(store, producer, refunded(holding))
    assert await sale_column(store, producer, "conflict") == [False, False]
    assert "edit:payment:2" in await told(store, producer)
    assert not [key for key in await told(store, producer) if "conflict" in key]


async def test_a_refunded_exclusive_asks_what_becomes_of_its_track(
    store: Store, producer: Producer
) -> None:
    holding = settled(paid("x", exclusive()))
    await write(store, producer, holding)
    await write(store, producer, refunded(holding, 1000))
    assert not [key for key in await told(store, producer) if "track_free" in key]
    gone = refunded(refunded(holding, 1000), 49_000, name="2")
    await write(store, producer, gone, gone)
    assert (await told(store, producer))[-1] == "reply:track_free:1:2"
    async with store.read() as connection:
        query = select(outbox.c.payload).where(outbox.c.key == "reply:track_free:1:2")
        payload = await connection.scalar(query)
    assert payload == '{"what": "track_free", "id": "1001", "track": "1"}'


async def test_nothing_is_asked_where_another_exclusive_takes_over(
    store: Store, producer: Producer
) -> None:
    holding = settled(paid("x", exclusive()))
    await write(store, producer, holding, paid("y", exclusive(), at=NOON + timedelta(days=1)))
    await write(store, producer, refunded(holding))
    assert not [key for key in await told(store, producer) if "track_free" in key]


async def test_a_conflict_that_is_refunded_frees_nothing(store: Store, producer: Producer) -> None:
    late = settled(paid("late", exclusive(), at=NOON + timedelta(days=1)))
    await write(store, producer, paid("x", exclusive()), late)
    await write(store, producer, refunded(late))
    assert not [key for key in await told(store, producer) if "track_free" in key]


async def test_a_lost_dispute_asks_too(store: Store, producer: Producer) -> None:
    holding = settled(paid("x", exclusive()))
    await write(store, producer, holding, disputed(holding, DisputeState.LOST))
    assert "reply:track_free:1:1" in await told(store, producer)
