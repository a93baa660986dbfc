"""What a payment is: one paid Checkout (or charge), all that is known of it, in typed values.

Amounts are minor units. Times are aware UTC datetimes. A `Payment` holds no number, no producer
and nothing of Discord: those come from the store.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class PaymentState(StrEnum):
    """Whether the buyer's money came."""

    PENDING = "pending"
    """Checkout is complete, the money is not there yet (bank debits, vouchers)."""
    FAILED = "failed"
    """A pending payment that never came: it was no sale."""
    PAID = "paid"
    """Paid, or free (`no_payment_required`)."""


class DisputeState(StrEnum):
    """Stripe's dispute statuses, grouped by what they mean for the money."""

    INQUIRY = "inquiry"
    """A question by the bank; no money moved."""
    OPEN = "open"
    WON = "won"
    LOST = "lost"
    CLOSED = "closed"
    """An inquiry that ended, or a dispute prevented: no money is lost by it."""


class Consent(StrEnum):
    """What a buyer answered when Checkout asked whether news may be mailed to them.

    https://docs.stripe.com/payments/checkout/promotional-emails-consent
    """

    OPT_IN = "opt_in"
    OPT_OUT = "opt_out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Buyer:
    """Who bought, as Checkout asked them. Any of it may be unknown."""

    email: str | None = None
    name: str | None = None
    country: str | None = None
    """ISO 3166 two-letter code."""
    promotions: Consent | None = None
    """None if they were not asked."""
    forgotten: bool = False
    """Whether their name and email were removed because they asked for it. Permanent."""

    @property
    def key(self) -> str | None:
        """What makes two purchases one buyer's: the email, case folded."""
        return self.email.strip().casefold() if self.email and self.email.strip() else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fees:
    """Fees in minor units of the settlement currency, positive when taken."""

    stripe: int = 0
    tax: int = 0
    """Tax on Stripe's fee."""
    platform: int = 0
    """The platform's application fee."""
    withheld: int = 0
    """Tax that Stripe or the platform keeps from the seller and pays to the state for them."""

    @property
    def total(self) -> int:
        return self.stripe + self.tax + self.platform + self.withheld


@dataclass(frozen=True, slots=True, kw_only=True)
class BalanceTransaction:
    """One of Stripe's balance transactions: money that moved, in the settlement currency."""

    id: str
    kind: str
    """Stripe's `type`: charge, payment, refund, adjustment, …"""
    currency: str
    gross: int
    """Signed: positive towards the producer."""
    fees: Fees
    net: int
    """gross − fees.total, as Stripe says it."""
    at: datetime
    available: bool
    available_on: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One license of one track, as bought: a line item of Checkout."""

    item: str | None = None
    """Stripe's line item id; None if no line items were seen."""
    track: str
    """The track's name as shown. Never empty."""
    license: str
    """The license's name as shown. Never empty."""
    exclusive: bool
    amount: int
    """What the buyer paid for this line, discounts off and tax in, in the payment's currency.
    The lines of a payment add up to its amount exactly."""
    tax: int = 0
    """What of `amount` is tax (VAT, sales tax) that the seller owes to the state: no income."""
    quantity: int = 1
    price: str | None = None
    product: str | None = None
    terms: str | None = None
    """What the price's metadata `terms` says: see bot.domain.license_terms."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund:
    """Money that goes back to the buyer; `amount` in minor units of `currency`."""

    id: str
    amount: int
    currency: str
    status: str
    """Stripe's: pending, requires_action, succeeded, failed, canceled; open to new ones."""
    reason: str | None
    created: datetime
    failure: str | None = None
    """Stripe's reason, if it failed."""
    presented_amount: int | None = None
    presented_currency: str | None = None
    """What the buyer gets, if they paid in another currency (Adaptive Pricing)."""
    movement: BalanceTransaction | None = None
    """The money going back, once Stripe booked it."""
    reversal: BalanceTransaction | None = None
    """The money coming back to the producer after the refund failed."""

    @property
    def counts(self) -> bool:
        """Whether the buyer has (or will have) this money."""
        return self.status not in ("failed", "canceled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispute:
    """A bank asks about a payment, or takes it back; `amount` in minor units of `currency`."""

    id: str
    amount: int
    currency: str
    state: DisputeState
    status: str
    """Stripe's own word for `state`."""
    reason: str
    created: datetime
    due_by: datetime | None = None
    """Until when evidence is taken; None when no answer is possible."""
    movements: tuple[BalanceTransaction, ...] = ()
    """Withdrawal and reinstatement, with the dispute's fee."""

    @property
    def answer_by(self) -> datetime | None:
        """Until when the producer has to answer; None once they did, or if they cannot."""
        return self.due_by if self.status.endswith("needs_response") else None


@dataclass(frozen=True, slots=True, kw_only=True)
class FraudWarning:
    """A card network suspects that the cardholder did not buy: it may become a dispute.

    No money moves by it. https://docs.stripe.com/disputes/measuring#early-fraud-warnings
    """

    id: str
    kind: str
    """Stripe's `fraud_type`."""
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    """One payment of a buyer, whole. `key` names it permanently within its Stripe account."""

    key: str
    """The Checkout Session's id; without Checkout, the payment intent's or the charge's."""
    state: PaymentState
    created: datetime
    """When the buyer completed it."""
    paid: datetime | None
    """When the money came: the charge's time, else `created`; of delayed payments when Stripe said
    that they succeeded. None while pending or failed."""
    amount: int
    currency: str
    """The charge's currency (lower case): what `amount` and every line is in."""
    presented_amount: int | None = None
    presented_currency: str | None = None
    """What the buyer saw and paid, if Stripe converted it (Adaptive Pricing)."""
    buyer: Buyer = field(default_factory=Buyer)
    lines: tuple[Line, ...]
    """At least one."""
    detailed: bool
    """Whether `lines` are final: from line items or, without Checkout, from the metadata. False
    while they are only what the event of a Checkout itself said."""
    session: str | None = None
    intent: str | None = None
    charge: str | None = None
    succeeded: datetime | None = None
    """When Stripe said that the money had come, if that was long after the charge was made."""
    movement: BalanceTransaction | None = None
    """The charge's balance transaction: settled gross, fees, net. None until Stripe booked it, and
    while the payment is pending or failed: a debit is booked when it is submitted."""
    refunds: tuple[Refund, ...] = ()
    """Oldest first."""
    disputes: tuple[Dispute, ...] = ()
    """Oldest first."""
    warnings: tuple[FraudWarning, ...] = ()
    """Oldest first; only events tell of them."""
    application_fee: str | None = None
    """The platform's fee, by the id that its refunds name; None if there is no platform."""
    fee_returns: tuple[BalanceTransaction, ...] = ()
    """What the platform gave back of its fee, apart from the refunds: oldest first."""

    @property
    def refunded(self) -> int:
        """Given back so far, in `currency`; failed refunds do not count."""
        return sum(refund.amount for refund in self.refunds if refund.counts)

    @property
    def tax(self) -> int:
        """What of `amount` is tax."""
        return sum(line.tax for line in self.lines)

    @property
    def free(self) -> bool:
        return self.state is PaymentState.PAID and self.charge is None and self.amount == 0

    @property
    def settled(self) -> bool:
        """Whether nothing about its own fees is still to come (refunds and disputes apart)."""
        return self.free or self.state is PaymentState.FAILED or self.movement is not None

    @property
    def answer_by(self) -> datetime | None:
        """The next moment until which one of its disputes has to be answered; None without any."""
        moments = (dispute.answer_by for dispute in self.disputes)
        return min((moment for moment in moments if moment is not None), default=None)
