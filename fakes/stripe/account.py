"""One simulated Stripe account: everything that can happen to it, at the clock's time."""

from collections.abc import Callable, Sequence

from bot.domain.period import Clock
from fakes.stripe import objects
from fakes.stripe.balance import Payouts, Settlement, Terms
from fakes.stripe.catalogue import Catalogue
from fakes.stripe.checkout import Checkout
from fakes.stripe.objects import API_VERSION, Books, Ids, Json
from fakes.stripe.payments import Charging
from fakes.stripe.refunds_and_disputes import Disputes, Refunds


class StripeAccount:
    """A Stripe account in one mode. The same seed and the same calls make the same world.

    What people do are its methods (`buy`, `refund`, `dispute`, …), each belonging to one topic's
    module. Each emits its events at once, in the order in which Stripe usually does; `events`
    holds them all, `take_events` gives those not taken yet.
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
        self.terms = terms or Terms()
        self.id = Ids(seed ^ 0x5EED).new("acct")[:21]
        self.books = Books(
            seed=seed, clock=clock, account=self.id, livemode=livemode, connected=connected
        )
        self.books.add(
            objects.account(
                self.id,
                self.books.now(),
                currency=self.terms.currency,
                country=country,
                timezone=timezone,
                name=name,
            )
        )
        self._taken = 0
        settlement = Settlement(self.books, self.terms)
        charging = Charging(self.books, settlement)
        self._sell(Catalogue(self.books), Checkout(self.books, charging, self.terms), charging)
        self._return(Refunds(self.books, settlement), Disputes(self.books, settlement))
        self._pay_out(Payouts(self.books, settlement))

    def _sell(self, catalogue: Catalogue, checkout: Checkout, charging: Charging) -> None:
        self.product = catalogue.product
        self.price = catalogue.price
        self.link = catalogue.link
        self.rename = catalogue.rename
        self.change = catalogue.change
        self.archive = catalogue.archive
        self.delete = catalogue.delete
        self.buy = checkout.buy
        self.open = checkout.open
        self.complete = checkout.complete
        self.expire = checkout.expire
        self.pay = charging.pay
        self.subscribe = checkout.subscribe
        self.settle = charging.settle
        self.arrive = charging.arrive
        self.bounce = charging.bounce
        self.capture = charging.capture
        self.void = charging.void
        self.fail_late = charging.fail_late

    def _return(self, refunds: Refunds, disputes: Disputes) -> None:
        self.refund = refunds.refund
        self.return_fee = refunds.return_fee
        self.complete_refund = refunds.complete_refund
        self.fail_refund = refunds.fail_refund
        self.dispute = disputes.dispute
        self.warn_of_fraud = disputes.warn
        self.escalate = disputes.escalate
        self.answer = disputes.answer
        self.win = disputes.win
        self.lose = disputes.lose
        self.reinstate = disputes.reinstate
        self.close_inquiry = disputes.close_inquiry

    def _pay_out(self, payouts: Payouts) -> None:
        self.bill = payouts.bill
        self.pay_out = payouts.pay_out
        self.send_payout = payouts.send
        self.payout_paid = payouts.pay
        self.reconcile = payouts.reconcile
        self.fail_payout = payouts.fail
        self.cancel_payout = payouts.cancel

    def endpoint(self, url: str, types: Sequence[str], version: str | None = API_VERSION) -> str:
        """Register where events of these types are sent (nobody sends them by that); its id."""
        books = self.books
        made = objects.endpoint(
            books.ids.new("we"),
            books.now(),
            url,
            types,
            livemode=books.livemode,
            version=version,
        )
        return str(books.add(made)["id"])

    @property
    def livemode(self) -> bool:
        return self.books.livemode

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
