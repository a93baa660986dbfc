"""Licenses as sold, with the leases that stay valid beside an exclusive."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.payment import DisputeState, Payment
from bot.domain.sale import Producer
from bot.domain.sold_license import LicenseState
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.queries import license as licenses
from tests.factories import (
    BEN,
    NOON,
    disputed,
    exclusive,
    failed,
    lease,
    paid,
    pending,
    refunded,
    settled,
)
from tests.store.samples import write

DAY = timedelta(days=1)


async def state_of(store: Store, producer: Producer, number: int = 1001) -> LicenseState:
    async with store.read() as connection:
        found = await licenses.by_number(connection, producer, number, NOON)
    assert found is not None
    return found.state


@pytest.mark.parametrize(
    ("payment", "state"),
    [
        (paid("1"), LicenseState.VALID),
        (refunded(settled(paid("1")), 100), LicenseState.VALID),
        (refunded(settled(paid("1"))), LicenseState.REFUNDED),
        (refunded(settled(paid("1")), status="failed"), LicenseState.VALID),
        (disputed(settled(paid("1"))), LicenseState.VALID),
        (disputed(settled(paid("1")), DisputeState.WON), LicenseState.VALID),
        (disputed(settled(paid("1")), DisputeState.LOST), LicenseState.REFUNDED),
        (pending(paid("1")), LicenseState.UNPAID),
        (failed(paid("1")), LicenseState.UNPAID),
    ],
)
async def test_what_a_license_is_worth(
    store: Store, producer: Producer, payment: Payment, state: LicenseState
) -> None:
    await write(store, producer, payment)
    assert await state_of(store, producer) is state


async def test_what_was_sold_after_the_exclusive_is_no_license(
    store: Store, producer: Producer
) -> None:
    await write(
        store, producer, paid("1", exclusive()), paid("2", at=NOON + DAY), paid("3", at=NOON - DAY)
    )
    assert await state_of(store, producer, 1002) is LicenseState.CONFLICT
    assert await state_of(store, producer, 1003) is LicenseState.VALID
    await write(store, producer, refunded(paid("2", at=NOON + DAY)))
    assert await state_of(store, producer, 1002) is LicenseState.REFUNDED


async def test_an_exclusive_names_the_leases_sold_before_it(
    store: Store, producer: Producer
) -> None:
    await write(
        store,
        producer,
        paid("late", at=NOON - DAY, buyer=BEN),
        paid("early", at=NOON - 9 * DAY),
        refunded(paid("back", at=NOON - 5 * DAY)),
        paid("other", lease("Low Tide"), at=NOON - 5 * DAY),
        paid("both", exclusive(), lease()),
        paid("after", at=NOON + DAY),
    )
    async with store.read() as connection:
        found = await licenses.by_number(connection, producer, 1005, NOON)
        as_lease = await licenses.by_number(connection, producer, 1001, NOON)
    assert found is not None
    assert as_lease is not None
    assert [(one.number, one.sold) for one in found.prior] == [
        (1002, NOON - 9 * DAY),
        (1001, NOON - DAY),
    ]
    assert found.prior_count == 2
    assert (as_lease.prior, as_lease.prior_count) == ((), 0)


async def test_many_leases_are_counted_and_some_named(
    store: Store, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(licenses, "SHOWN_LEASES", 2)
    leases = [paid(str(day), at=NOON - day * DAY) for day in (3, 2, 1)]
    await write(store, producer, *leases, paid("x", exclusive()))
    async with store.read() as connection:
        found = await licenses.by_number(connection, producer, 1004, NOON)
    assert found is not None
    assert [one.number for one in found.prior] == [1001, 1002]
    assert found.prior_count == 3


async def test_a_license_is_its_producers_own(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await write(store, producer, replace(paid("1")))
    async with store.read() as connection:
        assert await licenses.by_number(connection, other, 1001, NOON) is None
        assert await licenses.by_number(connection, producer, 1002, NOON) is None
