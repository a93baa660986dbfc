"""`/settings show`: how far the past is read, and whether anything was missed."""

from datetime import timedelta

from bot.ledger.progress import EventsSeen, ImportProgress
from bot.render.problems import permission_words
from bot.render.words import day, plural, safe, timestamp

_PERMISSION = "rak_"


def past_lines(past: ImportProgress | None, *, key: bool) -> list[str]:
    """How far the import of past sales is."""
    if not key and (past is None or not past.finished):
        stopped = "The import of past sales stopped" if past else "Past sales are not read"
        return [f"{stopped}: that needs `STRIPE_API_KEY`."]
    if past is None:
        return ["Past sales will be read in a moment."]
    done = plural(past.payments, "payment")
    if past.finished:
        since = f" since {day(past.start)}" if past.partial else ""
        return [f"Past sales: all read{since}, {done}."]
    lines = [
        f"**Past sales are being read:** {done} so far, up to {day(past.done_until)} "
        f"({past.share:.0%} of the time since {day(past.start)})."
    ]
    if past.trouble:
        return [*lines, f"⚠️ It does not go on: {trouble_words(past.trouble)}. I keep trying."]
    return [*lines, *_remaining(past.remaining)]


def missed_lines(seen: EventsSeen | None, *, key: bool) -> list[str]:
    """Whether what happened without a webhook was fetched."""
    if not key:
        return ["What no webhook brings is missed: to look for it, I need `STRIPE_API_KEY`."]
    if seen is None:
        return []
    if seen.trouble:
        since = timestamp(seen.until, "R")
        return [
            f"⚠️ **Nobody looks for what webhooks missed** since {since}: "
            f"{trouble_words(seen.trouble)}. I try every hour."
        ]
    if seen.looked is None:
        return []
    return [f"Looked for what webhooks missed {timestamp(seen.looked, 'R')}; every hour"]


def trouble_words(trouble: str) -> str:
    """Why Stripe gives no answer, and what helps, from the reason as it was logged."""
    _, found, permission = trouble.partition(_PERMISSION)
    if found:
        return permission_words(found + permission)
    return safe(trouble, 200)


def _remaining(rest: timedelta | None) -> list[str]:
    if rest is None:
        return []
    minutes = int(rest.total_seconds() // 60)
    if not minutes:
        return ["At this pace less than a minute more."]
    hours, over = divmod(minutes, 60)
    words = plural(minutes, "minute") if not hours else f"{hours} h {over} min"
    return [f"At this pace about {words} more; it takes longer where there were more sales."]
