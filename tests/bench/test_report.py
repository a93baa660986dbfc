"""Figures, their bounds and their table."""

import pytest

from bench.report import Figure, percentile, table


@pytest.mark.parametrize(
    ("value", "verdict"), [(19.0, "holds"), (21.0, "holds within noise"), (23.0, "BROKEN")]
)
def test_a_promise_is_broken_beyond_noise(value: float, verdict: str) -> None:
    assert Figure("late", value, at_most=20).verdict == verdict


def test_more_can_be_promised_as_well_as_less() -> None:
    assert Figure("part", 0.34, "{:.2f}", at_least=0.35).verdict == "holds within noise"
    assert Figure("part", 0.30, "{:.2f}", at_least=0.35).broken


def test_what_is_not_promised_is_shown_without_a_verdict() -> None:
    assert Figure("flush", 4.0).row == ("flush", "4.0 ms", "", "")


def test_a_table_puts_the_promise_beside_the_figure() -> None:
    figures = [Figure("p50", 12.0, at_most=30), Figure("idle", 90, "{:.0f} MB")]
    assert table("bench", figures).splitlines() == [
        "bench",
        "  p50   12.0 ms  ≤ 30.0 ms  holds",
        "  idle    90 MB",
    ]


def test_a_percentile_is_a_value_that_was_measured() -> None:
    assert percentile(range(1, 101), 99) == 99
    assert percentile(range(1, 101), 50) == 50
    assert percentile([7.0], 99) == 7.0
