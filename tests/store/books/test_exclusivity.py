"""Who holds a track, and which sales were charged although somebody held it.

A conflict that was accepted: a license like any other from then on.
"""

from datetime import timedelta

from sqlalchemy import select

from bot.domain.payment import DisputeState
from bot.domain.sale import Accepted
from bot.domain.sold_license import LicenseState
from bot.store.books import exclusivity, payments, producers
from bot.store.engine import Store
from bot.store.queries import exclusive as rights
from bot.store.queries import license as licenses
from bot.store.tables import sales, tracks
from tests.factories import BEN, NOON, disputed, exclusive, lease, line, paid, refunded, settled
from tests.store.samples import Books


async def test_the_earliest_exclusive_sale_holds_the_track(books: Books) -> None:
    late = paid("late", exclusive(), at=NOON + timedelta(hours=2))
    early = paid("early", exclusive(), at=NOON)
    between = paid("lease", at=NOON + timedelta(hours=1), buyer=BEN)
    await books.write(late, between, early)
    assert await books.column("conflict") == [True, True, False]
    assert await _holder(books.store) == 1003


async def test_when_the_holder_is_refunded_the_next_exclusive_holds_the_track(books: Books) -> None:
    first = settled(paid("a", exclusive()))
    second = paid("b", exclusive(), at=NOON + timedelta(hours=1))
    lease_between = paid("c", at=NOON + timedelta(minutes=30))
    await books.write(first, second, lease_between, refunded(first))
    assert await _holder(books.store) == 1002
    assert await books.column("conflict") == [False, False, False]


async def test_a_lost_dispute_ends_the_right_and_a_partial_refund_does_not(books: Books) -> None:
    payment = settled(paid("a", exclusive()))
    await books.write(refunded(payment, 1))
    assert await _holder(books.store) == 1001
    await books.write(disputed(payment, DisputeState.LOST))
    assert await _holder(books.store) is None


async def test_a_lease_bought_in_one_payment_with_the_exclusive_is_no_conflict(
    books: Books,
) -> None:
    await books.write(paid("a", exclusive(), lease()))
    assert await books.column("conflict") == [False, False]


async def test_a_line_that_turns_out_to_be_of_another_track_frees_the_first(books: Books) -> None:
    await books.write(paid("a", exclusive("A")))
    await books.write(paid("b", lease("A"), at=NOON + timedelta(hours=1)))
    await books.write(paid("a", exclusive("B")))
    assert await books.column("conflict") == [False, False]
    async with books.store.read() as connection:
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


async def accept(books: Books, number: int = 1002) -> bool:
    return await books.change(exclusivity.accept, number, by=7, now=LATER)


async def withdraw(books: Books, number: int = 1002) -> bool:
    return await books.change(exclusivity.withdraw, number, by=8, now=LATER)


async def license_state(books: Books, number: int = 1002) -> LicenseState:
    found = await books.read(licenses.by_number, number, LATER)
    assert found is not None
    return found.state


async def test_it_is_no_conflict_any_more_and_says_who_accepted_it(books: Books) -> None:
    _, late = await books.write(SOLD, LATE)
    assert await license_state(books) is LicenseState.CONFLICT
    assert await accept(books)
    assert await license_state(books) is LicenseState.VALID
    record = await books.read(payments.load, late, LATER)
    found = await books.read(rights.track_rights, "Midnight Drive", LATER)
    assert record is not None
    assert record.sales[0].accepted == Accepted(by=7, at=LATER)
    assert found is not None
    assert (found.conflicts, found.leases) == ((), 1)
    assert f"edit:payment:{late}" in await books.told()


async def test_it_stays_accepted_whatever_becomes_known_later(books: Books) -> None:
    await books.write(SOLD, LATE)
    await accept(books)
    earlier = paid("0", exclusive(), at=NOON - timedelta(hours=1))
    await books.write(refunded(LATE, 100), earlier, SOLD)
    assert await books.column("conflict") == [True, False, False]


async def test_once_given_back_there_is_no_license(books: Books) -> None:
    await books.write(SOLD, LATE)
    await accept(books)
    await books.write(refunded(LATE))
    assert await license_state(books) is LicenseState.REFUNDED


async def test_it_says_nothing_about_another_track(books: Books) -> None:
    other = settled(paid("3", exclusive("Neon Rain")))
    await books.write(SOLD, LATE, other)
    await accept(books)
    await books.write(settled(paid("2", line("Neon Rain", amount=3000), at=LATER, buyer=BEN)))
    assert await books.column("conflict") == [False, True, False]
    assert await books.column("accepted_by") == [None, None, None]


async def test_what_is_no_conflict_cannot_be_accepted(books: Books) -> None:
    await books.write(SOLD, LATE)
    assert not await accept(books, 1001)
    assert not await accept(books, 9999)
    async with books.store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
        assert not await exclusivity.accept(connection, other, 1002, by=7, now=LATER)
    assert await accept(books)
    assert not await accept(books)


async def test_it_can_be_taken_back_and_says_who_did(books: Books) -> None:
    _, late = await books.write(SOLD, LATE)
    assert not await withdraw(books)
    await accept(books)
    found = await books.read(rights.track_rights, "Midnight Drive", LATER)
    assert found is not None
    assert [sale.number for sale in found.accepted] == [1002]
    assert await withdraw(books)
    assert await license_state(books) is LicenseState.CONFLICT
    record = await books.read(payments.load, late, LATER)
    found = await books.read(rights.track_rights, "Midnight Drive", LATER)
    assert record is not None
    assert record.sales[0].withdrawn == Accepted(by=8, at=LATER)
    assert found is not None
    assert ([sale.number for sale in found.conflicts], found.accepted) == ([1002], ())
    assert await accept(books)
    assert await books.column("withdrawn_by") == [None, None]


async def test_what_was_given_back_is_no_conflict_again(books: Books) -> None:
    await books.write(SOLD, LATE)
    await accept(books)
    await books.write(refunded(LATE))
    assert not await withdraw(books)
    assert await books.column("conflict") == [False, False]


async def test_without_a_holder_taking_it_back_changes_only_the_note(books: Books) -> None:
    await books.write(SOLD, LATE)
    await accept(books)
    await books.write(refunded(SOLD))
    assert await withdraw(books)
    assert await license_state(books) is LicenseState.VALID
