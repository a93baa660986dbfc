"""The figures of any period, held against the sums of the entries within."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.domain.answers import CurrencyTotals, Statistics
from bot.domain.entries import EntryKind, entries
from bot.domain.payment import Payment
from bot.domain.periods import Period
from bot.domain.records import Producer
from bot.store.books import producers
from bot.store.engine import Store
from tests.store.queries.test_statistics import figures
from tests.store.samples import (
    disputed,
    lease,
    line,
    paid,
    refunded,
    settled,
    write,
)

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
    found = await figures(store, producer, period, now)
    before = found.span.before
    expected = _sums(made, before.start, before.end) if before else []
    assert list(found.before) == expected


async def test_the_running_period_is_the_sum_of_its_entries_so_far(
    store: Store, spread: tuple[Producer, list[Payment]]
) -> None:
    producer, made = spread
    now = _after_all(made)
    for period in (*Period, "2025", "2025-12", "2025-11-20..2026-02-10"):
        found = await figures(store, producer, period, now)
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
        found = await figures(store, producer, period, now)
        for totals in found.totals:
            of = await figures(store, producer, period, now, totals.currency)
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
            found = await figures(store, producer, period, now, currency)
            if found.currency != currency:
                continue
            assert found.series is not None
            assert found.span.before is not None
            assert found.span.start is not None
            whole = _sums(made, found.span.before.start, found.span.start)
            drawn = sum(point.amounts.net for point in found.series.before)
            assert drawn == sum(one.net for one in whole if one.currency == currency)
