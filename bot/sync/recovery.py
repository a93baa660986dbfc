"""What makes up for the past: events that did not come, and sales from before the bot was there."""

from collections.abc import Callable
from typing import NamedTuple

from bot.ledger.clock import Clock
from bot.store.engine import Store
from bot.stripe_api import StripeApi
from bot.sync.books import Books
from bot.sync.catch_up import CatchUp
from bot.sync.history import HistoryImport
from bot.sync.intake import Intake
from bot.sync.past import PastSync
from bot.sync.persistence import Persistence
from bot.sync.stopping import Stop


class Recovery(NamedTuple):
    """Two parts of the running bot."""

    catch_up: CatchUp
    past: PastSync


def recovery(
    store: Store,
    api: StripeApi | None,
    books: Books,
    intake: Intake,
    clock: Clock,
    *,
    told: Callable[[], None],
) -> Recovery | None:
    """Make both, where there is somebody to ask; `told` is called when there is news to tell."""
    if api is None:
        return None
    livemode = books.livemode is True
    stops = Stop(), Stop()
    patience = [Persistence(api.pause, stop=stop) for stop in stops]
    history = HistoryImport(store, api, books, clock, livemode=livemode, persistence=patience[1])
    past = PastSync(store, history, books, clock, livemode=livemode, stop=stops[1], told=told)
    catch_up = CatchUp(
        store,
        api.history(),
        intake,
        books,
        clock,
        livemode=livemode,
        persistence=patience[0],
        stop=stops[0],
        absent=past.wake,
        told=told,
    )
    return Recovery(catch_up, past)
