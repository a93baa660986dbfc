"""Why something waits, failed or is not understood, in words that help.

Other rooms note reasons in English when they find them, without knowing of languages: their words
stand here once more, so that they are in the catalogs and can be said in the asker's language.
"""

import re
from collections.abc import Mapping, Sequence

from bot.domain.key_permissions import Resource, permission_for
from bot.domain.problem import (
    CURRENCY,
    DENIED,
    GONE,
    KEY,
    LEFT_OUT,
    REFUSED,
    WORD,
    OpenProblem,
    Problem,
    SetAside,
)
from bot.domain.sale import Producer
from bot.text import dashboard, ids
from bot.text.language import Phrase, gettext, ngettext, phrase, said
from bot.text.message import Item, button
from bot.text.stripe_key import NAMES
from bot.text.words import code, safe, timestamp

PERMISSIONS = {permission_for(resource): name for resource, name in NAMES.items()} | {
    permission_for(Resource.ACCOUNT): "Accounts, under Connect",
}
"""Permissions that a key may lack, as Stripe's errors and its Dashboard call them.

https://docs.stripe.com/keys/permissions-reference
"""

_KINDS = {"payment": phrase("Payment"), "payout": phrase("Payout")}
_LEFT_OUT: Mapping[str, Phrase] = {
    "balance transaction": phrase(
        "a balance transaction{name} is not counted, because its amount can't be read"
    ),
    "dispute": phrase("a dispute{name} is not counted, because its amount can't be read"),
    "line item": phrase("a line item{name} is not counted, because its amount can't be read"),
    "refund": phrase("a refund{name} is not counted, because its amount can't be read"),
}
"""By what it is, as bot.domain.problem says."""
_SOMETHING_LEFT_OUT = phrase("something{name} is not counted, because its amount can't be read")
_PERMISSION = "rak_"


def problems_list(problems: Sequence[OpenProblem], count: int, producer: Producer) -> list[str]:
    """How many problems there are, and the newest on a line each. Empty without any."""
    if not count:
        return []
    head = ngettext(
        "⚠️ **{count} thing from Stripe that I don't understand**; everything else goes on.",
        "⚠️ **{count} things from Stripe that I don't understand**; everything else goes on.",
        count,
    )
    if count > len(problems):
        head += f" {gettext('The newest:')}"
    return [
        head,
        *(
            f"• {_what(one, producer)}, {timestamp(one.seen, 'R')}: {problem_words(one.problem)}."
            for one in problems
        ),
    ]


def problem_buttons(producer: Producer, *, again: bool, hide: bool) -> list[Item]:
    """Buttons for problems, and for messages that could not be sent."""
    buttons = (("again", gettext("Try again"), again), ("hide", gettext("Hide"), hide))
    return [
        button(label, ids.PROBLEMS(producer.id, action))
        for action, label, wanted in buttons
        if wanted
    ]


def problem_words(problem: Problem) -> str:
    """A problem as the end of a sentence; quotes from Stripe are made harmless."""
    about = f" ({code(problem.about, 60)})" if problem.about else ""
    quoted = code(problem.said, 60)
    words = {
        GONE: gettext(
            "Stripe has no such object (deleted, or in another account), so I go by its events"
        ),
        REFUSED: gettext("Stripe refuses to show it"),
        DENIED: _permission_words(problem.said),
        CURRENCY: gettext(
            "I don't know the currency {code}, so its amounts are shown with two decimals",
            code=quoted,
        ),
        LEFT_OUT: said(_LEFT_OUT.get(problem.said, _SOMETHING_LEFT_OUT), name=about),
        WORD: gettext("Stripe says {word}{name}, which I don't know", word=quoted, name=about),
    }
    unknown = gettext("not understood: {words}", words=safe(reason_words(problem.said), 120))
    return words.get(problem.what, unknown)


def _permission_words(permission: str) -> str:
    """What to do about a key that lacks a permission."""
    if not permission:
        return gettext("my Stripe key can't read that: allow it in Stripe, then restart me")
    name = PERMISSIONS.get(permission)
    named = f"**{name}** ({code(permission, 60)})" if name else code(permission, 60)
    return gettext(
        "my Stripe key can't read {permission}: allow it in Stripe, then restart me",
        permission=named,
    )


def trouble_words(noted: str) -> str:
    """Why Stripe gives no answer, and what helps: up to three noted reasons."""
    return "; ".join(map(_trouble, noted.split("; ", 2)))


def _trouble(reason: str) -> str:
    _, found, permission = reason.partition(_PERMISSION)
    return _permission_words(found + permission) if found else safe(reason_words(reason), 150)


def _what(one: OpenProblem, producer: Producer) -> str:
    if one.subject == KEY:
        return gettext("The key")
    if one.event is not None:
        name = gettext("Event {name}", name=code(one.type, 60))
        url = dashboard.event_url(producer, one.event)
    else:
        kind, _, object_id = one.subject.partition(":")
        word = _KINDS.get(kind)
        name = f"{said(word) if word else kind.capitalize()} {code(object_id, 80)}"
        url = dashboard.object_url(producer, kind, object_id)
    return f"[{name}](<{url}>)" if url else name


def set_aside_lines(count: int, listed: Sequence[SetAside]) -> list[str]:
    """How many messages there are, and the newest on a line each. Empty without any."""
    if not count:
        return []
    head = ngettext(
        "⚠️ **{count} message could not be sent.** I retry it every hour:",
        "⚠️ **{count} messages could not be sent.** I retry them every hour:",
        count,
    )
    lines = [head]
    for one in listed:
        why = safe(reason_words(one.reason), 150) if one.reason else gettext("no reason noted")
        lines.append(f"• {_what_of_set_aside(one)}: {why}")
    return lines


def _what_of_set_aside(one: SetAside) -> str:
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


LACKING = phrase("the bot lacks permissions in the channel: {permissions}")
"""As bot.delivery.channels has it: the permissions by Discord's names for them, commas between."""

_OF_STRIPE = (
    phrase("Stripe cannot be reached"),
    phrase("Stripe took longer than {seconds} s"),
    phrase("Stripe answered with status {status}"),
    phrase("Stripe refuses the request: {words}"),
    phrase("Stripe denies access ({code})"),
    phrase("the Stripe API key lacks a permission: {permission}"),
    phrase("Stripe does not know this API key (or it has expired)"),
    phrase("the connection to Stripe broke"),
    phrase("something that is not Stripe answered"),
    phrase("Stripe's answer is not what was asked for: {path}"),
)
"""As bot.stripe_api has it; `words` are Stripe's own."""

_OF_OBJECTS = (
    phrase("a balance transaction lacks its id, amount, currency or time"),
    phrase("a payment lacks its amount"),
    phrase("a payment lacks its id"),
    phrase("a payment lacks its time"),
    phrase("a payment's amount or currency cannot be read"),
    phrase("a payout lacks its id, amount, currency or time"),
    phrase("its object has no id"),
    phrase("no event tells of it"),
)
"""What an object or an event of Stripe's lacks so that it cannot be used."""

_OF_ALERTS = (
    phrase("there is no {subject}"),
    phrase("there are no words for {subject}"),
    phrase("{period} is not over in {zone}"),
)
"""Why there is nothing to tell, as bot.delivery.compose has it."""

_STATUS = " (HTTP"
"""How the status of Discord's answer begins, after some reasons."""


def reason_words(noted: str) -> str:
    """A noted reason in the language spoken; an unknown one stays as it is."""
    for words, pattern in _PATTERNS:
        if found := pattern.fullmatch(noted):
            values = found.groupdict()
            if words is LACKING:
                names = values["permissions"].split(", ")
                values["permissions"] = ", ".join(said(Phrase(name)) for name in names)
            return said(words, **values)
    reason, bracket, status = noted.partition(_STATUS)
    return f"{said(Phrase(reason))}{bracket}{status}"


_PATTERNS = tuple(
    (words, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(words))))
    for words in (LACKING, *_OF_STRIPE, *_OF_OBJECTS, *_OF_ALERTS)
)
"""What each looks like when it is noted, with its values put in."""
