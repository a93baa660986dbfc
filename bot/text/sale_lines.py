"""Lines about a sale that many screens share: its buyer, its license, its conflict."""

import re

import discord

from bot.domain.money import Money
from bot.domain.payment import Buyer
from bot.domain.preferences import Detail
from bot.domain.sale import PaymentRecord, Producer, Sale, SaleRights, SaleState
from bot.text import dashboard, ids
from bot.text.language import gettext, ngettext, said
from bot.text.payout_alert import progress_words
from bot.text.price import NEEDS_KEY, SETTLING, in_stripe, net_words, sale_price, state_words
from bot.text.words import code, country_name, masked, money, ordinal, plain, safe, timestamp

EMAIL = 64
"""Characters of a full email in a channel; a longer one is cut there, but not in `/buyer`."""

# Emails that Discord makes a link of, between < and >:
# https://docs.discord.com/developers/reference#message-formatting (email)
_LINKABLE = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


def named(buyer: Buyer, limit: int) -> str:
    """The buyer's name, made harmless; empty while unknown."""
    return safe(buyer.name, limit) if buyer.name and buyer.name.strip() else ""


def who(buyer: Buyer, limit: int, *, full: bool = False) -> str:
    """A buyer in a list: name and masked email, if known; `full`: the whole email."""
    if buyer.forgotten:
        return gettext("buyer forgotten")
    email = ""
    if buyer.email:
        email = code(buyer.email, EMAIL) if full else masked(buyer.email)
    return " · ".join(part for part in (named(buyer, limit), email) if part) or gettext(
        "buyer unknown"
    )


def buyer_in_channel(producer: Producer, buyer: Buyer, limit: int) -> str:
    """A buyer in a channel, with as much of the email as the producer chose."""
    return who(buyer, limit, full=producer.preferences.email is Detail.FULL)


def contact_lines(buyer: Buyer, purchases: int) -> list[str]:
    """Name, email to copy and to write to, country, and the number of the purchase."""
    name = named(buyer, 120)
    lines = [f"**{name}**" if name else "", *email_lines(buyer), country_name(buyer.country)]
    if purchases:
        lines.append(_which_purchase(purchases))
    if buyer.forgotten:
        return [
            gettext("Forgotten: name and email were removed at their request."),
            *filter(None, lines),
        ]
    unknown = gettext("Unknown: this payment came without contact details.")
    return [line for line in lines if line] or [unknown]


def _which_purchase(number: int) -> str:
    if number == 1:
        return gettext("First purchase")
    return gettext("{ordinal} purchase", ordinal=ordinal(number))


def email_lines(buyer: Buyer) -> list[str]:
    """The email in code marks (one tap copies it), and as a link if Discord makes one."""
    email = (buyer.email or "").strip()
    if not email:
        return []
    copyable = code(email, 260)
    if _LINKABLE.fullmatch(email) and len(email) <= 254:
        return [copyable, gettext("Write: <{email}>", email=email)]
    return [copyable]


_SAYS_EXCLUSIVE = re.compile(r"(?<!non)(?<!non-)(?<!non )\bexclusive\b", re.IGNORECASE)


def license_name(sale: Sale, limit: int, *, markup: bool = True) -> str:
    """The license, with the word Exclusive on every exclusive sale; about `limit` long at most."""
    name = safe(sale.license, limit) if markup else plain(sale.license, limit)
    if not sale.exclusive:
        return _times(name, sale)
    exclusive = gettext("Exclusive")
    word = f"**{exclusive}**" if markup else exclusive
    if sale.license.strip().casefold() == "exclusive":
        return _times(word, sale)
    if _SAYS_EXCLUSIVE.search(name):
        return _times(f"**{name}**" if markup else name, sale)
    return _times(f"{word} · {name}", sale)


def _times(name: str, sale: Sale) -> str:
    return f"{name} × {sale.quantity:,}" if sale.quantity > 1 else name


def rights_of(record: PaymentRecord, sale: Sale) -> SaleRights | None:
    """A sale's rights to its track, if it is more than a lease."""
    return next((rights for rights in record.rights if rights.number == sale.number), None)


def stay_valid(leases: int) -> str:
    """`3 earlier leases stay valid`."""
    if leases == 0:
        return gettext("no earlier leases")
    return ngettext(
        "{count} earlier lease stays valid", "{count} earlier leases stay valid", leases
    )


def exclusive_line(record: PaymentRecord, sale: Sale) -> str:
    """`★ **Exclusive** · 3 earlier leases stay valid`, for an exclusive that holds its track."""
    rights = rights_of(record, sale)
    leases = f" · {stay_valid(rights.earlier_leases)}" if rights is not None else ""
    return f"★ **{gettext('Exclusive')}**{leases}"


def listed_sale(sale: Sale, *, fees_possible: bool, unreadable: str = "") -> str:
    """Two lines: number, track, license and money; then when, who, how it stands.

    At most about 350 characters, so that ten fit into an embed. `unreadable`: the permission for
    lack of which the key cannot read fees.
    """
    name = f"`#{sale.number}` **{safe(sale.track, 60)}** · {license_name(sale, 32)}"
    facts = [
        timestamp(sale.sold, "d"),
        who(sale.buyer, 28),
        status_words(sale),
        progress_words(sale.payout, short=True) if sale.state.is_sale else "",
    ]
    money_line = _sale_money(sale, fees_possible, unreadable)
    return f"{name} · {money_line}\n└ " + " · ".join(fact for fact in facts if fact)


def brief_sale(sale: Sale) -> str:
    """One line: number, day, track, license, price and what is unusual."""
    return _line(sale, f"**{safe(sale.track, 48)}**", license_name(sale, 32), sale_price(sale))


def licensed_sale(sale: Sale) -> str:
    """The same within one track: license, day and buyer."""
    return _line(sale, license_name(sale, 32), who(sale.buyer, 28))


def _line(sale: Sale, *facts: str) -> str:
    unusual = status_words(sale) if sale.state is not SaleState.PAID or sale.conflict else ""
    line = f"`#{sale.number}` {timestamp(sale.sold, 'd')} {' · '.join(facts)}"
    return f"{line} · {unusual}" if unusual else line


def _sale_money(sale: Sale, fees_possible: bool, unreadable: str) -> str:
    """`$29.95 → **$28.78**`: before and after fees; the net if money went back."""
    price = sale_price(sale)
    if not sale.state.is_sale or sale.price.amount == 0:
        return price
    if sale.share is None and unreadable and not sale.complete:
        return f"{price} · {gettext('fees unknown')}"
    if sale.share is None:
        return f"{price} → {said(SETTLING)}" if fees_possible else f"{price} · {said(NEEDS_KEY)}"
    after_fees = Money(sale.share.net, sale.share.currency)
    if sale.state is SaleState.PAID and sale.left == after_fees:
        return f"{price} → **{money(after_fees)}**"
    return f"{price} → {net_words((sale.left,))}"


def status_words(sale: Sale) -> str:
    """`paid`, `**refunded**`, `⚠️ **conflict**`: the ordinary is not emphasized."""
    words = state_words(sale.state)
    if sale.state is not SaleState.PAID:
        words = f"**{words}**"
    return f"⚠️ **{gettext('conflict')}** · {words}" if sale.conflict else words


ACCEPTS = 3
"""Buttons in one message that accept a conflict."""


def conflict_line(record: PaymentRecord, sale: Sale) -> str:
    """The holder of the track that was sold again: number, day and buyer."""
    rights = rights_of(record, sale)
    if rights is None or rights.holder is None:
        return gettext("⚠️ **Conflict:** this track was already sold exclusively")
    holder = rights.holder
    return gettext(
        "⚠️ **Conflict:** already sold exclusively as #{number}, {day}, to {buyer}",
        number=holder.number,
        day=timestamp(holder.at, "d"),
        buyer=buyer_in_channel(record.producer, holder.buyer, 40),
    )


def conflict_advice(record: PaymentRecord) -> str:
    """What the producer can do about it, and where."""
    refund = in_stripe(record, gettext("Refund this sale"))
    return gettext("{refund}, or agree with both buyers and accept it.", refund=refund)


def listed_conflict(sale: Sale, producer: Producer) -> str:
    """One line of a track's conflicts: license, buyer, day, and a link to refund it."""
    url = dashboard.object_url(producer, "payment", sale.reference) if sale.reference else None
    refund = f" · [{gettext('refund')}](<{url}>)" if url else ""
    return f"{licensed_sale(sale)} · {sale_price(sale)}{refund}"


def listed_accepted(sale: Sale) -> str:
    """One accepted conflict of a track: license, buyer, day, and the user who accepted it."""
    return f"{licensed_sale(sale)} · {sale_price(sale)}\n└ {accepted_line(sale)}"


def accepted_line(sale: Sale) -> str:
    """The user who accepted it, or withdrew that; empty if there was nothing to accept."""
    if sale.accepted is not None:
        by, at = f"<@{sale.accepted.by}>", timestamp(sale.accepted.at)
        return gettext("Sold after the exclusive · accepted by {by}, {at}", by=by, at=at)
    if sale.withdrawn is not None:
        by, at = f"<@{sale.withdrawn.by}>", timestamp(sale.withdrawn.at)
        return gettext("No longer accepted, by {by}, {at}", by=by, at=at)
    return ""


def accept_button(
    place: str, producer: Producer, sale: Sale
) -> "discord.ui.Button[discord.ui.View]":
    """The button that accepts it; `place` as in its id."""
    return discord.ui.Button(
        label=gettext("Accept #{number}", number=sale.number),
        custom_id=ids.ACCEPT(place, producer.id, sale.number),
        style=discord.ButtonStyle.danger,
    )


def withdraw_button(producer: Producer, sale: Sale) -> "discord.ui.Button[discord.ui.View]":
    """The button that withdraws the acceptance."""
    return discord.ui.Button(
        label=gettext("No longer accept #{number}", number=sale.number),
        custom_id=ids.WITHDRAW(producer.id, sale.number),
    )
