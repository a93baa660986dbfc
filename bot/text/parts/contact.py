"""A buyer's whole contact: only ever for the asker alone."""

import re

from bot.domain.payment import Buyer
from bot.domain.preferences import Detail
from bot.domain.records import Producer
from bot.text.language import gettext
from bot.text.words import code, country_name, masked, ordinal, safe

EMAIL = 64
"""Room for a whole email in a channel; a longer one is cut there, and whole in `/buyer`."""

# What may stand between < and > and become a link that opens the reader's mail program:
# https://docs.discord.com/developers/reference#message-formatting (email)
_LINKABLE = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def named(buyer: Buyer, limit: int) -> str:
    """The buyer's name, made harmless; empty while unknown."""
    return safe(buyer.name, limit) if buyer.name and buyer.name.strip() else ""


def who(buyer: Buyer, limit: int, *, full: bool = False) -> str:
    """A buyer in a list: name and masked email, whichever is known; `full`: the whole email."""
    if buyer.forgotten:
        return gettext("buyer forgotten")
    email = ""
    if buyer.email:
        email = code(buyer.email, EMAIL) if full else masked(buyer.email)
    return " · ".join(part for part in (named(buyer, limit), email) if part) or gettext(
        "buyer unknown"
    )


def told_who(producer: Producer, buyer: Buyer, limit: int) -> str:
    """A buyer in a channel: with as much of the email as the producer wants there."""
    return who(buyer, limit, full=producer.preferences.email is Detail.FULL)


def contact_lines(buyer: Buyer, purchases: int) -> list[str]:
    """Name, email to copy and to write to, country, which purchase of theirs this is."""
    name = named(buyer, 120)
    lines = [f"**{name}**" if name else "", *email_lines(buyer), country_name(buyer.country)]
    if purchases:
        lines.append(_which_purchase(purchases))
    if buyer.forgotten:
        return [
            gettext("Forgotten: name and email were removed at their request."),
            *filter(None, lines),
        ]
    unknown = gettext("Unknown: this payment came without a contact.")
    return [line for line in lines if line] or [unknown]


def _which_purchase(number: int) -> str:
    if number == 1:
        return gettext("First purchase")
    return gettext("{ordinal} purchase", ordinal=ordinal(number))


def email_lines(buyer: Buyer) -> list[str]:
    """The email in code marks (one tap copies it), and as a link where Discord makes one."""
    email = (buyer.email or "").strip()
    if not email:
        return []
    copyable = code(email, 260)
    if _LINKABLE.fullmatch(email) and len(email) <= 254:
        return [copyable, gettext("Write: <{email}>", email=email)]
    return [copyable]
