"""Marks: the first sale of a track, each hundredth sale, the best day; each told once for ever."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.import_progress import ImportProgress
from bot.domain.payment import Payment
from bot.domain.preferences import Preferences
from bot.domain.sale import Producer
from bot.store.books import producers
from bot.store.books.sync_progress import note_import
from bot.store.engine import Store
from bot.store.tables import outbox
from tests.factories import NOON, disputed, exclusive, free, lease, line, paid, refunded, settled
from tests.store.samples import Books

MARKS = ("reply:first_sale:", "reply:hundredth:", "reply:best_day:")


@pytest.fixture
async def known(books: Books) -> Books:
    """A producer whose past is read to its end."""
    await read_until(books, NOON)
    return books


async def read_until(books: Books, end: Any, **facts: Any) -> None:
    await books.change(note_past, end, **facts)


async def note_past(
    connection: AsyncConnection, producer: Producer, /, end: Any, **facts: Any
) -> None:
    past = ImportProgress(start=NOON - timedelta(days=900), end=NOON, done_until=end, **facts)
    await note_import(connection, producer.livemode, past)


async def marks(books: Books, kind: str = "") -> list[str]:
    return [key for key in await books.told() if key.startswith(kind or MARKS)]


async def payload(store: Store, key: str) -> dict[str, Any]:
    async with store.read() as connection:
        kept = await connection.scalar(select(outbox.c.payload).where(outbox.c.key == key))
    found: dict[str, Any] = json.loads(kept or "null")
    return found


def sold_before(count: int) -> list[Payment]:
    """So many sales of one track, in payments of fifty."""
    lines = [lease("Old", 100)] * 50
    names = [f"old{first}" for first in range(0, count, 50)]
    return [
        paid(name, *lines[: min(50, count - 50 * index)], at=NOON - timedelta(days=400))
        for index, name in enumerate(names)
    ]


def days_before(count: int, amount: int = 3000, currency: str = "usd") -> list[Payment]:
    """A booked sale on each of so many days before."""
    return [
        settled(
            paid(f"day{ago}{currency}", lease("Old", amount), at=NOON - timedelta(days=ago)),
            currency,
        )
        for ago in range(1, count + 1)
    ]


async def test_the_first_sale_of_a_track_is_told_under_its_alert(known: Books) -> None:
    await known.write(paid("a"), paid("b"), settled(paid("a")))
    assert (await known.told())[:2] == ["announce:payment:1", "reply:first_sale:1"]
    assert await marks(known) == ["reply:first_sale:1"]


async def test_one_message_tells_of_all_tracks_of_a_payment(known: Books) -> None:
    await known.write(paid("a", lease("One"), lease("Two"), lease("Three")))
    first_sales = select(outbox.c.state).where(outbox.c.key.startswith("reply:first_sale"))
    async with known.store.read() as connection:
        states = list(await connection.scalars(first_sales))
    assert sorted(states) == ["pending", "summarized", "summarized"]
    assert (await payload(known.store, "reply:first_sale:1"))["numbers"] == [1001, 1002, 1003]


async def test_a_free_license_is_no_first_sale_and_hides_none(known: Books) -> None:
    await known.write(free("gift"))
    assert await marks(known) == []
    await known.write(paid("a", lease()))
    assert await marks(known) == ["reply:first_sale:1"]


async def test_what_is_refunded_was_reached_all_the_same(known: Books) -> None:
    first = settled(paid("a"))
    await known.write(first, refunded(first), paid("b"), disputed(settled(paid("b"))))
    assert await marks(known) == ["reply:first_sale:1"]


async def test_a_track_named_only_later_has_its_first_sale_then(known: Books) -> None:
    unnamed = replace(paid("a", lease("Track to be named")), detailed=False)
    await known.write(unnamed)
    assert await marks(known) == []
    named = paid("a", lease("Neon Rain"))
    await known.write(named, replace(unnamed, detailed=True), named)
    assert await marks(known) == ["reply:first_sale:2"]


async def test_nothing_is_told_of_what_was_imported_nor_while_it_is(books: Books) -> None:
    await books.write(paid("nobody knows of a past"))
    await read_until(books, NOON - timedelta(days=1))
    await books.write(paid("a", lease("One")))
    await read_until(books, NOON, partial=True)
    await books.write(paid("b", lease("Two")))
    await read_until(books, NOON)
    await books.write(paid("c", lease("Three")), quiet=True)
    await books.write(settled(paid("c", lease("Three"))), paid("d", lease("Three")))
    assert await marks(books) == []


async def test_who_wants_no_marks_gets_none(known: Books) -> None:
    silent = replace(known.producer, preferences=Preferences(marks=False))
    await Books(known.store, silent).write(paid("a"))
    await known.write(paid("b"))
    assert await marks(known) == []


async def test_test_mode_counts_for_itself(known: Books) -> None:
    async with known.store.write() as connection:
        test = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await read_until(Books(known.store, test), NOON)
    await Books(known.store, test).write(paid("t"))
    await known.write(paid("a"))
    assert len(await marks(Books(known.store, test))) == len(await marks(known)) == 1


async def test_the_hundredth_sale_may_be_one_of_three_in_a_payment(known: Books) -> None:
    await known.write(*sold_before(97), quiet=True)
    await known.write(paid("ninety-eighth", lease("Old")))
    assert await marks(known, MARKS[1]) == []
    three = paid("crossing", *[lease("Old")] * 3)
    await known.write(three, settled(three), refunded(settled(three)), paid("next"))
    assert await marks(known, MARKS[1]) == ["reply:hundredth:100"]


async def test_a_conflict_is_nothing_to_celebrate(known: Books) -> None:
    await known.write(*sold_before(98), quiet=True)
    await known.write(paid("x", exclusive("Sold"), at=NOON - timedelta(days=1)))
    conflict = settled(paid("late", lease("Sold", 900_000)))
    await known.write(conflict)
    assert await marks(known, MARKS[1]) == await marks(known, MARKS[2]) == []


async def best(books: Books, payments: Iterable[Payment]) -> list[str]:
    await books.write(*payments)
    return await marks(books, MARKS[2])


async def test_the_best_day_is_told_once(known: Books) -> None:
    await known.write(*days_before(10), quiet=True)
    equal, more = settled(paid("a", lease("Old", 3000))), settled(paid("b", lease("Old", 500)))
    assert await best(known, [equal]) == []
    assert await best(known, [more]) == ["reply:best_day:20260310:usd"]
    again = settled(paid("c", lease("Old", 9000)))
    assert len(await best(known, [again, refunded(again)])) == 1
    assert await payload(known.store, "reply:best_day:20260310:usd") == {
        "what": "best_day",
        "id": "20260310",
        "currency": "usd",
        "gross": 3500,
        "before": 3000,
        "before_day": 20260228,
    }


async def test_tax_makes_no_day_the_best_one(known: Books) -> None:
    await known.write(*days_before(10), quiet=True)
    taxed = settled(paid("a", line("Old", amount=3500, tax=500)))
    assert await best(known, [taxed]) == []
    assert len(await best(known, [settled(paid("b", line("Old", amount=100)))])) == 1
    assert (await payload(known.store, "reply:best_day:20260310:usd"))["gross"] == 3100


async def test_few_days_have_no_best_one(known: Books) -> None:
    await known.write(*days_before(9), *days_before(30, currency="eur"), quiet=True)
    assert await best(known, [settled(paid("a", lease("Old", 9000)))]) == []


async def test_a_day_counts_once_its_money_is_booked_and_in_its_own_currency(known: Books) -> None:
    await known.write(*days_before(10), quiet=True)
    abroad = paid("a", lease("Old", 9000), currency="eur")
    assert await best(known, [abroad]) == []
    assert await best(known, [settled(abroad)]) == ["reply:best_day:20260310:usd"]


async def test_a_record_that_was_given_back_is_none(known: Books) -> None:
    gone = settled(paid("gone", exclusive("Old", 90_000), at=NOON - timedelta(days=20)))
    await known.write(*days_before(10), gone, refunded(gone), quiet=True)
    assert len(await best(known, [settled(paid("a", lease("Old", 4000)))])) == 1


async def test_every_license_counts_once_in_whatever_order_a_payment_becomes_known(
    known: Books,
) -> None:
    await known.write(*sold_before(97), quiet=True)
    abroad = paid("abroad", lease("Old"), currency="eur")
    await known.write(abroad, settled(abroad), free("gift", lease("Old", 0)))
    assert await marks(known) == []
    event, read = paid("a", lease("New")), settled(paid("a", lease("New")))
    await known.write(refunded(read), event, read, refunded(read), event)
    assert await marks(known) == ["reply:first_sale:2", "reply:hundredth:100"]
