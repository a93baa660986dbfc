"""The shop of a run: what it sold before the bot was there, and its account from then on."""

from datetime import timedelta

from bot.domain.event_types import TYPES
from bot.domain.payment_success import PAID_STATUSES
from fakes.business import LONGEST_PAUSE, SALES_TAX, Business
from fakes.clock import StoryClock
from fakes.stripe import StripeAccount, Terms
from fakes.stripe.objects.shape import Json
from fakes.world import now

BALANCES = (("eur",), ("eur", "jpy"), ("kwd",), ("eur", "kwd"), ("jpy", "kwd"))
"""Which currencies are kept beside dollars, by seed in turn; all others are converted."""
PAST_ENDS = timedelta(hours=1)
"""The past is over since so long: longer than a webhook may be on its way."""


class Shop(Business):
    """A business that has sold something before the bot came.

    Its past is lived with pauses. What happens from then on happens at the moment, and money is
    available at once: nobody waits for days here.
    """

    def __init__(self, seed: int, past: int) -> None:
        """`past`: how many payments were made before."""
        self._clock = StoryClock(now)
        self._past_end = now() - PAST_ENDS
        self._clock.set(self._past_end - 3 * past * timedelta(seconds=LONGEST_PAUSE))
        self._live = False
        balances = frozenset(BALANCES[seed % len(BALANCES)])
        terms = Terms(balances=balances, tax=300, withheld=150, sales_tax=dict(SALES_TAX))
        account = StripeAccount(clock=self._clock, seed=seed, livemode=True, terms=terms)
        super().__init__(account, seed, self._let_pass)
        while self.sold < past:
            self.live()
        account.take_events()
        self._past_events = len(account.events)
        self.sold = 0
        self._live = True
        self._clock.release()
        terms.delay_days = 0

    @property
    def events(self) -> list[Json]:
        """What Stripe has told since the bot came, as far as its endpoint is registered for it."""
        return [one for one in self.account.events[self._past_events :] if one["type"] in TYPES]

    def keys(self) -> set[str]:
        """The payments that these events tell of, by the ids by which the books know them."""
        shown = ((event["type"], event["data"]["object"]) for event in self.events)
        return {one["id"] for type_, one in shown if _is_checkout(one) or _is_bare(type_, one)}

    def _let_pass(self, seconds: float) -> None:
        if not self._live:
            later = self._clock() + timedelta(seconds=seconds)
            self._clock.set(min(later, self._past_end))


def _is_checkout(shown: Json) -> bool:
    return (
        shown["object"] == "checkout.session"
        and shown["mode"] == "payment"
        and shown["payment_status"] in PAID_STATUSES
    )


def _is_bare(type_: str, shown: Json) -> bool:
    """Whether it tells of a sale without Checkout."""
    return type_ == "payment_intent.succeeded" and "track" in shown["metadata"]
