"""Tolerant, typed access to Stripe's JSON: a field is what it should be, or None.

Nothing that arrives is trusted: fields may be missing, null, of another type or absurdly large,
and texts are typed by strangers. What passes can be shown, added up and stored anywhere.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, TypeAlias

Json: TypeAlias = Mapping[str, Any]
"""One of Stripe's objects as plain data."""

LONGEST_TEXT = 500
"""Characters kept of a text: more than any honest name, little enough to index."""
LONGEST_PARAGRAPHS = 4000
"""Characters kept of a text with paragraphs, which nothing is found by."""
LARGEST_AMOUNT = 10**15
"""Minor units; Stripe's own limit is far below, and sums of these still fit 64 bits."""
_LATEST = datetime(9999, 1, 1, tzinfo=UTC).timestamp()

# PostgreSQL cannot keep NUL, UTF-8 cannot encode surrogates, and none of these can be seen.
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_IDENTIFIER = re.compile(r"[A-Za-z0-9_-]{1,255}")
_CURRENCY = re.compile(r"[a-z]{3}")


class NotUnderstood(ValueError):
    """An object of Stripe's is broken beyond use. The message holds no data: safe to log."""


def text(value: object) -> str | None:
    """A text on one line, without control characters, at most `LONGEST_TEXT` characters long.

    None for other types and if nothing visible is left.
    """
    return _line(value, LONGEST_TEXT) if isinstance(value, str) else None


def paragraphs(value: object) -> str | None:
    """A text whose lines are kept apart by single newlines, else as `text`.

    At most `LONGEST_PARAGRAPHS` characters long.
    """
    if not isinstance(value, str):
        return None
    lines = (_line(line, LONGEST_PARAGRAPHS) for line in value[:LONGEST_PARAGRAPHS].splitlines())
    return "\n".join(line for line in lines if line) or None


def _line(value: str, longest: int) -> str | None:
    line = " ".join(_UNPRINTABLE.sub(" ", value).split())[:longest].strip()
    visible = any(character.isprintable() and character != " " for character in line)
    return line if visible else None


def identifier(value: object) -> str | None:
    """Stripe's id of an object, which may be given by its id or expanded."""
    if isinstance(value, Mapping):
        value = value.get("id")
    return value if isinstance(value, str) and _IDENTIFIER.fullmatch(value) else None


def integer(value: object) -> int | None:
    """A whole number that can be an amount. No booleans and no floats: money is neither."""
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if abs(value) <= LARGEST_AMOUNT else None


def currency(value: object) -> str | None:
    """A three-letter currency code in lower case, as Stripe writes it."""
    if not isinstance(value, str):
        return None
    code = value.lower()
    return code if _CURRENCY.fullmatch(code) else None


def moment(value: object) -> datetime | None:
    """An aware UTC datetime from unix seconds; None for 0 too, which Stripe uses for never."""
    seconds = integer(value)
    if seconds is None or not 0 < seconds < _LATEST:
        return None
    return datetime.fromtimestamp(seconds, UTC)


def mapping(value: object) -> Json:
    """An object; an empty one if there is none, or only its id."""
    return value if isinstance(value, Mapping) else {}


def mappings(value: object) -> list[Json]:
    """The objects of a list, or of the `data` of one of Stripe's list objects."""
    if isinstance(value, Mapping):
        value = value.get("data")
    if not isinstance(value, list | tuple):
        return []
    return [entry for entry in value if isinstance(entry, Mapping)]
