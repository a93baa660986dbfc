"""A producer's shelves: what tests of the catalogue put on them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from bot.domain.sale import Producer
from bot.domain.track import (
    CataloguePage,
    CatalogueTrack,
    Offer,
    SoldTrack,
    TrackListings,
    TrackOffers,
)
from bot.store.books import catalogue_rows, offers, stripe_listings, track_rows
from bot.store.engine import Store
from bot.store.queries import exclusive, tracks
from fakes.stripe import StripeAccount
from tests import factories as make

NOW = make.NOON
SOON = NOW + timedelta(minutes=1)
LATER = NOW + timedelta(hours=1)


@dataclass
class Shelf:
    """A producer's shop at Stripe, and the store that keeps it."""

    store: Store
    producer: Producer
    account: StripeAccount

    def get(self, id_: str) -> dict[str, Any]:
        """An object as a list of Stripe's shows it: links with their line items."""
        found = self.account.books.find(id_)
        assert found is not None
        if found["object"] != "payment_link":
            return found
        books = self.account.books
        items = [books.get("item", item) for item in books.grouped("item", "payment_link", id_)]
        return found | {"line_items": {"object": "list", "data": items, "has_more": False}}

    async def keep(self, *ids: str, at: datetime = NOW) -> None:
        await self.keep_objects(*(self.get(id_) for id_ in ids), at=at)

    async def keep_objects(self, *objects: dict[str, Any], at: datetime = NOW) -> None:
        async with self.store.write() as connection:
            await catalogue_rows.keep(connection, self.producer, objects, at)

    async def remove(self, kind: str, id_: str) -> None:
        async with self.store.write() as connection:
            await catalogue_rows.remove(connection, self.producer, kind, id_, NOW)

    async def retire(self, kind: str, before: datetime) -> int:
        async with self.store.write() as connection:
            return await catalogue_rows.retire(connection, self.producer, kind, before)

    async def for_sale(self) -> tuple[TrackOffers, ...]:
        async with self.store.read() as connection:
            return await offers.for_sale(connection, self.producer)

    async def names(self) -> list[str]:
        return [track.name for track in await self.for_sale()]

    async def track_page(self, track_id: int) -> TrackOffers | SoldTrack | None:
        async with self.store.read() as connection:
            return await offers.track_page(connection, self.producer, track_id)

    async def offer(self, price: str) -> Offer | None:
        async with self.store.read() as connection:
            return await offers.offer(connection, self.producer, price)

    async def page(self, number: int = 0) -> CataloguePage:
        async with self.store.read() as connection:
            return await tracks.catalogue(connection, self.producer, number)

    async def track(self, name: str) -> CatalogueTrack:
        async with self.store.read() as connection:
            found = await tracks.catalogue_track(connection, self.producer, name)
        assert found is not None
        return found

    async def shelves(self, track_id: int) -> TrackListings:
        async with self.store.read() as connection:
            return await stripe_listings.track_listings(connection, self.producer.id, track_id)

    async def version(self) -> int:
        async with self.store.read() as connection:
            return await track_rows.version(connection, self.producer)

    async def decide(self, track_id: int, *, keep_off: bool) -> None:
        async with self.store.write() as connection:
            await exclusive.decide(
                connection, self.producer, track_id, keep_off=keep_off, by=7, now=NOW, again=True
            )


@dataclass
class Drive:
    product: str
    lease: str
    exclusive: str
    id: int
