"""Time zones by what people type of them."""

from collections.abc import Collection

COMMON = (
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Los_Angeles",
    "America/Toronto",
    "America/Mexico_City",
    "America/Bogota",
    "America/Sao_Paulo",
    "America/Argentina/Buenos_Aires",
    "Europe/London",
    "Europe/Paris",
    "Europe/Berlin",
    "Europe/Madrid",
    "Europe/Rome",
    "Europe/Warsaw",
    "Europe/Istanbul",
    "Africa/Lagos",
    "Africa/Johannesburg",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Jakarta",
    "Asia/Tokyo",
    "Australia/Sydney",
    "Pacific/Auckland",
    "UTC",
)
"""Shown while nothing is typed: as many as Discord shows."""


def zones_like(typed: str, zones: Collection[str]) -> list[str]:
    """The zones that `typed` is a part of, those whose place begins so first."""
    sought = _plain(typed)
    if not sought:
        return [zone for zone in COMMON if zone in zones]
    found = [zone for zone in zones if sought in _plain(zone)]
    return sorted(found, key=lambda zone: (not _place(zone).startswith(sought), zone))


def zone_named(typed: str, zones: Collection[str]) -> str | None:
    """The zone that is meant, however it is written: `europe/berlin`, `Berlin`, `New York`.

    None where there is no such zone, or more than one.
    """
    sought = _plain(typed)
    whole = [zone for zone in zones if _plain(zone) == sought]
    places = [zone for zone in zones if _place(zone) == sought]
    found = whole or places
    return found[0] if len(found) == 1 else None


def _plain(text: str) -> str:
    return "_".join(text.split()).casefold()


def _place(zone: str) -> str:
    return _plain(zone).rpartition("/")[2]
