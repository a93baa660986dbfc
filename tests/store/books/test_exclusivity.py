"""Who holds a track, and which sales were charged although somebody held it.

A conflict that was accepted: a license like any other from then on.
"""

from datetime import timedelta

from sqlalchemy import select

from bot.domain.payment import DisputeState
from bot.domain.sale import Accepted, Producer
from bot.domain.sold_license import LicenseState
from bot.store.books import exclusivity, payments, producers
from bot.store.engine import Store
from bot.store.queries import exclusive as rights
from bot.store.queries import license as licenses
from bot.store.tables import sales, tracks
from tests.factories import BEN, NOON, disputed, exclusive, lease, line, paid, refunded, settled
from tests.store.samples import sale_column, told, write


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


LATER = NOON + timedelta(hours=1)
SOLD = settled(paid("1", exclusive()))
LATE = settled(paid("2", at=LATER, buyer=BEN))


async def accept(store: Store, producer: Producer, number: int = 1002) -> bool:
    async with store.write() as connection:
        return await exclusivity.accept(connection, producer, number, by=7, now=LATER)


async def withdraw(store: Store, producer: Producer, number: int = 1002) -> bool:
    async with store.write() as connection:
        return await exclusivity.withdraw(connection, producer, number, by=8, now=LATER)


async def license_state(store: Store, producer: Producer, number: int = 1002) -> LicenseState:
    async with store.read() as connection:
        found = await licenses.by_number(connection, producer, number, LATER)
    assert found is not None
    return found.state


async def test_it_is_no_conflict_any_more_and_says_who_accepted_it(
    store: Store, producer: Producer
) -> None:
    _, late = await write(store, producer, SOLD, LATE)
    assert await license_state(store, producer) is LicenseState.CONFLICT
    assert await accept(store, producer)
    assert await license_state(store, producer) is LicenseState.VALID
    async with store.read() as connection:
        record = await payments.load(connection, producer, late, LATER)
        found = await rights.track_rights(connection, producer, "Midnight Drive", LATER)
    assert record is not None
    assert record.sales[0].accepted == Accepted(by=7, at=LATER)
    assert found is not None
    assert (found.conflicts, found.leases) == ((), 1)
    assert f"edit:payment:{late}" in await told(store, producer)


async def test_it_stays_accepted_whatever_becomes_known_later(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, SOLD, LATE)
    await accept(store, producer)
    earlier = paid("0", exclusive(), at=NOON - timedelta(hours=1))
    await write(store, producer, refunded(LATE, 100), earlier, SOLD)
    assert await sale_column(store, producer, "conflict") == [True, False, False]


async def test_once_given_back_there_is_no_license(store: Store, producer: Producer) -> None:
    await write(store, producer, SOLD, LATE)
    await accept(store, producer)
    await write(store, producer, refunded(LATE))
    assert await license_state(store, producer) is LicenseState.REFUNDED


async def test_it_says_nothing_about_another_track(store: Store, producer: Producer) -> None:
    other = settled(paid("3", exclusive("Neon Rain")))
    await write(store, producer, SOLD, LATE, other)
    await accept(store, producer)
    await write(
        store, producer, settled(paid("2", line("Neon Rain", amount=3000), at=LATER, buyer=BEN))
    )
    assert await sale_column(store, producer, "conflict") == [False, True, False]
    assert await sale_column(store, producer, "accepted_by") == [None, None, None]


async def test_what_is_no_conflict_cannot_be_accepted(store: Store, producer: Producer) -> None:
    await write(store, producer, SOLD, LATE)
    assert not await accept(store, producer, 1001)
    assert not await accept(store, producer, 9999)
    async with store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
        assert not await exclusivity.accept(connection, other, 1002, by=7, now=LATER)
    assert await accept(store, producer)
    assert not await accept(store, producer)


async def test_it_can_be_taken_back_and_says_who_did(store: Store, producer: Producer) -> None:
    _, late = await write(store, producer, SOLD, LATE)
    assert not await withdraw(store, producer)
    await accept(store, producer)
    async with store.read() as connection:
        found = await rights.track_rights(connection, producer, "Midnight Drive", LATER)
    assert found is not None
    assert [sale.number for sale in found.accepted] == [1002]
    assert await withdraw(store, producer)
    assert await license_state(store, producer) is LicenseState.CONFLICT
    async with store.read() as connection:
        record = await payments.load(connection, producer, late, LATER)
        found = await rights.track_rights(connection, producer, "Midnight Drive", LATER)
    assert record is not None
    assert record.sales[0].withdrawn == Accepted(by=8, at=LATER)
    assert found is not None
    assert ([sale.number for sale in found.conflicts], found.accepted) == ([1002], ())
    assert await accept(store, producer)
    assert await sale_column(store, producer, "withdrawn_by") == [None, None]


async def test_what_was_given_back_is_no_conflict_again(store: Store, producer: Producer) -> None:
    await write(store, producer, SOLD, LATE)
    await accept(store, producer)
    await write(store, producer, refunded(LATE))
    assert not await withdraw(store, producer)
    assert await sale_column(store, producer, "conflict") == [False, False]


async def test_without_a_holder_taking_it_back_changes_only_the_note(
    store: Store, producer: Producer
) -> None:
    await write(store, producer, SOLD, LATE)
    await accept(store, producer)
    await write(store, producer, refunded(SOLD))
    assert await withdraw(store, producer)
    assert await license_state(store, producer) is LicenseState.VALID
