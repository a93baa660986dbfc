"""A year in a shop where everything happens that can happen to money."""

from datetime import UTC, datetime

from fakes.business import SALES_TAX, Business
from fakes.stripe import StripeAccount, Terms
from tests.journey.live_bot import Time

BEGINNING = datetime(2025, 11, 1, 9, tzinfo=UTC)


class World(Business):
    """That shop, its Stripe account, and a time moved by what happens in it."""

    def __init__(self, seed: int = 1, *, start: datetime = BEGINNING) -> None:
        self.time = Time(start)
        balances = frozenset({"eur"})
        terms = Terms(balances=balances, tax=300, sales_tax=dict(SALES_TAX))
        account = StripeAccount(clock=self.time, seed=seed, terms=terms)
        super().__init__(account, seed, lambda seconds: self.time.pass_(seconds=seconds))
