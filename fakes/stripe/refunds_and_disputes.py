"""Money that goes back: refunds by the seller, disputes by the buyer's bank."""

from fakes.stripe.balance import DAY, Settlement
from fakes.stripe.objects import presentment
from fakes.stripe.payments import Purchase
from fakes.stripe.shapes import Json


class _OfCharges(Settlement):
    def _charge_of(self, paid: Purchase | str) -> Json:
        """The charge of a purchase, or the one with this id; ValueError for a free purchase."""
        return self.books.get("charge", paid.paid_with()[1] if isinstance(paid, Purchase) else paid)


class Refunds(_OfCharges):
    """Refunds in full and in part, at once or pending, and those that fail later."""

    def refund(
        self,
        paid: Purchase | str,
        amount: int | None = None,
        *,
        reason: str | None = "requested_by_customer",
        pending: bool = False,
        application_fee: int = 0,
    ) -> str:
        """Refund `amount` minor units of a charge (all that remains when None); gives its id.

        `pending=True` lets it wait for money in the balance: nothing is booked until
        `complete_refund`. `application_fee` is what the platform gives back of its fee.
        """
        books, charge = self.books, self._charge_of(paid)
        left = charge["amount"] - charge["amount_refunded"]
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise ValueError(f"cannot refund {wanted} of {left}")
        refund = books.new(
            "refund",
            books.ids.new("pyr" if charge["id"].startswith("py_") else "re"),
            amount=wanted,
            charge=charge["id"],
            currency=charge["currency"],
            payment_intent=charge["payment_intent"],
            presentment_details=_presented_share(charge, wanted),
            reason=reason,
        )
        if pending:
            refund |= {"status": "pending", "pending_reason": "insufficient_funds"}
        else:
            refund["balance_transaction"] = self._book_refund(refund)["id"]
        if application_fee:
            self.return_fee(charge["id"], application_fee)
        books.add(refund)
        books.update("charge.refunded", charge["id"], **_refunded(charge, wanted))
        books.emit("refund.created", refund)
        return str(refund["id"])

    def return_fee(self, paid: Purchase | str, amount: int) -> str:
        """The platform gives `amount` minor units of its fee back; gives the fee refund's id.

        Of that the seller's account gets no event, only money.
        https://docs.stripe.com/reports/reporting-categories
        """
        books, charge = self.books, self._charge_of(paid)
        if charge["application_fee"] is None:
            raise ValueError("no platform took a fee of it")
        currency, fee = charge["currency"], charge["application_fee"]
        made = books.new("fee_refund", amount=amount, currency=currency, fee=fee)
        settled, into, _ = self._settled(made)
        booked = self._book("adjustment", made["id"], settled, into, category="fee")
        return str(books.add(made | {"balance_transaction": booked["id"]})["id"])

    def complete_refund(self, refund_id: str) -> Json:
        """A pending refund goes through."""
        booked = self._book_refund(self.books.get("refund", refund_id))
        done = {"status": "succeeded", "pending_reason": None, "balance_transaction": booked["id"]}
        return self.books.update("refund.updated", refund_id, **done)

    def fail_refund(self, refund_id: str, reason: str = "expired_or_canceled_card") -> Json:
        """A refund fails, be it days after it succeeded: what was booked comes back."""
        books = self.books
        refund = books.get("refund", refund_id)
        changes: Json = {"status": "failed", "failure_reason": reason, "pending_reason": None}
        if refund["balance_transaction"] is not None:
            booked = books.get("balance_transaction", refund["balance_transaction"])
            amount, currency = booked["amount"], booked["currency"]
            back = self._book("refund_failure", refund_id, -amount, currency)
            changes["failure_balance_transaction"] = back["id"]
        charge = books.get("charge", refund["charge"])
        books.change(charge["id"], **_refunded(charge, -refund["amount"]))
        failed = books.update("refund.updated", refund_id, **changes)
        books.emit("charge.refund.updated", failed)
        return books.emit("refund.failed", failed)


def _refunded(charge: Json, amount: int) -> Json:
    """The charge's running total after so much more (or less) of it was refunded."""
    refunded = charge["amount_refunded"] + amount
    return {"amount_refunded": refunded, "refunded": refunded == charge["amount"]}


def _presented_share(charge: Json, amount: int) -> Json | None:
    shown = charge["presentment_details"]
    if shown is None:
        return None
    part = shown["presentment_amount"] * amount // charge["amount"]
    return presentment((part, shown["presentment_currency"]))


class Disputes(_OfCharges):
    """Disputes from the bank's first question to its verdict."""

    def dispute(
        self,
        paid: Purchase | str,
        amount: int | None = None,
        *,
        reason: str = "fraudulent",
        inquiry: bool = False,
    ) -> str:
        """A dispute of a charge (of `amount` minor units; all when None); gives its id.

        The money is withdrawn at once with the dispute's fee; an inquiry moves none.
        """
        books, charge = self.books, self._charge_of(paid)
        card = {
            "brand": "visa",
            "case_type": "inquiry" if inquiry else "chargeback",
            "network_reason_code": "10.4",
        }
        due = {
            "due_by": books.now() + 9 * DAY,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
        }
        made = books.new(
            "dispute",
            amount=charge["amount"] if amount is None else amount,
            charge=charge["id"],
            currency=charge["currency"],
            evidence_details=due,
            is_charge_refundable=inquiry,
            payment_intent=charge["payment_intent"],
            payment_method_details={"card": card, "type": "card"},
            reason=reason,
            status="warning_needs_response" if inquiry else "needs_response",
        )
        books.add(made)
        books.change(charge["id"], disputed=True)
        books.emit("charge.dispute.created", made)
        if not inquiry:
            self._move(made, "funds_withdrawn", back=False)
        return str(made["id"])

    def warn_of_fraud(
        self, paid: Purchase | str, *, fraud_type: str = "made_with_stolen_card"
    ) -> str:
        """A card network suspects fraud, and no money moves; gives the warning's id."""
        charge = self._charge_of(paid)
        made = self.books.new(
            "radar.early_fraud_warning",
            actionable=not charge["refunded"] and not charge["disputed"],
            charge=charge["id"],
            fraud_type=fraud_type,
            payment_intent=charge["payment_intent"],
        )
        self.books.emit("radar.early_fraud_warning.created", self.books.add(made))
        return str(made["id"])

    def escalate(self, dispute_id: str) -> Json:
        """An inquiry becomes a dispute: now the money is withdrawn."""
        changes = {"status": "needs_response", "is_charge_refundable": False}
        changed = self.books.update("charge.dispute.updated", dispute_id, **changes)
        return self._move(changed, "funds_withdrawn", back=False)

    def answer(self, dispute_id: str) -> Json:
        """The producer sends evidence; the bank looks at it."""
        before = self.books.get("dispute", dispute_id)
        inquiry = before["status"].startswith("warning")
        details = before["evidence_details"] | {"has_evidence": True, "submission_count": 1}
        status = "warning_under_review" if inquiry else "under_review"
        changes = {"status": status, "evidence_details": details}
        return self.books.update("charge.dispute.updated", dispute_id, **changes)

    def win(self, dispute_id: str, *, fee_back: bool = False) -> Json:
        """The bank gives the money back; the dispute's fee only where `fee_back`."""
        won = self.books.change(dispute_id, status="won")
        won = self._move(won, "funds_reinstated", back=True, fee_back=fee_back)
        return self.books.emit("charge.dispute.closed", won)

    def lose(self, dispute_id: str) -> Json:
        """The money stays with the buyer."""
        return self.books.emit(
            "charge.dispute.closed", self.books.change(dispute_id, status="lost")
        )

    def reinstate(self, dispute_id: str) -> Json:
        """The money of a lost dispute comes back even so; its status stays as it is."""
        return self._move(self.books.get("dispute", dispute_id), "funds_reinstated", back=True)

    def close_inquiry(self, dispute_id: str) -> Json:
        """The bank asks no further: nothing moves."""
        closed = self.books.change(dispute_id, status="warning_closed")
        return self.books.emit("charge.dispute.closed", closed)

    def _move(self, dispute: Json, what: str, *, back: bool, fee_back: bool = False) -> Json:
        booked = self._book_dispute(dispute, back=back, fee_back=fee_back)
        moved = [*dispute["balance_transactions"], booked]
        changed = self.books.change(dispute["id"], balance_transactions=moved)
        return self.books.emit(f"charge.dispute.{what}", changed)
