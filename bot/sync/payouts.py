"""Brings one payout up to date, and tells each payment which payout its money is in."""

import json
from collections.abc import Callable
from typing import TypeAlias

import structlog

from bot.ledger.clock import Clock
from bot.ledger.payout import Payout, PayoutItem, combine_payouts, payout_items_of, payout_of
from bot.store import agenda, events, payouts
from bot.store.agenda import Item
from bot.store.engine import Store
from bot.store.events import StoredEvent
from bot.stripe_api import StripeApi, StripeTrouble
from bot.sync.books import Books
from bot.sync.schedule import next_check

log = structlog.get_logger()

Contents: TypeAlias = tuple[PayoutItem, ...]
"""What an automatic payout holds, as Stripe lists it once it is reconciled."""


class PayoutSync:
    """The handler of `payout:` items."""

    def __init__(
        self,
        store: Store,
        api: StripeApi | None,
        books: Books,
        clock: Clock,
        told: Callable[[], None],
    ) -> None:
        """`told` is called when there may be news for Discord."""
        self._store = store
        self._api = api
        self._books = books
        self._clock = clock
        self._told = told

    async def __call__(self, item: Item) -> None:
        """Read it, record it, finish its events. Raises NotUnderstood for a broken object."""
        async with self._store.read() as connection:
            about = await events.about(connection, item)
        payout, contents = await self._ask_stripe(item)
        if payout is None:
            payout = _told_by(about)
        await self._record(item, payout, contents, about)
        self._told()

    async def _ask_stripe(self, item: Item) -> tuple[Payout | None, Contents | None]:
        if self._api is None:
            return None, None
        try:
            payout = payout_of(await self._api.read_payout(item.object_id))
            return payout, await self._contents(self._api, payout)
        except StripeTrouble as trouble:
            log.warning("stripe could not be asked", subject=item.subject, reason=str(trouble))
            return None, None

    async def _contents(self, api: StripeApi, payout: Payout) -> Contents | None:
        """Manual payouts cannot be broken down; automatic ones only once they are reconciled."""
        if not (payout.automatic and payout.reconciled):
            return None
        return payout_items_of(await api.payout_movements(payout.id))

    async def _record(
        self,
        item: Item,
        payout: Payout | None,
        contents: Contents | None,
        about: list[StoredEvent],
    ) -> None:
        now = self._clock()
        async with self._store.write() as connection:
            if payout is None:
                await agenda.set_aside(connection, item, "no event of it can be read")
                return
            producer = await self._books.producer(connection, livemode=item.livemode)
            known = await payouts.find(connection, producer.id, payout.id)
            checks = known.checks if known else 0
            open_still = self._api is not None and self._is_open(payout, contents)
            await payouts.record(
                connection,
                producer,
                combine_payouts(known.payout if known else None, payout),
                due=next_check(checks, now) if open_still else None,
                checks=checks + 1,
                now=now,
            )
            if contents is not None:
                await payouts.attach(connection, producer.id, payout.id, contents)
            await events.finish(connection, [event.sequence for event in about], "done")

    @staticmethod
    def _is_open(payout: Payout, contents: Contents | None) -> bool:
        if payout.status in ("failed", "canceled"):
            return False
        return payout.status != "paid" or (payout.automatic and contents is None)


def _told_by(about: list[StoredEvent]) -> Payout | None:
    told: Payout | None = None
    for event in about:
        seen = payout_of(json.loads(event.body)["data"]["object"])
        told = combine_payouts(told, seen)
    return told
