"""Brings one payout up to date, and tells each payment which payout its money is in."""

from collections.abc import Callable
from datetime import datetime
from functools import reduce
from typing import TypeAlias

from bot.ledger.clock import Clock
from bot.ledger.fields import Json, mapping
from bot.ledger.payout import Payout, PayoutItem, combine_payouts, payout_items_of, payout_of
from bot.store import agenda, events, payouts
from bot.store.agenda import Item
from bot.store.engine import Store
from bot.stripe_api import StripeApi
from bot.sync.asking import PATIENCE, NotAsked, asking
from bot.sync.books import Books
from bot.sync.schedule import next_check
from bot.sync.work import Work

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
        patience: float = PATIENCE,
    ) -> None:
        """`told` is called when there may be news for Discord; `patience` is in seconds."""
        self._store = store
        self._api = api
        self._books = books
        self._clock = clock
        self._told = told
        self._patience = patience

    async def __call__(self, item: Item) -> None:
        """Read it, record it, finish its events. Raises NotUnderstood for a broken object."""
        async with self._store.read() as connection:
            work = Work(item=item, events=await events.about(connection, item))
        began: datetime | None = self._clock()
        try:
            payout, contents = await self._ask_stripe(work)
        except NotAsked:
            if not work.fresh:
                await self._put_off(item)
                return
            payout, contents, began = _told_by(work), None, None
        await self._record(work, payout, contents, read=began)
        self._told()

    async def _put_off(self, item: Item) -> None:
        """A look that got no answer has changed nothing."""
        async with self._store.write() as connection:
            producer = await self._books.producer(connection, livemode=item.livemode)
            known = await payouts.find(connection, producer.id, item.object_id)
            until = next_check(known.checks, self._clock()) if known and self._api else None
            await agenda.look_again(connection, item, until)

    async def _ask_stripe(self, work: Work) -> tuple[Payout, Contents | None]:
        """The payout as Stripe has it, and what is in it; raises NotAsked."""
        if self._api is None:
            raise NotAsked
        patience = self._patience if work.fresh else None
        async with asking(work.item.subject, patience):
            payout = payout_of(await self._api.read_payout(work.item.object_id))
        try:
            async with asking(work.item.subject, patience):
                return payout, await self._contents(self._api, payout)
        except NotAsked:
            return payout, None

    async def _contents(self, api: StripeApi, payout: Payout) -> Contents | None:
        """Manual payouts cannot be broken down; automatic ones only once they are reconciled."""
        if not (payout.automatic and payout.reconciled):
            return None
        return payout_items_of(await api.payout_movements(payout.id))

    async def _record(
        self, work: Work, payout: Payout, contents: Contents | None, read: datetime | None
    ) -> None:
        now = self._clock()
        async with self._store.write() as connection:
            producer = await self._books.producer(connection, livemode=work.item.livemode)
            known = await payouts.find(connection, producer.id, payout.id)
            if known is not None and read is None:
                payout = combine_payouts(known.payout, payout)
            inside_known = contents is not None or (known is not None and known.payout.reconciled)
            checks = known.checks if known and not work.fresh else 0
            await payouts.record(
                connection,
                producer,
                payout,
                read=read,
                due=self._next_look(payout, checks, now, inside_known=inside_known),
                checks=checks + 1,
                now=now,
            )
            if contents is not None:
                await payouts.attach(connection, producer.id, payout.id, contents)
            await work.finish(connection)

    def _next_look(
        self, payout: Payout, checks: int, now: datetime, *, inside_known: bool
    ) -> datetime | None:
        if self._api is None or payout.status in ("failed", "canceled"):
            return None
        if payout.status == "paid" and (inside_known or not payout.automatic):
            return None
        return next_check(checks, now)


def _told_by(work: Work) -> Payout:
    """The payout as far as its events tell it. Raises NotUnderstood where none of them does."""
    work.sort_out(_shown)
    return reduce(combine_payouts, map(_shown, work.bodies()))


def _shown(event: Json) -> Payout:
    return payout_of(mapping(mapping(event.get("data")).get("object")))
