"""Closes the open Checkouts of a track that is off sale: of its links, and of the public page."""

import asyncio
from collections.abc import Set

import structlog

from bot.ledger.clock import Clock
from bot.ledger.fields import Json, identifier, mapping, mappings, text
from bot.ledger.naming import track_key
from bot.ledger.off_sale import EVERY_CHECKOUT, Step, StepKind, StepState
from bot.store.engine import Store
from bot.store.on_sale import off_sale
from bot.store.on_sale.off_sale import DueTrack
from bot.stripe_api import StripeApi, StripeGone, StripeRefused, StripeTrouble
from bot.sync.off_sale_steps import hinder

log = structlog.get_logger()


class OpenCheckouts:
    """Finds and closes them."""

    def __init__(self, store: Store, api: StripeApi, clock: Clock) -> None:
        self._store = store
        self._api = api
        self._clock = clock

    async def close(self, track: DueTrack, *, last: bool) -> None:
        """Close what is open now. `last`: no more can be opened, so that is all there was."""
        step = await self._due(track)
        if step is None:
            return
        try:
            await self._close_all(track)
        except StripeTrouble as trouble:
            if last:
                await hinder(self._store, track, step, trouble, self._clock())
            return
        if last:
            now = self._clock()
            async with self._store.write() as connection:
                await off_sale.checkouts_done(connection, track, now)
                if step.state is not StepState.DONE:
                    await off_sale.tell_when_over(connection, track, now)

    async def _due(self, track: DueTrack) -> Step | None:
        sweep = StepKind.SESSION, EVERY_CHECKOUT
        async with self._store.read() as connection:
            due = await off_sale.due_steps(connection, track, self._clock())
        return next((step for step in due if step.key == sweep), None)

    async def _close_all(self, track: DueTrack) -> None:
        async with self._store.read() as connection:
            key, prices = await off_sale.track_sells(connection, track)
        await self._api.urgent.turn()
        sessions = await self._api.open_sessions(account=track.account)
        selling = (identifier(one) for one in sessions if sells(one, key, prices))
        concerned = [id_ for id_ in selling if id_]
        outcomes = await asyncio.gather(
            *(self._close(track, session) for session in concerned), return_exceptions=True
        )
        for outcome in outcomes:
            if isinstance(outcome, BaseException):
                raise outcome

    async def _close(self, track: DueTrack, session: str) -> None:
        await self._api.urgent.turn()
        try:
            await self._api.expire_session(session, account=track.account)
        except (StripeGone, StripeRefused):
            # Paid at this very moment, or expired by itself: if it was paid, that will be told.
            log.info("checkout was not open any more", session=session)
            return
        async with self._store.write() as connection:
            await off_sale.checkout_closed(connection, track, session, self._clock())
        log.info("checkout closed", session=session)


def sells(session: Json, track: str, prices: Set[str]) -> bool:
    """Whether a Checkout is about to sell a track: by one of its prices, or as its metadata says.

    `track`: its key.
    """
    named = text(mapping(session.get("metadata")).get("track"))
    if named is not None and track_key(named) == track:
        return True
    items = mappings(session.get("line_items"))
    return any(identifier(item.get("price")) in prices for item in items)
