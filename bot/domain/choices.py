"""What menus offer of a producer's preferences, and what a choice makes of them.

A choice comes back from Discord as a word, which may be forged: what is not offered is refused.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum

from bot.domain.preferences import Cadence, Detail, Preferences, QuietHours

OFF = "off"
ON = "on"
NIGHTS = (QuietHours(22 * 60, 8 * 60), QuietHours(23 * 60, 7 * 60), QuietHours(0, 9 * 60))
"""Quiet hours to pick from; others by command."""


class Setting(StrEnum):
    """What can be chosen from a menu or with a button."""

    DIGEST = "digest"
    QUIET = "quiet"
    EMAIL = "email"
    MARKS = "marks"


class NotOffered(ValueError):
    """A choice that no menu offers."""


def chosen(preferences: Preferences, what: Setting, value: str) -> Preferences:
    """The preferences once `value` is chosen. Raises NotOffered."""
    offer = _OFFERS[what](preferences)
    if value not in offer:
        raise NotOffered(what)
    return offer[value]


def quiet_value(quiet: QuietHours | None) -> str:
    """How quiet hours are named in a menu: `1320-480`."""
    return OFF if quiet is None else f"{quiet.start}-{quiet.end}"


def nights(preferences: Preferences) -> list[QuietHours]:
    """The quiet hours that are offered, those of now among them."""
    own = [preferences.quiet] if preferences.quiet not in (None, *NIGHTS) else []
    return [*(one for one in own if one is not None), *NIGHTS]


def _digests(preferences: Preferences) -> Mapping[str, Preferences]:
    return {one.value: replace(preferences, digest=one) for one in Cadence}


def _quiet(preferences: Preferences) -> Mapping[str, Preferences]:
    offered = [None, *nights(preferences)]
    return {quiet_value(one): replace(preferences, quiet=one) for one in offered}


def _emails(preferences: Preferences) -> Mapping[str, Preferences]:
    return {one.value: replace(preferences, email=one) for one in Detail}


def _marks(preferences: Preferences) -> Mapping[str, Preferences]:
    return {ON: replace(preferences, marks=True), OFF: replace(preferences, marks=False)}


_OFFERS: Mapping[Setting, Callable[[Preferences], Mapping[str, Preferences]]] = {
    Setting.DIGEST: _digests,
    Setting.QUIET: _quiet,
    Setting.EMAIL: _emails,
    Setting.MARKS: _marks,
}
