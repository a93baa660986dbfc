"""What makes up for the past: events that did not come, and what was there before the bot."""

from collections.abc import Awaitable, Callable
from typing import NamedTuple

from bot.domain.clock import Clock
from bot.store.books.progress import note_trouble
from bot.store.engine import Store
from bot.stripe_api import StripeApi
from bot.sync.accept import Intake
from bot.sync.account_scope import Books
from bot.sync.catalogue_round import CatalogueRound
from bot.sync.catch_up import CatchUp
from bot.sync.fee_returns import FeeReturns
from bot.sync.history import HistoryImport
from bot.sync.past import PastSync
from bot.sync.retry import Persistence
from bot.sync.stopping import Stop


class Recovery(NamedTuple):
    """Three parts of the running bot."""

    catch_up: CatchUp
    past: PastSync
    catalogue: CatalogueRound


def recovery(
    store: Store,
    api: StripeApi | None,
    books: Books,
    intake: Intake,
    clock: Clock,
    *,
    told: Callable[[], None],
    shelves_read: Callable[[], None],
) -> Recovery | None:
    """Make them, where there is somebody to ask; `told` is called when there is news to tell.

    `shelves_read` is called when the catalogue was read once more.
    """
    if api is None:
        return None
    livemode = books.livemode is True
    stops = Stop(), Stop()
    patience = [
        Persistence(api.pause, stop=stop, waiting=_noting(store, livemode, of))
        for stop, of in zip(stops, ("events", "import"), strict=True)
    ]
    history = HistoryImport(store, api, books, clock, livemode=livemode, persistence=patience[1])
    past = PastSync(store, history, books, clock, livemode=livemode, stop=stops[1], told=told)
    lists = api.history()
    returns = FeeReturns(store, lists, books, clock, livemode=livemode, persistence=patience[0])
    catch_up = CatchUp(
        store,
        lists,
        intake,
        books,
        clock,
        livemode=livemode,
        persistence=patience[0],
        stop=stops[0],
        fee_returns=returns.look,
        absent=past.wake,
        told=told,
    )
    return Recovery(catch_up, past, _catalogue(store, api, books, clock, livemode, shelves_read))


def _catalogue(
    store: Store,
    api: StripeApi,
    books: Books,
    clock: Clock,
    livemode: bool,
    looked: Callable[[], None],
) -> CatalogueRound:
    stop = Stop()
    persistence = Persistence(api.pause, stop=stop)
    return CatalogueRound(
        store,
        api,
        books,
        clock,
        livemode=livemode,
        persistence=persistence,
        stop=stop,
        looked=looked,
    )


def _noting(store: Store, livemode: bool, of: str) -> Callable[[str], Awaitable[None]]:
    """Notes why Stripe does not answer, for those who ask how far it is."""

    async def note(trouble: str) -> None:
        async with store.write() as connection:
            await note_trouble(connection, livemode, of=of, trouble=trouble)

    return note
