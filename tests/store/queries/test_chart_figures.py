"""Each figure of a chart stands in the store: what it shows is added up from the entries again."""

import re
from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from bot.domain.money import Money
from bot.domain.period import Span, parse_period
from bot.store.queries.stats import statistics
from bot.store.tables import entries, tracks
from bot.text.chart import alt_text, chart_data
from bot.text.words import money, sales_words
from tests.factories import BEN, NOON, exclusive, lease, paid, refunded, settled
from tests.store.samples import Books

FIGURE = re.compile(r"-?[$€][\d,]+\.\d\d|[\d,]+ sales?")


class Entry(NamedTuple):
    """What is read of one entry."""

    track: str
    currency: str
    month: int
    day: int
    net: int
    is_sale: bool


@pytest.fixture
async def sold(books: Books) -> Books:
    """Two months of sales in two currencies, with an outlier and a refund."""
    before, week = NOON - timedelta(days=35), NOON - timedelta(days=6)
    days = [week + timedelta(days=number) for number in range(6)]
    await books.write(
        settled(paid("0", lease("Neon Rain", 4500), at=before)),
        settled(paid("1", lease("Glass City", 6000), at=days[0])),
        settled(paid("2", lease("Glass City", 3000), at=days[1], buyer=BEN)),
        settled(paid("3", lease("Neon Rain", 2500), at=days[2])),
        settled(paid("4", exclusive("Midnight Drive", 99_900), at=days[3])),
        refunded(settled(paid("5", lease("Slow Burn", 3000), at=days[4])), 3000),
        settled(paid("6", lease("Neon Rain", 2000), at=days[5], currency="eur"), currency="eur"),
    )
    return books


async def entries_of(books: Books, span: Span) -> list[Entry]:
    """Those of a period, by the producer's days."""
    query = select(
        tracks.c.name, entries.c.currency, entries.c.at, entries.c.net, entries.c.kind
    ).join_from(entries, tracks, tracks.c.id == entries.c.track_id)
    async with books.store.read() as connection:
        found = (await connection.execute(query)).all()
    zone = ZoneInfo(books.producer.timezone)
    return [
        Entry(name, currency, day.month, day.day, net, kind == "sale")
        for name, currency, at, net, kind in found
        for day in [at.astimezone(zone)]
        if (span.start is None or at >= span.start) and at < span.end
    ]


def figures_of(groups: Iterable[list[Entry]]) -> set[str]:
    """The money in each currency and the sales of each group, as a chart writes them."""
    words = set()
    for group in groups:
        words.add(sales_words(sum(one.is_sale for one in group)))
        for code in {one.currency for one in group}:
            own = [one for one in group if one.currency == code]
            words.add(money(Money(sum(one.net for one in own), code)))
            words.add(sales_words(sum(one.is_sale for one in own)))
    return words


def grouped(known: list[Entry], *names: str) -> list[list[Entry]]:
    groups: dict[Any, list[Entry]] = defaultdict(list)
    for one in known:
        groups[tuple(getattr(one, name) for name in names)].append(one)
    return list(groups.values())


def words_in(data: Any) -> str:
    """All that a chart writes, except the labels of its lines and bars."""
    if isinstance(data, dict):
        shown = [value for name, value in data.items() if name not in ("ticks", "bars")]
        return words_in(shown)
    if isinstance(data, list):
        return " ".join(map(words_in, data))
    return data if isinstance(data, str) else ""


@pytest.mark.parametrize("by_count", [False, True])
@pytest.mark.parametrize("currency", ["usd", "eur"])
@pytest.mark.parametrize("period", ["month", "2026-02", "all"])
async def test_each_figure_of_a_chart_is_a_sum_of_entries(
    sold: Books, period: str, currency: str, by_count: bool
) -> None:
    span = parse_period(period, NOON, sold.producer.timezone)
    found = await sold.read(statistics, span, currency)
    known = await entries_of(sold, span)
    by = ("month", "currency"), ("day", "currency"), ("track",), ("track", "currency")
    stand = figures_of([known, *(group for names in by for group in grouped(known, *names))])
    data = chart_data(found, by_count=by_count)
    written = FIGURE.findall(f"{words_in(data)} {alt_text(found, by_count=by_count)}")
    assert written
    assert set(written) <= stand


async def test_each_bar_of_a_chart_is_as_high_as_its_day_in_the_entries(sold: Books) -> None:
    span = parse_period("month", NOON, sold.producer.timezone)
    data = chart_data(await sold.read(statistics, span), by_count=False)
    assert data is not None
    nets = dict.fromkeys(range(1, 32), 0)
    for one in await entries_of(sold, span):
        nets[one.day] += one.net if one.currency == "usd" else 0
    heights = [bar["now"] for bar in data["bars"] if bar["now"] is not None]
    assert len(heights) == NOON.day
    # A line's label says what its height is: the scale that the bars are held against.
    top = data["ticks"][-1]
    a_dollar = (top["at"] - data["zero"]) / int(top["label"].strip("$"))
    for day, height in enumerate(heights, start=1):
        assert height - data["zero"] == pytest.approx(nets[day] / 100 * a_dollar), day
    assert max(heights) > 1
    assert data["off-scale"] == f"Off the scale: Mar 7 {money(Money(max(nets.values()), 'usd'))}"
