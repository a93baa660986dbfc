"""Switches payment links off and archives products and prices of tracks that are off sale."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.clock import Clock
from bot.domain.json_access import Json
from bot.domain.off_sale import Obstacle, Step, StepKind
from bot.domain.records import Producer
from bot.store.engine import Store
from bot.store.on_sale import off_sale
from bot.store.on_sale.off_sale import DueTrack
from bot.store.queries import catalogue
from bot.stripe_api import (
    StripeApi,
    StripeDenied,
    StripeDown,
    StripeGone,
    StripeRefused,
    StripeTrouble,
)
from bot.sync.account_scope import Books

log = structlog.get_logger()

SOLD = "This beat has been sold exclusively and is no longer available."
KEPT_OFF = "This beat is no longer available."
"""What who opens a payment link reads. Never to whom it was sold."""
FIRST_DELAY = 5.0
LONGEST_DELAY = 900.0
"""Seconds until a step is tried again that Stripe did not answer."""

_OBJECTS = {
    StepKind.LINK: "payment_link",
    StepKind.PRODUCT: "product",
    StepKind.PRICE: "price",
}
"""What Stripe calls them."""


class Shelving:
    """Does the steps of these three kinds."""

    def __init__(self, store: Store, api: StripeApi, books: Books, clock: Clock) -> None:
        self._store = store
        self._api = api
        self._books = books
        self._clock = clock

    async def do(self, track: DueTrack, *kinds: StepKind) -> None:
        """Do what is due of these kinds, side by side."""
        due = [step for step in await self._due(track) if step.kind in kinds]
        await asyncio.gather(*(self._do(track, step) for step in due))

    async def _due(self, track: DueTrack) -> list[Step]:
        async with self._store.read() as connection:
            return await off_sale.due_steps(connection, track, self._clock())

    async def _do(self, track: DueTrack, step: Step) -> None:
        try:
            if step.kind is StepKind.PRODUCT and not await self._is_own(track, step):
                return
            await self._api.urgent.turn()
            began = self._clock()
            shown = await self._switch_off(track, step)
        except StripeGone:
            await self._remove(track, step)
        except StripeTrouble as trouble:
            await hinder(self._store, track, step, trouble, self._clock())
        else:
            await self._keep([shown], began, track)
            log.info("taken off sale", kind=step.kind.value, object=step.object)

    async def _is_own(self, track: DueTrack, step: Step) -> bool:
        """Whether all the product's prices are the track's, by Stripe's word of this moment.

        Archiving a product takes all of them off sale, and one may have been added just now.
        """
        await self._api.urgent.turn()
        began = self._clock()
        prices = await self._api.prices_of(step.object, account=track.account)
        await self._keep(prices, began, track)
        return step.key in {each.key for each in await self._due(track)}

    async def _switch_off(self, track: DueTrack, step: Step) -> Json:
        api, account = self._api, track.account
        if step.kind is StepKind.LINK:
            message = SOLD if track.sold else KEPT_OFF
            return await api.deactivate_link(step.object, message, account=account)
        if step.kind is StepKind.PRODUCT:
            return await api.archive_product(step.object, account=account)
        return await api.archive_price(step.object, account=account)

    async def _keep(self, shown: Sequence[Json], began: datetime, track: DueTrack) -> None:
        async with self._store.write() as connection:
            producer = await self._producer(connection)
            await catalogue.keep(connection, producer, shown, began, tell=False)
            await off_sale.tell_when_over(connection, track, self._clock())

    async def _remove(self, track: DueTrack, step: Step) -> None:
        kind, now = _OBJECTS[step.kind], self._clock()
        async with self._store.write() as connection:
            producer = await self._producer(connection)
            await catalogue.remove(connection, producer, kind, step.object, now)
            await off_sale.tell_when_over(connection, track, now)

    async def _producer(self, connection: AsyncConnection) -> Producer:
        return await self._books.producer(connection, livemode=self._books.livemode is True)


async def hinder(
    store: Store, track: DueTrack, step: Step, trouble: StripeTrouble, now: datetime
) -> None:
    """Note why a step could not be done, and who does it when."""
    log.warning("not taken off sale", kind=step.kind.value, object=step.object, reason=str(trouble))
    obstacle = _obstacle(trouble)
    down = obstacle is Obstacle.DOWN
    async with store.write() as connection:
        await off_sale.hindered(
            connection,
            track,
            step.key,
            obstacle,
            by_hand=not down,
            due=now + _delay(step, trouble) if down else None,
        )
        if obstacle is not step.obstacle:
            await off_sale.tell_when_over(connection, track, now)


def _obstacle(trouble: StripeTrouble) -> Obstacle:
    match trouble:
        case StripeDenied():
            return Obstacle.DENIED
        case StripeRefused():
            return Obstacle.REFUSED
    return Obstacle.DOWN


def _delay(step: Step, trouble: StripeTrouble) -> timedelta:
    asked = trouble.retry_after if isinstance(trouble, StripeDown) else None
    grown = min(FIRST_DELAY * 2.0 ** min(step.attempts, 10), LONGEST_DELAY)
    return timedelta(seconds=max(grown, asked or 0.0))
