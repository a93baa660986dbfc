"""What is not understood: kept by its object, hidden, tried again."""

from datetime import UTC, datetime, timedelta

from bot.domain.problem import GONE, NOT_UNDERSTOOD, WORD, Problem
from bot.store.books import problem_log, producers
from bot.store.engine import Store
from bot.store.inbox import Inbox, Incoming
from tests import factories as make
from tests.store.samples import Books

NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)
FROZEN, MOODY = Problem(WORD, "re_1", "frozen"), Problem(WORD, "dp_1", "moody")


async def settle(books: Books, *found: Problem, later: int = 0) -> None:
    async with books.store.write() as connection:
        at = NOW + timedelta(hours=later)
        await problem_log.settle(connection, books.id, "payment:pi_1", found, at)


async def shown(books: Books) -> list[tuple[Problem, datetime]]:
    count, listed = await books.read(problem_log.shown, 10)
    assert count == len(listed)
    return [(one.problem, one.seen) for one in listed]


async def give_up(store: Store, id_: str = "evt_1", *, livemode: bool = True) -> None:
    event = Incoming(
        id=id_,
        type="refund.created",
        livemode=livemode,
        account="",
        subject=None,
        created=NOW,
        received=NOW,
        state="failed",
        error="its object has no id",
        body="{}",
    )
    async with Inbox(store) as inbox:
        await inbox.put(event)


async def test_an_objects_problems_are_those_found_last(books: Books) -> None:
    await settle(books, FROZEN)
    await settle(books, FROZEN, MOODY, later=1)
    assert await shown(books) == [(MOODY, NOW + timedelta(hours=1)), (FROZEN, NOW)]
    await settle(books, MOODY, later=2)
    assert [problem for problem, _ in await shown(books)] == [MOODY]
    await settle(books)
    assert await shown(books) == []


async def test_only_what_is_new_is_given_back(books: Books) -> None:
    async with books.store.write() as connection:
        first = await problem_log.settle(connection, books.id, "payment:pi_1", {FROZEN}, NOW)
        again = await problem_log.settle(connection, books.id, "payment:pi_1", {FROZEN}, NOW)
        beside = await problem_log.add(connection, books.id, "payment:pi_1", {FROZEN, MOODY}, NOW)
    assert (first, again, beside) == ([FROZEN], [], [MOODY])


async def test_events_that_were_given_up_are_shown_with_them(books: Books) -> None:
    await settle(books, FROZEN, later=1)
    await give_up(books.store)
    await give_up(books.store, "evt_2", livemode=False)
    assert await shown(books) == [
        (FROZEN, NOW + timedelta(hours=1)),
        (Problem(NOT_UNDERSTOOD, "", "its object has no id"), NOW),
    ]


async def test_another_modes_problems_are_not_shown(books: Books) -> None:
    async with books.store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await settle(Books(books.store, other), FROZEN)
    assert await shown(books) == []


async def test_hidden_ones_stay_hidden_and_new_ones_show(books: Books) -> None:
    await settle(books, FROZEN)
    await give_up(books.store)
    await books.change(problem_log.hide)
    await settle(books, FROZEN, MOODY)
    assert [problem for problem, _ in await shown(books)] == [MOODY]


async def test_a_payment_knows_its_own_by_any_of_its_names(books: Books) -> None:
    payment = make.paid("1")
    async with books.store.write() as connection:
        for name in (payment.intent, payment.session):
            subject = f"payment:{name}"
            await problem_log.add(connection, books.id, subject, {Problem(GONE, str(name))}, NOW)
        found = await problem_log.of_payment(connection, books.id, payment)
    assert {problem.about for problem in found} == {payment.intent, payment.session}


async def test_the_newest_of_many_are_shown_and_all_are_counted(books: Books) -> None:
    async with books.store.write() as connection:
        for hour in range(9):
            at = NOW + timedelta(hours=hour)
            await problem_log.add(connection, books.id, f"payment:pi_{hour}", {FROZEN}, at)
    count, listed = await books.read(problem_log.shown, 3)
    assert (count, [one.subject for one in listed]) == (
        9,
        ["payment:pi_8", "payment:pi_7", "payment:pi_6"],
    )
