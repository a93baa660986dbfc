"""A year in a shop where everything happens that can happen to money, by a seed."""

from collections.abc import Callable
from datetime import UTC, datetime
from random import Random

from bot.demo.stripe import Customer, Purchase, StripeAccount, Terms
from tests.journey.house import Time

BEGINNING = datetime(2025, 11, 1, 9, tzinfo=UTC)

PRICES = {
    "usd": (2999, 4999, 49_900),
    "eur": (2500, 4500, 44_900),
    "jpy": (4400, 7000, 70_000),
    "kwd": (9000, 15_000, 150_000),
}
TRACKS = ("Midnight Drive", "Neon Rain", "Paper Moon", "Slow Burn", "Undertow")
LICENSES = ("Basic Lease", "Premium Lease", "Exclusive")
SHARES = {"buy": 64, "refund": 12, "dispute": 5, "other": 9, "payout": 10}
"""How often what happens, of a hundred times."""


class World:
    """Lets things happen to an account, each some hours after the one before."""

    def __init__(self, seed: int = 1, *, start: datetime = BEGINNING) -> None:
        self.time = Time(start)
        terms = Terms(balances=frozenset({"eur"}), tax=300)
        self.account = StripeAccount(clock=self.time, seed=seed, terms=terms)
        self.sold = 0
        """How many payments are sales of ours."""
        self._random = Random(seed)
        self._buyers = [
            Customer(name=f"Buyer {i}", email=f"buyer{i}@example.com", country="US")
            for i in range(12)
        ]
        self._prices = self._offer()
        self._paid: list[Purchase] = []
        self._later: list[Callable[[], object]] = []

    def live(self, times: int) -> None:
        """Let so many things happen."""
        for _ in range(times):
            self.time.pass_(seconds=self._random.randrange(600, 60_000))
            what = self._random.choices(list(SHARES), list(SHARES.values()))[0]
            getattr(self, f"_{what}")()
            if self._later and self._random.random() < 0.5:
                self._later.pop(0)()

    def rest(self) -> None:
        """Let what is open come to its end."""
        while self._later:
            self.time.pass_(hours=7)
            self._later.pop(0)()

    def _offer(self) -> dict[str, list[str]]:
        offers: dict[str, list[str]] = {code: [] for code in PRICES}
        for track in TRACKS:
            product = self.account.product(track)
            for code, amounts in PRICES.items():
                offers[code] += [
                    self.account.price(product, amount, code, nickname=name)
                    for name, amount in zip(LICENSES, amounts, strict=True)
                ]
        return offers

    def _buy(self) -> None:
        random, account = self._random, self.account
        code = random.choice(list(PRICES))
        count = random.choices((1, 2, 3, 12), (80, 12, 6, 2))[0]
        weights = [20, 10, 1] * len(TRACKS)
        items = random.choices(self._prices[code], weights, k=count)
        total = sum(account.get("price", item)["unit_amount"] for item in items)
        buyer = random.choice(self._buyers)
        self.sold += 1
        match random.choices(
            ("plain", "less", "free", "debit", "late", "platform"), (70, *[6] * 5)
        )[0]:
            case "free":
                account.buy(*items, buyer=buyer, discount=total)
            case "debit":
                self._delayed(account.buy(*items, buyer=buyer, method="sepa_debit"))
            case "late":
                bought = account.buy(*items, buyer=buyer, settled=False)
                self._later.append(lambda: account.settle(bought))
            case "less":
                self._paid.append(account.buy(*items, buyer=buyer, discount=total // 20 * 10))
            case "platform":
                self._paid.append(
                    account.buy(*items, buyer=buyer, application_fee=total // 100 * 10)
                )
            case _:
                self._paid.append(account.buy(*items, buyer=buyer))

    def _delayed(self, bought: Purchase) -> None:
        comes = self._random.random() < 0.7
        self._later.append(lambda: (self.account.arrive if comes else self.account.bounce)(bought))

    def _take(self) -> Purchase | None:
        """A payment that nothing has happened to yet."""
        return self._paid.pop(self._random.randrange(len(self._paid))) if self._paid else None

    def _refund(self) -> None:
        paid, account = self._take(), self.account
        if paid is None:
            return
        amount = account.get("charge", paid.paid_with()[1])["amount"]
        match self._random.choice(("whole", "part", "twice", "failed", "pending")):
            case "whole":
                account.refund(paid)
            case "part":
                account.refund(paid, amount // 30 * 10)
            case "twice":
                account.refund(paid, amount // 40 * 10)
                self._later.append(lambda: account.refund(paid))
            case "failed":
                refund = account.refund(paid)
                self._later.append(lambda: account.fail_refund(refund))
            case _:
                waiting = account.refund(paid, amount // 20 * 10, pending=True)
                self._later.append(lambda: account.complete_refund(waiting))

    def _dispute(self) -> None:
        paid, account = self._take(), self.account
        if paid is None:
            return
        end = self._random.choice(("win", "lose", "open", "inquiry"))
        dispute = account.dispute(paid, inquiry=end == "inquiry")
        if end == "inquiry":
            self._later.append(lambda: account.close_inquiry(dispute))
        elif end != "open":
            self._later.append(lambda: getattr(account, end)(dispute))

    def _other(self) -> None:
        """Business that has nothing to do with beats, and beats sold without Checkout."""
        account, buyer = self.account, self._random.choice(self._buyers)
        match self._random.choice(("subscription", "consulting", "beat", "bill")):
            case "subscription":
                account.subscribe(self._prices["usd"][0], buyer=buyer)
            case "consulting":
                paid = account.pay(10_000, buyer=buyer, description="An hour in the studio")
                if self._random.random() < 0.5:
                    account.refund(paid, 2000)
            case "beat":
                self.sold += 1
                self._paid.append(account.pay(3500, metadata={"track": "Neon Rain"}, buyer=buyer))
            case _:
                account.bill(1200)

    def _payout(self) -> None:
        account, code = self.account, self._random.choice(("usd", "usd", "eur"))
        try:
            payout = account.pay_out(code)
        except ValueError:
            return  # there is nothing to pay out
        end = self._random.choice(("paid", "paid", "failed", "late failure", "canceled"))
        if end == "canceled":
            account.cancel_payout(payout)
            return
        account.send_payout(payout)
        if end == "failed":
            account.fail_payout(payout)
            return
        self._later.append(lambda: account.payout_paid(payout))
        if end == "late failure":
            self._later.append(lambda: account.fail_payout(payout))
