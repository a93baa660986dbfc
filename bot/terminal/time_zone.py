"""The time zone of this machine, and those with a similar name."""

from difflib import get_close_matches
from pathlib import Path
from zoneinfo import available_timezones

LOCALTIME, NAME = Path("/etc/localtime"), Path("/etc/timezone")


def machine_time_zone(localtime: Path = LOCALTIME, name: Path = NAME) -> str | None:
    """The IANA name that Linux and macOS are set to; None if that is not known.

    https://www.freedesktop.org/software/systemd/man/latest/localtime.html
    """
    zones = available_timezones() - {"localtime", "Factory"}  # files of the system, not zones
    try:
        written = [name.read_text("utf-8").strip()] if name.exists() else []
        linked = localtime.resolve().parts
    except (OSError, UnicodeDecodeError):
        return None
    names = ["/".join(linked[-length:]) for length in (3, 2, 1)]
    return next((one for one in (*names, *written) if one in zones), None)


def similar_time_zones(text: str) -> list[str]:
    """IANA names that someone may have meant by a text: `new york`, `Berlin`."""
    typed = text.strip().replace(" ", "_").casefold()
    names = {name.casefold(): name for name in sorted(available_timezones())}
    cities = {name.rpartition("/")[2]: name for name in reversed(names)}
    if typed in cities:
        return [names[cities[typed]]]
    near = [cities[city] for city in get_close_matches(typed, cities, 3, 0.75)]
    near += [name for name in get_close_matches(typed, names, 3, 0.75) if name not in near]
    return [names[name] for name in near[:3]]
