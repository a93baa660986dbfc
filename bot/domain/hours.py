"""Times of day, as people type and read them."""

import re

_TYPED = re.compile(r"\s*(\d{1,2})(?:[:.h](\d{2}))?\s*(am|pm)?\s*", re.IGNORECASE | re.ASCII)


def minute_of_day(typed: str) -> int:
    """Minutes since midnight of `22:00`, `7`, `7.30`, `10 pm` or `24:00`; raises ValueError."""
    match = _TYPED.fullmatch(typed)
    if match is None:
        raise ValueError("no time of day")
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half and not 1 <= hour <= 12:
        raise ValueError("no hour of half a day")
    if half:
        hour = hour % 12 + (12 if half == "pm" else 0)
    if minute > 59 or hour * 60 + minute > 24 * 60:
        raise ValueError("no time of day")
    return (hour * 60 + minute) % (24 * 60)


def clock_time(minute: int) -> str:
    """`22:00`, of minutes since midnight."""
    return f"{minute // 60:02}:{minute % 60:02}"
