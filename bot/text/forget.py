"""`/forget`: what will be removed of a buyer, and what stays. For the asker alone."""

from bot.domain.redaction import Person
from bot.text import ids
from bot.text.language import gettext, ngettext
from bot.text.message import DANGER, Color, Message, button, card, clipped, field
from bot.text.words import code, in_mode, safe

_SALES = 700
"""Characters for the numbers of their sales."""


def forget_question(found: Person, token: str, *, changed: bool = False) -> Message:
    """Exactly what would be removed, with the buttons that decide. `changed`: since last shown."""
    lines = [code(found.email, 330), ""]
    if changed:
        lines = [gettext("**Something came in meanwhile.** This is the new state:"), *lines]
    lines.append(gettext("**This can't be undone.** It removes:"))
    lines += [f"- {line}" for line in _what_goes(found)]
    embed = card(Color.ALARM, title=gettext("Forget this buyer?"), lines=lines)
    for traces in found.traces:
        numbers = (f"#{number}" for number in traces.sales)
        shown = clipped(numbers, _SALES, total=len(traces.sales)).replace("\n", " ")
        field(embed, in_mode(gettext("Their sales"), traces), [shown])
    stays = gettext(
        "Amounts, dates, countries and sale numbers. Their licenses stay valid, from now on "
        "without the name."
    )
    field(embed, gettext("What stays"), [stays])
    field(embed, gettext("What I can't reach"), [_out_of_reach()])
    buttons = [
        button(gettext("Forget them"), ids.FORGET(token, "yes"), DANGER),
        button(gettext("Keep them"), ids.FORGET(token, "no")),
    ]
    return Message.of(embed, buttons)


def forgotten_message(found: Person) -> Message:
    """Confirmation, without the buyer's name."""
    lines = [
        gettext("Removed:"),
        *(f"- {line}" for line in _counts(found)),
        "",
        gettext(
            "Messages in your channel update in moments. What Stripe still sends about these "
            "payments is stored without name and email."
        ),
        gettext("**Not within my reach:** {what}", what=_out_of_reach()),
    ]
    return Message.of(card(Color.REFUNDED, title=gettext("Forgotten"), lines=lines))


def kept_message() -> Message:
    """Confirmation that nothing was removed."""
    return Message(content=gettext("Nothing was removed."))


def _what_goes(found: Person) -> list[str]:
    names = sorted({name for traces in found.traces for name in traces.names})
    known = clipped((safe(name, 60) for name in names), 400, total=len(names)).replace("\n", ", ")
    named = ngettext("the name {names}", "the names {names}", len(names), names=known)
    return [*([named] if names else []), *_counts(found)]


def _counts(found: Person) -> list[str]:
    """A line for each place that names them."""
    payments = sum(traces.payments for traces in found.traces)
    messages = sum(traces.messages for traces in found.traces)
    places = {
        ngettext(
            "name, email and consent, from {count} payment",
            "name, email and consent, from {count} payments",
            payments,
        ): payments,
        ngettext(
            "name, email, phone, address and card, from {count} stored event",
            "name, email, phone, address and card, from {count} stored events",
            len(found.events),
        ): len(found.events),
        ngettext(
            "the name in {count} message in your channel",
            "the name in {count} messages in your channel",
            messages,
        ): messages,
    }
    return [words for words, count in places.items() if count]


def _out_of_reach() -> str:
    return gettext(
        "Stripe's own records (ask Stripe to redact them), earlier backups, and files that were "
        "downloaded or mailed."
    )
