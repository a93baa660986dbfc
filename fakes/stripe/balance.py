"""What Stripe does with the money: fees, exchange rates, when it is available, payouts."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.domain.money import decimals
from fakes.stripe import payment_objects
from fakes.stripe.objects import Books, Json
from fakes.stripe.payment_objects import MovementFacts, fee_detail

DAY = 86_400

RATES: Mapping[str, float] = {
    "usd": 1.0,
    "eur": 1.08,
    "gbp": 1.27,
    "cad": 0.73,
    "aud": 0.66,
    "chf": 1.13,
    "sek": 0.095,
    "jpy": 0.0067,
    "krw": 0.00073,
    "kwd": 3.25,
    "bhd": 2.65,
    "brl": 0.18,
    "mxn": 0.055,
    "inr": 0.012,
    "huf": 0.0028,
}
"""US dollars for one unit of a currency: plausible, not anybody's quotation."""


@dataclass(slots=True, kw_only=True)
class Terms:
    """How the account is charged and paid. Basis points are hundredths of a percent."""

    currency: str = "usd"
    """What everything is converted into, but for `balances`."""
    balances: frozenset[str] = frozenset()
    """Further currencies that are kept as they are, without conversion."""
    percent: int = 290
    """Basis points of Stripe's fee."""
    fixed: int = 30
    """US cents of Stripe's fee for each charge, converted like everything."""
    conversion: int = 100
    """Further basis points where the money is converted."""
    tax: int = 0
    """Basis points of tax on Stripe's fee."""
    withheld: int = 0
    """Basis points of a charge that are kept from the seller as tax (`withheld_tax`)."""
    sales_tax: dict[str, int] = field(default_factory=dict)
    """Basis points of tax on what is sold, by the buyer's country, where a Checkout reckons it
    (`automatic_tax`); none elsewhere."""
    dispute_fee: int = 1500
    """US cents."""
    delay_days: int = 2
    rates: dict[str, float] = field(default_factory=lambda: dict(RATES))
    """As `RATES`; change an entry to let the exchange rate move."""


class Settlement:
    """Books money in the account's own currency."""

    def __init__(self, books: Books, terms: Terms) -> None:
        self._books = books
        self._terms = terms

    @property
    def delay(self) -> int:
        """Seconds until money is available."""
        return self._terms.delay_days * DAY

    def into(self, currency: str) -> str:
        """The currency in which money of `currency` is settled."""
        return currency if currency in self._terms.balances else self._terms.currency

    def convert(self, amount: int, source: str, target: str) -> tuple[int, float | None]:
        """Minor units of `target` for `amount` of `source`, and Stripe's `exchange_rate`.

        The rate turns minor units into minor units, as in Stripe's own example
        (https://docs.stripe.com/api/balance_transactions/object); None without conversion.
        """
        if source == target:
            return amount, None
        rates = self._terms.rates
        shift = 10.0 ** (decimals(target) - decimals(source))
        rate = round(rates[source] / rates[target] * shift, 6)
        return _rounded(amount * rate, target), rate

    def charge(self, charge: Json, application_fee: int = 0) -> Json:
        """Book a charge: its gross in the settlement currency, with all fees."""
        source = charge["currency"]
        target = self.into(source)
        amount, rate = self.convert(charge["amount"], source, target)
        fees = self._processing(amount, target, converted=rate is not None)
        if application_fee:
            fee, _ = self.convert(application_fee, source, target)
            fees.append(fee_detail(fee, target, "application_fee", "Platform application fee"))
        type_ = "payment" if charge["id"].startswith("py_") else "charge"
        return self.book(
            type_, charge["id"], amount, target, fees=fees, rate=rate, days=self._terms.delay_days
        )

    def failure(self, charge: str, booked: str, *, fee_back: bool, fee: int = 0) -> Json:
        """Take back what was `booked` of a charge that failed; its fee too where `fee_back`."""
        movement = self._books.get("balance_transaction", booked)
        currency = movement["currency"]
        taken = fee - (movement["fee"] if fee_back else 0)
        fees = [fee_detail(taken, currency, "stripe_fee", "Failed payment")] if taken else []
        kind = "payment_failure_refund"
        return self.book(kind, charge, -movement["amount"], currency, fees=fees)

    def refund(self, refund: Json, *, category: str | None = None) -> Json:
        """Book a refund at today's rate; Stripe keeps its fee."""
        source = refund["currency"]
        target = self.into(source)
        amount, rate = self.convert(refund["amount"], source, target)
        type_ = "payment_refund" if refund["id"].startswith("pyr_") else "refund"
        return self.book(type_, refund["id"], -amount, target, rate=rate, category=category)

    def fee_return(self, fee_refund: Json) -> Json:
        """Book what a platform gives back of its fee, apart from any refund.

        https://docs.stripe.com/reports/reporting-categories
        """
        source = fee_refund["currency"]
        target = self.into(source)
        amount, _ = self.convert(fee_refund["amount"], source, target)
        return self.book("adjustment", fee_refund["id"], amount, target, category="fee")

    def dispute(self, dispute: Json, *, back: bool, fee_back: bool = False) -> Json:
        """Book what the bank withdraws with the dispute's fee, or (`back`) gives back."""
        source = dispute["currency"]
        target = self.into(source)
        amount, rate = self.convert(dispute["amount"], source, target)
        fee, _ = self.convert(self._terms.dispute_fee, "usd", target)
        charged = (-fee if fee_back else 0) if back else fee
        fees = [fee_detail(charged, target, "stripe_fee", "Dispute fee")] if charged else []
        return self.book(
            "adjustment",
            dispute["id"],
            amount if back else -amount,
            target,
            fees=fees,
            rate=rate,
            category="dispute_reversal" if back else "dispute",
        )

    def book(
        self,
        type_: str,
        source: str | None,
        amount: int,
        currency: str,
        *,
        fees: list[Json] | None = None,
        rate: float | None = None,
        days: int = 0,
        category: str | None = None,
    ) -> Json:
        """Keep one balance transaction, available after so many days. Some have no source."""
        now = self._books.now()
        facts = MovementFacts(
            id=self._books.ids.new("txn"),
            type=type_,
            source=source,
            created=now,
            available_on=now + days * DAY,
            amount=amount,
            currency=currency,
            fees=fees or (),
            exchange_rate=rate,
            category=category,
        )
        return self._books.add(payment_objects.balance_transaction(facts))

    def _processing(self, amount: int, currency: str, *, converted: bool) -> list[Json]:
        terms = self._terms
        points = terms.percent + (terms.conversion if converted else 0)
        fixed, _ = self.convert(terms.fixed, "usd", currency)
        fee = _rounded(amount * points / 10_000, currency) + fixed
        fees = [fee_detail(fee, currency, "stripe_fee", "Stripe processing fees")]
        if terms.tax:
            tax = _rounded(fee * terms.tax / 10_000, currency)
            fees.append(fee_detail(tax, currency, "tax", "VAT"))
        if terms.withheld:
            kept = _rounded(amount * terms.withheld / 10_000, currency)
            fees.append(fee_detail(kept, currency, "withheld_tax", "Tax withheld"))
        return fees


def _rounded(amount: float, currency: str) -> int:
    """Whole minor units; where Stripe has three decimals the last one is always 0."""
    unit = 10 if decimals(currency) == 3 else 1
    return int(amount / unit + 0.5) * unit


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
        made = payment_objects.payout(
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
