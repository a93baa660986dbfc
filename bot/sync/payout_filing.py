"""Writes payouts of the past, with what is in them."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

import structlog

from bot.ledger.clock import Clock
from bot.ledger.fields import Json, identifier
from bot.ledger.payout import Payout, PayoutItem, payout_items_of, payout_of
from bot.ledger.reading import NotUnderstood
from bot.ledger.records import Producer
from bot.store import payouts
from bot.store.engine import Store
from bot.store.importing import subjects_waiting
from bot.store.payouts import StoredPayout
from bot.stripe_api import History, StripeDenied, StripeDown, StripeTrouble
from bot.sync.persistence import Persistence

log = structlog.get_logger()

LOOK_AGAIN = timedelta(hours=1)


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
        filed = 0
        for shown in reversed(listed):
            try:
                payout = payout_of(shown)
            except NotUnderstood as trouble:
                subject = identifier(shown) or "unknown"
                log.error("object not understood", subject=subject, reason=str(trouble))
                continue
            async with self._store.read() as connection:
                known = await payouts.find(connection, producer.id, payout.id)
                waiting = await subjects_waiting(
                    connection, producer.livemode, [f"payout:{payout.id}"]
                )
            told = waiting or (known is None and payout.created >= handover)
            if not told and not (known and known.read and known.read > began):
                filed += await self._file(producer, payout, known, began)
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


def _same(known: Payout, seen: Payout) -> bool:
    return replace(known, reconciled=False) == replace(seen, reconciled=False)


def _is_open(payout: Payout, *, inside_known: bool) -> bool:
    if payout.status in ("failed", "canceled"):
        return False
    return payout.status != "paid" or (payout.automatic and not inside_known)
