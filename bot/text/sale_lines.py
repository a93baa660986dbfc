"""Lines about a sale that many screens share: its money, its buyer, its license, its payout."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
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
    PHONE_LINE,
    code,
    day_words,
    flag,
    masked,
    money,
    monies,
    narrow,
    ordinal,
    plain,
    safe,
    size,
    when_words,
    width,
)

NEEDS_KEY = phrase("fees need a Stripe key")
HAVE_FEES = phrase(
    "Fees are unknown without a Stripe key. Stop me, run `producer-bot setup` to add one, and "
    "start me again: I'll fill them in."
)
"""For every answer without fees."""
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


def sale_net(sale: Sale) -> str:
    """The same of one sale."""
    if sale.share is None:
        return gettext("**{amount}** before fees", amount=money(sale.left))
    return net_words([sale.left])


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
    most = max([24, *(size(name) + size(value) + 2 for name, value in cells)])
    lines = [name + value.rjust(most - size(name)) if name else "─" * most for name, value in cells]
    return "```\n" + "\n".join(lines) + "\n```\n"


EMAIL = 64
"""Characters of a full email in a channel; a longer one is cut there, but not in `/buyer`."""

# Emails that Discord makes a link of, between < and >:
# https://docs.discord.com/developers/reference#message-formatting (email)
_LINKABLE = re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")


_EMAIL = re.compile(r"\S+@\S+\.\S+")


def named(buyer: Buyer, limit: int) -> str:
    """The buyer's name, made harmless; empty while unknown. An email in its place is masked."""
    name = (buyer.name or "").strip()
    if _EMAIL.fullmatch(name):
        return masked(name)
    return safe(name, limit) if name else ""


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
    """Name, flag and the number of the purchase; then the email, which one tap copies."""
    if buyer.forgotten:
        return [gettext("Forgotten: name and email were removed at their request.")]
    name, which = named(buyer, 120), ""
    if purchases == 1:
        which = gettext("First purchase")
    elif purchases:
        which = gettext("{ordinal} purchase", ordinal=ordinal(purchases))
    called = " ".join(filter(None, (f"**{name}**" if name else "", flag(buyer.country))))
    email = (buyer.email or "").strip()
    unknown = gettext("Unknown: this payment came without contact details.")
    lines = [" · ".join(filter(None, (called, which))), code(email, 260) if email else ""]
    return [each for each in lines if each] if name or email else [unknown]


def write_to(buyer: Buyer) -> str:
    """The email as a link that begins a mail; in code marks if Discord makes no link of it."""
    email = (buyer.email or "").strip()
    if _LINKABLE.fullmatch(email) and len(email) <= 254:
        return f"<{email}>"
    return code(email, 260) if email else ""


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


_SHORTEST_NAME = 45
"""Pixels; of a name that has less room, nothing is told."""
_BELOW = "\N{EN SPACE}"
"""Sets a row's second line off from the first."""


def listed_sale(
    sale: Sale,
    producer: Producer,
    now: datetime,
    *,
    buyer: bool = True,
    mark_fees: bool = True,
    paid: bool = False,
) -> str:
    """Two lines on a phone: net, track and license; then who, when and the sale's number.

    What is unusual about the sale stands in the license's place, and the license below. Names are
    cut to what a phone has room for. `mark_fees`: say that the amount is before fees, if it is.
    `paid`: begin with what the buyer paid.
    """
    unusual = unusual_words(sale)
    if not unusual and mark_fees and not paid and sale.share is None and sale.price.amount:
        unusual = gettext("before fees")
    amount = f"**{money(sale.price) if paid else _listed_amount(sale)}** "
    license_ = license_name(sale, 24)
    below = [when_words(sale.sold, now, producer.timezone), f"#{sale.number}"]
    room = PHONE_LINE - width(f"{amount} · {unusual or license_}")
    beside = unusual or license_
    if not unusual and room < min(width(sale.track), 2 * _SHORTEST_NAME):
        room, beside = PHONE_LINE - width(amount), ""
    if beside is not license_:
        rest = _room_beside(below)
        below.insert(0, license_ if width(license_) <= rest else license_name(sale, int(rest) // 8))
    if buyer and _room_beside(below) >= _SHORTEST_NAME:
        below.insert(-2, _called(sale.buyer, _room_beside(below)))
    above = " · ".join(filter(None, (narrow(sale.track, room), beside)))
    return f"{amount}{above}\n{_BELOW}{' · '.join(below)}"


def _room_beside(words: Sequence[str]) -> float:
    return PHONE_LINE - width(_BELOW + " · ".join(["", *words]))


def _listed_amount(sale: Sale) -> str:
    if sale.price.amount == 0:
        return gettext("Free")
    return money(sale.left if sale.state.is_sale else sale.price)


def _called(buyer: Buyer, room: float) -> str:
    """The buyer's name, or what is known if there is none."""
    name = (buyer.name or "").strip()
    return narrow(name, room) if name and not buyer.forgotten else who(buyer, 60)


def unusual_words(sale: Sale) -> str:
    """`**refunded**`, `⚠️ **conflict**`; empty for what is paid and undisputed."""
    state = f"**{state_words(sale.state)}**" if sale.state is not SaleState.PAID else ""
    conflict = f"⚠️ **{gettext('conflict')}**" if sale.conflict else ""
    return " · ".join(filter(None, (conflict, state)))


_PROGRESS = {
    PayoutState.PENDING: phrase("payout pending"),
    PayoutState.AVAILABLE: phrase("available for payout"),
    PayoutState.IN_TRANSIT: phrase("payout on its way"),
    PayoutState.PAID: phrase("paid out"),
    PayoutState.FAILED: phrase("payout failed"),
    PayoutState.CANCELED: phrase("payout canceled"),
}
_PROGRESS_ON = {
    PayoutState.PENDING: phrase("available for payout {day}"),
    PayoutState.IN_TRANSIT: phrase("payout arrives {day}"),
    PayoutState.PAID: phrase("paid out {day}"),
}
"""The same if the day is known."""


def progress_words(progress: PayoutProgress, today: date) -> str:
    """Where a sale's money is: `available for payout Tue`, `paid out Nov 24`."""
    dated = _PROGRESS_ON.get(progress.state)
    if progress.at is not None and dated is not None:
        # A day of Stripe's is kept as its midnight in UTC.
        return said(dated, day=day_words(progress.at.astimezone(UTC).date(), today))
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
