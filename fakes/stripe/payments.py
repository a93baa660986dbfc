"""Charges: how a payment is taken, at once or days later, and booked."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from fakes.stripe import payment_objects
from fakes.stripe.balance import DAY, Settlement
from fakes.stripe.objects import NOBODY, Books, Customer, Json
from fakes.stripe.payment_objects import PaymentFacts

LONGEST_DEBIT = 14 * DAY
"""Seconds until a debit is decided, at the latest: its money is not available before."""
_FAILURE: Json = {
    "failure_code": "insufficient_funds",
    "failure_message": "The customer's account has insufficient funds.",
}


@dataclass(frozen=True, slots=True)
class Purchase:
    """The ids of one payment; a free Checkout has only a session."""

    session: str | None
    intent: str | None
    charge: str | None

    def paid_with(self) -> tuple[str, str]:
        """The intent and the charge; ValueError for a free Checkout, which has neither."""
        if self.intent is None or self.charge is None:
            raise ValueError("a free checkout has no charge")
        return self.intent, self.charge


class Charging:
    """Payment intents and their charges."""

    def __init__(self, books: Books, settlement: Settlement) -> None:
        self._books = books
        self._settlement = settlement
        self._application_fees: dict[str, int] = {}

    def facts(
        self,
        amount: int,
        currency: str,
        buyer: Customer,
        *,
        metadata: Mapping[str, str] | None = None,
        method: str = "card",
        application_fee: int = 0,
        presented: tuple[int, str] | None = None,
        description: str | None = None,
    ) -> PaymentFacts:
        """A new payment with its ids. What is not a card is a `py_…` charge, as at Stripe."""
        letters = self._books.ids.letters(24)
        charge = f"{'ch' if method == 'card' else 'py'}_{letters}"
        if application_fee:
            self._application_fees[charge] = application_fee
        return PaymentFacts(
            intent=f"pi_{letters}",
            charge=charge,
            created=self._books.now(),
            livemode=self._books.livemode,
            amount=amount,
            currency=currency,
            buyer=buyer,
            metadata=metadata,
            description=description,
            method=method,
            application_fee=application_fee,
            presented=presented,
        )

    def pay(
        self,
        amount: int,
        currency: str = "usd",
        *,
        metadata: Mapping[str, str] | None = None,
        buyer: Customer = NOBODY,
        description: str | None = None,
        method: str = "card",
        settled: bool = True,
    ) -> Purchase:
        """A payment made through the API: no Checkout, no line items. A debit has to `arrive`."""
        payment = self.facts(
            amount, currency, buyer, metadata=metadata, description=description, method=method
        )
        if method == "card":
            self.succeed(payment)
        else:
            self.begin(payment)
        if settled:
            self.settle(payment.charge)
        return Purchase(None, payment.intent, payment.charge)

    def succeed(self, payment: PaymentFacts) -> None:
        """The card is charged. Nothing is booked yet (capture_method automatic_async)."""
        books = self._books
        intent = books.add(payment_objects.payment_intent(payment, "succeeded"))
        books.emit("charge.succeeded", books.add(payment_objects.charge(payment, "succeeded")))
        books.emit("payment_intent.succeeded", intent)

    def decline(self, payment: PaymentFacts) -> None:
        """A card is tried for a payment before it, and declined: a charge of its own."""
        books, letters = self._books, self._books.ids.letters(24)
        tried = replace(payment, charge=f"ch_{letters}", method="card")
        declined = payment_objects.charge(tried, "failed") | {"failure_code": "card_declined"}
        books.emit("charge.failed", books.add(declined))
        asked = payment_objects.payment_intent(tried, "requires_payment_method")
        books.emit("payment_intent.payment_failed", asked)

    def authorize(self, payment: PaymentFacts) -> None:
        """The money is reserved, until `capture` or `void`."""
        books = self._books
        intent = books.add(payment_objects.payment_intent(payment, "requires_capture"))
        charge = books.add(payment_objects.charge(payment, "succeeded", captured=False))
        books.emit("charge.succeeded", charge)
        books.emit("payment_intent.amount_capturable_updated", intent)

    def capture(self, purchase: Purchase, amount: int | None = None) -> None:
        """Take what was authorized, or only so much of it: the rest is booked and booked back.

        https://docs.stripe.com/reports/reporting-categories
        """
        books = self._books
        intent, id_ = purchase.paid_with()
        charge = books.get("charge", id_)
        taken = charge["amount"] if amount is None else amount
        rest = charge["amount"] - taken
        captured = books.change(id_, captured=True, amount_captured=taken, amount_refunded=rest)
        books.emit("charge.captured", captured)
        changes = {"status": "succeeded", "amount_received": taken, "amount_capturable": 0}
        books.emit("payment_intent.succeeded", books.change(intent, **changes))
        if purchase.session:
            books.change(purchase.session, payment_status="paid")
        self.settle(id_)
        if rest:
            released = payment_objects.refund(books.ids.new("re"), books.now(), captured, rest)
            category = "partial_capture_reversal"
            booked = self._settlement.refund(released, category=category)
            books.add(released | {"balance_transaction": booked["id"]})

    def void(self, purchase: Purchase, *, expired: bool = False) -> None:
        """What was authorized is released, by the seller or (`expired`) by the passing of time."""
        books = self._books
        intent, id_ = purchase.paid_with()
        amount = books.get("charge", id_)["amount"]
        released = books.change(id_, refunded=True, amount_refunded=amount)
        books.add(payment_objects.refund(books.ids.new("re"), books.now(), released, amount))
        books.emit("charge.expired" if expired else "charge.refunded", released)
        why = "automatic" if expired else "requested_by_customer"
        changes = {"status": "canceled", "cancellation_reason": why}
        books.emit("payment_intent.canceled", books.change(intent, **changes))

    def begin(self, payment: PaymentFacts) -> None:
        """A debit is submitted: days may pass until `arrive` or `bounce`."""
        books = self._books
        intent = books.add(payment_objects.payment_intent(payment, "processing"))
        books.emit("payment_intent.processing", intent)
        books.emit("charge.pending", books.add(payment_objects.charge(payment, "pending")))

    def settle(self, charge: Purchase | str) -> Json:
        """Stripe books a charge: its balance transaction appears, `charge.updated` tells of it.

        A debit is booked when it is submitted, and its money is pending until it has arrived:
        https://support.stripe.com/questions/changes-to-balance-transaction-behavior-for-debit-payment-methods
        """
        id_ = charge.paid_with()[1] if isinstance(charge, Purchase) else charge
        found = self._books.get("charge", id_)
        fee = self._application_fees.get(id_, 0)
        movement = self._settlement.charge(found, fee)
        if found["status"] == "pending":
            self._available(movement["id"], after=LONGEST_DEBIT)
        changes = {"balance_transaction": movement["id"]}
        if fee:
            changes["application_fee"] = self._books.ids.new("fee")
        self._books.update("charge.updated", id_, **changes)
        return movement

    def arrive(self, purchase: Purchase, *, settled: bool = True) -> None:
        """The money of a delayed payment comes in."""
        books = self._books
        intent, charge = purchase.paid_with()
        amount = books.get("charge", charge)["amount"]
        taken = books.change(
            charge, status="succeeded", paid=True, captured=True, amount_captured=amount
        )
        books.emit("charge.succeeded", taken)
        done = books.change(intent, status="succeeded", amount_received=amount)
        books.emit("payment_intent.succeeded", done)
        if purchase.session:
            session = books.change(purchase.session, payment_status="paid")
            books.emit("checkout.session.async_payment_succeeded", session)
        booked = taken["balance_transaction"]
        if booked is not None:
            self._available(booked, after=self._settlement.delay)
        elif settled:
            self.settle(charge)

    def bounce(self, purchase: Purchase) -> None:
        """A delayed payment fails: the money never comes, and what was booked is taken back."""
        books = self._books
        intent, charge = purchase.paid_with()
        self._fail(charge, fee_back=True)
        stopped = books.change(intent, status="requires_payment_method")
        books.emit("payment_intent.payment_failed", stopped)
        if purchase.session:
            session = books.get("checkout.session", purchase.session)
            books.emit("checkout.session.async_payment_failed", session)

    def fail_late(self, purchase: Purchase, *, fee: int = 0) -> None:
        """A delayed payment fails that had arrived: the bank takes the money back.

        Stripe keeps its fee, and takes `fee` more (minor units of the settlement currency).
        """
        self._fail(purchase.paid_with()[1], fee=fee)

    def _fail(self, charge: str, *, fee_back: bool = False, fee: int = 0) -> None:
        books = self._books
        changes: Json = {"status": "failed", "paid": False, **_FAILURE}
        booked = books.get("charge", charge)["balance_transaction"]
        if booked is not None:
            self._available(booked)
            failure = self._settlement.failure(charge, booked, fee_back=fee_back, fee=fee)
            changes["failure_balance_transaction"] = failure["id"]
        books.emit("charge.failed", books.change(charge, **changes))

    def _available(self, movement: str, *, after: int = 0) -> None:
        at = self._books.now() + after
        status = "pending" if after else "available"
        self._books.change(movement, available_on=at, status=status)
