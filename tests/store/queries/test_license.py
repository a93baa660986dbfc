"""Licenses as sold, with the leases that stay valid beside an exclusive."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.payment import DisputeState, Payment
from bot.domain.sold_license import LicenseState
from bot.store.books import producers
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
from tests.store.samples import Books

DAY = timedelta(days=1)


async def state_of(books: Books, number: int = 1001) -> LicenseState:
    found = await books.read(licenses.by_number, number, NOON)
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
async def test_what_a_license_is_worth(books: Books, payment: Payment, state: LicenseState) -> None:
    await books.write(payment)
    assert await state_of(books) is state


async def test_what_was_sold_after_the_exclusive_is_no_license(books: Books) -> None:
    await books.write(paid("1", exclusive()), paid("2", at=NOON + DAY), paid("3", at=NOON - DAY))
    assert await state_of(books, 1002) is LicenseState.CONFLICT
    assert await state_of(books, 1003) is LicenseState.VALID
    await books.write(refunded(paid("2", at=NOON + DAY)))
    assert await state_of(books, 1002) is LicenseState.REFUNDED


async def test_an_exclusive_names_the_leases_sold_before_it(books: Books) -> None:
    await books.write(
        paid("late", at=NOON - DAY, buyer=BEN),
        paid("early", at=NOON - 9 * DAY),
        refunded(paid("back", at=NOON - 5 * DAY)),
        paid("other", lease("Low Tide"), at=NOON - 5 * DAY),
        paid("both", exclusive(), lease()),
        paid("after", at=NOON + DAY),
    )
    found = await books.read(licenses.by_number, 1005, NOON)
    as_lease = await books.read(licenses.by_number, 1001, NOON)
    assert found is not None
    assert as_lease is not None
    assert [(one.number, one.sold) for one in found.prior] == [
        (1002, NOON - 9 * DAY),
        (1001, NOON - DAY),
    ]
    assert found.prior_count == 2
    assert (as_lease.prior, as_lease.prior_count) == ((), 0)


async def test_many_leases_are_counted_and_some_named(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(licenses, "SHOWN_LEASES", 2)
    leases = [paid(str(day), at=NOON - day * DAY) for day in (3, 2, 1)]
    await books.write(*leases, paid("x", exclusive()))
    found = await books.read(licenses.by_number, 1004, NOON)
    assert found is not None
    assert [one.number for one in found.prior] == [1001, 1002]
    assert found.prior_count == 3


async def test_a_license_is_its_producers_own(books: Books) -> None:
    async with books.store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await books.write(replace(paid("1")))
    async with books.store.read() as connection:
        assert await licenses.by_number(connection, other, 1001, NOON) is None
        assert await licenses.by_number(connection, books.producer, 1002, NOON) is None
