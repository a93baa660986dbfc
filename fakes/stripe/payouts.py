"""Money on its way to the producer's bank."""

from fakes.stripe.books import Books
from fakes.stripe.objects import money
from fakes.stripe.objects.shape import Json
from fakes.stripe.settlement import DAY, Settlement


class Payouts:
    """Payouts from their making to the bank, and back."""

    def __init__(self, books: Books, settlement: Settlement) -> None:
        self._books = books
        self._settlement = settlement
        self._unpaid: dict[str, list[str]] = {}
        self._seen = 0

    def pay_out(
        self, currency: str = "usd", *, automatic: bool = True, amount: int | None = None
    ) -> str:
        """Send what is available in a currency to the bank; gives the payout's id.

        An automatic payout takes all balance transactions that are available and were in none
        before; a manual one is just `amount` minor units. ValueError when nothing is available.
        """
        books = self._books
        taken = self._available(currency) if automatic else []
        total = sum(movement["net"] for movement in taken) if amount is None else amount
        if total <= 0:
            raise ValueError(f"nothing to pay out in {currency}: {total}")
        made = money.payout(
            books.ids.new("po"),
            books.now(),
            total,
            currency,
            books.now() + DAY,
            automatic=automatic,
            live=books.livemode,
        )
        own = self._settlement.book("payout", made["id"], -total, currency)
        made["balance_transaction"] = own["id"]
        books.add(made)
        if automatic:
            self._contain(made["id"], own, taken, currency)
        books.emit("payout.created", made)
        return str(made["id"])

    def bill(self, fee: int, currency: str = "usd") -> str:
        """Stripe takes a fee that belongs to no sale, such as a month's; gives its movement."""
        return str(self._settlement.book("stripe_fee", None, -fee, currency)["id"])

    def send(self, payout_id: str) -> None:
        """The payout leaves for the bank."""
        self._books.update("payout.updated", payout_id, status="in_transit")

    def reconcile(self, payout_id: str) -> None:
        """Stripe has finished saying what an automatic payout is made of."""
        changed = self._books.change(payout_id, reconciliation_status="completed")
        self._books.emit("payout.reconciliation_completed", changed)

    def pay(self, payout_id: str) -> None:
        """The money is at the bank; an automatic payout is reconciled with it."""
        payout = self._books.update("payout.updated", payout_id, status="paid")
        self._books.emit("payout.paid", payout)
        if payout["reconciliation_status"] == "in_progress":
            self.reconcile(payout_id)

    def fail(self, payout_id: str, code: str = "account_closed") -> None:
        """The bank refuses (even days after `pay`): the money is back in the balance."""
        failure = {"failure_code": code, "failure_message": "The bank account has been closed."}
        self._books.emit("payout.failed", self._return(payout_id, "failed", **failure))

    def cancel(self, payout_id: str) -> None:
        """The payout is taken back before it leaves."""
        self._books.emit("payout.canceled", self._return(payout_id, "canceled"))

    def _return(self, payout_id: str, status: str, **changes: str) -> Json:
        payout = self._books.get("payout", payout_id)
        type_ = "payout_failure" if status == "failed" else "payout_cancel"
        back = self._settlement.book(type_, payout_id, payout["amount"], payout["currency"])
        return self._books.update(
            "payout.updated",
            payout_id,
            status=status,
            failure_balance_transaction=back["id"],
            **changes,
        )

    def _available(self, currency: str) -> list[Json]:
        """Balance transactions that may go now; each is looked at for the first time once."""
        books = self._books
        ids = books.all("balance_transaction")
        for id_ in ids[self._seen :]:
            movement = books.get("balance_transaction", id_)
            if movement["type"] != "payout":
                self._unpaid.setdefault(movement["currency"], []).append(id_)
        self._seen = len(ids)
        waiting = [books.get("balance_transaction", id_) for id_ in self._unpaid.get(currency, ())]
        return [movement for movement in waiting if movement["status"] == "available"]

    def _contain(self, payout_id: str, own: Json, taken: list[Json], currency: str) -> None:
        gone = {movement["id"] for movement in taken}
        waiting = self._unpaid.get(currency, [])
        self._unpaid[currency] = [id_ for id_ in waiting if id_ not in gone]
        contents = [*(movement["id"] for movement in taken), own["id"]]
        self._books.group("balance_transaction", "payout", payout_id, contents)
