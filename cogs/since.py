"""Reading `/sales since:`: a day, a month, a year, or how long ago."""

import re
from datetime import date, timedelta

from bot.text.words import safe
from cogs.permission import Say

_EARLIEST = date(1970, 1, 1)
_LATEST = date(2200, 1, 1)
_UNITS = {"d": 1, "w": 7}


def since_day(text: str, today: date) -> date:
    """The day from which on sales are listed; `today` is the producer's.

    2026-09-14, 2026-09 (its first day), 2026, 30d, 4w, today, yesterday. Raises Say for others.
    """
    typed = text.strip().casefold()
    day = _named(typed, today) or _ago(typed, today) or _written(typed)
    if day is None:
        raise Say(
            "“{typed}” is not a day I can read. "
            "Write 2026-09-14, 2026-09 for a month, or 30d for the last 30 days.",
            typed=safe(text, 40),
        )
    return min(max(day, _EARLIEST), _LATEST)


def _named(typed: str, today: date) -> date | None:
    return {"today": today, "yesterday": today - timedelta(days=1)}.get(typed)


def _ago(typed: str, today: date) -> date | None:
    match = re.fullmatch(r"([0-9]{1,5}) ?([dw])[a-z]*", typed)
    if match is None:
        return None
    days = int(match[1]) * _UNITS[match[2]]
    return max(_EARLIEST, today - timedelta(days=min(days, (today - _EARLIEST).days)))


def _written(typed: str) -> date | None:
    match = re.fullmatch(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2}))?)?", typed)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None
