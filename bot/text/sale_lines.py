"""Lines about a sale that many screens share: its money, its buyer, its license, its payout."""

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

import discord

from bot.domain.money import Money, sums
from bot.domain.payment import Buyer, Payment
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.preferences import Detail
from bot.domain.sale import PaymentRecord, Producer, Sale, SaleState
from bot.domain.totals import CurrencyTotals
from bot.text import dashboard, ids
from bot.text.language import Phrase, gettext, ngettext, phrase, said
from bot.text.message import OPTION, OPTIONS, Item, menus
from bot.text.words import (
    code,
    country_name,
    day,
    masked,
    money,
    monies,
    ordinal,
    plain,
    safe,
    size,
    timestamp,
)

NEEDS_KEY = phrase("fees need a Stripe key")
HAVE_FEES = phrase(
    "Fees are unknown without a Stripe key. Stop me, run `producer-bot setup` to add one, and "
    "start me again: I'll fill them in."
)
"""For every answer without fees."""
SETTLING = phrase("settling…")
DENIED = phrase("fees unknown: my Stripe key can't read them ({permission})")

_STATES = {
    SaleState.PENDING: phrase("payment pending"),
    SaleState.FAILED: phrase("never paid"),
    SaleState.PAID: phrase("paid"),
    SaleState.PARTLY_REFUNDED: phrase("partly refunded"),
    SaleState.REFUNDED: phrase("refunded"),
    SaleState.DISPUTED: phrase("disputed"),
    SaleState.DISPUTE_LOST: phrase("dispute lost"),
}


def steps_of(payment: Payment) -> tuple[Money, ...]:
    """What the buyer saw, what was charged, what it settled as, if they differ."""
    steps = [Money(payment.amount, payment.currency)]
    if payment.presented_amount is not None and payment.presented_currency:
        steps.insert(0, Money(payment.presented_amount, payment.presented_currency))
    movement = payment.movement
    if movement is not None and movement.currency != payment.currency:
        steps.append(Money(movement.gross, movement.currency))
    return tuple(dict.fromkeys(steps))


def sale_price(sale: Sale) -> str:
    """One sale's price: struck through if refunded, with the amount of a partial refund."""
    if sale.price.amount == 0:
        return gettext("Free")
    if sale.state in (SaleState.REFUNDED, SaleState.FAILED):
        return f"~~{money(sale.price)}~~"
    if sale.refunded.amount:
        return f"{money(sale.price)} (↩ {money(sale.refunded)})"
    return money(sale.price)


def denied_words(permission: str) -> str:
    """What to do about fees that the key may not read."""
    return gettext(
        "My Stripe key can't read fees: give it the permission {permission} in Stripe, and I'll "
        "fill them in.",
        permission=code(permission, 60),
    )


def state_words(state: SaleState) -> str:
    """A sale's state as a person says it."""
    return said(_STATES[state])


def without_fees(
    totals: Iterable[CurrencyTotals], *, fees_possible: bool, unreadable: str = ""
) -> list[str]:
    """That some sales count before fees, and why; nothing if none does.

    `unreadable`: the permission for lack of which the key cannot read fees.
    """
    count = sum(one.unsettled for one in totals)
    if not count:
        return []
    if unreadable or not fees_possible:
        words = ngettext(
            "{count} sale counts before fees.", "{count} sales count before fees.", count
        )
        why = denied_words(unreadable) if unreadable else said(HAVE_FEES)
        return [f"{words} {why}"]
    words = ngettext(
        "{count} sale is still waiting for its fees; until then it counts in full.",
        "{count} sales are still waiting for their fees; until then they count in full.",
        count,
    )
    return [words]


def what_words(record: PaymentRecord) -> str:
    """What a short message is about: `#1042 Midnight Drive + 2 more`."""
    first = record.sales[0]
    name = f"#{first.number} {safe(first.track, 100)}"
    return and_more(name, len(record.sales) - 1)


def total_words(sales: Iterable[Sale]) -> str:
    """What they cost together, before fees and refunds, in each currency."""
    return monies(sums(sale.price for sale in sales))


def and_more(name: str, others: int) -> str:
    """The first of several, and how many more: `Midnight Drive + 2 more`."""
    if not others:
        return name
    return ngettext("{name} + {count} more", "{name} + {count} more", others, name=name)


def left_words(record: PaymentRecord) -> str:
    """`**$18.78** net` or `You're down **$1.17**`, of the whole payment."""
    left = sums(sale.left for sale in record.sales)
    if record.payment.movement:
        return net_words(left)
    return gettext("**{amount}** before fees", amount=monies(left))


def net_words(left: Sequence[Money]) -> str:
    """`**$18.78** net`; `You're down **$1.17**` if more went back than came in."""
    if left and all(amount.amount < 0 for amount in left):
        return gettext("You're down **{amount}**", amount=monies(-amount for amount in left))
    return gettext("**{amount}** net", amount=monies(left))


def in_stripe(record: PaymentRecord, words: str) -> str:
    """A link to the payment's page in Stripe's Dashboard; only the words if it has none."""
    url = dashboard.payment_url(record)
    return f"[{words}](<{url}>)" if url else words


Row: TypeAlias = tuple[str, Money | str]
"""A name and its amount."""
LINE: Row = "", ""
"""Draws a line."""


def amount_table(rows: Sequence[Row]) -> str:
    """Rows in a code block, narrow enough for a phone held upright."""
    cells = [(name, value if isinstance(value, str) else money(value)) for name, value in rows]
    width = max([24, *(size(name) + size(value) + 2 for name, value in cells)])
    lines = [
        name + value.rjust(width - size(name)) if name else "─" * width for name, value in cells
    ]
    return "```\n" + "\n".join(lines) + "\n```\n"


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
    """A buyer in a channel: the name, and the email if the producer chose that."""
    full = producer.preferences.email is Detail.FULL
    name = "" if full or buyer.forgotten else named(buyer, limit)
    return name or who(buyer, limit, full=full)


def contact_lines(buyer: Buyer, purchases: int) -> list[str]:
    """Name, email to copy and to write to, country, and the number of the purchase."""
    name = named(buyer, 120)
    lines = [f"**{name}**" if name else "", *email_lines(buyer), country_name(buyer.country)]
    if purchases == 1:
        lines.append(gettext("First purchase"))
    elif purchases:
        lines.append(gettext("{ordinal} purchase", ordinal=ordinal(purchases)))
    if buyer.forgotten:
        lines.insert(0, gettext("Forgotten: name and email were removed at their request."))
    unknown = gettext("Unknown: this payment came without contact details.")
    return [line for line in lines if line] or [unknown]


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
    bold = "**" if markup else ""
    if sale.exclusive:
        word = f"{bold}{gettext('Exclusive')}{bold}"
        if sale.license.strip().casefold() == "exclusive":
            name = word
        elif _SAYS_EXCLUSIVE.search(name):
            name = f"{bold}{name}{bold}"
        else:
            name = f"{word} · {name}"
    return f"{name} × {sale.quantity:,}" if sale.quantity > 1 else name


def stay_valid(leases: int) -> str:
    """`3 earlier leases stay valid`."""
    if leases == 0:
        return gettext("no earlier leases")
    return ngettext(
        "{count} earlier lease stays valid", "{count} earlier leases stay valid", leases
    )


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


_PROGRESS = {
    PayoutState.PENDING: phrase("payout pending"),
    PayoutState.AVAILABLE: phrase("available for payout"),
    PayoutState.IN_TRANSIT: phrase("on its way"),
    PayoutState.PAID: phrase("paid out"),
    PayoutState.FAILED: phrase("payout failed"),
    PayoutState.CANCELED: phrase("payout canceled"),
}
_PROGRESS_ON = {
    PayoutState.PENDING: phrase("available {day}"),
    PayoutState.IN_TRANSIT: phrase("on its way, arrives {day}"),
    PayoutState.PAID: phrase("paid out {day}"),
}
"""The same if the day is known."""


def progress_words(progress: PayoutProgress, *, short: bool = False) -> str:
    """Where a sale's money is: `available Tue, Nov 24, 2026`, `on its way, arrives …`.

    `short` leaves weekday and year out.
    """
    dated = _PROGRESS_ON.get(progress.state)
    if progress.at is not None and dated is not None:
        return said(dated, day=day(progress.at, short=short))
    return said(_PROGRESS[progress.state]) if progress.state in _PROGRESS else ""


OPEN_A_SALE = phrase("Open a sale")


def sale_option(sale: Sale, producer: Producer) -> discord.SelectOption:
    """A sale in a menu."""
    detail = f"{license_name(sale, 48, markup=False)} · {sale_price(sale).replace('~~', '')}"
    return discord.SelectOption(
        label=plain(f"#{sale.number} {sale.track}", OPTION),
        value=ids.record(producer.id, sale.number),
        description=plain(detail, OPTION),
    )


def sales_menu(
    sales: Iterable[Sale], producer: Producer, invitation: Phrase = OPEN_A_SALE
) -> list[Item]:
    """A menu that opens one of the first 25 sales; none without sales."""
    unique = {sale.number: sale for sale in sales}
    options = [sale_option(sale, producer) for sale in list(unique.values())[:OPTIONS]]
    return menus(ids.RECORDS, options, said(invitation))
