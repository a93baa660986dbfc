"""Notices about the bot itself."""

from bot.text.channel_check import public_channel_warning
from bot.text.notices import notice
from tests import factories as make
from tests.text.limits import text


def test_missing_webhooks_say_what_to_check() -> None:
    words = notice({"what": "webhooks_missing", "count": 3}, make.producer())
    assert words is not None
    assert "found 3 events that it never delivered" in words
    for check in ("endpoint enabled", "`PUBLIC_URL`", "`STRIPE_WEBHOOK_SECRET`"):
        assert check in words


def test_a_long_absence_says_what_was_read_quietly() -> None:
    told = {"what": "imported_quietly", "from": 1_000, "to": 2_000, "payments": 1}
    words = notice(told, make.producer(livemode=False))
    assert words is not None
    assert words.startswith("TEST MODE · ")
    assert "between <t:1000:D> and <t:2000:D>" in words
    assert "1 payment." in words


def test_what_nobody_has_words_for_is_not_told() -> None:
    assert notice({"what": "the unheard of"}, make.producer()) is None
    assert notice({}, make.producer()) is None


def test_a_public_channel_is_told_what_to_do_and_no_amount() -> None:
    said = public_channel_warning(1, told_before=False)
    assert "Private Channel" in text(said)
    assert "$" not in text(said)
    assert said.view is None
    assert "Everyone can now read" in text(public_channel_warning(1, told_before=True))
