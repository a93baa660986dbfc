"""What the worker calls for each kind of object, and whom it calls when there is news."""

from collections.abc import Callable

from bot.domain import test_sale
from bot.domain.clock import Clock
from bot.store.engine import Store
from bot.stripe_api import StripeApi
from bot.sync.account_scope import Books
from bot.sync.catalogue import KINDS, CatalogueSync
from bot.sync.payments import PaymentSync
from bot.sync.payouts import PayoutSync
from bot.sync.recovery import Recovery
from bot.sync.test_sales import RehearsalSync
from bot.sync.worker import Handler


def handlers(
    store: Store,
    api: StripeApi | None,
    books: Books,
    clock: Clock,
    changed: Callable[[], None],
    missed: Recovery | None,
) -> dict[str, Handler]:
    """What brings each kind of object up to date; `changed` is called when there may be news."""
    again = missed.catalogue.wake if missed else each()
    catalogue = CatalogueSync(store, api, books, clock, missed=again, changed=changed)
    return {
        "payment": PaymentSync(store, api, books, clock, told=changed),
        "payout": PayoutSync(store, api, books, clock, told=changed),
        **dict.fromkeys(KINDS, catalogue),
        test_sale.KIND: RehearsalSync(store, books, clock, told=changed),
    }


def each(*calls: Callable[[], None]) -> Callable[[], None]:
    """Makes all of these calls, one after the other; none: there is nothing to be done."""

    def call() -> None:
        for one in calls:
            one()

    return call
