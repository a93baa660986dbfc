"""What a payment brought, in lines: the price, the fees, what is left of it."""

from bot.ledger.money import Money, sums
from bot.ledger.payment import Fees, Payment, PaymentState
from bot.ledger.records import PaymentRecord, Sale, SaleState
from bot.render import dashboard
from bot.render.money import money, monies
from bot.render.words import safe

NEEDS_KEY = "fees need a Stripe key"
HAVE_FEES = (
    "Fees are not known without a Stripe key. Set `STRIPE_API_KEY` to one that may only read "
    "(the README says how), and I fill them in."
)
"""For every answer that lacks them."""
SETTLING = "settling…"
UNKNOWN = "fees not known: Stripe has no such payment"


def price_line(record: PaymentRecord, *, fees_possible: bool = True) -> str:
    """`$29.95 → **$28.78** after fees`; struck through once all of it went back."""
    payment = record.payment
    steps = " → ".join(money(amount) for amount in steps_of(payment))
    if payment.state is PaymentState.FAILED:
        return f"~~{steps}~~ never paid"
    if payment.state is PaymentState.PENDING:
        return f"**{steps}** is on its way, not paid yet"
    if payment.free:
        return "**Free**"
    if wholly_refunded(record):
        return f"~~{steps}~~ refunded"
    return f"{steps}{_after_fees(record, fees_possible)}"


def _after_fees(record: PaymentRecord, fees_possible: bool) -> str:
    movement = record.payment.movement
    if movement is None:
        if record.gone:
            return f" · {UNKNOWN}"
        if fees_possible or record.complete:
            return f" → {SETTLING}"
        return f" · {NEEDS_KEY} (`STRIPE_API_KEY`)"
    return f" → **{money(Money(movement.net, movement.currency))}** after fees"


def fees_line(record: PaymentRecord) -> str:
    """`Fees: Stripe $1.17 · tax on it $0.22 · platform $3.00`; empty where only Stripe took one."""
    movement = record.payment.movement
    if movement is None or not (movement.fees.tax or movement.fees.platform):
        return ""
    return f"Fees: {' · '.join(fee_words(movement.fees, movement.currency))}"


def fee_words(fees: Fees, currency: str) -> list[str]:
    """Each kind of fee that was taken, with its amount."""
    named = (("Stripe", fees.stripe), ("tax on it", fees.tax), ("platform", fees.platform))
    return [f"{name} {money(Money(amount, currency))}" for name, amount in named if amount]


def steps_of(payment: Payment) -> tuple[Money, ...]:
    """What the buyer saw, what was charged, what it settled as: only where they differ."""
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


def wholly_refunded(record: PaymentRecord) -> bool:
    """Whether every sale of the payment has been given back."""
    return all(sale.state is SaleState.REFUNDED for sale in record.sales)


def left_line(record: PaymentRecord) -> str:
    """What remains once money went back: `↩ $10.00 given back · **$18.78** left`; else empty."""
    payment = record.payment
    disputed = any(dispute.movements for dispute in payment.disputes)
    if not (payment.refunded or disputed or payment.fee_returns):
        return ""
    left = left_words(record)
    if wholly_refunded(record):
        return f"{left}: Stripe keeps its fee" if payment.movement is not None else ""
    if payment.refunded:
        return f"↩ {money(Money(payment.refunded, payment.currency))} given back · {left}"
    return left


def sale_price(sale: Sale) -> str:
    """One sale's price: struck through when given back, with what was given back in part."""
    if sale.price.amount == 0:
        return "Free"
    if sale.state in (SaleState.REFUNDED, SaleState.FAILED):
        return f"~~{money(sale.price)}~~"
    if sale.refunded.amount:
        return f"{money(sale.price)} (↩ {money(sale.refunded)})"
    return money(sale.price)


def state_words(state: SaleState) -> str:
    """A sale's state as a person says it."""
    return {
        SaleState.PENDING: "payment pending",
        SaleState.FAILED: "never paid",
        SaleState.PAID: "paid",
        SaleState.PARTLY_REFUNDED: "partly refunded",
        SaleState.REFUNDED: "refunded",
        SaleState.DISPUTED: "disputed",
        SaleState.DISPUTE_LOST: "dispute lost",
    }[state]


def what_words(record: PaymentRecord) -> str:
    """What a short message is about: `#1042 Midnight Drive + 2 more`."""
    first = record.sales[0]
    more = f" + {len(record.sales) - 1} more" if len(record.sales) > 1 else ""
    return f"#{first.number} {safe(first.track, 100)}{more}"


def left_words(record: PaymentRecord) -> str:
    """`**$18.78** left`, of the whole payment."""
    unsettled = "" if record.payment.movement else " before fees"
    return f"**{monies(sums(sale.left for sale in record.sales))}** left{unsettled}"


def in_stripe(record: PaymentRecord, words: str) -> str:
    """A link to the payment's page in Stripe's Dashboard; only the words where it has none."""
    url = dashboard.payment_url(record)
    return f"[{words}](<{url}>)" if url else words
