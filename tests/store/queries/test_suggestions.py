"""What completes as one types, and the names among which a near miss is looked for."""

from dataclasses import replace

import pytest

from bot.store.books import producers
from bot.store.queries import suggestions
from tests.factories import BEN, lease, paid
from tests.store.samples import Books, write


async def test_names_that_begin_so_come_before_those_that_hold_it(books: Books) -> None:
    names = ["Rain", "Neon Rain", "Rainfall", "Drive", "100%"]
    await books.write(paid("a", *(lease(name) for name in names)))
    found = await books.read(suggestions.suggest_tracks, "RAIN")
    assert [one.name for one in found] == ["Rain", "Rainfall", "Neon Rain"]
    [percent] = await books.read(suggestions.suggest_tracks, "%")
    assert await books.read(suggestions.track_of_id, percent.id) == "100%"
    [basic] = await books.read(suggestions.suggest_licenses, "")
    assert await books.read(suggestions.license_of_id, basic.id) == "Basic Lease"


async def test_ids_of_another_producer_name_nothing(books: Books) -> None:
    await books.write(paid("a", lease("Rain")))
    other = replace(books.producer, id=99)
    async with books.store.read() as connection:
        [rain] = await suggestions.suggest_tracks(connection, books.producer, "")
        [basic] = await suggestions.suggest_licenses(connection, books.producer, "")
        assert await suggestions.track_of_id(connection, other, rain.id) is None
        assert await suggestions.license_of_id(connection, other, basic.id) is None


async def test_a_track_of_which_nothing_is_sold_any_more_is_not_suggested(books: Books) -> None:
    await books.write(paid("a", lease("3 items")), paid("a", lease("Rain")))
    [rain] = await books.read(suggestions.suggest_tracks, "")
    assert rain.name == "Rain"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        (1020, [1002]),
        (10022, [1002]),
        (102, [1012, 1002]),
        (2, [1012, 1002]),
        (10, [1010]),
        (1013, [1012]),
        (999_999_999, [1012]),
        (500, []),
    ],
)
async def test_number_that_no_sale_has_is_near_those_it_may_mean(
    books: Books, typed: int, near: list[int]
) -> None:
    await books.write(*(paid(str(key)) for key in range(12)))
    found = await books.read(suggestions.near_numbers, typed)
    assert [number for number, _ in found][: len(near)] == near
    assert bool(found) == bool(near)


async def test_other_buyers_are_named_only_while_nobody_is_called_so(books: Books) -> None:
    await books.write(paid("a"), paid("b", buyer=BEN))
    assert await books.read(suggestions.other_buyers, "oko") == []
    assert set(await books.read(suggestions.other_buyers, "oku")) == {"Ana Lima", "Ben Okoro"}
    assert "ben@example.org" in await books.read(suggestions.other_buyers, "bne@example.org")
    assert await books.read(suggestions.other_buyers, " ") == []


async def test_names_of_another_producer_are_never_suggested(books: Books) -> None:
    async with books.store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await write(books.store, other, paid("a"))
    assert await books.read(suggestions.suggest_tracks, "") == []
    assert await books.read(suggestions.known_tracks) == []
    assert await books.read(suggestions.known_licenses) == []
    assert await books.read(suggestions.other_buyers, "zzz") == []
    assert await books.read(suggestions.near_numbers, 1002) == []
