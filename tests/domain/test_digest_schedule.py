"""When digests come: at the producer's hour, once a period, whatever clocks do."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.digest_schedule import DueDigest, ScheduleState, newest, next_digest
from bot.domain.period import parse_period
from bot.domain.preferences import Cadence, Preferences
from bot.domain.sale import Producer
from tests.factories import producer

BERLIN = "Europe/Berlin"
ZONES = """
    Europe/Berlin UTC America/New_York America/Sao_Paulo Pacific/Apia Pacific/Kiritimati
    Australia/Lord_Howe Asia/Kathmandu Africa/Cairo Atlantic/Azores
""".split()
ON = [Cadence.DAILY, Cadence.WEEKLY, Cadence.MONTHLY]
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def at(text: str, zone: str = BERLIN) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def schedule(cadence: Cadence = Cadence.DAILY, hour: int = 9, zone: str = BERLIN) -> Producer:
    return producer(timezone=zone, preferences=Preferences(digest=cadence, digest_hour=hour))


def begun(cadence: Cadence = Cadence.DAILY, since: datetime = LONG_AGO) -> ScheduleState:
    return ScheduleState(cadence=cadence, since=since)


def told(times: Producer, memory: ScheduleState | None, *looks: datetime) -> list[str]:
    """What is told at a number of looks."""
    turns = []
    for now in looks:
        memory, turn = next_digest(memory, times, now)
        turns += [turn.key] if turn else []
    return turns


@pytest.mark.parametrize(
    ("cadence", "now", "period"),
    [
        (Cadence.DAILY, "2026-03-10T09:00", "2026-03-09"),
        (Cadence.DAILY, "2026-03-10T08:59", "2026-03-08"),
        (Cadence.WEEKLY, "2026-03-09T09:00", "2026-03-02..2026-03-08"),
        (Cadence.WEEKLY, "2026-03-15T23:00", "2026-03-02..2026-03-08"),
        (Cadence.WEEKLY, "2026-03-09T08:00", "2026-02-23..2026-03-01"),
        (Cadence.MONTHLY, "2026-03-01T09:00", "2026-02"),
        (Cadence.MONTHLY, "2026-03-31T23:59", "2026-02"),
        (Cadence.MONTHLY, "2026-01-01T08:00", "2025-11"),
    ],
)
def test_it_tells_of_the_last_period_that_is_over(cadence: Cadence, now: str, period: str) -> None:
    turn = newest(schedule(cadence), at(now))
    assert turn.period == period
    span = parse_period(turn.period, at(now), BERLIN)
    assert (span.first, span.last, span.going_on) == (turn.first, turn.last, False)


def test_after_days_away_only_the_newest_is_told() -> None:
    looks = [at("2026-03-10T09:00"), at("2026-03-20T15:00"), at("2026-03-20T15:01")]
    assert told(schedule(), begun(), *looks) == [
        "digest:daily:2026-03-09",
        "digest:daily:2026-03-19",
    ]


def test_who_switches_it_on_gets_the_first_when_the_next_period_is_over() -> None:
    wednesday = at("2026-03-11T15:00")
    looks = [wednesday, at("2026-03-11T15:01"), at("2026-03-15T23:59"), at("2026-03-16T09:00")]
    assert told(schedule(Cadence.WEEKLY), None, *looks) == ["digest:weekly:2026-03-09"]
    early = [at("2026-03-11T07:00"), at("2026-03-11T09:00")]
    assert told(schedule(), None, *early) == ["digest:daily:2026-03-10"]


def test_who_changes_how_often_it_comes_waits_for_the_next_one_too() -> None:
    memory, _ = next_digest(begun(), schedule(Cadence.MONTHLY), at("2026-03-11T15:00"))
    assert memory == begun(Cadence.MONTHLY, since=at("2026-03-11T15:00"))
    looks = [at("2026-03-12T15:00"), at("2026-04-01T10:00")]
    assert told(schedule(Cadence.MONTHLY), memory, *looks) == ["digest:monthly:2026-03-01"]


def test_switched_off_there_is_none_and_nothing_is_remembered() -> None:
    assert next_digest(begun(), schedule(Cadence.OFF), at("2026-03-11T15:00")) == (None, None)


@pytest.mark.parametrize(
    "other", [schedule(hour=18), schedule(hour=0), schedule(zone="Asia/Tokyo")]
)
def test_another_hour_or_zone_in_the_middle_tells_no_period_twice(other: Producer) -> None:
    memory, turn = next_digest(begun(), schedule(), at("2026-03-10T09:00"))
    hours = [at("2026-03-10T09:30") + timedelta(hours=hour) for hour in range(60)]
    again = told(other, memory, *hours)
    assert turn.key not in again
    assert again == sorted(set(again))


def test_a_zone_far_to_the_west_tells_nothing_older() -> None:
    tokyo = schedule(zone="Asia/Tokyo")
    memory, turn = next_digest(begun(), tokyo, at("2026-03-10T09:00", "Asia/Tokyo"))
    assert turn is not None
    later = at("2026-03-10T09:30", "Asia/Tokyo")
    assert told(schedule(zone="Pacific/Honolulu"), memory, later) == []


def test_an_hour_that_clocks_skip_is_the_moment_of_the_change() -> None:
    turn = newest(schedule(hour=2), at("2026-03-29T12:00"))
    assert (turn.first, turn.due) == (date(2026, 3, 28), datetime(2026, 3, 29, 1, tzinfo=UTC))


def test_an_hour_that_comes_twice_counts_once() -> None:
    first = datetime(2026, 10, 25, 0, tzinfo=UTC)
    looks = [first + timedelta(minutes=30 * step) for step in range(6)]
    assert newest(schedule(hour=2), looks[0]).due == first
    assert told(schedule(hour=2), begun(), *looks) == ["digest:daily:2026-10-24"]


def test_a_day_that_never_was_is_not_told_of() -> None:
    """Samoa went from 29 to 31 December 2011."""
    apia = schedule(zone="Pacific/Apia")
    looks = [
        at(f"{day}T09:00", "Pacific/Apia") for day in ("2011-12-29", "2011-12-31", "2012-01-01")
    ]
    assert [key.removeprefix("digest:daily:") for key in told(apia, begun(), *looks)] == [
        "2011-12-28",
        "2011-12-29",
        "2011-12-31",
    ]


moments = st.integers(1_262_304_000, 1_893_456_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)


@given(st.sampled_from(ON), st.integers(0, 23), st.sampled_from(ZONES), moments, st.integers(1, 40))
def test_looking_often_tells_each_period_once_and_in_order(
    cadence: Cadence, hour: int, zone: str, start: datetime, days: int
) -> None:
    times = schedule(cadence, hour, zone)
    memory: ScheduleState | None = begun(cadence, since=start)
    turns: list[DueDigest] = []
    for step in range(days * 8):
        now = start + timedelta(hours=3 * step, minutes=step % 7)
        memory, turn = next_digest(memory, times, now)
        if turn is not None:
            assert start < turn.due <= now < turn.due + timedelta(hours=3, minutes=10)
            turns.append(turn)
    for one, other in pairwise(turns):
        # But for the day that Samoa skipped, no day is left out.
        assert timedelta(days=1) <= other.first - one.last <= timedelta(days=2)
        assert one.last - one.first == {
            Cadence.DAILY: timedelta(0),
            Cadence.WEEKLY: timedelta(6),
        }.get(cadence, one.last - one.first)
