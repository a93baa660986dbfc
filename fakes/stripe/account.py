"""One simulated Stripe account: everything that can happen to it, at the clock's time."""

from collections.abc import Callable, Sequence
from typing import Any

from bot.domain.period import Clock
from fakes.stripe.balance import Payouts, Terms
from fakes.stripe.catalogue import Catalogue
from fakes.stripe.checkout import Checkout
from fakes.stripe.objects import Books, Ids
from fakes.stripe.refunds_and_disputes import Disputes, Refunds
from fakes.stripe.shapes import API_VERSION, Json


class StripeAccount(Catalogue, Checkout, Refunds, Disputes, Payouts):
    """A Stripe account in one mode. The same seed and the same calls make the same world.

    What people do are its methods (`buy`, `refund`, `dispute`, …), each belonging to one topic's
    module. Each emits its events at once, in the order in which Stripe usually does; `events`
    holds them all, `take_events` gives those not taken yet. What changes an object gives it as it
    is then, what makes one gives its id.
    """

    def __init__(
        self,
        *,
        clock: Clock,
        seed: int = 1,
        livemode: bool = False,
        terms: Terms | None = None,
        connected: bool = False,
        country: str = "US",
        timezone: str = "Etc/UTC",
        name: str = "Beats",
    ) -> None:
        id_ = Ids(seed ^ 0x5EED).new("acct")[:21]
        books = Books(seed=seed, clock=clock, account=id_, livemode=livemode, connected=connected)
        super().__init__(books, terms or Terms())
        self.id = id_
        self.livemode = livemode
        self._taken = 0
        shown = {
            "branding": {"icon": None, "logo": None},
            "dashboard": {"display_name": name, "timezone": timezone},
            "payouts": {
                "debit_negative_balances": True,
                "schedule": {"delay_days": 2, "interval": "daily"},
            },
        }
        books.add(
            books.new(
                "account",
                id_,
                business_profile={"name": name, "support_email": None, "url": None},
                country=country,
                default_currency=self.terms.currency,
                settings=shown,
            )
        )

    def endpoint(
        self, url: str, types: Sequence[str], version: str | None = API_VERSION, **shown: Any
    ) -> str:
        """Register where events of these types are sent (nobody sends them by that); its id.

        `shown`: other fields, such as `metadata`.
        """
        own = {"url": url, "enabled_events": list(types), "api_version": version}
        return str(self.books.add(self.books.new("webhook_endpoint", **own | shown))["id"])

    @property
    def events(self) -> list[Json]:
        """All events so far, oldest first. Look, don't change."""
        return self.books.events

    def take_events(self) -> list[Json]:
        """The events since the last call, oldest first."""
        new = self.events[self._taken :]
        self._taken = len(self.events)
        return new

    def listen(self, listener: Callable[[Json], object]) -> None:
        """Call `listener` with each event from now on, at the moment it happens."""
        self.books.listeners.append(listener)

    def get(self, kind: str, id_: str) -> Json:
        """An object as it is now (`kind` as in its `object` field); NoSuchObject if unknown."""
        return self.books.get(kind, id_)
