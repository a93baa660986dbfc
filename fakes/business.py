"""A shop in which everything happens that can happen to money, by a seed."""

from collections.abc import Callable
from functools import partial
from random import Random

from fakes.stripe import Customer, Purchase, StripeAccount

PRICES = {
    "usd": (2999, 4999, 49_900),
    "eur": (2500, 4500, 44_900),
    "jpy": (4400, 7000, 70_000),
    "kwd": (9000, 15_000, 150_000),
}
"""Minor units of each license, by currency."""
TRACKS = ("Midnight Drive", "Neon Rain", "Paper Moon", "Slow Burn", "Undertow")
LICENSES = ("Basic Lease", "Premium Lease", "Exclusive")
SHARES = {"buy": 64, "refund": 12, "dispute": 5, "other": 9, "payout": 10}
"""How often what happens, of a hundred times."""
LONGEST_PAUSE = 60_000
"""Seconds between two things that happen: at least a hundredth of this."""
SALES_TAX = {"US": 888}
"""For the account's terms: what its Checkouts with automatic tax charge."""
TAXED = 3
"""Of sales that are plain otherwise, one in so many has automatic tax."""
BUYERS = tuple(
    Customer(name=f"Buyer {i}", email=f"buyer{i}@example.com", country="US") for i in range(12)
)
DEBITS = ("sepa_debit", "us_bank_account", "bacs_debit", "au_becs_debit")
"""In turn; each is booked when it is submitted."""
DECLINED = 5
"""Before every so many-th payment a card is tried in vain."""
FAILS_LATE = 4
"""Of debits that came in every so many-th fails after all."""
_DISPUTES = (("win",), ("lose",), ("answer", "win"), ("answer", "lose"), ())
_INQUIRIES = (("close_inquiry",), ("escalate", "lose"), ("escalate", "answer", "win"))
"""What becomes of a dispute, turn after turn: methods of the account."""


class Business:
    """Lets things happen to an account, each some time after the one before.

    The same seed lets the same things happen, in whatever steps they are asked for.
    """

    def __init__(self, account: StripeAccount, seed: int, pass_: Callable[[float], object]) -> None:
        """`pass_` lets so many seconds go by on the account's clock."""
        self.account = account
        self.sold = 0
        """How many payments are sales of ours."""
        self._pass = pass_
        self._random = Random(seed)
        self.prices = self._offer()
        self._paid: list[Purchase] = []
        self._later: list[Callable[[], object]] = []
        self._arrived = 0

    def live(self, times: int = 1) -> None:
        """Let so many things happen."""
        for _ in range(times):
            self._pass(self._random.randrange(LONGEST_PAUSE // 100, LONGEST_PAUSE))
            what = self._random.choices(list(SHARES), list(SHARES.values()))[0]
            getattr(self, f"_{what}")()
            if self._later and self._random.random() < 0.5:
                self._later.pop(0)()

    def rest(self) -> None:
        """Let what is open come to its end, but for disputes that nobody decides."""
        while self._later:
            self._pass(7 * 3600)
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
        items = random.choices(self.prices[code], weights, k=count)
        total = sum(account.get("price", item)["unit_amount"] for item in items)
        buyer = random.choice(BUYERS)
        self.sold += 1
        ways = ("plain", "less", "free", "debit", "late", "platform", "shown otherwise")
        match random.choices(ways, (64, *[6] * 6))[0]:
            case "free":
                account.buy(*items, buyer=buyer, discount=total)
            case "debit":
                method = DEBITS[self.sold % len(DEBITS)]
                tried = self.sold % DECLINED == 0
                self._delayed(account.buy(*items, buyer=buyer, method=method, declined=tried))
            case "late":
                self._settling(account.buy(*items, buyer=buyer, settled=False))
            case "less":
                self._paid.append(account.buy(*items, buyer=buyer, discount=total // 20 * 10))
            case "platform":
                fee = total // 100 * 10
                self._paid.append(account.buy(*items, buyer=buyer, application_fee=fee))
            case "shown otherwise":
                self._paid.append(account.buy(*items, buyer=buyer, presented=(total * 7, "mxn")))
            case _:
                tried, taxed = self.sold % DECLINED == 0, self.sold % TAXED == 0
                self._paid.append(
                    account.buy(*items, buyer=buyer, declined=tried, automatic_tax=taxed)
                )

    def _settling(self, bought: Purchase) -> None:
        self._later.append(lambda: self._settle(bought))

    def _settle(self, bought: Purchase) -> None:
        self.account.settle(bought)
        self._paid.append(bought)

    def _delayed(self, bought: Purchase) -> None:
        comes = self._random.random() < 0.7
        self._later.append(lambda: self._decide(bought, comes=comes))

    def _decide(self, bought: Purchase, *, comes: bool) -> None:
        if comes:
            self.account.arrive(bought)
            self._arrived += 1
            if self._arrived % FAILS_LATE == 0:
                self._later.append(lambda: self.account.fail_late(bought))
            else:
                self._paid.append(bought)
        else:
            self.account.bounce(bought)

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
        inquiry = self._random.random() < 0.3
        turns = self._random.choice(_INQUIRIES if inquiry else _DISPUTES)
        dispute = account.dispute(paid, inquiry=inquiry)
        for turn in turns:
            self._later.append(partial(getattr(account, turn), dispute))

    def _other(self) -> None:
        """Business that has nothing to do with beats, and beats sold without Checkout."""
        account, buyer = self.account, self._random.choice(BUYERS)
        match self._random.choice(("subscription", "consulting", "beat", "bill")):
            case "subscription":
                account.subscribe(self.prices["usd"][0], buyer=buyer)
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
        account, terms = self.account, self.account.terms
        codes = (terms.currency, terms.currency, *sorted(terms.balances))
        try:
            payout = account.pay_out(self._random.choice(codes))
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
