"""What is not understood of Stripe's objects, in words that help."""

from collections.abc import Mapping, Sequence

import discord

from bot.domain.problems import (
    CURRENCY,
    DENIED,
    GONE,
    KEY,
    LEFT_OUT,
    REFUSED,
    WORD,
    OpenProblem,
    Problem,
)
from bot.domain.records import Producer
from bot.text import dashboard, ids
from bot.text.language import Phrase, gettext, ngettext, phrase, said
from bot.text.reasons import reason_words
from bot.text.words import code, safe, timestamp

PERMISSIONS = {
    "rak_checkout_session_read": "Checkout Sessions",
    "rak_payment_links_read": "Payment Links",
    "rak_payment_intent_read": "PaymentIntents",
    "rak_charge_read": "Charges and Refunds",
    "rak_balance_read": "Balance",
    "rak_balance_transaction_source_read": "Balance Transaction Sources",
    "rak_dispute_read": "Disputes",
    "rak_payout_read": "Payouts",
    "rak_product_read": "Products",
    "rak_plan_read": "Prices",
    "rak_event_read": "Events",
    "rak_connected_account_read": "Accounts, under Connect",
}
"""What a key may lack, as Stripe's errors and as its Dashboard call it.

https://docs.stripe.com/keys/permissions-reference
"""

_KINDS = {"payment": phrase("Payment"), "payout": phrase("Payout")}
_LEFT_OUT: Mapping[str, Phrase] = {
    "balance transaction": phrase(
        "a balance transaction{name} is left out, as I cannot read its amount"
    ),
    "dispute": phrase("a dispute{name} is left out, as I cannot read its amount"),
    "line item": phrase("a line item{name} is left out, as I cannot read its amount"),
    "refund": phrase("a refund{name} is left out, as I cannot read its amount"),
}
"""By what it is, as bot.domain.problems says."""
_SOMETHING_LEFT_OUT = phrase("something{name} is left out, as I cannot read its amount")
_PERMISSION = "rak_"


def problems_list(problems: Sequence[OpenProblem], count: int, producer: Producer) -> list[str]:
    """How many there are, and each of the newest on a line. Empty without any."""
    if not count:
        return []
    head = ngettext(
        "⚠️ **{count} thing of Stripe's I do not understand**; all else goes on.",
        "⚠️ **{count} things of Stripe's I do not understand**; all else goes on.",
        count,
    )
    if count > len(problems):
        head += f" {gettext('The newest:')}"
    return [head, *(_line(one, producer) for one in problems)]


def problem_buttons(
    producer: Producer, *, again: bool, hide: bool
) -> list[discord.ui.Item[discord.ui.View]]:
    """What one can do about them, and about messages that could not be sent."""
    buttons = (("again", gettext("Try again"), again), ("hide", gettext("Hide"), hide))
    return [
        discord.ui.Button(label=label, custom_id=ids.problems(producer.id, action))
        for action, label, wanted in buttons
        if wanted
    ]


def problem_words(problem: Problem) -> str:
    """One of them as the end of a sentence; what Stripe said in it is made harmless."""
    about = f" ({code(problem.about, 60)})" if problem.about else ""
    quoted = code(problem.said, 60)
    words = {
        GONE: gettext(
            "Stripe knows no such object (deleted, or another account's), so I go by its events"
        ),
        REFUSED: gettext("Stripe refuses to tell of it"),
        DENIED: _permission_words(problem.said),
        CURRENCY: gettext(
            "I do not know the currency {code}, so its amounts are shown with two decimals",
            code=quoted,
        ),
        LEFT_OUT: said(_LEFT_OUT.get(problem.said, _SOMETHING_LEFT_OUT), name=about),
        WORD: gettext(
            "Stripe says {word} of it{name}, a word that I do not know", word=quoted, name=about
        ),
    }
    unknown = gettext("not understood: {words}", words=safe(reason_words(problem.said), 120))
    return words.get(problem.what, unknown)


def _permission_words(permission: str) -> str:
    """What is to be done about a key that may not read something."""
    if not permission:
        return gettext("my Stripe key may not read that: allow it in Stripe, and start me again")
    name = PERMISSIONS.get(permission)
    named = f"**{name}** ({code(permission, 60)})" if name else code(permission, 60)
    return gettext(
        "my Stripe key may not read {permission}: allow it in Stripe, and start me again",
        permission=named,
    )


def trouble_words(noted: str) -> str:
    """Why Stripe gives no answer, and what helps: up to three reasons, as they were noted."""
    return "; ".join(map(_trouble, noted.split("; ", 2)))


def _trouble(reason: str) -> str:
    _, found, permission = reason.partition(_PERMISSION)
    return _permission_words(found + permission) if found else safe(reason_words(reason), 150)


def _line(one: OpenProblem, producer: Producer) -> str:
    when = timestamp(one.seen, "R")
    return f"• {_what(one, producer)}, {when}: {problem_words(one.problem)}."


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
