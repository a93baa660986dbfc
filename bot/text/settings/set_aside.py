"""Messages that Discord does not take, each with what it is and why."""

from collections.abc import Sequence

from bot.domain.problems import SetAside
from bot.text.language import gettext, ngettext
from bot.text.reasons import reason_words
from bot.text.words import safe


def set_aside_lines(count: int, listed: Sequence[SetAside]) -> list[str]:
    """How many there are, and the newest of them on a line each. Empty without any."""
    if not count:
        return []
    head = ngettext(
        "⚠️ **{count} message could not be sent.** I try it again every hour:",
        "⚠️ **{count} messages could not be sent.** I try them again every hour:",
        count,
    )
    return [head, *(f"• {_what(one)}: {_reason(one)}" for one in listed)]


def _reason(one: SetAside) -> str:
    return safe(reason_words(one.reason), 150) if one.reason else gettext("no reason noted")


def _what(one: SetAside) -> str:
    if one.key.startswith("digest:"):
        return gettext("Digest")
    if one.subject.startswith("payout:"):
        update = one.kind == "edit"
        return gettext("Update of a payout") if update else gettext("Alert of a payout")
    if one.number is None:
        return gettext("Message about the bot itself")
    words = {
        "announce": gettext("Alert of sale #{number}", number=one.number),
        "edit": gettext("Update of sale #{number}", number=one.number),
    }
    return words.get(one.kind) or gettext("Message under sale #{number}", number=one.number)
