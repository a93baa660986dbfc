"""Lists of sales: what matches, newest first, with the sums of all that match."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.domain.item_names import license_key, track_key
from bot.domain.payment import DisputeState, Payment
from bot.domain.payout import PayoutState
from bot.domain.period import day_start
from bot.domain.sale import (
    PAGE,
    Producer,
    Sale,
    SaleFilter,
    SaleSort,
    SalesPage,
    SaleState,
    SaleTotals,
)
from bot.store.books import producers
from bot.store.queries import sales
from tests.factories import (
    ANA,
    BEN,
    NOON,
    disputed,
    exclusive,
    failed,
    free,
    lease,
    line,
    paid,
    pending,
    refunded,
    settled,
)
from tests.store.samples import Books, write

JANUARY = datetime(2026, 1, 10, 12, tzinfo=UTC)


def _many() -> list[Payment]:
    """Two months and a half of sales of every kind, in three currencies."""
    days = [JANUARY + timedelta(days=2, hours=5) * i for i in range(30)]
    ordinary = [
        settled(
            paid(
                f"o{i}",
                line(("A", "B", "C")[i % 3], license=("Basic", "Premium")[i % 2], amount=1000 + i),
                at=at,
                buyer=(ANA, BEN)[i % 2],
                currency=("usd", "eur")[i % 5 == 0],
            )
        )
        for i, at in enumerate(days)
    ]
    ordinary[3] = refunded(ordinary[3], 400)
    ordinary[4] = refunded(ordinary[4])
    ordinary[7] = disputed(ordinary[7])
    ordinary[12] = disputed(ordinary[12], DisputeState.LOST)
    ordinary[20] = disputed(ordinary[20], DisputeState.WON)
    return [
        *ordinary,
        settled(paid("x", exclusive("B"), lease("C"), at=days[15])),
        paid("fresh", lease("A"), at=NOON),
        free("free", lease("A", 0), at=NOON - timedelta(days=20)),
        pending(paid("slow", lease("A"), at=NOON - timedelta(hours=1))),
        failed(paid("no", lease("A"), at=NOON)),
        settled(paid("far", lease("C"), at=days[8], currency="jpy"), "gbp", rate=2),
    ]


@pytest.fixture
async def many(books: Books) -> list[Sale]:
    """All of `_many`, recorded; the sales as the unfiltered list shows them."""
    await books.write(*_many())
    listed: list[Sale] = []
    while not listed or len(listed) % PAGE == 0:
        listed += (await _page(books, SaleFilter(), len(listed) // PAGE)).sales
    return listed


async def _page(books: Books, wanted: SaleFilter, page: int = 0) -> SalesPage:
    return await books.read(sales.page, wanted, page, NOON)


def _matches(sale: Sale, wanted: SaleFilter, producer: Producer) -> bool:
    """The rules as they are written, of one sale."""
    states = {"disputed": {"disputed", "dispute_lost"}}.get(wanted.status or "", {wanted.status})
    status = sale.conflict if wanted.status == "conflict" else sale.state.value in states
    return (
        (wanted.track is None or track_key(sale.track) == track_key(wanted.track))
        and (wanted.license is None or license_key(sale.license) == license_key(wanted.license))
        and (wanted.buyer is None or (sale.buyer.name or "").casefold().startswith(wanted.buyer))
        and (wanted.status is None or status)
        and (wanted.since is None or sale.sold >= day_start(wanted.since, producer.timezone))
    )


def _sums(matching: Iterable[Sale]) -> list[SaleTotals]:
    real = [sale for sale in matching if sale.state.is_sale]
    totals = []
    for currency, count in Counter(sale.left.currency for sale in real).items():
        own = [sale for sale in real if sale.left.currency == currency]
        gross = sum(sale.share.gross if sale.share else sale.left.amount for sale in own)
        fees = sum(sale.share.fees.total if sale.share else 0 for sale in own)
        tax = sum(sale.share.tax if sale.share else 0 for sale in own)
        left = sum(sale.left.amount for sale in own)
        totals.append(
            SaleTotals(
                currency=currency,
                sales=count,
                gross=gross,
                tax=tax,
                fees=fees,
                refunded=gross - tax - fees - left,
                left=left,
                unsettled=sum(sale.share is None for sale in own),
            )
        )
    return sorted(totals, key=lambda total: (-total.sales, total.currency))


async def test_every_filter_lists_and_sums_what_matches_all_of_it(
    books: Books, many: list[Sale]
) -> None:
    days = [date(2026, 2, 1), date(2026, 1, 20), date(2026, 2, 28), date(2026, 3, 10)]
    filters = [
        SaleFilter(track=track, license=license_name, status=status, since=since, buyer=buyer)
        for track, license_name in [(None, None), ("a", None), (None, "BASIC"), ("B", "premium")]
        for status in [None, "paid", "refunded", "disputed", "conflict", "pending", "failed", "?"]
        for since in [None, *days]
        for buyer in [None, "ana"]
    ]
    for wanted in filters:
        matching = [sale for sale in many if _matches(sale, wanted, books.producer)]
        found = await _page(books, wanted)
        assert (wanted, list(found.sales)) == (wanted, matching[:PAGE])
        assert (wanted, found.count) == (wanted, len(matching))
        assert (wanted, list(found.totals)) == (wanted, _sums(matching))


async def test_every_filter_lists_in_every_order(books: Books, many: list[Sale]) -> None:
    """All pages of it."""
    filters = [
        SaleFilter(),
        SaleFilter(track="C"),
        SaleFilter(license="basic"),
        SaleFilter(status="refunded"),
        SaleFilter(status="disputed", since=date(2026, 1, 15)),
        SaleFilter(status="paid"),
        SaleFilter(since=date(2026, 2, 1)),
        SaleFilter(track="a", license="basic", status="paid"),
        SaleFilter(buyer="ana"),
    ]
    for wanted in filters:
        matching = [sale for sale in many if _matches(sale, wanted, books.producer)]
        for sort, listed in (
            (SaleSort.OLDEST, matching[::-1]),
            (SaleSort.LARGEST, _by_size(matching)),
        ):
            for page in range(-(-len(matching) // PAGE)):
                found = await _page(books, replace(wanted, sort=sort), page)
                expected = listed[page * PAGE : (page + 1) * PAGE]
                assert (wanted, sort, found.sales) == (wanted, sort, tuple(expected))


def _by_size(matching: list[Sale]) -> list[Sale]:
    """The currency of the most sales first; of two as large the later one."""
    counts = Counter(sale.left.currency for sale in matching)

    def place(sale: Sale) -> tuple[int, str, int, int]:
        currency, gross = sale.left.currency, 0
        if sale.state is not SaleState.PENDING:
            gross = sale.share.gross if sale.share else sale.price.amount
        return -counts[currency], currency, -gross, -sale.number

    return sorted(matching, key=place)


async def test_a_list_goes_newest_first_without_what_failed(many: list[Sale]) -> None:
    assert [sale.sold for sale in many] == sorted((sale.sold for sale in many), reverse=True)
    assert len({sale.number for sale in many}) == len(many) == 36
    assert "failed" not in {sale.state for sale in many}


async def test_a_page_after_the_last_is_the_last(books: Books, many: list[Sale]) -> None:
    found = await _page(books, SaleFilter(), 99)
    assert (found.page, found.sales) == (3, tuple(many[30:]))


async def test_a_list_of_nothing_is_empty(books: Books) -> None:
    empty = SalesPage(sales=(), page=0, count=0, totals=())
    assert await _page(books, SaleFilter(), 7) == empty
    assert await _page(books, SaleFilter(track="No such track")) == empty
    assert await _page(books, SaleFilter(buyer="  ")) == empty


@pytest.mark.parametrize("since", [date.min, date.max])
async def test_any_day_may_be_asked_for(books: Books, since: date) -> None:
    await books.write(paid("a"))
    found = await _page(books, SaleFilter(since=since))
    assert found.count == (1 if since is date.min else 0)


async def test_sales_of_another_producer_are_never_seen(books: Books) -> None:
    async with books.store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await write(books.store, other, paid("a"))
    assert (await _page(books, SaleFilter())).count == 0
    assert await books.read(sales.by_number, 1001, NOON) is None


async def test_a_sale_is_found_by_its_number_with_its_payment(books: Books) -> None:
    payment = settled(paid("a", lease("A"), lease("B")))
    await books.write(payment)
    found = await books.read(sales.by_number, 1002, NOON)
    assert await books.read(sales.by_number, 1003, NOON) is None
    assert found is not None
    record, sale = found
    assert (sale.track, record.payment, len(record.sales)) == ("B", payment, 2)
    assert sale.payout.state is PayoutState.PENDING


class TestSuggestions:
    async def test_nothing_typed_suggests_the_newest(self, books: Books, many: list[Sale]) -> None:
        found = await books.read(sales.suggest, "", NOON)
        assert found == many[:25]

    async def test_a_number_suggests_itself_then_those_that_begin_so(
        self, books: Books, many: list[Sale]
    ) -> None:
        async with books.store.read() as connection:
            found = await sales.suggest(connection, books.producer, "#10", NOON)
            assert [sale.number for sale in found] == sorted(
                (sale.number for sale in many), reverse=True
            )[:25]
            one = await sales.suggest(connection, books.producer, " 1010 ", NOON)
            assert [sale.number for sale in one] == [1010]
            for nonsense in ("abc", "0", "01010", "²", "9" * 40, "10%"):
                assert await sales.suggest(connection, books.producer, nonsense, NOON) == []
