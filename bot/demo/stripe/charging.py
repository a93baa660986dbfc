"""Charges: how a payment is taken, at once or days later, and booked."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.demo.stripe.books import Books
from bot.demo.stripe.objects import payments
from bot.demo.stripe.objects.payments import PaymentFacts
from bot.demo.stripe.objects.shape import NOBODY, Customer, Json
from bot.demo.stripe.settlement import Settlement


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
        settled: bool = True,
    ) -> Purchase:
        """A card payment made through the API: no Checkout, no line items."""
        payment = self.facts(amount, currency, buyer, metadata=metadata, description=description)
        self.succeed(payment)
        if settled:
            self.settle(payment.charge)
        return Purchase(None, payment.intent, payment.charge)

    def succeed(self, payment: PaymentFacts) -> None:
        """The card is charged. Nothing is booked yet (capture_method automatic_async)."""
        books = self._books
        intent = books.add(payments.payment_intent(payment, "succeeded"))
        books.emit("charge.succeeded", books.add(payments.charge(payment, "succeeded")))
        books.emit("payment_intent.succeeded", intent)

    def begin(self, payment: PaymentFacts) -> None:
        """A debit is under way: days may pass until `arrive` or `bounce`."""
        books = self._books
        intent = books.add(payments.payment_intent(payment, "processing"))
        books.emit("payment_intent.processing", intent)
        books.emit("charge.pending", books.add(payments.charge(payment, "pending")))

    def settle(self, charge: Purchase | str) -> Json:
        """Stripe books a charge: its balance transaction appears, `charge.updated` tells of it."""
        id_ = charge.paid_with()[1] if isinstance(charge, Purchase) else charge
        found = self._books.get("charge", id_)
        fee = self._application_fees.get(id_, 0)
        movement = self._settlement.charge(found, fee)
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
        if settled:
            self.settle(charge)

    def bounce(self, purchase: Purchase) -> None:
        """A delayed payment fails: the money never comes."""
        books = self._books
        intent, charge = purchase.paid_with()
        failure = {
            "failure_code": "insufficient_funds",
            "failure_message": "The customer's account has insufficient funds.",
        }
        books.emit("charge.failed", books.change(charge, status="failed", **failure))
        stopped = books.change(intent, status="requires_payment_method")
        books.emit("payment_intent.payment_failed", stopped)
        if purchase.session:
            session = books.get("checkout.session", purchase.session)
            books.emit("checkout.session.async_payment_failed", session)
