"""The option `period` of commands: read, refused in one line, and completed while one types.

Reading `/sales since:`: a day, a month, a year, or how long ago.
"""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import BadPeriod, PeriodFault, Span, parse_period
from bot.domain.sale import Producer
from bot.text.period_words import period_title, suggested_periods
from bot.text.words import safe
from cogs.kit.completion import Completed
from cogs.kit.permission import Say

LONGEST = 40
"""Characters that a period takes at most."""


def asked_period(typed: str, now: datetime, timezone: str) -> Span:
    """The period that was typed. Raises Say for anything else."""
    try:
        return parse_period(typed, now, timezone)
    except BadPeriod as error:
        raise _refusal(error.why, safe(typed, LONGEST)) from None


def _refusal(why: PeriodFault, typed: str) -> Say:
    match why:
        case PeriodFault.TO_COME:
            return Say("“{typed}” has not started yet. Ask for an earlier period.", typed=typed)
        case PeriodFault.TOO_EARLY:
            return Say("“{typed}” is before Stripe existed. Ask for a later period.", typed=typed)
        case PeriodFault.BACKWARDS:
            return Say("“{typed}” ends before it begins. Put the earlier day first.", typed=typed)
        case PeriodFault.UNREADABLE:
            return Say(
                "“{typed}” is not a period that I know. Try week, 2026-09 for a month, 2025 "
                "for a year, or 2026-09-01..2026-09-15 for a range of days.",
                typed=typed,
            )


class PeriodOption(Completed):
    """What is typed, where it can be read, and the usual periods that it is part of."""

    longest = LONGEST

    async def suggest(
        self, _connection: AsyncConnection, producer: Producer, typed: str, now: datetime
    ) -> Mapping[str, str]:
        return _usual(typed, now, producer.timezone)


def _usual(typed: str, now: datetime, timezone: str) -> dict[str, str]:
    usual = suggested_periods(now.astimezone(ZoneInfo(timezone)).date())
    part = typed.strip().casefold()
    found = {name: title for name, title in usual.items() if part in f"{name} {title}".casefold()}
    if not part or part in usual:
        return found
    try:
        span = parse_period(part, now, timezone)
    except BadPeriod:
        return found
    return {span.name: period_title(span)} | found


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
            "“{typed}” is not a day that I know. Try 2026-09-14, 2026-09 for a month, or 30d "
            "for the last 30 days.",
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
