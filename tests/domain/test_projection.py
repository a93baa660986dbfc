"""What a month may come to, and when it is not said."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from bot.domain.answers import CurrencyTotals
from bot.domain.money import Money
from bot.domain.periods import parse_period
from bot.domain.projection import projected
from bot.domain.series import Amounts, Grain, Point, Series


def _projected(
    day: str = "2026-09-11",
    period: str = "month",
    days: tuple[int, ...] = (300, 300, 400),
    **other: Any,
) -> Money | None:
    now = datetime.fromisoformat(day).replace(tzinfo=UTC)
    points = tuple(Point(date(2026, 9, i + 1), 0, Amounts(5, net)) for i, net in enumerate(days))
    series = Series(currency="usd", grain=Grain.DAY, points=points, begun=len(points), before=())
    totals = {"currency": "usd", "sales": 20, "gross": 1200, "net": sum(days), **other}
    return projected(parse_period(period, now, "UTC"), CurrencyTotals(**totals), series, "UTC")


def test_it_goes_on_as_until_now_and_is_rounded() -> None:
    assert _projected() == Money(3000, "usd")  # ten days of thirty
    assert _projected("2026-09-11T12:00") == Money(2900, "usd")
    assert _projected(days=(3, 3, 4)) == Money(30, "usd")
    assert _projected(days=(10**17, 10**17)) == Money(6 * 10**17, "usd")


@pytest.mark.parametrize(
    "case",
    [
        pytest.param({"day": "2026-09-07"}, id="the first days"),
        pytest.param({"day": "2026-09-30T12:00"}, id="the last day"),
        pytest.param({"sales": 9}, id="few sales"),
        pytest.param({"unsettled": 3}, id="many still before fees"),
        pytest.param({"days": (1, 1, 10)}, id="one day that brought most"),
        pytest.param({"days": (5, -6, 1)}, id="nothing left"),
        pytest.param({"days": (1000, -990)}, id="all but nothing left"),
        pytest.param({"period": "2026-08"}, id="over"),
        pytest.param({"period": "year"}, id="not a month"),
    ],
)
def test_none_where_it_would_mislead(case: dict[str, Any]) -> None:
    assert _projected(**case) is None
