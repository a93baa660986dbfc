"""The catalogue: kept as Stripe tells it, read for the public page, for `/tracks`, for off sale."""

from bot.store.books.catalogue_rows import keep, remove, retire, seen
from bot.store.books.offers import for_sale, offer, settings_of, track_page
from bot.store.books.stripe_listings import note_kinds, note_reading, reading, track_listings
from bot.store.books.track_rows import version
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
    "track_listings",
    "track_page",
    "version",
]
