"""Time zones by the names that people type: `Berlin`, `new york`, `PST`, `Germany`."""

from collections.abc import Collection
from difflib import get_close_matches
from functools import cache

from babel.core import Locale, get_global

COMMON = tuple(
    """
    America/New_York America/Chicago America/Denver America/Los_Angeles America/Toronto
    America/Mexico_City America/Bogota America/Sao_Paulo America/Argentina/Buenos_Aires
    Europe/London Europe/Paris Europe/Berlin Europe/Madrid Europe/Rome Europe/Warsaw
    Europe/Istanbul Africa/Lagos Africa/Johannesburg Asia/Dubai Asia/Kolkata Asia/Jakarta
    Asia/Tokyo Australia/Sydney Pacific/Auckland UTC
    """.split()
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

    None if there is no such zone, or more than one.
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


SUGGESTED = 3
_KNOWN_AS = {
    "America/New_York": "EDT EST5 ET Eastern NYC Atlanta Boston Miami Philadelphia Washington",
    "America/Chicago": "CST CDT CT Central Dallas Houston Memphis Nashville New_Orleans",
    "America/Denver": "MDT MT Mountain",
    "America/Los_Angeles": "PST PDT PT Pacific LA Las_Vegas San_Francisco Seattle California",
    "Europe/London": "BST England Scotland Manchester Birmingham",
    "Europe/Berlin": "CEST Hamburg Cologne Frankfurt Munich",
    "Europe/Athens": "EEST",
    "Africa/Lagos": "WAT Abuja",
    "Africa/Johannesburg": "SAST Cape_Town",
    "Asia/Kolkata": "IST Mumbai Delhi",
    "Asia/Tokyo": "JST",
    "Australia/Sydney": "AEST AEDT",
}
"""Abbreviations and large cities that are no IANA names."""


def similar_zones(typed: str, zones: Collection[str]) -> list[str]:
    """The zones that may be meant by a text that names none of them, the likeliest first."""
    sought = _plain(typed)
    named = zone_named(typed, zones)
    known = [zone for zone, names in _KNOWN_AS.items() if sought in names.casefold().split()]
    if named or known:
        return [named] if named else known
    here = [zone for zone in _countries().get(sought, ()) if zone in zones]
    if here:
        return sorted(here, key=lambda zone: zone not in COMMON)[:SUGGESTED]
    by_place = {_place(zone): zone for zone in sorted(zones, reverse=True)}
    by_name = {_plain(zone): zone for zone in sorted(zones)}
    near = [by_place[each] for each in get_close_matches(sought, by_place, SUGGESTED, 0.75)]
    near += [by_name[each] for each in get_close_matches(sought, by_name, SUGGESTED, 0.75)]
    return list(dict.fromkeys(near))[:SUGGESTED]


@cache
def _countries() -> dict[str, list[str]]:
    """The zones of each country, by its English name and by its code."""
    names = Locale("en").territories
    found = {}
    for code, zones in get_global("territory_zones").items():
        found[code.casefold()] = found[_plain(str(names.get(code, code)))] = zones
    return found | {"usa": found["us"], "uk": found["gb"]}
