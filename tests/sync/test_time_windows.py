from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from bot.stripe_api import Span, TooMuch
from bot.sync.time_windows import LONGEST, MOST, windows

START = datetime(2020, 1, 1, tzinfo=UTC)


class Listed:
    """Things at moments, as Stripe would list them."""

    def __init__(self, moments: list[datetime]) -> None:
        self.moments = moments
        self.asked: list[Span] = []

    async def fetch(self, span: Span, most: int | None) -> list[datetime]:
        self.asked.append(span)
        found = [moment for moment in self.moments if span.start <= moment < span.end]
        if most is not None and len(found) > most:
            raise TooMuch
        return found


@given(
    seconds=st.lists(st.integers(0, 4_000_000), max_size=60),
    crowd=st.integers(0, 3 * MOST),
    length=st.integers(1, 5_000_000),
)
async def test_walk_finds_all_once_and_in_order(
    seconds: list[int], crowd: int, length: int
) -> None:
    moments = sorted(START + timedelta(seconds=second) for second in [*seconds, *[777] * crowd])
    whole = Span(START, START + timedelta(seconds=length))
    listed = Listed(moments)
    walked = [step async for step in windows(whole, listed.fetch)]
    assert [moment for _, found in walked for moment in found] == [
        moment for moment in moments if moment < whole.end
    ]
    spans = [span for span, _ in walked]
    assert (spans[0].start, spans[-1].end) == whole
    assert all(one.end == next_.start for one, next_ in pairwise(spans))
    assert all(span.end - span.start <= LONGEST for span in spans)


async def test_empty_years_take_few_calls() -> None:
    listed = Listed([])
    whole = Span(START, START + timedelta(days=15 * 365))
    assert [found async for _, found in windows(whole, listed.fetch) if found] == []
    assert len(listed.asked) < 25


async def test_a_busy_year_is_cut_into_windows_of_a_good_size() -> None:
    moments = [START + timedelta(minutes=20 * i) for i in range(26_000)]
    listed = Listed(moments)
    whole = Span(START, START + timedelta(days=365))
    sizes = [len(found) async for _, found in windows(whole, listed.fetch)]
    assert max(sizes) <= MOST
    assert len(listed.asked) < 90


async def test_an_empty_span_asks_nothing() -> None:
    listed = Listed([])
    assert [step async for step in windows(Span(START, START), listed.fetch)] == []
    assert listed.asked == []
