"""Banks that ask for the money back."""

from fakes.stripe.books import Books
from fakes.stripe.charging import Purchase
from fakes.stripe.objects import money
from fakes.stripe.objects.shape import Json
from fakes.stripe.refunds import charge_of
from fakes.stripe.settlement import DAY, Settlement


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
        made = money.dispute(
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
        made = money.fraud_warning(books.ids.new("issfr"), books.now(), charge, fraud_type)
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
