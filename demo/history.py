"""A few months of made-up business: sales, refunds, disputes and payouts before the demo begins.

First everything is planned, then it happens in the simulated account in order of time. The same
seed makes the same history, up to the day on which it ends. The bot reads it as any past: by its
first import, without alerts.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from demo.shop import BUYERS, TRACKS, Shop, currency_of
from fakes.clock import StoryClock
from fakes.stripe import Customer, Purchase, StripeAccount

DAYS = 98
PAYOUT_DAYS = 7

SOLD_EXCLUSIVELY = {
    "Paper Lanterns": (71, "Octavia Range"),
    "Cold Front": (24, "Harmony Loop"),
    "Saturn Skyline": (5, "Tess Tone"),
}
"""How many days ago and to whom; no license of these is sold after that."""

_WEEKDAYS = (0.8, 0.7, 0.9, 1.0, 1.6, 1.8, 1.3)
"""How busy a day is, from Monday on."""
_LICENSE_WEIGHTS = {"Basic Lease": 60, "Premium Lease": 28, "Unlimited Lease": 8}

Deed = Callable[[], object]
Planned = tuple[datetime, Deed]


@dataclass(slots=True)
class History:
    """What was played: ids by which the bot can be shown it."""

    sessions: list[str] = field(default_factory=list)
    """Checkout Sessions, oldest first."""
    payouts: list[str] = field(default_factory=list)
    """Those that have arrived."""
    coming: str = ""
    """A payout that was made last night, and arrives today."""


def play_history(
    account: StripeAccount, shop: Shop, clock: StoryClock, now: datetime, random: Random
) -> History:
    """Play the past up to `now` into `account`; the clock is the present afterwards."""
    past = _Past(account, shop, now, random)
    for moment, deed in sorted(past.plan(), key=lambda planned: planned[0]):
        if moment < now:
            clock.set(moment)
            deed()
    clock.release()
    account.take_events()
    return past.played


class _Past:
    """Plans deeds at moments; what a deed leaves behind is kept for those that follow it."""

    def __init__(self, account: StripeAccount, shop: Shop, now: datetime, random: Random) -> None:
        self.played = History()
        self._account = account
        self._shop = shop
        self._now = now
        self._random = random
        self._bought: dict[int, Purchase] = {}

    def plan(self) -> Iterator[Planned]:
        """Every deed with its moment, in no order."""
        moments = [moment for day in range(DAYS, -1, -1) for moment in self._moments(day)]
        for number, moment in enumerate(moments):
            yield moment, self._sale(number, moment)
        for track, (days_ago, buyer) in SOLD_EXCLUSIVELY.items():
            yield self._ago(days_ago), partial(self._exclusive, track, BUYERS[buyer])
        yield from self._troubles(moments)
        for days_ago in range(DAYS - PAYOUT_DAYS, 2, -PAYOUT_DAYS):
            yield from self._payouts(days_ago)
        midnight = self._now.replace(hour=0, minute=0, second=0, microsecond=0)
        yield midnight - timedelta(minutes=1), self._coming

    def _moments(self, days_ago: int) -> list[datetime]:
        """When something is bought on a day: more at weekends, more as time goes by."""
        day = self._now - timedelta(days=days_ago + 1)
        busy = _WEEKDAYS[day.weekday()] * (1.7 - days_ago / DAYS)
        count = int(busy) + (self._random.random() < busy % 1)
        seconds = sorted(self._random.uniform(3600, 86_000) for _ in range(count))
        return [day + timedelta(seconds=second) for second in seconds]

    def _ago(self, days: float) -> datetime:
        return self._now - timedelta(days=days)

    def _sale(self, number: int, moment: datetime) -> Deed:
        random = self._random
        buyer = random.choices(list(BUYERS.values()), [1 / (i + 12) for i in range(len(BUYERS))])[0]
        gone = {
            track
            for track, (days_ago, _) in SOLD_EXCLUSIVELY.items()
            if moment >= self._ago(days_ago)
        }
        free = [track for track in TRACKS if track not in gone]
        weights = [1 / (TRACKS.index(track) + 9) for track in free]
        count = random.choices((1, 2, 3), (84, 11, 5))[0]
        tracks = list(dict.fromkeys(random.choices(free, weights, k=count)))
        license_name = random.choices(list(_LICENSE_WEIGHTS), list(_LICENSE_WEIGHTS.values()))[0]
        return lambda: self._buy(number, buyer, tracks, license_name)

    def _buy(self, number: int, buyer: Customer, tracks: list[str], license_name: str) -> None:
        prices = [self._shop.price(track, license_name, buyer) for track in tracks]
        # Every 40th is given away, as friends' codes do.
        gift = self._price(prices) if number % 40 == 39 and currency_of(buyer) == "usd" else 0
        self._keep(number, self._account.buy(*prices, buyer=buyer, discount=gift))

    def _price(self, prices: list[str]) -> int:
        return sum(self._account.get("price", price)["unit_amount"] for price in prices)

    def _exclusive(self, track: str, buyer: Customer) -> None:
        price = self._shop.price(track, "Exclusive", buyer)
        self._keep(-1 - TRACKS.index(track), self._account.buy(price, buyer=buyer))
        self._shop.take_off(track)

    def _keep(self, number: int, purchase: Purchase) -> None:
        self._bought[number] = purchase
        assert purchase.session is not None
        self.played.sessions.append(purchase.session)

    def _troubles(self, moments: Sequence[datetime]) -> Iterator[Planned]:
        """Refunds, whole and in part, and two disputes: one won, one lost."""
        account = self._account

        def about(share: float, days: float, deed: Callable[[Purchase], object]) -> Planned:
            """Some days after a sale, found by what share of all sales comes before it."""
            number = int(len(moments) * share)
            return moments[number] + timedelta(days=days), self._of(number, deed)

        for share in (0.2, 0.48, 0.71, 0.93):
            yield about(share, 1.5, account.refund)
        yield about(0.6, 3, lambda paid: account.refund(paid, 1000))
        for share, verdict in ((0.3, account.win), (0.42, account.lose)):
            opened: list[str] = []
            yield about(share, 6, partial(self._dispute, opened))
            yield about(share, 27, partial(self._close, opened, verdict))

    def _dispute(self, opened: list[str], paid: Purchase) -> None:
        opened.append(self._account.dispute(paid))

    @staticmethod
    def _close(opened: list[str], verdict: Callable[[str], object], _: Purchase) -> None:
        for dispute in opened:
            verdict(dispute)

    def _of(self, number: int, deed: Callable[[Purchase], object]) -> Deed:
        """A deed about a purchase, or the first one after it that was paid for."""

        def do() -> object:
            paid = (
                self._bought[each]
                for each in range(number, number + 3)
                if each in self._bought and self._bought[each].charge
            )
            return next((deed(purchase) for purchase in paid), None)

        return do

    def _payouts(self, days_ago: int) -> Iterator[Planned]:
        """One in each currency that the account keeps, at the bank two days later."""
        for currency in ("usd", "eur"):
            made: list[str] = []
            yield self._ago(days_ago), partial(self._pay_out, currency, made)
            yield self._ago(days_ago - 2), partial(self._arrive, made)

    def _pay_out(self, currency: str, made: list[str]) -> None:
        try:
            made.append(self._account.pay_out(currency))
        except ValueError:  # nothing to pay out that week
            return
        self._account.send_payout(made[0])
        self.played.payouts.append(made[0])

    def _arrive(self, made: list[str]) -> None:
        for payout in made:
            self._account.payout_paid(payout)

    def _coming(self) -> None:
        self.played.coming = self._account.pay_out("usd")
