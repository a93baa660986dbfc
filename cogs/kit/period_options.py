"""The options `period` and `since`: read, refused in one line, and completed while one types."""

from collections.abc import Mapping
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.period import BadPeriod, PeriodFault, PeriodKind, Span, parse_period
from bot.domain.period_vocabulary import PeriodWord, corrected_period, period_tokens
from bot.domain.sale import Producer
from bot.domain.spelling import unaccented
from bot.text.language import gettext, writes_day_first
from bot.text.period_words import period_title, since_words, suggested_periods
from bot.text.words import safe
from cogs.kit.completion import Completed
from cogs.kit.near_miss import Again, DidYouMean
from cogs.kit.permission import Say

LONGEST = 40
"""Characters that a period takes at most."""


def asked_period(typed: str, now: datetime, timezone: str, again: Again) -> Span:
    """The period that was typed. Raises Say for anything else; `again` takes another period."""
    try:
        return _read(typed, now, timezone)
    except BadPeriod as error:
        better = _suggested(typed, now, timezone)
        if better is None or error.why is not PeriodFault.UNREADABLE:
            raise _refusal(error.why, safe(typed, LONGEST)) from None
        missing = gettext("“{typed}” is not a period I can read.", typed=safe(typed, LONGEST))
        raise DidYouMean(missing, {better.name: period_title(better)}, again) from None


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
                "“{typed}” is not a period I can read. Try “last week”, “october”, “last 30 "
                "days”, “Q3”, “2025” or “since march”.",
                typed=typed,
            )


class PeriodOption(Completed):
    """What is typed, if it can be read, and the usual periods that it is part of."""

    longest = LONGEST

    async def suggest(
        self, _connection: AsyncConnection, producer: Producer, typed: str, now: datetime
    ) -> Mapping[str, str]:
        usual = suggested_periods(now.astimezone(ZoneInfo(producer.timezone)).date())
        part = unaccented(typed).strip()
        found = {
            name: title for name, title in usual.items() if part in unaccented(f"{name} {title}")
        }
        if not part or part in usual:
            return found
        span = _suggested(typed, now, producer.timezone)
        return found if span is None else {span.name: period_title(span)} | found


class SinceOption(PeriodOption):
    """A period from whose first day on sales are listed."""

    async def suggest(
        self, connection: AsyncConnection, producer: Producer, typed: str, now: datetime
    ) -> Mapping[str, str]:
        found = await super().suggest(connection, producer, typed, now)
        offered: dict[str, str] = {}
        for name, title in found.items():
            span = parse_period(name, now, producer.timezone)
            if span.first is None or _ends(typed, span):
                offered[name] = title
            else:
                # The name of a week is from a day to a day.
                value = f"{span.first}.." if ".." in name else name
                offered[value] = since_words(title, span.first)
        return offered


def since_days(
    typed: str, now: datetime, timezone: str, again: Again
) -> tuple[date | None, date | None]:
    """From which day on sales are listed, and through which: None for all, and for up to now.

    Only a range with an end (`sep 1-15`) ends; `october` is since October 1. Raises Say as above.
    """
    span = asked_period(typed, now, timezone, again)
    return span.first, span.last if _ends(typed, span) else None


def _ends(typed: str, span: Span) -> bool:
    """Whether an end was typed, and is over."""
    to_a_day = PeriodWord.TO in (period_tokens(typed) or ())
    return not span.going_on and (to_a_day or span.kind is PeriodKind.RANGE)


def _suggested(typed: str, now: datetime, timezone: str) -> Span | None:
    """The period that was typed, or else the one that was meant if a word is misspelled."""
    for text in (typed, corrected_period(typed)):
        try:
            return _read(text or "", now, timezone)
        except BadPeriod:
            continue
    return None


def _read(typed: str, now: datetime, timezone: str) -> Span:
    return parse_period(typed, now, timezone, day_first=writes_day_first())
