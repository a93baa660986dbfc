"""The money of a payment in words: price, fees, tax, net; and amounts as an aligned table."""

from collections.abc import Sequence
from typing import TypeAlias

from bot.domain.entries import settled_tax
from bot.domain.money import Money, sums
from bot.domain.payment import Fees, Payment, PaymentState
from bot.domain.sale import PaymentRecord, Sale, SaleState
from bot.text import dashboard
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.words import code, money, monies, safe, size

NEEDS_KEY = phrase("fees need a Stripe key")
HAVE_FEES = phrase(
    "Fees are unknown without a Stripe key. Make one as the README says, set `STRIPE_API_KEY` "
    "to it, and I fill them in."
)
"""For every answer without fees."""
SETTLING = phrase("settling…")
UNKNOWN = phrase("fees unknown: Stripe has no such payment")
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


def price_line(record: PaymentRecord, *, fees_possible: bool = True) -> str:
    """`$29.95 → **$28.78** net`; struck through once all of it was refunded.

    The second figure does not include tax that the buyer paid.
    """
    payment = record.payment
    steps = " → ".join(money(amount) for amount in steps_of(payment))
    if payment.state is PaymentState.FAILED:
        return gettext("~~{price}~~ never paid", price=steps)
    if payment.state is PaymentState.PENDING:
        return gettext("**{price}** pending, not paid yet", price=steps)
    if payment.free:
        return f"**{gettext('Free')}**"
    if _wholly_refunded(record):
        return gettext("~~{price}~~ refunded", price=steps)
    return f"{steps}{_after_fees(record, fees_possible)}"


def _after_fees(record: PaymentRecord, fees_possible: bool) -> str:
    movement = record.payment.movement
    if movement is None:
        if record.gone:
            return f" · {said(UNKNOWN)}"
        if record.unreadable:
            return f" · {said(DENIED, permission=code(record.unreadable, 60))}"
        if fees_possible or record.complete:
            return f" → {said(SETTLING)}"
        return f" · {said(NEEDS_KEY)} (`STRIPE_API_KEY`)"
    tax = settled_tax(record.payment)
    net = money(Money(movement.net - tax, movement.currency))
    if tax:
        return f" → {gettext('**{amount}** net, after tax', amount=net)}"
    return f" → {gettext('**{amount}** net', amount=net)}"


def tax_line(record: PaymentRecord) -> str:
    """`Tax from the buyer: $8.88, not counted as yours`; empty if no tax is left.

    In the currency that was paid, and in the settlement currency if that differs.
    """
    payment = record.payment
    if not payment.tax or payment.state is PaymentState.FAILED or _wholly_refunded(record):
        return ""
    steps = [Money(payment.tax, payment.currency)]
    movement = payment.movement
    if movement is not None and movement.currency != payment.currency:
        steps.append(Money(settled_tax(payment), movement.currency))
    tax = " → ".join(map(money, steps))
    return gettext("Tax from the buyer: {tax}, not counted as yours", tax=tax)


def fees_line(record: PaymentRecord) -> str:
    """`Fees: Stripe $1.17 · tax on it $0.22 · platform $3.00`; empty if only Stripe took one."""
    movement = record.payment.movement
    if movement is None or movement.fees.total == movement.fees.stripe:
        return ""
    fees = " · ".join(_fee_words(movement.fees, movement.currency))
    return gettext("Fees: {fees}", fees=fees)


def _fee_words(fees: Fees, currency: str) -> list[str]:
    """Each kind of fee that was taken, with its amount."""
    named = (
        (phrase("Stripe {amount}"), fees.stripe),
        (phrase("tax on it {amount}"), fees.tax),
        (phrase("platform {amount}"), fees.platform),
        (phrase("tax withheld {amount}"), fees.withheld),
    )
    return [said(fee, amount=money(Money(amount, currency))) for fee, amount in named if amount]


def steps_of(payment: Payment) -> tuple[Money, ...]:
    """What the buyer saw, what was charged, what it settled as, if they differ."""
    steps = []
    if payment.presented_amount is not None and payment.presented_currency:
        steps.append(Money(payment.presented_amount, payment.presented_currency))
    charged = Money(payment.amount, payment.currency)
    if charged not in steps:
        steps.append(charged)
    movement = payment.movement
    if movement is not None and movement.currency != payment.currency:
        settled = Money(movement.gross, movement.currency)
        if settled not in steps:
            steps.append(settled)
    return tuple(steps)


def _wholly_refunded(record: PaymentRecord) -> bool:
    """Whether every sale of the payment was refunded."""
    return all(sale.state is SaleState.REFUNDED for sale in record.sales)


def left_line(record: PaymentRecord) -> str:
    """The net after money went back: `↩ $10.00 refunded · **$18.78** net`; else empty."""
    payment = record.payment
    disputed = any(dispute.movements for dispute in payment.disputes)
    if not (payment.refunded or disputed or payment.fee_returns):
        return ""
    left = left_words(record)
    if _wholly_refunded(record):
        if payment.movement is None:
            return ""
        return gettext("{left}: Stripe keeps its fee", left=left)
    if payment.refunded:
        back = money(Money(payment.refunded, payment.currency))
        return gettext("↩ {amount} refunded · {left}", amount=back, left=left)
    return left


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
        "My Stripe key can't read fees: give it the permission {permission} in Stripe, and I "
        "fill them in.",
        permission=code(permission, 60),
    )


def state_words(state: SaleState) -> str:
    """A sale's state as a person says it."""
    return said(_STATES[state])


def without_fees(count: int, *, fees_possible: bool, unreadable: str = "") -> str:
    """That some sales count before fees, and why.

    `unreadable`: the permission for lack of which the key cannot read fees.
    """
    if unreadable or not fees_possible:
        words = ngettext(
            "{count} sale counts before fees.", "{count} sales count before fees.", count
        )
        why = denied_words(unreadable) if unreadable else said(HAVE_FEES)
        return f"{words} {why}"
    return ngettext(
        "{count} sale is still waiting for its fees; until then it counts in full.",
        "{count} sales are still waiting for their fees; until then they count in full.",
        count,
    )


def what_words(record: PaymentRecord) -> str:
    """What a short message is about: `#1042 Midnight Drive + 2 more`."""
    first = record.sales[0]
    name = f"#{first.number} {safe(first.track, 100)}"
    return and_more(name, len(record.sales) - 1)


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


Row: TypeAlias = tuple[str, Money | str] | None
"""A name and its amount; None draws a line."""

_NARROWEST = 24


def amount_table(rows: Sequence[Row]) -> str:
    """Rows in a code block, narrow enough for a phone held upright."""
    cells = [_cell(row) for row in rows]
    width = max([_NARROWEST, *(size(name) + size(value) + 2 for name, value in cells)])
    lines = [
        name + value.rjust(width - size(name)) if name else "─" * width for name, value in cells
    ]
    return "```\n" + "\n".join(lines) + "\n```\n"


def _cell(row: Row) -> tuple[str, str]:
    if row is None:
        return "", ""
    name, value = row
    return name, value if isinstance(value, str) else money(value)
