"""Writes payouts of the past, with what is in them."""

import asyncio
from collections.abc import Sequence, Set
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.domain.clock import Clock
from bot.domain.json_access import Json, identifier
from bot.domain.parse import NotUnderstood
from bot.domain.payout import Payout, PayoutItem, payout_items_of, payout_of
from bot.domain.problems import NOT_UNDERSTOOD, Problem, payout_problems
from bot.domain.records import Producer
from bot.store.books import payouts
from bot.store.books.importing import subjects_waiting
from bot.store.books.payouts import StoredPayout
from bot.store.engine import Store
from bot.stripe_api import History, StripeDenied, StripeDown, StripeTrouble
from bot.sync.problems import settle_problems
from bot.sync.retry import Persistence

log = structlog.get_logger()

LOOK_AGAIN = timedelta(hours=1)
# Seconds between two transactions, in which another process may write.
REST = 0.005


class PayoutFiling:
    """Writes what Stripe's list of payouts shows, quietly; but a failure is never passed over."""

    def __init__(
        self, store: Store, history: History, persistence: Persistence, clock: Clock
    ) -> None:
        self._store = store
        self._history = history
        self._persistence = persistence
        self._clock = clock

    async def file(
        self, producer: Producer, listed: Sequence[Json], *, began: datetime, handover: datetime
    ) -> int:
        """Write payouts as they were listed, from `began` on; how many were new or had changed.

        Those that came after the `handover` are told by events, and so are those that wait to be.
        """
        if not listed:
            return 0
        filed = 0
        seen, problems = _seen(listed)
        async with self._store.read() as connection:
            ids = [payout.id for payout in seen]
            recorded = await payouts.find_all(connection, producer.id, ids)
            subjects = [f"payout:{id_}" for id_ in ids]
            waiting = await subjects_waiting(connection, producer.livemode, subjects)
        for payout in seen:
            known = recorded.get(payout.id)
            new = known is None and payout.created >= handover
            if not new and f"payout:{payout.id}" not in waiting and not _read_since(known, began):
                filed += await self._file(producer, payout, known, began)
                await asyncio.sleep(REST)
        async with self._store.write() as connection:
            await settle_problems(connection, producer, problems, self._clock())
        return filed

    async def _file(
        self, producer: Producer, payout: Payout, known: StoredPayout | None, began: datetime
    ) -> bool:
        contents = None
        if payout.automatic and payout.reconciled and not (known and known.payout.reconciled):
            contents = await self._contents(payout.id)
        if known and contents is None and _same(known.payout, payout):
            return False
        await self._write(producer, payout, known, contents, began)
        return True

    async def _contents(self, payout_id: str) -> Sequence[PayoutItem] | None:
        try:
            listed = await self._persistence.ask(partial(self._history.payout_movements, payout_id))
        except (StripeDown, StripeDenied):
            raise
        except StripeTrouble as trouble:
            log.warning("payout cannot be broken down", payout=payout_id, reason=str(trouble))
            return None
        return payout_items_of(listed)

    async def _write(
        self,
        producer: Producer,
        payout: Payout,
        known: StoredPayout | None,
        contents: Sequence[PayoutItem] | None,
        began: datetime,
    ) -> None:
        now = self._clock()
        inside_known = contents is not None or bool(known and known.payout.reconciled)
        async with self._store.write() as connection:
            if known and _read_since(await payouts.find(connection, producer.id, payout.id), began):
                return  # meanwhile
            await payouts.record(
                connection,
                producer,
                payout,
                read=began,
                due=now + LOOK_AGAIN if _is_open(payout, inside_known=inside_known) else None,
                checks=1,
                now=now,
                # Of a payout that is known only a failure is told, or the message it has edited.
                quiet=known is None,
            )
            if contents is not None:
                await payouts.attach(connection, producer.id, payout.id, contents)


def _seen(listed: Sequence[Json]) -> tuple[list[Payout], dict[str, Set[Problem]]]:
    """Payouts as Stripe lists them, the oldest first, and what of each is not understood."""
    seen: list[Payout] = []
    problems: dict[str, Set[Problem]] = {}
    for shown in reversed(listed):
        subject = f"payout:{identifier(shown) or 'unknown'}"
        try:
            seen.append(payout_of(shown))
            problems[subject] = payout_problems(shown)
        except NotUnderstood as trouble:
            log.error("object not understood", subject=subject, reason=str(trouble))
            problems[subject] = {Problem(NOT_UNDERSTOOD, said=str(trouble))}
    return seen, problems


def _read_since(known: StoredPayout | None, began: datetime) -> bool:
    """Whether what is known was read of Stripe later."""
    return known is not None and known.read is not None and known.read > began


def _same(known: Payout, seen: Payout) -> bool:
    return replace(known, reconciled=False) == replace(seen, reconciled=False)


def _is_open(payout: Payout, *, inside_known: bool) -> bool:
    if payout.status in ("failed", "canceled"):
        return False
    return payout.status != "paid" or (payout.automatic and not inside_known)
