"""This machine's clock, beside those of Stripe and Discord."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from bot.terminal.checks.finding import Finding, Look, note, ok, wrong

TOLERANCE = 300.0
"""Seconds: what is signed is taken within them. https://docs.stripe.com/webhooks#replay-attacks"""
NOTEWORTHY = 30.0
"""Seconds by which a clock that is kept right is never off."""


async def stripes_clock(look: Look) -> list[Finding]:
    """How far the clock is off, by what Stripe says the time is."""
    return [await _compare(look, "Clock, by Stripe's", f"{look.settings.stripe_api_url}/v1")]


async def discords_clock(look: Look) -> list[Finding]:
    """The same, by Discord's."""
    url = f"{look.settings.discord_api_url}/gateway"
    return [await _compare(look, "Clock, by Discord's", url)]


async def _compare(look: Look, name: str, url: str) -> Finding:
    asked = look.clock()
    # Whatever is answered, also that we may not: it says when.
    async with look.http.get(url, allow_redirects=False) as answer:
        said = answer.headers.get("Date", "")
    theirs = _moment(said)
    if theirs is None:
        return note(name, "the answer did not say the time")
    # It is told in whole seconds, and was written while we waited.
    middle = asked + (look.clock() - asked) / 2
    off = (middle - theirs).total_seconds() - 0.5
    return _judged(name, off)


def _judged(name: str, off: float) -> Finding:
    seconds = f"{abs(off):,.0f} s {'fast' if off > 0 else 'slow'}"
    advice = "Let the system keep its time: timedatectl set-ntp true"
    if abs(off) >= TOLERANCE:
        said = f"{seconds}: over {TOLERANCE:.0f} s the bot refuses Stripe's calls as too old"
        return wrong(name, said, advice)
    if abs(off) >= NOTEWORTHY:
        return note(name, f"{seconds}: over {TOLERANCE:.0f} s Stripe's calls are refused", advice)
    return ok(name, "right")


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
