"""Money that goes back: refunds by the seller, disputes by the buyer's bank."""

from fakes.stripe import payment_objects
from fakes.stripe.balance import DAY, Settlement
from fakes.stripe.objects import Books, Json
from fakes.stripe.payments import Purchase


def charge_of(paid: Purchase | str) -> str:
    """The charge's id of a purchase (or the id itself); ValueError for a free one."""
    return paid.paid_with()[1] if isinstance(paid, Purchase) else paid


class Refunds:
    """Refunds in full and in part, at once or pending, and those that fail later."""

    def __init__(self, books: Books, settlement: Settlement) -> None:
        self._books = books
        self._settlement = settlement

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
        books = self._books
        charge = books.get("charge", charge_of(paid))
        left = charge["amount"] - charge["amount_refunded"]
        wanted = left if amount is None else amount
        if not 0 < wanted <= left:
            raise ValueError(f"cannot refund {wanted} of {left}")
        prefix = "pyr" if charge["id"].startswith("py_") else "re"
        refund = payment_objects.refund(
            books.ids.new(prefix),
            books.now(),
            charge,
            wanted,
            status="pending" if pending else "succeeded",
            reason=reason,
            presented=_presented_share(charge, wanted),
        )
        if not pending:
            refund["balance_transaction"] = self._settlement.refund(refund)["id"]
        if application_fee:
            self.return_fee(charge["id"], application_fee)
        books.add(refund)
        books.update("charge.refunded", charge["id"], **_refunded(charge, wanted))
        books.emit("refund.created", refund)
        return str(refund["id"])

    def return_fee(self, paid: Purchase | str, amount: int) -> str:
        """The platform gives `amount` minor units of its fee back; gives the fee refund's id.

        Of that the seller's account gets no event, only money.
        """
        books = self._books
        charge = books.get("charge", charge_of(paid))
        if charge["application_fee"] is None:
            raise ValueError("no platform took a fee of it")
        made = payment_objects.fee_refund(books.ids.new("fr"), books.now(), charge, amount)
        booked = self._settlement.fee_return(made)
        made["balance_transaction"] = booked["id"]
        return str(books.add(made)["id"])

    def complete_refund(self, refund_id: str) -> None:
        """A pending refund goes through."""
        refund = self._books.get("refund", refund_id)
        booked = self._settlement.refund(refund)
        self._books.update(
            "refund.updated",
            refund_id,
            status="succeeded",
            pending_reason=None,
            balance_transaction=booked["id"],
        )

    def fail_refund(self, refund_id: str, reason: str = "expired_or_canceled_card") -> None:
        """A refund fails, be it days after it succeeded: what was booked comes back."""
        books = self._books
        refund = books.get("refund", refund_id)
        changes: Json = {"status": "failed", "failure_reason": reason, "pending_reason": None}
        if refund["balance_transaction"] is not None:
            changes["failure_balance_transaction"] = self._undo(refund)
        charge = books.get("charge", refund["charge"])
        books.change(charge["id"], **_refunded(charge, -refund["amount"]))
        failed = books.update("refund.updated", refund_id, **changes)
        books.emit("charge.refund.updated", failed)
        books.emit("refund.failed", failed)

    def _undo(self, refund: Json) -> str:
        booked = self._books.get("balance_transaction", refund["balance_transaction"])
        back = self._settlement.book(
            "refund_failure", refund["id"], -booked["amount"], booked["currency"]
        )
        return str(back["id"])


def _refunded(charge: Json, amount: int) -> Json:
    """The charge's running total after so much more (or less) of it was refunded."""
    refunded = charge["amount_refunded"] + amount
    return {"amount_refunded": refunded, "refunded": refunded == charge["amount"]}


def _presented_share(charge: Json, amount: int) -> tuple[int, str] | None:
    shown = charge["presentment_details"]
    if shown is None:
        return None
    part = shown["presentment_amount"] * amount // charge["amount"]
    return part, shown["presentment_currency"]


class Disputes:
    """Disputes from the bank's first question to its verdict."""

    def __init__(self, books: Books, settlement: Settlement) -> None:
        self._books = books
        self._settlement = settlement

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
        books = self._books
        charge = books.get("charge", charge_of(paid))
        made = payment_objects.dispute(
            books.ids.new("dp"),
            books.now(),
            charge,
            charge["amount"] if amount is None else amount,
            status="warning_needs_response" if inquiry else "needs_response",
            reason=reason,
            due_by=books.now() + 9 * DAY,
        )
        books.add(made)
        books.change(charge["id"], disputed=True)
        books.emit("charge.dispute.created", made)
        if not inquiry:
            self._withdraw(made)
        return str(made["id"])

    def warn(self, paid: Purchase | str, *, fraud_type: str = "made_with_stolen_card") -> str:
        """A card network suspects fraud, and no money moves; gives the warning's id."""
        books = self._books
        charge = books.get("charge", charge_of(paid))
        issfr = books.ids.new("issfr")
        made = payment_objects.fraud_warning(issfr, books.now(), charge, fraud_type)
        books.add(made)
        books.emit("radar.early_fraud_warning.created", made)
        return str(made["id"])

    def escalate(self, dispute_id: str) -> None:
        """An inquiry becomes a dispute: now the money is withdrawn."""
        changed = self._books.update(
            "charge.dispute.updated",
            dispute_id,
            status="needs_response",
            is_charge_refundable=False,
        )
        self._withdraw(changed)

    def answer(self, dispute_id: str) -> None:
        """The producer sends evidence; the bank looks at it."""
        before = self._books.get("dispute", dispute_id)
        inquiry = before["status"].startswith("warning")
        details = before["evidence_details"] | {"has_evidence": True, "submission_count": 1}
        self._books.update(
            "charge.dispute.updated",
            dispute_id,
            status="warning_under_review" if inquiry else "under_review",
            evidence_details=details,
        )

    def win(self, dispute_id: str, *, fee_back: bool = False) -> None:
        """The bank gives the money back; the dispute's fee only where `fee_back`."""
        closed = self._books.change(dispute_id, status="won")
        booked = self._settlement.dispute(closed, back=True, fee_back=fee_back)
        movements = [*closed["balance_transactions"], booked]
        closed = self._books.change(dispute_id, balance_transactions=movements)
        self._books.emit("charge.dispute.funds_reinstated", closed)
        self._books.emit("charge.dispute.closed", closed)

    def lose(self, dispute_id: str) -> None:
        """The money stays with the buyer."""
        self._books.emit("charge.dispute.closed", self._books.change(dispute_id, status="lost"))

    def reinstate(self, dispute_id: str) -> None:
        """The money of a lost dispute comes back even so; its status stays as it is."""
        dispute = self._books.get("dispute", dispute_id)
        booked = self._settlement.dispute(dispute, back=True)
        movements = [*dispute["balance_transactions"], booked]
        changed = self._books.change(dispute_id, balance_transactions=movements)
        self._books.emit("charge.dispute.funds_reinstated", changed)

    def close_inquiry(self, dispute_id: str) -> None:
        """The bank asks no further: nothing moves."""
        self._books.emit(
            "charge.dispute.closed", self._books.change(dispute_id, status="warning_closed")
        )

    def _withdraw(self, dispute: Json) -> None:
        booked = self._settlement.dispute(dispute, back=False)
        changed = self._books.change(dispute["id"], balance_transactions=[booked])
        self._books.emit("charge.dispute.funds_withdrawn", changed)
