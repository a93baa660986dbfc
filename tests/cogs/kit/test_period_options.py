"""What one may write after `period:` and `since:`."""

from contextlib import suppress
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.period import EARLIEST
from bot.text.language import speaking
from cogs.kit.period_options import since_days
from cogs.kit.permission import Interaction, Say
from tests.cogs.house import House

NOW = datetime(2026, 3, 10, 18, tzinfo=UTC)


async def nothing(_interaction: Interaction, _value: str) -> None:
    """Run no command again."""


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("2026-02-14", date(2026, 2, 14)),
        ("2026-2-4", date(2026, 2, 4)),
        ("2025-09", date(2025, 9, 1)),
        ("2025", date(2025, 1, 1)),
        ("30d", date(2026, 2, 9)),
        ("last 30 days", date(2026, 2, 9)),
        ("2w", date(2026, 2, 25)),
        (" Today ", date(2026, 3, 10)),
        ("yesterday", date(2026, 3, 9)),
        ("last week", date(2026, 3, 2)),
        ("october", date(2025, 10, 1)),
        ("desde octubre", date(2025, 10, 1)),
        ("all", None),
    ],
)
def test_since_takes_the_first_day_of_any_period(typed: str, day: date | None) -> None:
    assert since_days(typed, NOW, "UTC", nothing) == (day, None)


@given(st.text(alphabet="0123456789-dw x", max_size=12), st.datetimes(timezones=st.just(UTC)))
def test_since_gives_a_day_that_can_be_counted_from_or_refuses(typed: str, now: datetime) -> None:
    with suppress(Say):
        day, _ = since_days(typed, now, "UTC", nothing)
        assert day is None or EARLIEST <= day <= now.date()


@given(st.text(alphabet="bcfgjkpvxz .!", max_size=50))
def test_since_refuses_what_is_no_period_in_one_line(typed: str) -> None:
    with pytest.raises(Say, match=r"^[^\n]*is not a period I can read[^\n]*$"):
        since_days(typed, NOW, "UTC", nothing)


@pytest.mark.parametrize("since", ["0001-01-01", "9999-12-31"])
def test_since_before_stripe_or_still_to_come_is_refused(since: str) -> None:
    with pytest.raises(Say, match=r"before Stripe existed|has not started yet"):
        since_days(since, NOW, "UTC", nothing)


def test_since_in_spanish_reads_the_day_first() -> None:
    with speaking("es"):
        assert since_days("1/2/2026", NOW, "UTC", nothing) == (date(2026, 2, 1), None)


def test_since_with_an_end_lists_no_later_sales() -> None:
    days = date(2026, 2, 1), date(2026, 2, 15)
    assert since_days("feb 1-15", NOW, "UTC", nothing) == days
    assert since_days("2026-02-01..", NOW, "UTC", nothing) == (days[0], None)


@pytest.mark.parametrize(
    ("command", "option"), [("stats", "period"), ("export", "period"), ("sales", "since")]
)
async def test_completion_offers_what_is_understood(
    house: House, command: str, option: str
) -> None:
    offered: dict[str, str] = {}
    for typed in ("", "october", "last w", "semana pasada", "Q3", "last wek", "last 45 days"):
        found = {one["value"]: one["name"] for one in await house.complete(command, option, typed)}
        assert len(found) <= 25
        offered |= found
    for value in ("2025-10", "last week", "2025-q3", "45d"):
        assert value in offered
    for value in offered:
        await house.ask(command, **{option: value})
