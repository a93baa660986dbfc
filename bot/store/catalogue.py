"""The catalogue: kept as Stripe tells it, read for the public page, for `/tracks`, for off sale."""

from bot.store.catalogue_page import catalogue, catalogue_track
from bot.store.catalogue_reading import note_kinds, note_reading, reading
from bot.store.keeping import keep, remove, retire, seen
from bot.store.offers import for_sale, offer, track_page
from bot.store.page_version import version
from bot.store.shelves import shelves

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
    "shelves",
    "track_page",
    "version",
]
