"""`/settings show`: how far the past is read, and whether anything was missed."""

from datetime import timedelta

from bot.domain.progress import EventsSeen, ImportProgress
from bot.text.language import gettext, ngettext
from bot.text.settings.problems import trouble_words
from bot.text.words import day, percent_words, timestamp


def past_lines(past: ImportProgress | None, *, key: bool) -> list[str]:
    """How far the import of past sales is."""
    if not key and (past is None or not past.finished):
        if past:
            return [gettext("The import of past sales stopped: that needs `STRIPE_API_KEY`.")]
        return [gettext("Past sales are not read: that needs `STRIPE_API_KEY`.")]
    if past is None:
        return [gettext("Past sales will be read in a moment.")]
    if past.finished:
        return [_all_read(past)]
    lines = [
        ngettext(
            "**Past sales are being read:** {count} payment so far, up to {day} "
            "({share} of the time since {start}).",
            "**Past sales are being read:** {count} payments so far, up to {day} "
            "({share} of the time since {start}).",
            past.payments,
            day=day(past.done_until),
            share=percent_words(past.share * 100),
            start=day(past.start),
        )
    ]
    if past.trouble:
        why = trouble_words(past.trouble)
        return [*lines, gettext("⚠️ It does not go on: {reason}. I keep trying.", reason=why)]
    return [*lines, *_remaining(past.remaining)]


def _all_read(past: ImportProgress) -> str:
    if not past.partial:
        return ngettext(
            "Past sales: all read, {count} payment.",
            "Past sales: all read, {count} payments.",
            past.payments,
        )
    return ngettext(
        "Past sales: all read since {day}, {count} payment.",
        "Past sales: all read since {day}, {count} payments.",
        past.payments,
        day=day(past.start),
    )


def missed_lines(seen: EventsSeen | None, *, key: bool) -> list[str]:
    """Whether what happened without a webhook was fetched."""
    if not key:
        return [
            gettext("What no webhook brings is missed: to look for it, I need `STRIPE_API_KEY`.")
        ]
    if seen is None:
        return []
    if seen.trouble:
        return [
            gettext(
                "⚠️ **Nobody looks for what webhooks missed** since {time}: {reason}. "
                "I try every hour.",
                time=timestamp(seen.until, "R"),
                reason=trouble_words(seen.trouble),
            )
        ]
    if seen.looked is None:
        return []
    looked = timestamp(seen.looked, "R")
    return [gettext("Looked for what webhooks missed {time}; every hour", time=looked)]


def _remaining(rest: timedelta | None) -> list[str]:
    if rest is None:
        return []
    minutes = int(rest.total_seconds() // 60)
    if not minutes:
        return [gettext("At this pace less than a minute more.")]
    hours, over = divmod(minutes, 60)
    words = f"{hours} h {over} min"
    if not hours:
        words = ngettext("{count} minute", "{count} minutes", minutes)
    return [
        gettext(
            "At this pace about {duration} more; it takes longer where there were more sales.",
            duration=words,
        )
    ]
