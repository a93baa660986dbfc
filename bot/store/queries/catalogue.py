"""The catalogue: kept as Stripe tells it, read for the public page, for `/tracks`, for off sale."""

from bot.store.on_sale.catalogue import keep, remove, retire, seen
from bot.store.on_sale.catalogue_reading import note_kinds, note_reading, reading
from bot.store.on_sale.checkout_settings import settings_of
from bot.store.on_sale.offers import for_sale, offer, track_page
from bot.store.on_sale.page_version import version
from bot.store.on_sale.stripe_listings import shelves
from bot.store.queries.tracks import catalogue, catalogue_track

__all__ = [
    "catalogue",
    "catalogue_track",
    "for_sale",
    "keep",
    "note_kinds",
    "note_reading",
    "offer",
    "reading",
    "remove",
    "retire",
    "seen",
    "settings_of",
    "shelves",
    "track_page",
    "version",
]
