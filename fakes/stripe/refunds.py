"""Money that goes back to buyers."""

from fakes.stripe.books import Books
from fakes.stripe.charging import Purchase
from fakes.stripe.objects import money
from fakes.stripe.objects.shape import Json
from fakes.stripe.settlement import Settlement


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
        refund = money.refund(
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
        made = money.fee_refund(books.ids.new("fr"), books.now(), charge, amount)
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
