"""What Stripe does with the money: fees, exchange rates, when it is available, payouts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bot.domain.money import decimals
from fakes.stripe.objects import Books
from fakes.stripe.shapes import REPORTING_CATEGORIES, Json

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
        self.books = books
        self.terms = terms

    def convert(self, amount: int, source: str, target: str) -> tuple[int, float | None]:
        """Minor units of `target` for `amount` of `source`, and Stripe's `exchange_rate`.

        The rate turns minor units into minor units, as in Stripe's own example
        (https://docs.stripe.com/api/balance_transactions/object); None without conversion.
        """
        if source == target:
            return amount, None
        rates = self.terms.rates
        shift = 10.0 ** (decimals(target) - decimals(source))
        rate = round(rates[source] / rates[target] * shift, 6)
        return _rounded(amount * rate, target), rate

    def _book_charge(self, charge: Json) -> Json:
        """Book a charge: its gross in the settlement currency, with all fees."""
        amount, currency, rate = self._settled(charge)
        fees = self._processing(amount, currency, converted=rate is not None)
        if application_fee := charge["application_fee_amount"]:
            fee, _ = self.convert(application_fee, charge["currency"], currency)
            fees.append(_fee(fee, currency, "application_fee", "Platform application fee"))
        type_ = "payment" if charge["id"].startswith("py_") else "charge"
        days = self.terms.delay_days
        return self._book(type_, charge["id"], amount, currency, fees=fees, rate=rate, days=days)

    def _book_failure(self, charge: str, booked: str, *, fee_back: bool, fee: int = 0) -> Json:
        """Take back what was `booked` of a charge that failed; its fee too where `fee_back`."""
        movement = self.books.get("balance_transaction", booked)
        currency = movement["currency"]
        taken = fee - (movement["fee"] if fee_back else 0)
        fees = [_fee(taken, currency, "stripe_fee", "Failed payment")] if taken else []
        kind = "payment_failure_refund"
        return self._book(kind, charge, -movement["amount"], currency, fees=fees)

    def _book_refund(self, refund: Json, *, category: str | None = None) -> Json:
        """Book a refund at today's rate; Stripe keeps its fee."""
        amount, currency, rate = self._settled(refund)
        type_ = "payment_refund" if refund["id"].startswith("pyr_") else "refund"
        return self._book(type_, refund["id"], -amount, currency, rate=rate, category=category)

    def _book_dispute(self, dispute: Json, *, back: bool, fee_back: bool = False) -> Json:
        """Book what the bank withdraws with the dispute's fee, or (`back`) gives back."""
        amount, currency, rate = self._settled(dispute)
        fee, _ = self.convert(self.terms.dispute_fee, "usd", currency)
        charged = (-fee if fee_back else 0) if back else fee
        return self._book(
            "adjustment",
            dispute["id"],
            amount if back else -amount,
            currency,
            fees=[_fee(charged, currency, "stripe_fee", "Dispute fee")] if charged else [],
            rate=rate,
            category="dispute_reversal" if back else "dispute",
        )

    def _book(
        self,
        type_: str,
        source: str | None,
        amount: int,
        currency: str,
        *,
        fees: Sequence[Json] = (),
        rate: float | None = None,
        days: int = 0,
        category: str | None = None,
    ) -> Json:
        """Keep one balance transaction, available after so many days. Some have no source."""
        fee = sum(detail["amount"] for detail in fees)
        made = self.books.new(
            "balance_transaction",
            type=type_,
            source=source,
            available_on=self.books.now() + days * DAY,
            amount=amount,
            currency=currency,
            exchange_rate=rate,
            fee=fee,
            fee_details=list(fees),
            net=amount - fee,
            reporting_category=category or REPORTING_CATEGORIES.get(type_, type_),
            status="pending" if days else "available",
        )
        return self.books.add(made)

    def _settled(self, obj: Json) -> tuple[int, str, float | None]:
        """The amount of an object in the currency in which it is settled; that, and the rate."""
        terms, source = self.terms, obj["currency"]
        target = source if source in terms.balances else terms.currency
        amount, rate = self.convert(obj["amount"], source, target)
        return amount, target, rate

    def _processing(self, amount: int, currency: str, *, converted: bool) -> list[Json]:
        terms = self.terms
        points = terms.percent + (terms.conversion if converted else 0)
        fixed, _ = self.convert(terms.fixed, "usd", currency)
        fee = _rounded(amount * points / 10_000, currency) + fixed
        fees = [_fee(fee, currency, "stripe_fee", "Stripe processing fees")]
        if terms.tax:
            tax = _rounded(fee * terms.tax / 10_000, currency)
            fees.append(_fee(tax, currency, "tax", "VAT"))
        if terms.withheld:
            kept = _rounded(amount * terms.withheld / 10_000, currency)
            fees.append(_fee(kept, currency, "withheld_tax", "Tax withheld"))
        return fees


def _fee(amount: int, currency: str, type_: str, description: str) -> Json:
    """One entry of `fee_details`: stripe_fee, application_fee, tax or withheld_tax."""
    own = {"amount": amount, "currency": currency, "description": description, "type": type_}
    return own | {"application": None}


def _rounded(amount: float, currency: str) -> int:
    """Whole minor units; where Stripe has three decimals the last one is always 0."""
    unit = 10 if decimals(currency) == 3 else 1
    return int(amount / unit + 0.5) * unit


class Payouts(Settlement):
    """Payouts from their making to the bank, and back."""

    def __init__(self, books: Books, terms: Terms) -> None:
        super().__init__(books, terms)
        self._unpaid: dict[str, list[str]] = {}
        self._seen = 0

    def pay_out(
        self, currency: str = "usd", *, automatic: bool = True, amount: int | None = None
    ) -> str:
        """Send what is available in a currency to the bank; gives the payout's id.

        An automatic payout takes all balance transactions that are available and were in none
        before; a manual one is just `amount` minor units. ValueError when nothing is available.
        """
        books = self.books
        taken = self._available_in(currency) if automatic else []
        total = sum(movement["net"] for movement in taken) if amount is None else amount
        if total <= 0:
            raise ValueError(f"nothing to pay out in {currency}: {total}")
        id_ = books.ids.new("po")
        own = self._book("payout", id_, -total, currency)
        made = books.new(
            "payout",
            id_,
            amount=total,
            arrival_date=books.now() + DAY,
            automatic=automatic,
            balance_transaction=own["id"],
            currency=currency,
            destination=f"ba_{id_[3:]}",
            reconciliation_status="in_progress" if automatic else "not_applicable",
        )
        books.add(made)
        if automatic:
            gone = [movement["id"] for movement in taken]
            waiting = self._unpaid.get(currency, [])
            self._unpaid[currency] = [one for one in waiting if one not in {*gone}]
            books.group("balance_transaction", "payout", id_, [*gone, own["id"]])
        books.emit("payout.created", made)
        return id_

    def bill(self, fee: int, currency: str = "usd") -> str:
        """Stripe takes a fee that belongs to no sale, such as a month's; gives its movement."""
        return str(self._book("stripe_fee", None, -fee, currency)["id"])

    def send_payout(self, payout_id: str) -> Json:
        """The payout leaves for the bank."""
        return self.books.update("payout.updated", payout_id, status="in_transit")

    def reconcile(self, payout_id: str) -> Json:
        """Stripe has finished saying what an automatic payout is made of."""
        changed = self.books.change(payout_id, reconciliation_status="completed")
        return self.books.emit("payout.reconciliation_completed", changed)

    def payout_paid(self, payout_id: str) -> Json:
        """The money is at the bank; an automatic payout is reconciled with it."""
        payout = self.books.update("payout.updated", payout_id, status="paid")
        self.books.emit("payout.paid", payout)
        in_progress = payout["reconciliation_status"] == "in_progress"
        return self.reconcile(payout_id) if in_progress else payout

    def fail_payout(self, payout_id: str, code: str = "account_closed") -> Json:
        """The bank refuses (even days after it was paid): the money is back in the balance."""
        failure = {"failure_code": code, "failure_message": "The bank account has been closed."}
        return self.books.emit("payout.failed", self._return(payout_id, "failed", **failure))

    def cancel_payout(self, payout_id: str) -> Json:
        """The payout is taken back before it leaves."""
        return self.books.emit("payout.canceled", self._return(payout_id, "canceled"))

    def _return(self, payout_id: str, status: str, **changes: str) -> Json:
        payout = self.books.get("payout", payout_id)
        type_ = "payout_failure" if status == "failed" else "payout_cancel"
        back = self._book(type_, payout_id, payout["amount"], payout["currency"])
        changes |= {"status": status, "failure_balance_transaction": back["id"]}
        return self.books.update("payout.updated", payout_id, **changes)

    def _available_in(self, currency: str) -> list[Json]:
        """Balance transactions that may go now; each is looked at for the first time once."""
        books = self.books
        ids = books.all("balance_transaction")
        for id_ in ids[self._seen :]:
            movement = books.get("balance_transaction", id_)
            if movement["type"] != "payout":
                self._unpaid.setdefault(movement["currency"], []).append(id_)
        self._seen = len(ids)
        waiting = [books.get("balance_transaction", id_) for id_ in self._unpaid.get(currency, ())]
        return [movement for movement in waiting if movement["status"] == "available"]
