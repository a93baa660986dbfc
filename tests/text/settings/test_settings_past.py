"""`/settings show`: how far the past is read, in honest words."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.progress import EventsSeen, ImportProgress
from bot.text.settings.settings_past import missed_lines, past_lines

MAY = datetime(2024, 5, 1, tzinfo=UTC)
NOW = datetime(2026, 5, 1, 12, tzinfo=UTC)


def past(days: int = 50, **changes: Any) -> ImportProgress:
    plan: dict[str, Any] = {
        "start": MAY,
        "end": MAY + timedelta(days=100),
        "done_until": MAY + timedelta(days=days),
        "payments": 1234,
    }
    return ImportProgress(**{**plan, **changes})


def words(progress: ImportProgress | None, *, key: bool = True) -> str:
    return "\n".join(past_lines(progress, key=key))


def test_what_is_done_so_far_is_said_and_up_to_when() -> None:
    assert words(past()) == (
        "**Past sales are being read:** 1,234 payments so far, up to Thu, Jun 20, 2024 "
        "(50% of the time since Wed, May 1, 2024)."
    )


@pytest.mark.parametrize(
    ("taken", "said"),
    [
        (timedelta(seconds=9), ""),
        (timedelta(seconds=30), "less than a minute more"),
        (timedelta(minutes=4), "about 4 minutes more"),
        (timedelta(hours=3), "about 3 h 0 min more"),
    ],
)
def test_how_long_it_may_take_is_said_once_enough_is_done(taken: timedelta, said: str) -> None:
    running = past(begun=NOW, begun_from=MAY, noted=NOW + taken)
    lines = past_lines(running, key=True)
    assert said in lines[-1]
    assert len(lines) == (2 if said else 1)


def test_what_an_earlier_run_did_says_nothing_of_the_pace() -> None:
    begun_from = MAY + timedelta(days=49)
    running = past(begun=NOW, begun_from=begun_from, noted=NOW + timedelta(minutes=9))
    assert len(past_lines(running, key=True)) == 1


def test_why_it_does_not_go_on_is_said_with_what_helps() -> None:
    denied = past(trouble="the Stripe API key lacks a permission: rak_dispute_read")
    assert "my Stripe key may not read **Disputes** (`rak_dispute_read`)" in words(denied)
    assert "Stripe cannot be reached" in words(past(trouble="Stripe cannot be reached"))


def test_when_it_is_done_that_is_all() -> None:
    assert words(past(100)) == "Past sales: all read, 1,234 payments."
    assert "since Wed, May 1, 2024" in words(past(100, partial=True))


def test_without_a_key_it_cannot_go_on() -> None:
    assert "Past sales are not read: that needs `STRIPE_API_KEY`" in words(None, key=False)
    assert "stopped: that needs `STRIPE_API_KEY`" in words(past(), key=False)
    assert words(past(100), key=False) == "Past sales: all read, 1,234 payments."


def test_before_it_begins_it_says_so() -> None:
    assert words(None) == "Past sales will be read in a moment."


SEEN = EventsSeen(begin=MAY, until=NOW, looked=NOW)


@pytest.mark.parametrize(
    ("seen", "key", "said"),
    [
        (SEEN, True, "Looked for what webhooks missed <t:1777636800:R>; every hour"),
        (None, True, ""),
        (EventsSeen(begin=MAY, until=NOW), True, ""),
        (SEEN, False, "I need `STRIPE_API_KEY`"),
        (
            EventsSeen(begin=MAY, until=NOW, trouble="lacks a permission: rak_event_read"),
            True,
            "may not read **Events** (`rak_event_read`)",
        ),
    ],
)
def test_whether_anything_was_missed(seen: EventsSeen | None, key: bool, said: str) -> None:
    assert said in "\n".join(missed_lines(seen, key=key))
