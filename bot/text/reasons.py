"""Why something waits, failed or is not understood: noted in English when it was found out, said to
who asks in the language spoken.

Who notes it need not know of languages: the words stand here once more, to be found.
"""

import re
from collections.abc import Iterator

from bot.text.language import Phrase, phrase, said

LACKING = phrase("the bot lacks permissions in the channel: {permissions}")
"""As bot.delivery.channel has it: the permissions by Discord's names for them, commas between."""

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
    """A noted reason in the language spoken; what nobody has words for stays as it is."""
    for words, pattern in _PATTERNS:
        if found := pattern.fullmatch(noted):
            values = found.groupdict()
            if words is LACKING:
                names = values["permissions"].split(", ")
                values["permissions"] = ", ".join(said(Phrase(name)) for name in names)
            return said(words, **values)
    reason, bracket, status = noted.partition(_STATUS)
    return f"{said(Phrase(reason))}{bracket}{status}"


def _patterns() -> Iterator[tuple[Phrase, re.Pattern[str]]]:
    """What each looks like when it is noted, with its values put in."""
    for words in (LACKING, *_OF_STRIPE, *_OF_OBJECTS, *_OF_ALERTS):
        yield words, re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>.*)", re.escape(words)))


_PATTERNS = tuple(_patterns())
