"""The figures of a period, in the producer's days, beside the period before.

The figures of any period, held against the sums of the entries within.
"""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.entries import EntryKind, entries
from bot.domain.payment import Buyer, Payment
from bot.domain.period import Period, parse_period
from bot.domain.preferences import Preferences
from bot.domain.sale import Producer
from bot.domain.totals import CurrencyTotals, Statistics
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.queries.stats import statistics
from tests.factories import (
    BEN,
    NOON,
    disputed,
    failed,
    lease,
    line,
    paid,
    pending,
    refunded,
    settled,
)
from tests.store.samples import Books, write


async def figures(
    books: Books, period: str, now: datetime = NOON, currency: str | None = None
) -> Statistics:
    span = parse_period(period, now, books.producer.timezone)
    return await books.read(statistics, span, currency)


async def test_a_period_without_sales_is_empty(books: Books) -> None:
    for period in Period:
        found = await figures(books, period)
        assert (found.totals, found.before, found.by_count, found.by_revenue) == ((), (), (), ())


async def test_a_month_is_set_against_the_month_before_up_to_the_same_point(books: Books) -> None:
    before = NOON - timedelta(days=28)  # 10 February, noon in New York, before the clocks change
    await books.write(
        settled(paid("now", lease(amount=1000))),
        settled(paid("then", lease(amount=2000), at=before)),
        settled(paid("after", lease(amount=4000), at=before + timedelta(hours=2))),
        settled(paid("long ago", lease(amount=8000), at=before - timedelta(days=15))),
    )
    found = await figures(books, Period.MONTH)
    assert [one.gross for one in found.totals] == [1000]
    assert [one.gross for one in found.before] == [2000]


async def test_all_time_has_nothing_before_it(books: Books) -> None:
    await books.write(settled(paid("a")), settled(paid("b", at=NOON.replace(year=2024))))
    found = await figures(books, Period.ALL)
    assert [one.sales for one in found.totals] == [2]
    assert found.before == ()


async def test_each_kind_of_money_has_its_own_figure(books: Books) -> None:
    lines = line(amount=10_000, tax=1600), line("B", amount=10_000)
    payment = settled(paid("a", *lines), tax=11, withheld=40)
    payment = refunded(payment, 3000)
    payment = disputed(payment)
    await books.write(payment, paid("b"), pending(paid("c")))
    (totals,) = (await figures(books, Period.YEAR)).totals
    assert totals == CurrencyTotals(
        currency="usd",
        sales=3,
        gross=23_000,
        tax=1600,
        # All of it: the dispute took what the refund had left.
        returned_tax=1600,
        stripe_fee=630 + 1500,
        fee_tax=11,
        withheld_tax=40,
        refunds=1,
        refunded=3000,
        disputed=20_000,
        net=23_000 - 630 - 1500 - 11 - 40 - 3000 - 20_000,
        unsettled=1,
    )


async def test_currencies_are_never_added_up(books: Books) -> None:
    await books.write(
        settled(paid("a", lease(amount=100)), "eur"),
        settled(paid("b", lease(amount=9000))),
        settled(paid("c", lease(amount=100)), "eur"),
    )
    found = await figures(books, Period.TODAY)
    assert [(one.currency, one.sales, one.gross) for one in found.totals] == [
        ("eur", 2, 200),
        ("usd", 1, 9000),
    ]


async def test_a_refund_counts_on_its_own_day(books: Books) -> None:
    sold = settled(paid("a", at=NOON - timedelta(days=1)))
    await books.write(refunded(sold, at=NOON))
    today = await figures(books, Period.TODAY)
    assert [(one.sales, one.gross, one.refunded) for one in today.totals] == [(0, 0, 3000)]
    assert (today.by_count, today.by_revenue) == ((), ())


async def test_the_best_tracks_by_count_and_by_what_they_left(books: Books) -> None:
    sold = {"A": (6, 100), "B": (5, 5000), "C": (4, 300), "D": (3, 300), "E": (2, 900), "F": (1, 9)}
    lines = [lease(track, amount) for track, (n, amount) in sold.items() for _ in range(n)]
    await books.write(settled(paid("a", *lines)))
    await books.write(settled(paid("b", *[lease("F", 10_000)] * 9), "eur"))
    found = await figures(books, Period.ALL)
    assert [(one.track, one.sales) for one in found.by_count] == [
        ("F", 10),
        ("A", 6),
        ("B", 5),
        ("C", 4),
        ("D", 3),
    ]
    assert found.by_count[0].currency == "eur"
    assert [one.track for one in found.by_revenue] == ["B", "E", "C", "D", "A"]
    assert {one.currency for one in found.by_revenue} == {"usd"}


async def test_the_currency_shown_first_is_the_one_asked_for_or_the_producers(books: Books) -> None:
    await books.write(
        settled(paid("a", lease(amount=100)), "eur"),
        settled(paid("b", lease(amount=9000))),
        settled(paid("c", lease(amount=100)), "eur"),
    )
    assert (await figures(books, "month")).currency == "eur"
    prefers = replace(books.producer, preferences=Preferences(currency="usd"))
    for found in (
        await figures(Books(books.store, prefers), "month"),
        await figures(books, "month", currency="usd"),
        await figures(Books(books.store, prefers), "month", currency="jpy"),
    ):
        assert (found.currency, found.totals[0].currency) == ("usd", "usd")
        assert [one.currency for one in found.by_revenue] == ["usd"]
        assert [(one.sales, one.gross) for one in found.licenses] == [(1, 9000)]


async def test_the_best_licenses_by_count(books: Books) -> None:
    many = [
        line("A", license=f"License {i}", amount=100 * i) for i in range(1, 8) for _ in range(i)
    ]
    await books.write(settled(paid("a", *many)), pending(paid("b")), failed(paid("c")))
    licenses = (await figures(books, "today")).licenses
    assert [(one.license, one.sales, one.gross) for one in licenses] == [
        (f"License {i}", i, 100 * i * i) for i in (7, 6, 5, 4, 3)
    ]


async def test_who_is_new_and_who_comes_back(books: Books) -> None:
    long_ago = NOON - timedelta(days=40)
    await books.write(
        paid("a", at=long_ago),
        paid("b"),
        paid("c", lease("A"), lease("B"), buyer=BEN),
        paid("d", buyer=Buyer()),
        pending(paid("e", buyer=Buyer(email="later@example.com"))),
    )
    month = (await figures(books, "month")).purchases
    assert (month.purchases, month.new_buyers, month.repeat_buyers, month.returning) == (3, 2, 1, 1)
    ever = (await figures(books, "all")).purchases
    assert (ever.purchases, ever.new_buyers, ever.repeat_buyers) == (4, 3, 1)


pytestmark = pytest.mark.no_cover

moments = st.datetimes(datetime(2025, 11, 1), datetime(2026, 4, 30)).map(  # noqa: DTZ001
    lambda moment: moment.replace(microsecond=0, tzinfo=UTC)
)


@pytest.fixture
async def spread(store: Store) -> tuple[Producer, list[Payment]]:
    """Half a year of sales, refunds and disputes at all hours, over two changes of the clock."""
    async with store.write() as connection:
        producer = await producers.ensure(
            connection, livemode=True, account="", timezone="America/New_York"
        )
    made = []
    for i in range(60):
        at = datetime(2025, 11, 1, 3, tzinfo=UTC) + timedelta(hours=73 * i)
        one = paid(f"{i}", line(amount=1000 + i), lease("B", 500), at=at)
        one = settled(one, ("usd", "eur")[i % 4 == 0]) if i % 7 else one
        one = (
            refunded(one, (100, 500, 1500 + i)[i % 3], at=at + timedelta(hours=50))
            if i % 5 == 0
            else one
        )
        made.append(disputed(one) if i % 11 == 0 else one)
    await write(store, producer, *made)
    return producer, made


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(now=moments, period=st.sampled_from([*Period, "2025-10", "last week", "2025-11-03..2026"]))
async def test_the_period_before_is_the_sum_of_its_entries_up_to_the_same_point(
    store: Store, spread: tuple[Producer, list[Payment]], now: datetime, period: str
) -> None:
    producer, made = spread
    found = await figures(Books(store, producer), period, now)
    before = found.span.before
    expected = _sums(made, before.start, before.end) if before else []
    assert list(found.before) == expected


async def test_the_running_period_is_the_sum_of_its_entries_so_far(
    store: Store, spread: tuple[Producer, list[Payment]]
) -> None:
    producer, made = spread
    now = _after_all(made)
    for period in (*Period, "2025", "2025-12", "2025-11-20..2026-02-10"):
        found = await figures(Books(store, producer), period, now)
        start = found.span.start or datetime.min.replace(tzinfo=UTC)
        assert list(found.totals) == _sums(made, start, found.span.end)


def _after_all(made: list[Payment]) -> datetime:
    return max(entry.at for one in made for entry in entries(one)) + timedelta(minutes=1)


def _sums(made: list[Payment], start: datetime, end: datetime) -> list[CurrencyTotals]:
    within = [entry for one in made for entry in entries(one) if start <= entry.at < end]
    totals = []
    for currency in {entry.currency for entry in within}:
        own = [entry for entry in within if entry.currency == currency]
        sales = [entry for entry in own if entry.kind is EntryKind.SALE]
        refunds = [entry for entry in own if entry.kind is EntryKind.REFUND]
        totals.append(
            CurrencyTotals(
                currency=currency,
                sales=len(sales),
                gross=sum(entry.gross for entry in sales),
                stripe_fee=sum(entry.stripe_fee for entry in own),
                refunds=len({entry.source for entry in refunds if entry.gross}),
                refunded=-sum(entry.gross for entry in refunds),
                disputed=-sum(entry.gross for entry in own if entry.kind is EntryKind.DISPUTE),
                net=sum(entry.net for entry in own),
                unsettled=sum(not entry.booked for entry in sales),
            )
        )
    return sorted(totals, key=lambda one: (-one.sales, one.currency))


async def test_every_figure_of_a_period_adds_up_to_the_same(
    store: Store, spread: tuple[Producer, list[Payment]]
) -> None:
    producer, made = spread
    now = _after_all(made)
    for period in (*Period, "2025", "last week", "2026-01-17", "2025-11-20..2026-02-10"):
        found = await figures(Books(store, producer), period, now)
        for totals in found.totals:
            of = await figures(Books(store, producer), period, now, totals.currency)
            assert of.currency == of.totals[0].currency == totals.currency
            _assert_same_sums(of, totals)
        start = found.span.start or datetime.min.replace(tzinfo=UTC)
        bought = [one for one in made if one.paid and start <= one.paid < found.span.end]
        assert found.purchases.purchases == len(bought)


def _assert_same_sums(of: Statistics, totals: CurrencyTotals) -> None:
    assert of.series is not None
    points = [point.amounts for point in of.series.points]
    assert sum(amounts.sales for amounts in points) == totals.sales
    assert sum(amounts.net for amounts in points) == totals.net
    assert not any(sum(amounts) for amounts in points[of.series.begun :])
    assert sum(one.sales for one in of.licenses) == totals.sales
    assert sum(one.gross for one in of.licenses) == totals.gross


async def test_the_pieces_of_the_period_before_are_the_whole_of_it(
    store: Store, spread: tuple[Producer, list[Payment]]
) -> None:
    producer, made = spread
    now = datetime(2026, 4, 1, 3, tzinfo=UTC)
    for period in ("week", "2026-02", "2026", "2025-12-20..2026-01-10", "2026-01-17"):
        for currency in ("usd", "eur"):
            found = await figures(Books(store, producer), period, now, currency)
            if found.currency != currency:
                continue
            assert found.series is not None
            assert found.span.before is not None
            assert found.span.start is not None
            whole = _sums(made, found.span.before.start, found.span.start)
            drawn = sum(point.amounts.net for point in found.series.before)
            assert drawn == sum(one.net for one in whole if one.currency == currency)
