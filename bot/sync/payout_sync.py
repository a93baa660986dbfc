"""Brings one payout up to date, and notes with each payment which payout its money is in."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import Json, mapping
from bot.domain.payout import Payout, PayoutItem, combine_payouts, payout_items_of, payout_of
from bot.domain.period import Clock
from bot.domain.problem import GONE, Problem, payout_problems
from bot.store import inbox, work_queue
from bot.store.books import payouts
from bot.store.books.problem_log import has
from bot.store.engine import Store
from bot.store.work_queue import Item
from bot.stripe_api import StripeApi
from bot.sync.account_scope import AccountScope
from bot.sync.object_work import Work, next_check, note_problems
from bot.sync.stripe_calls import NO_SUCH_OBJECT, PATIENCE, NoAnswer, asking

Contents: TypeAlias = tuple[PayoutItem, ...]
"""What an automatic payout holds, as Stripe lists it once it is reconciled."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What is known of a payout now, and from where."""

    payout: Payout
    contents: Contents | None = None
    read: datetime | None = None
    """When Stripe itself was asked; None if this is what events say."""
    problems: frozenset[Problem] = field(default_factory=frozenset)
    gone: bool = False
    """Whether Stripe says that there is no such payout."""
    gone_until: datetime | None = None
    """When it is to be asked again, if it was not asked now."""


class PayoutSync:
    """The handler of `payout:` items."""

    def __init__(
        self,
        store: Store,
        api: StripeApi | None,
        scope: AccountScope,
        clock: Clock,
        announce: Callable[[], None],
        patience: float = PATIENCE,
    ) -> None:
        """`announce` is called when there may be news for Discord; `patience` is in seconds."""
        self._store = store
        self._api = api
        self._scope = scope
        self._clock = clock
        self._announce = announce
        self._patience = patience

    async def __call__(self, item: Item) -> None:
        """Read it, record it, finish its events. Raises NotUnderstood for a broken object."""
        async with self._store.read() as connection:
            work = Work(item=item, events=await inbox.about(connection, item))
            gone_until = await self._gone_until(connection, work)
        try:
            if gone_until is not None:
                raise NoAnswer(NO_SUCH_OBJECT, Problem(GONE))
            seen = await self._ask_stripe(work)
        except NoAnswer as trouble:
            if not work.fresh:
                await self._put_off(item, trouble)
                return
            seen = replace(_seen_in_events(work, trouble), gone_until=gone_until)
        await self._record(work, seen)
        self._announce()

    async def _gone_until(self, connection: AsyncConnection, work: Work) -> datetime | None:
        """When Stripe, which said that it is not there, is to be asked again: another event of it
        is no reason to. None if it may be asked now.
        """
        item = work.item
        producer = await self._scope.known_producer(connection, livemode=item.livemode)
        if producer is None or not work.fresh:
            return None
        known = await payouts.find(connection, producer.id, item.object_id)
        if known is None or known.read or known.due is None or known.due <= self._clock():
            return None
        gone = await has(connection, producer.id, item.subject, GONE)
        return known.due if gone else None

    async def _put_off(self, item: Item, trouble: NoAnswer) -> None:
        """A check that got no answer changes nothing but the time of the next."""
        now = self._clock()
        async with self._store.write() as connection:
            producer = await self._scope.producer(connection, livemode=item.livemode)
            known = await payouts.find(connection, producer.id, item.object_id)
            asked = known is not None and self._api is not None
            until = next_check(known.checks, now, gone=trouble.gone) if known and asked else None
            await work_queue.look_again(connection, item, until)
            found = trouble.problems
            await note_problems(connection, producer.id, item, found, now, all_of_them=False)

    async def _ask_stripe(self, work: Work) -> _Seen:
        """The payout as Stripe has it, and what is in it; raises NoAnswer."""
        if self._api is None:
            raise NoAnswer
        began = self._clock()
        patience = self._patience if work.fresh else None
        async with asking(work.item.subject, patience):
            shown = await self._api.read_payout(work.item.object_id)
            seen = _Seen(payout=payout_of(shown), read=began, problems=payout_problems(shown))
        try:
            async with asking(work.item.subject, patience):
                return replace(seen, contents=await self._contents(self._api, seen.payout))
        except NoAnswer:
            return seen

    async def _contents(self, api: StripeApi, payout: Payout) -> Contents | None:
        """Manual payouts cannot be broken down; automatic ones only once they are reconciled."""
        if not (payout.automatic and payout.reconciled):
            return None
        return payout_items_of(await api.payout_movements(payout.id))

    async def _record(self, work: Work, seen: _Seen) -> None:
        now = self._clock()
        payout, contents, read = seen.payout, seen.contents, seen.read
        async with self._store.write() as connection:
            producer = await self._scope.producer(connection, livemode=work.item.livemode)
            known = await payouts.find(connection, producer.id, payout.id)
            if known is not None and read is None:
                payout = combine_payouts(known.payout, payout)
            inside_known = contents is not None or (known is not None and known.payout.reconciled)
            checks = known.checks if known and not work.fresh else 0
            if known is not None and seen.gone_until is not None:
                checks = known.checks - 1
            await payouts.record(
                connection,
                producer,
                payout,
                read=read,
                due=self._next_look(seen, checks, now, inside_known=inside_known),
                checks=checks + 1,
                now=now,
            )
            if contents is not None:
                await payouts.attach(connection, producer.id, payout.id, contents)
            await note_problems(connection, producer.id, work.item, seen.problems, now)
            await work.finish(connection, overruled=read is not None)

    def _next_look(
        self, seen: _Seen, checks: int, now: datetime, *, inside_known: bool
    ) -> datetime | None:
        payout = seen.payout
        if self._api is None or payout.status in ("failed", "canceled"):
            return None
        if seen.gone:
            return seen.gone_until or next_check(checks, now, gone=True)
        if payout.status == "paid" and (inside_known or not payout.automatic):
            return None
        return next_check(checks, now)


def _seen_in_events(work: Work, trouble: NoAnswer) -> _Seen:
    """The payout by what its events say. Raises NotUnderstood if none of them is understood."""
    work.sort_out(lambda event: payout_of(_shown(event)))
    shown = list(map(_shown, work.bodies()))
    problems = (payout_problems(each) for each in shown)
    return _Seen(
        payout=reduce(combine_payouts, map(payout_of, shown)),
        problems=frozenset(trouble.problems.union(*problems)),
        gone=trouble.gone,
    )


def _shown(event: Json) -> Json:
    return mapping(mapping(event.get("data")).get("object"))
