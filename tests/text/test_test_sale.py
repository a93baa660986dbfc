"""A test sale is never taken for a sale, and its report says how far it got."""

import pytest

from bot.domain.test_sale import Progress, Step
from bot.text.message import Color
from bot.text.test_sale import alert_of_test, ended_test, report_of_test
from tests import factories as make
from tests.phone import lines_at_390
from tests.text.limits import assert_fits, color, text

HALF = Progress().after(Step.ACCEPTED, 0.0123).after(Step.STORED, 1.25)


FAILURES = [
    (Step.ACCEPTED, ""),
    (Step.ACCEPTED, "400"),
    (Step.STORED, ""),
    (Step.POSTED, "<@1> " + "x" * 5000),
]


def test_alert_says_test_twice_and_has_no_buttons() -> None:
    message = alert_of_test(make.producer(), 1_700_000_000)
    assert_fits(message)
    assert message.view is None
    assert text(message).count("TEST") == 2
    assert "Midnight Drive" in text(message)
    assert "Sale #" not in text(message)
    # After a crash it is known by what it says.
    assert text(message) == text(alert_of_test(make.producer(), 1_700_000_000))
    assert "Midnight Drive" not in text(ended_test())


def test_report_names_each_step_with_its_time() -> None:
    words = text(report_of_test(HALF, make.producer()))
    assert "**Webhook accepted** · 12 ms" in words
    assert "**Stored** on disk · 1.2 s" in words
    assert words.rstrip().endswith("⏳ …")


@pytest.mark.parametrize(("failed", "reason"), FAILURES)
@pytest.mark.parametrize("removed", [True, False])
def test_report_of_a_failed_step_says_why_and_that_no_numbers_changed(
    failed: Step, reason: str, removed: bool
) -> None:
    stuck = Progress(steps=HALF.steps, failed=failed, reason=reason, ended=True)
    if removed:
        stuck = stuck.after(Step.REMOVED, 0.001)
    message = report_of_test(stuck, make.producer())
    assert_fits(message)
    assert color(message) == Color.ALARM
    assert "The test sale got stuck" in text(message)
    assert "none of your numbers" in text(message)
    assert "<@1>" not in text(message)


@pytest.mark.parametrize(
    ("reason", "words"),
    [("", "I can't reach my own address"), ("400", "refused it** with status 400")],
)
def test_report_of_a_refused_webhook_has_its_status_if_there_was_an_answer(
    reason: str, words: str
) -> None:
    stuck = Progress(failed=Step.ACCEPTED, reason=reason, ended=True)
    assert words in text(report_of_test(stuck, make.producer()))


def test_report_of_a_test_that_went_through_links_to_its_message() -> None:
    whole = HALF.after(Step.POSTED, 0.2).after(Step.REMOVED, 0.1)
    shown = Progress(steps=whole.steps, message=(20, 30), ended=True)
    message = report_of_test(shown, make.producer())
    assert color(message) == Color.LEASE
    posted = "**Posted** · 200 ms · [open](https://discord.com/channels/10/20/30)"
    assert posted in text(message)
    assert lines_at_390(message) <= 8
