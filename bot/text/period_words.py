"""Periods in words: titles, days, completions, and the comparison with the period before."""

import re
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_interval, format_skeleton

from bot.domain.period import Period, PeriodKind, Span
from bot.text.language import gettext, locale, ngettext
from bot.text.words import capitalized, date_words, percent_words

SUGGESTED_MONTHS = 12
"""How many earlier months are suggested during typing."""
_LATEST = re.compile("([0-9]+)([dm])")
_BEYOND_COMPARE = 5
"""Times as much as before: the period before was too quiet to be compared with."""


def period_title(span: Span) -> str:
    """`This month`, `Last 30 days`, `September 2026`, `Sep 1 – 15, 2026`, `Since Sep 1, 2026`."""
    latest = _LATEST.fullmatch(span.name)
    if latest is not None and latest[1] != "1":
        return _latest(int(latest[1]), latest[2])
    if span.first is not None and span.name.endswith(".."):
        return gettext("Since {day}", day=_calendar_day(span.first))
    return period_words().get(span.name) or _on_the_calendar(span.kind, span.first, span.last)


def since_words(title: str, first: date) -> str:
    """A period of which only the first day counts: `October 2026 · since Oct 1, 2026`."""
    since = gettext("since {day}", day=_calendar_day(first))
    return since if title.casefold() == since.casefold() else f"{title} · {since}"


def _latest(count: int, unit: str) -> str:
    if unit == "d":
        return ngettext("Last {count} day", "Last {count} days", count)
    return ngettext("Last {count} month", "Last {count} months", count)


def period_before(span: Span) -> str:
    """The name of the period before, inside a sentence: `last month`, `August 2026`."""
    if span.before is None:
        return ""
    words = {
        Period.TODAY: gettext("yesterday"),
        Period.WEEK: gettext("last week"),
        Period.MONTH: gettext("last month"),
        Period.YEAR: gettext("last year"),
    }
    named = {period.value: word for period, word in words.items()}
    return named.get(span.name) or _on_the_calendar(span.kind, span.before.first, span.before.last)


def period_days(span: Span, timezone: str) -> str:
    """`Mar 1, 2026 – Mar 10, 2026`: from its first day to its last, or to today."""
    last = span.end.astimezone(ZoneInfo(timezone)).date() if span.going_on else span.last
    until = _calendar_day(last)
    if span.first is None:
        return gettext("Everything through {day}", day=until)
    return until if span.first == last else f"{_calendar_day(span.first)} – {until}"


def period_words() -> dict[str, str]:
    """The running periods by their words, as buttons name them."""
    return {
        Period.TODAY.value: gettext("Today"),
        Period.WEEK.value: gettext("This week"),
        Period.MONTH.value: gettext("This month"),
        Period.YEAR.value: gettext("This year"),
        Period.ALL.value: gettext("All time"),
    }


def suggested_periods(today: date) -> dict[str, str]:
    """Suggestions for a period option, by what `parse_period` reads."""
    month = today.replace(day=1)
    months: list[date] = []
    while len(months) < SUGGESTED_MONTHS:
        month = (month - timedelta(days=1)).replace(day=1)
        months.append(month)
    quarters = [day for day in (today, *months) if day is today or day.month % 3 == 0][:2]
    years = [today.year - back for back in (1, 2)]
    return (
        period_words()
        | {"yesterday": gettext("Yesterday"), "last week": gettext("Last week")}
        | {f"{days}d": _latest(days, "d") for days in (7, 30)}
        | {f"{month:%Y-%m}": _month(month) for month in months}
        | {f"{day:%Y}-q{(day.month + 2) // 3}": _quarter(day) for day in quarters}
        | {f"{year}": f"{year}" for year in years}
    )


def _calendar_day(day: date) -> str:
    """`Mar 10, 2026`."""
    return str(format_date(day, "medium", locale=locale()))


def _on_the_calendar(kind: PeriodKind, first: date | None, last: date) -> str:
    if first is None:
        return _calendar_day(last)
    if kind is PeriodKind.YEAR:
        return str(last.year)
    if kind is PeriodKind.QUARTER:
        return _quarter(last)
    if kind is PeriodKind.MONTH:
        return _month(last)
    return days_words(first, last)


def days_words(first: date, last: date) -> str:
    """`Sep 1 – 15, 2026`; of a single day only that."""
    if first == last:
        return _calendar_day(last)
    # CLDR's thin spaces are missing in some fonts.
    return str(format_interval(first, last, "yMMMd", locale=locale())).replace("\u2009", " ")


def _quarter(day: date) -> str:
    return date_words(day, "yQQQ")


def _month(day: date) -> str:
    return capitalized(str(format_skeleton("yMMMM", day, locale=locale())))


def compared(now: int, before: int, span: Span) -> str:
    """`**▲ 12%** vs last month at this point`; empty if there is nothing to compare."""
    changed = change(now, before)
    return f"**{changed}** {versus(span)}" if changed else ""


def versus(span: Span) -> str:
    """What a period is compared with: `vs last month at this point`; empty for all time."""
    name = period_before(span)
    if not name:
        return ""
    if span.going_on:
        return gettext("vs {period} at this point", period=name)
    return gettext("vs {period}", period=name)


def change(now: int, before: int) -> str:
    """`▲ 12%`, `▼ 8%`; empty if there is nothing to compare: too little before, or no difference
    that a whole percent shows."""
    if before <= 0 or now < 0 or now >= before * _BEYOND_COMPARE:
        return ""
    percent = abs(now - before) * 100 / before
    if round(percent) == 0:
        return ""
    return f"{'▲' if now > before else '▼'} {percent_words(percent)}"
