"""Charges: how a payment is taken, at once or days later, and booked."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from fakes.stripe.balance import DAY, Settlement
from fakes.stripe.objects import NOBODY, Customer, presentment
from fakes.stripe.shapes import METHODS, Json

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


class Payment(NamedTuple):
    """A payment intent and its charge before anything is taken, not kept yet."""

    intent: Json
    charge: Json

    def as_bought(self, session: str | None) -> Purchase:
        return Purchase(session, self.intent["id"], self.charge["id"])


class Payments(Settlement):
    """Payment intents and their charges."""

    def _payment(
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
    ) -> Payment:
        """A new payment. What is not a card is a `py_…` charge, as at Stripe."""
        books = self.books
        letters = books.ids.letters(24)
        intent, charge = f"pi_{letters}", f"{'ch' if method == 'card' else 'py'}_{letters}"
        both = {
            "amount": amount,
            "application_fee_amount": application_fee or None,
            "currency": currency,
            "description": description,
            "metadata": dict(metadata or {}),
            "payment_method": f"pm_{letters}",
            "presentment_details": presentment(presented),
        }
        own: Json = {"latest_charge": charge, "payment_method_types": [method]}
        details = {
            "billing_details": buyer.contact | {"tax_id": None},
            "payment_intent": intent,
            "payment_method_details": {"type": method, method: METHODS.get(method, {})},
            "receipt_email": buyer.email,
            "receipt_url": f"https://pay.stripe.com/receipts/{charge}",
        }
        return Payment(
            books.new("payment_intent", intent, **both, **own),
            books.new("charge", charge, **both, **details),
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
        payment = self._payment(
            amount, currency, buyer, metadata=metadata, description=description, method=method
        )
        self._take(payment, method)
        if settled:
            self.settle(payment.charge["id"])
        return payment.as_bought(None)

    def _take(self, payment: Payment, method: str) -> None:
        """Charge a card, booked later (capture_method automatic_async), or submit a debit.

        Days may pass until a debit does `arrive` or `bounce`.
        """
        books, amount = self.books, payment.intent["amount"]
        if method == "card":
            taken = {"status": "succeeded", "amount_received": amount}
            intent = books.add(payment.intent | taken)
            charge = books.add(payment.charge | _paid(amount))
            books.emit("charge.succeeded", charge)
            books.emit("payment_intent.succeeded", intent)
        else:
            intent = books.add(payment.intent | {"status": "processing"})
            books.emit("payment_intent.processing", intent)
            books.emit("charge.pending", books.add(payment.charge))

    def _decline(self, payment: Payment) -> None:
        """A card is tried for a payment before it, and declined: a charge of its own."""
        books, id_ = self.books, self.books.ids.new("ch")
        declined = payment.charge | {
            "id": id_,
            "status": "failed",
            "failure_code": "card_declined",
            "payment_method_details": {"type": "card", "card": METHODS["card"]},
            "receipt_url": f"https://pay.stripe.com/receipts/{id_}",
        }
        books.emit("charge.failed", books.add(declined))
        asked = {"status": "requires_payment_method", "payment_method_types": ["card"]}
        failed = payment.intent | asked | {"latest_charge": id_}
        books.emit("payment_intent.payment_failed", failed)

    def _authorize(self, payment: Payment) -> None:
        """The money is reserved, until `capture` or `void`."""
        books = self.books
        reserved = {
            "status": "requires_capture",
            "amount_capturable": payment.intent["amount"],
            "capture_method": "manual",
        }
        intent = books.add(payment.intent | reserved)
        charge = books.add(payment.charge | {"status": "succeeded", "paid": True})
        books.emit("charge.succeeded", charge)
        books.emit("payment_intent.amount_capturable_updated", intent)

    def capture(self, purchase: Purchase, amount: int | None = None) -> Json:
        """Take what was authorized, or only so much of it: the rest is booked and booked back.

        https://docs.stripe.com/reports/reporting-categories
        """
        books = self.books
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
            released = self._released(captured, rest)
            booked = self._book_refund(released, category="partial_capture_reversal")
            books.add(released | {"balance_transaction": booked["id"]})
        return books.get("charge", id_)

    def void(self, purchase: Purchase, *, expired: bool = False) -> Json:
        """What was authorized is released, by the seller or (`expired`) by the passing of time."""
        books = self.books
        intent, id_ = purchase.paid_with()
        amount = books.get("charge", id_)["amount"]
        charge = books.change(id_, refunded=True, amount_refunded=amount)
        books.add(self._released(charge, amount))
        books.emit("charge.expired" if expired else "charge.refunded", charge)
        why = "automatic" if expired else "requested_by_customer"
        changes = {"status": "canceled", "cancellation_reason": why}
        return books.emit("payment_intent.canceled", books.change(intent, **changes))

    def _released(self, charge: Json, amount: int) -> Json:
        """What was authorized and not taken is a refund, of which nobody was told a reason."""
        same = {name: charge[name] for name in ("currency", "payment_intent")}
        own: Json = {"amount": amount, "charge": charge["id"], "reason": None}
        return self.books.new("refund", presentment_details=None, **same, **own)

    def settle(self, charge: Purchase | str) -> Json:
        """Stripe books a charge: its balance transaction appears, `charge.updated` tells of it.

        A debit is booked when it is submitted, and its money is pending until it has arrived:
        https://support.stripe.com/questions/changes-to-balance-transaction-behavior-for-debit-payment-methods
        """
        id_ = charge.paid_with()[1] if isinstance(charge, Purchase) else charge
        found = self.books.get("charge", id_)
        movement = self._book_charge(found)
        if found["status"] == "pending":
            self._available(movement["id"], after=LONGEST_DEBIT)
        changes = {"balance_transaction": movement["id"]}
        if found["application_fee_amount"]:
            changes["application_fee"] = self.books.ids.new("fee")
        self.books.update("charge.updated", id_, **changes)
        return movement

    def arrive(self, purchase: Purchase, *, settled: bool = True) -> Json:
        """The money of a delayed payment comes in."""
        books = self.books
        intent, charge = purchase.paid_with()
        amount = books.get("charge", charge)["amount"]
        taken = books.change(charge, **_paid(amount))
        books.emit("charge.succeeded", taken)
        done = books.change(intent, status="succeeded", amount_received=amount)
        books.emit("payment_intent.succeeded", done)
        if purchase.session:
            session = books.change(purchase.session, payment_status="paid")
            books.emit("checkout.session.async_payment_succeeded", session)
        booked = taken["balance_transaction"]
        if booked is not None:
            self._available(booked, after=self.terms.delay_days * DAY)
        elif settled:
            self.settle(charge)
        return books.get("charge", charge)

    def bounce(self, purchase: Purchase) -> Json:
        """A delayed payment fails: the money never comes, and what was booked is taken back."""
        books = self.books
        intent, charge = purchase.paid_with()
        failed = self._fail(charge, fee_back=True)
        stopped = books.change(intent, status="requires_payment_method")
        books.emit("payment_intent.payment_failed", stopped)
        if purchase.session:
            session = books.get("checkout.session", purchase.session)
            books.emit("checkout.session.async_payment_failed", session)
        return failed

    def fail_late(self, purchase: Purchase, *, fee: int = 0) -> Json:
        """A delayed payment fails that had arrived: the bank takes the money back.

        Stripe keeps its fee, and takes `fee` more (minor units of the settlement currency).
        """
        return self._fail(purchase.paid_with()[1], fee=fee)

    def _fail(self, charge: str, *, fee_back: bool = False, fee: int = 0) -> Json:
        books = self.books
        changes: dict[str, Any] = {"status": "failed", "paid": False, **_FAILURE}
        booked = books.get("charge", charge)["balance_transaction"]
        if booked is not None:
            self._available(booked)
            failure = self._book_failure(charge, booked, fee_back=fee_back, fee=fee)
            changes["failure_balance_transaction"] = failure["id"]
        return books.emit("charge.failed", books.change(charge, **changes))

    def _available(self, movement: str, *, after: int = 0) -> None:
        at = self.books.now() + after
        self.books.change(movement, available_on=at, status="pending" if after else "available")


def _paid(amount: int) -> Json:
    return {"status": "succeeded", "paid": True, "captured": True, "amount_captured": amount}
