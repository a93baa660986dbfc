"""Closes the open Checkouts of a track that is off sale: of its links, and of the public page."""

import asyncio
from collections.abc import Callable, Sequence, Set
from functools import partial

import structlog

from bot.domain.clock import Clock
from bot.domain.json_access import Json, identifier, mapping, mappings, text
from bot.domain.naming import track_key
from bot.domain.off_sale import EVERY_CHECKOUT, Step, StepKind, StepState
from bot.store.engine import Store
from bot.store.on_sale import off_sale
from bot.store.on_sale.off_sale import DueTrack
from bot.stripe_api import StripeApi, StripeDenied, StripeGone, StripeRefused, StripeTrouble
from bot.sync.off_sale_steps import hinder

log = structlog.get_logger()


class OpenCheckouts:
    """Finds and closes them."""

    def __init__(self, store: Store, api: StripeApi, clock: Clock) -> None:
        self._store = store
        self._api = api
        self._clock = clock

    async def close(self, track: DueTrack, going_on: Callable[[], bool], *, last: bool) -> None:
        """Close what is open now. `last`: nothing can be opened after it, so these are all.

        Between two pages it ends when it is not `going_on`: what is left then is still to be done.
        """
        step = await self._due(track)
        if step is None:
            return
        try:
            done = await self._close_all(track, going_on)
        except StripeTrouble as trouble:
            if last:
                await hinder(self._store, track, step, trouble, self._clock())
            return
        if done and last:
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

    async def _close_all(self, track: DueTrack, going_on: Callable[[], bool]) -> bool:
        """Close them page by page, as they are read; whether it came to the end.

        Each page has the API's patience. Raises StripeTrouble, where only some could not be closed
        after all others.
        """
        async with self._store.read() as connection:
            key, prices = await off_sale.track_sells(connection, track)
        troubles: list[StripeTrouble] = []
        if not going_on():
            return False
        await self._api.urgent.turn()
        async for page in self._api.open_sessions(account=track.account):
            selling = (identifier(one) for one in page if sells(one, key, prices))
            troubles += await self._close_these(track, [id_ for id_ in selling if id_])
            if any(isinstance(trouble, StripeDenied) for trouble in troubles):
                break
            if not going_on():
                return False
            await self._api.urgent.turn()
        if troubles:
            raise troubles[0]
        return True

    async def _close_these(self, track: DueTrack, sessions: Sequence[str]) -> list[StripeTrouble]:
        """Close those of one page; why some could not be."""
        outcomes = await asyncio.gather(*map(partial(self._close, track), sessions))
        closed = [id_ for id_, outcome in zip(sessions, outcomes, strict=True) if outcome is True]
        if closed:
            async with self._store.write() as connection:
                await off_sale.checkouts_closed(connection, track, closed, self._clock())
            log.info("checkouts closed", track=track.track_id, count=len(closed))
        return [outcome for outcome in outcomes if isinstance(outcome, StripeTrouble)]

    async def _close(self, track: DueTrack, session: str) -> bool | StripeTrouble:
        """Whether it was open, and is closed now; or why it could not be."""
        await self._api.urgent.turn()
        try:
            await self._api.expire_session(session, account=track.account)
        except (StripeGone, StripeRefused):
            # Paid at this very moment, or expired by itself: if it was paid, that will be told.
            log.info("checkout was not open any more", session=session)
            return False
        except StripeTrouble as trouble:
            return trouble
        return True


def sells(session: Json, track: str, prices: Set[str]) -> bool:
    """Whether a Checkout is about to sell a track: by one of its prices, or as its metadata says.

    `track`: its key.
    """
    named = text(mapping(session.get("metadata")).get("track"))
    if named is not None and track_key(named) == track:
        return True
    items = mappings(session.get("line_items"))
    return any(identifier(item.get("price")) in prices for item in items)
