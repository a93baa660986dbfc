"""Brings one payout up to date, and notes with each payment which payout its money is in."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import reduce
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.json_access import Json, mapping
from bot.domain.payout import Payout, PayoutItem, combine_payouts, payout_items_of, payout_of
from bot.domain.problem import GONE, Problem, payout_problems
from bot.store import inbox
from bot.store.books import payouts
from bot.store.books.payouts import StoredPayout
from bot.store.books.problem_log import has
from bot.store.work_queue import Item
from bot.stripe_api import StripeApi
from bot.sync.object_work import ObjectSync, Work, is_open_payout, next_check, note_problems
from bot.sync.stripe_calls import NO_SUCH_OBJECT, NoAnswer, asking

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


class PayoutSync(ObjectSync):
    """The handler of `payout:` items."""

    async def __call__(self, item: Item) -> None:
        """Read it, record it, finish its events. Raises NotUnderstood for a broken object."""
        async with self.store.read() as connection:
            work = Work(item=item, events=await inbox.about(connection, item))
            producer = await self.scope.known_producer(connection, livemode=item.livemode)
            known = None
            if producer is not None:
                known = await payouts.find(connection, producer.id, item.object_id)
            gone_until = await self._gone_until(connection, work, known)
        try:
            if gone_until is not None:
                raise NoAnswer(NO_SUCH_OBJECT, Problem(GONE))
            seen = await self._ask_stripe(work)
        except NoAnswer as trouble:
            if not work.fresh:
                await self.put_off(item, known, trouble)
                return
            seen = replace(_seen_in_events(work, trouble), gone_until=gone_until)
        await self._record(work, seen)
        self.announce()

    async def _gone_until(
        self, connection: AsyncConnection, work: Work, known: StoredPayout | None
    ) -> datetime | None:
        """When Stripe, which said that it is not there, is to be asked again: another event of it
        is no reason to. None if it may be asked now.
        """
        if known is None or not work.fresh or known.read:
            return None
        if known.due is None or known.due <= self.clock():
            return None
        gone = await has(connection, known.producer_id, work.item.subject, GONE)
        return known.due if gone else None

    async def _ask_stripe(self, work: Work) -> _Seen:
        """The payout as Stripe has it, and what is in it; raises NoAnswer."""
        if self.api is None:
            raise NoAnswer
        began = self.clock()
        patience = self.patience if work.fresh else None
        async with asking(work.item.subject, patience):
            shown = await self.api.read_payout(work.item.object_id)
            seen = _Seen(payout=payout_of(shown), read=began, problems=payout_problems(shown))
        try:
            async with asking(work.item.subject, patience):
                return replace(seen, contents=await self._contents(self.api, seen.payout))
        except NoAnswer:
            return seen

    async def _contents(self, api: StripeApi, payout: Payout) -> Contents | None:
        """Manual payouts cannot be broken down; automatic ones only once they are reconciled."""
        if not (payout.automatic and payout.reconciled):
            return None
        return payout_items_of(await api.payout_movements(payout.id))

    async def _record(self, work: Work, seen: _Seen) -> None:
        now = self.clock()
        payout, contents, read = seen.payout, seen.contents, seen.read
        async with self.store.write() as connection:
            producer = await self.scope.producer(connection, livemode=work.item.livemode)
            known = await payouts.find(connection, producer.id, payout.id)
            if known is not None and read is None:
                payout = combine_payouts(known.payout, payout)
            inside_known = contents is not None or (known is not None and known.payout.reconciled)
            checks = known.checks if known and not work.fresh else 0
            if known is not None and seen.gone_until is not None:
                checks = known.checks - 1
            due = None
            # What is gone may only be late, also when nothing else of it is to come.
            late = seen.gone and payout.status == "paid"
            if self.api and (late or is_open_payout(payout, inside_known=inside_known)):
                due = seen.gone_until or next_check(checks, now, gone=seen.gone)
            await payouts.record(
                connection,
                producer,
                payout,
                read=read,
                due=due,
                checks=checks + 1,
                now=now,
            )
            if contents is not None:
                await payouts.attach(connection, producer.id, payout.id, contents)
            await note_problems(connection, producer.id, work.item, seen.problems, now)
            await work.finish(connection, overruled=read is not None)


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
