"""A test sale is never taken for a sale, and its report says how far it got."""

import pytest

from bot.domain.test_sale import Progress, Step, Trouble
from bot.text.message import Color, Message
from bot.text.test_sale import rehearsal_alert, rehearsal_over, rehearsal_report
from tests import factories as make
from tests.text.limits import assert_fits, text

HALF = Progress().past(Step.ACCEPTED, 0.0123).past(Step.STORED, 1.25)


def color(message: Message) -> int:
    assert message.embeds[0].color is not None
    return message.embeds[0].color.value


def test_its_alert_says_test_at_every_corner_and_leads_nowhere() -> None:
    message = rehearsal_alert(make.producer(), 1_700_000_000)
    assert_fits(message)
    assert message.view is None
    assert text(message).count("TEST") == 2
    assert "Midnight Drive" in text(message)
    assert "Sale #" not in text(message)
    # After a crash it is known by what it says.
    assert text(message) == text(rehearsal_alert(make.producer(), 1_700_000_000))
    assert "Midnight Drive" not in text(rehearsal_over())


def test_each_step_is_reported_with_its_time() -> None:
    words = text(rehearsal_report(HALF, make.producer()))
    assert "**Webhook accepted**, signed as Stripe signs · 12 ms" in words
    assert "**Stored** on disk · 1.2 s" in words
    assert words.rstrip().endswith("⏳ …")


@pytest.mark.parametrize("trouble", Trouble)
@pytest.mark.parametrize("removed", [True, False])
def test_what_stopped_it_is_said_and_that_it_is_in_no_numbers(
    trouble: Trouble, removed: bool
) -> None:
    stuck = Progress(steps=HALF.steps, trouble=trouble, reason="<@1> " + "x" * 5000, ended=True)
    if removed:
        stuck = stuck.past(Step.REMOVED, 0.001)
    message = rehearsal_report(stuck, make.producer())
    assert_fits(message)
    assert color(message) == Color.ALARM
    assert "The test sale got stuck" in text(message)
    assert "none of your numbers" in text(message)
    assert "<@1>" not in text(message)


def test_what_went_through_leads_to_its_message() -> None:
    whole = HALF.past(Step.TOLD, 0.2).past(Step.REMOVED, 0.1)
    shown = Progress(steps=whole.steps, message=(20, 30), ended=True)
    message = rehearsal_report(shown, make.producer())
    assert color(message) == Color.LEASE
    assert "**Told** in your channel · 200 ms · https://discord.com/channels/10/20/30" in text(
        message
    )
