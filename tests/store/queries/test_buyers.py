"""All that a buyer has bought, from any one of their sales.

All buyers, by what they spent, how often and when they bought, found by name.
"""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.money import Money
from bot.domain.payment import Buyer, DisputeState, Payment
from bot.domain.preferences import Preferences
from bot.domain.sale import BuyerRecord, BuyerSort, BuyersPage, SaleSort
from bot.store.queries import buyers
from tests.factories import (
    ANA,
    BEN,
    NOON,
    disputed,
    failed,
    lease,
    paid,
    pending,
    refunded,
    settled,
)
from tests.store.samples import Books


async def _of_sale(books: Books, number: int, page: int = 0) -> BuyerRecord | None:
    return await books.read(buyers.of_sale, number, NOON, page)


async def test_a_buyer_is_shown_with_all_they_bought(books: Books) -> None:
    await books.write(
        refunded(settled(paid("a", lease("A", 1000), lease("B", 2000))), 500),
        paid("b", lease("C", 700), at=NOON + timedelta(days=1), currency="eur"),
        pending(paid("c", at=NOON + timedelta(days=2))),
        failed(paid("d", at=NOON - timedelta(days=2))),
        paid("e", buyer=BEN),
    )
    found = await _of_sale(books, 1001)
    assert found is not None
    assert found.buyer == ANA
    assert [sale.number for sale in found.sales] == [1004, 1003, 1002, 1001]
    assert (found.count, found.payments, found.first) == (4, 2, NOON)
    assert found.spent == (Money(2500, "usd"), Money(700, "eur"))


async def test_what_they_bought_is_listed_in_every_order(books: Books) -> None:
    """Each currency by itself, first the one that most was bought in."""
    await books.write(
        settled(paid("a", lease("A", 1000), lease("B", 2000))),
        settled(paid("b", lease("C", 700), at=NOON + timedelta(days=1), currency="eur"), "eur"),
    )
    for sort, numbers in (("oldest", [1001, 1002, 1003]), ("largest", [1002, 1001, 1003])):
        found = await books.read(buyers.of_sale, 1001, NOON, 0, SaleSort(sort))
        assert found is not None
        assert [sale.number for sale in found.sales] == numbers


@pytest.mark.parametrize(("page", "shown", "sales"), [(0, 0, 10), (2, 2, 3), (9, 2, 3)])
async def test_what_they_bought_comes_in_pages(
    books: Books, page: int, shown: int, sales: int
) -> None:
    await books.write(paid("a", *(lease(f"Track {i}", 100) for i in range(23))))
    found = await _of_sale(books, 1001, page)
    assert found is not None
    assert (found.page, len(found.sales), found.count) == (shown, sales, 23)


async def test_what_a_bank_took_back_is_not_spent(books: Books) -> None:
    await books.write(disputed(settled(paid("a")), DisputeState.LOST), paid("b"))
    found = await _of_sale(books, 1001)
    assert found is not None
    assert (found.payments, found.spent) == (2, (Money(3000, "usd"),))


async def test_an_unknown_buyer_bought_this_one_payment(books: Books) -> None:
    await books.write(paid("a", buyer=Buyer()), paid("b", buyer=Buyer()))
    found = await _of_sale(books, 1001)
    assert found is not None
    assert (found.buyer, found.count) == (Buyer(), 1)


async def test_there_is_no_buyer_of_a_sale_that_is_not_there(books: Books) -> None:
    assert await _of_sale(books, 1001) is None


def of(name: str, key: str, amount: int, days: int, currency: str = "usd") -> Payment:
    buyer = Buyer(email=f"{name}@example.com", name=name.title())
    at = NOON + timedelta(days=days)
    return settled(paid(key, lease(amount=amount), at=at, buyer=buyer, currency=currency))


SOLD = [
    of("ana", "1", 5000, 1),
    of("ben", "2", 9000, 2),
    of("cleo", "3", 20_000, 3, "eur"),
    of("ana", "4", 3000, 4),
    of("ana", "5", 100, 5, "eur"),
    of("dee", "6", 700, 6, "eur"),
    refunded(of("eve", "7", 50_000, 7)),
    pending(of("finn", "8", 50_000, 8)),
    failed(of("gus", "9", 50_000, 9)),
    of("hal", "10", 100, 0),
]


async def listed(
    books: Books, sort: BuyerSort, search: str | None = None, page: int = 0
) -> BuyersPage:
    return await books.read(buyers.page, search, sort, page)


def names(page: BuyersPage) -> list[str | None]:
    return [one.buyer.name for one in page.buyers]


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        (BuyerSort.SPEND, ["Ben", "Ana", "Hal", "Eve", "Cleo", "Dee"]),
        (BuyerSort.RECENT, ["Eve", "Dee", "Ana", "Cleo", "Ben", "Hal"]),
        (BuyerSort.COUNT, ["Ana", "Hal", "Eve", "Dee", "Cleo", "Ben"]),
    ],
)
async def test_all_who_paid_are_listed_once(
    books: Books, sort: BuyerSort, expected: list[str]
) -> None:
    await books.write(*SOLD)
    page = await listed(books, sort)
    assert names(page) == expected
    assert (page.count, page.repeats) == (6, 1)
    # What a search finds is in the very same order.
    assert names(await listed(books, sort, "@example")) == expected


async def test_the_currency_that_was_chosen_leads(books: Books) -> None:
    await books.write(*SOLD)
    chosen = replace(books.producer, preferences=Preferences(currency="eur"))
    page = await listed(Books(books.store, chosen), BuyerSort.SPEND)
    assert (page.currency, names(page)) == ("eur", ["Cleo", "Dee", "Ana", "Ben", "Hal", "Eve"])
    ana = page.buyers[2]
    assert ana.spent == (Money(100, "eur"), Money(8000, "usd"))
    assert (ana.number, ana.payments, ana.licenses) == (1005, 3, 3)
    assert ana.latest == NOON + timedelta(days=5)


async def test_pages_go_on_where_the_one_before_ended(
    books: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    await books.write(*SOLD)
    monkeypatch.setattr(buyers, "PAGE", 1)
    monkeypatch.setattr("bot.domain.sale.PAGE", 1)
    for sort in BuyerSort:
        pages = [await listed(books, sort, page=number) for number in range(8)]
        shown = [name for page in pages[:6] for name in names(page)]
        assert sorted(map(str, shown)) == ["Ana", "Ben", "Cleo", "Dee", "Eve", "Hal"]
        assert [page.page for page in pages] == [0, 1, 2, 3, 4, 5, 5, 5]


async def test_nobody_is_an_empty_page(books: Books) -> None:
    for sort in BuyerSort:
        page = await listed(books, sort)
        assert (page.buyers, page.count, page.currency) == ((), 0, None)


async def test_a_search_finds_by_the_beginning_of_a_word(books: Books) -> None:
    await books.write(*SOLD)
    assert names(await listed(books, BuyerSort.SPEND, "AN")) == ["Ana"]
    for sort in BuyerSort:
        assert (await listed(books, sort, "finn")).count == 0
        assert (await listed(books, sort, " @ ")).count == 0
        found = await listed(books, sort, "@example")
        assert names(found) == names(await listed(books, sort))
