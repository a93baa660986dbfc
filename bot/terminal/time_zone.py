"""The time zone of this machine."""

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
