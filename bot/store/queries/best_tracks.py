"""The tracks that sold most, and those that left most, in a period."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Select, bindparam, func, or_, select, union_all
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.answers import TrackTotals
from bot.domain.records import Producer
from bot.store.books.booking import ALL
from bot.store.queries.spans import Spans
from bot.store.tables import totals, tracks

BEST = 5


class _TrackSum(NamedTuple):
    track_id: int
    name: str
    currency: str
    sales: int
    gross: int
    net: int


async def best_tracks(
    connection: AsyncConnection,
    producer: Producer,
    spans: Spans,
    currency: str,
) -> tuple[tuple[TrackTotals, ...], tuple[TrackTotals, ...]]:
    """The best tracks by count (over all currencies) and by net (in one)."""
    rows = await connection.execute(
        _best_query(*sorted(spans)),
        {"producer": producer.id, "currency": currency, **spans},
    )
    sums = [_TrackSum(*row[:3], *map(int, row[3:])) for row in rows]
    return tuple(_by_count(sums)), tuple(_by_revenue(sums, currency))


# Put together once: making such a statement takes longer than running it.
@cache
def _best_query(*kinds: str) -> Select[Any]:
    """To be run with a producer, the revenue's currency, and for each kind of span its starts."""
    names = ("sales", "gross", "net")
    rows = union_all(*(_of_tracks(kind) for kind in kinds)).subquery()
    each = (
        select(
            rows.c.track_id,
            rows.c.currency,
            *(func.sum(rows.c[name]).label(name) for name in names),
        )
        .group_by(rows.c.track_id, rows.c.currency)
        .cte("each")
    )
    sold = func.sum(each.c.sales)
    by_count = (
        select(each.c.track_id)
        .group_by(each.c.track_id)
        .having(sold > 0)
        .order_by(sold.desc(), each.c.track_id)
        .limit(BEST)
    )
    by_revenue = (
        select(each.c.track_id)
        .where(each.c.currency == bindparam("currency"), each.c.net > 0)
        .order_by(each.c.net.desc(), each.c.track_id)
        .limit(BEST)
    )
    return (
        select(each.c.track_id, tracks.c.name, each.c.currency, *(each.c[name] for name in names))
        .join_from(each, tracks, tracks.c.id == each.c.track_id)
        .where(or_(each.c.track_id.in_(by_count), each.c.track_id.in_(by_revenue)))
    )


def _of_tracks(kind: str) -> Select[Any]:
    return select(totals).where(
        totals.c.producer_id == bindparam("producer"),
        totals.c.span == kind,
        totals.c.start.in_(bindparam(kind, expanding=True)),
        totals.c.track_id != ALL,
    )


def _by_count(sums: Iterable[_TrackSum]) -> Iterator[TrackTotals]:
    """One row a track; its money is in the currency that most of its sales settled in."""
    tracks_of: dict[int, list[_TrackSum]] = defaultdict(list)
    for one in sums:
        tracks_of[one.track_id].append(one)
    counts = {track_id: sum(one.sales for one in own) for track_id, own in tracks_of.items()}
    for track_id in sorted(counts, key=lambda track_id: (-counts[track_id], track_id))[:BEST]:
        main = max(tracks_of[track_id], key=lambda one: (one.sales, one.currency))
        if counts[track_id] > 0:
            yield _track_totals(main, counts[track_id])


def _by_revenue(sums: Iterable[_TrackSum], currency: str) -> Iterator[TrackTotals]:
    earning = [one for one in sums if one.currency == currency and one.net > 0]
    for one in sorted(earning, key=lambda one: (-one.net, one.track_id))[:BEST]:
        yield _track_totals(one, one.sales)


def _track_totals(one: _TrackSum, count: int) -> TrackTotals:
    return TrackTotals(
        track=one.name, currency=one.currency, sales=count, gross=one.gross, net=one.net
    )
