"""Where the rights of tracks stand."""

from datetime import timedelta

from bot.ledger.money import Money
from bot.ledger.records import HeldPage, Producer, TrackRights
from bot.store import rights
from bot.store.engine import Store
from tests.store.samples import (
    ANA,
    BEN,
    NOON,
    exclusive,
    lease,
    paid,
    refunded,
    settled,
    write,
)


async def _rights(store: Store, producer: Producer, name: str) -> TrackRights:
    async with store.read() as connection:
        found = await rights.track_rights(connection, producer, name, NOON)
    assert found is not None
    return found


async def _held(store: Store, producer: Producer, page: int = 0) -> HeldPage:
    async with store.read() as connection:
        return await rights.held(connection, producer, page, NOON)


async def test_a_track_nobody_holds_shows_all_its_leases(store: Store, producer: Producer) -> None:
    gone = refunded(settled(paid("gone")))
    await write(store, producer, paid("a"), gone, paid("b", at=NOON + timedelta(days=1)))
    found = await _rights(store, producer, "MIDNIGHT  drive")
    assert (found.track, found.holder, found.leases) == ("Midnight Drive", None, 2)
    assert [sale.number for sale in found.lease_sales] == [1003, 1001]


async def test_a_track_that_is_held_shows_earlier_leases_and_later_conflicts(
    store: Store, producer: Producer
) -> None:
    await write(
        store,
        producer,
        paid("early", at=NOON - timedelta(days=1)),
        paid("x", exclusive(), lease(), buyer=BEN),
        paid("late", at=NOON + timedelta(days=1)),
        paid("x2", exclusive(), at=NOON + timedelta(days=2)),
    )
    found = await _rights(store, producer, "Midnight Drive")
    assert found.holder is not None
    assert (found.holder.number, found.holder.buyer) == (1002, BEN)
    assert found.holder.price == Money(50_000, "usd")
    assert found.leases == 1
    assert [sale.number for sale in found.lease_sales] == [1001]
    assert [sale.number for sale in found.conflicts] == [1005, 1004]


async def test_an_unknown_track_has_no_rights(store: Store, producer: Producer) -> None:
    async with store.read() as connection:
        assert await rights.track_rights(connection, producer, "Nothing", NOON) is None


async def test_held_tracks_go_latest_first_ten_a_page(store: Store, producer: Producer) -> None:
    await write(store, producer, paid("lease only", lease("Free")))
    held = [
        paid(f"{i}", exclusive(f"T{i}"), at=NOON + timedelta(hours=i), buyer=(ANA, BEN)[i % 2])
        for i in range(12)
    ]
    await write(store, producer, *held, paid("early", lease("T11")))
    await write(store, producer, paid("late", lease("T11"), at=NOON + timedelta(days=2)))
    first, last = await _held(store, producer), await _held(store, producer, 9)
    assert [one.track for one in first.tracks] == [f"T{i}" for i in range(11, 1, -1)]
    assert ([one.track for one in last.tracks], last.page, last.count) == (["T1", "T0"], 1, 12)
    latest = first.tracks[0]
    assert (latest.leases, len(latest.conflicts), latest.lease_sales) == (1, 1, ())
    assert latest.holder is not None
    assert latest.holder.buyer == BEN


async def test_nothing_is_held_in_an_empty_store(store: Store, producer: Producer) -> None:
    assert await _held(store, producer, 3) == HeldPage(tracks=(), page=0, count=0)
