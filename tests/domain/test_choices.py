"""What menus offer, and what is made of a choice."""

import pytest

from bot.domain.choices import NotOffered, Setting, chosen, nights, quiet_value
from bot.domain.preferences import NONE_CHOSEN, Cadence, Preferences, QuietHours


def test_what_is_offered_can_be_chosen() -> None:
    assert chosen(NONE_CHOSEN, Setting.DIGEST, "daily") == Preferences(digest=Cadence.DAILY)
    assert chosen(Preferences(quiet=QuietHours(1, 2)), Setting.QUIET, "off") == NONE_CHOSEN


@pytest.mark.parametrize(
    ("what", "value"),
    [
        (Setting.DIGEST, "hourly"),
        (Setting.QUIET, "99999-3"),
        (Setting.QUIET, "60-120"),
        (Setting.EMAIL, ""),
        (Setting.MARKS, "perhaps"),
    ],
)
def test_what_is_not_offered_is_refused(what: Setting, value: str) -> None:
    with pytest.raises(NotOffered):
        chosen(NONE_CHOSEN, what, value)


def test_quiet_hours_of_ones_own_stay_on_offer() -> None:
    own = Preferences(quiet=QuietHours(60, 120))
    assert nights(own)[0] == own.quiet
    assert chosen(own, Setting.QUIET, quiet_value(own.quiet)) == own
