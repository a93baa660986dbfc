"""Disputes in plain words: why, until when, what they did to the money."""

from datetime import timedelta
from typing import Any

import pytest

from bot.domain.disputes import STATES
from bot.domain.money import Money
from bot.domain.payment import DisputeState, FraudWarning
from bot.domain.sale import PaymentRecord
from bot.text.alert import payment_alert
from bot.text.alert_replies import reply
from bot.text.dispute_lines import FRAUD, REASONS, dispute_line, open_warnings
from bot.text.message import Color
from bot.text.sale_record import sale_details, sale_record
from tests import factories as make
from tests.text.limits import color, text

DUE = int((make.NOON + timedelta(days=9)).timestamp())
ANSWER = (
    f"[Answer in Stripe](<https://dashboard.stripe.com/payments/pi_1>) by <t:{DUE}:D> (<t:{DUE}:R>)"
)


def disputed(status: str, *, left: int = -1617, **changes: Any) -> PaymentRecord:
    dispute = make.dispute(STATES[status], status=status, **changes)
    of = make.sold(disputes=(dispute,))
    return make.record(of, sale_changes={"left": Money(left, "usd")})


TAKEN = make.booked(-2995, 1500, id="txn_2")
BACK = make.booked(2995, 0, id="txn_3")


def test_dispute_says_why_how_much_and_until_when() -> None:
    assert reply("dispute_opened", disputed("needs_response", movements=(TAKEN,)), "dp_1") == (
        "⚠️ **Disputed:** $29.95 · #1042 Midnight Drive\n"
        "You're down **$16.17** · $15.00 dispute fee\n"
        "The buyer says they never got it\n"
        f"{ANSWER}"
    )


def test_inquiry_says_that_no_money_moved() -> None:
    words = reply("inquiry", disputed("warning_needs_response"), "dp_1")
    assert words.startswith("⚠️ **The bank is asking about a payment:** $29.95")
    assert "\nNo money moved.\n" in words
    assert words.endswith(ANSWER)


@pytest.mark.parametrize("status", ["under_review", "warning_under_review"])
def test_dispute_that_was_answered_has_no_deadline(status: str) -> None:
    line = dispute_line(disputed(status).payment.disputes[0])
    assert "answer by" not in line
    assert line.endswith("the bank has your answer")


def test_dispute_won_says_what_is_back_and_what_is_not() -> None:
    words = reply("dispute_won", disputed("won", left=1378, movements=(TAKEN, BACK)), "dp_1")
    assert words.startswith("✅ **Dispute won:** $29.95")
    assert "**$13.78** net · $29.95 is back · the $15.00 dispute fee is lost" in words


def test_dispute_fee_that_came_back_is_not_told_as_lost() -> None:
    back = make.booked(2995, -1500, id="txn_3")
    words = reply("dispute_won", disputed("won", left=2878, movements=(TAKEN, back)), "dp_1")
    assert "**$28.78** net · $29.95 is back\n" in words


def test_dispute_lost_says_what_is_left() -> None:
    words = reply("dispute_lost", disputed("lost", movements=(TAKEN,)), "dp_1")
    assert words.startswith("❌ **Dispute lost:** $29.95")
    assert "\nYou're down **$16.17** · $15.00 dispute fee\n" in words


def test_inquiry_that_was_closed_says_so() -> None:
    words = reply("dispute_closed", disputed("warning_closed"), "dp_1")
    assert words.startswith("**Inquiry closed:** $29.95")
    assert "\nNo money moved.\n" in words


@pytest.mark.parametrize("told", ["inquiry", "dispute_opened"])
def test_dispute_reply_that_comes_late_says_that_it_has_changed(told: str) -> None:
    over = disputed("lost", movements=(TAKEN,))
    words = reply(told, over, "dp_1")
    assert "Dispute lost" not in words
    assert "answer by" not in words
    assert words.endswith("#1042 Midnight Drive\nThis has changed since.")
    assert reply("dispute_lost", over, "dp_1").startswith("❌ **Dispute lost:** $29.95")


def test_dispute_that_was_prevented_is_called_so() -> None:
    words = reply("dispute_closed", disputed("prevented"), "dp_1")
    assert words.startswith("**Dispute prevented:** $29.95")


@pytest.mark.parametrize(
    ("hours", "words"), [("72", "Less than three days"), ("24", "Less than a day")]
)
def test_reminder_says_how_much_time_is_left(hours: str, words: str) -> None:
    told = reply(f"dispute_reminder_{hours}", disputed("needs_response"), "dp_1")
    assert told.startswith(f"⏰ **{words} to answer the dispute:** $29.95")
    assert ANSWER in told
    asked = reply(f"dispute_reminder_{hours}", disputed("warning_needs_response"), "dp_1")
    assert "to answer the bank's question" in asked


def test_reminder_that_comes_too_late_says_so() -> None:
    told = reply("dispute_reminder_24", disputed("under_review"), "dp_1")
    assert told == "The dispute of #1042 Midnight Drive no longer needs an answer."


def test_dispute_of_an_unknown_reason_has_stripes_word() -> None:
    assert "· brand new\\*" in dispute_line(make.dispute(reason="brand_new*"))


@pytest.mark.parametrize("words", [*REASONS.values(), *FRAUD.values()])
def test_reasons_are_plain_words(words: str) -> None:
    assert "_" not in words
    assert not words.endswith(".")


def test_record_tells_the_outcome_and_its_details_each_movement() -> None:
    record = disputed("won", movements=(TAKEN, BACK))
    sale, when = record.sales[0], f"Today <t:{int(make.NOON.timestamp())}:t>"
    assert " · ✅ **Dispute won:** $29.95" in text(sale_record(record, sale, make.NOON))
    words = text(sale_details(record, sale, make.NOON))
    assert f"{when} · $29.95 withdrawn, $15.00 fee" in words
    assert f"{when} · $29.95 returned" in words


WARNING = FraudWarning(id="issfr_1", kind="made_with_stolen_card", created=make.NOON)


def warned(**changes: Any) -> PaymentRecord:
    return make.record(make.sold(warnings=(WARNING,), **changes))


def test_fraud_warning_reply_says_what_it_means() -> None:
    words = reply("fraud_warning", warned(), "issfr_1")
    assert words.startswith("⚠️ **Early fraud warning** · perhaps a stolen card · #1042")
    assert "No money moved." in words
    assert words.endswith(" before it becomes a dispute, which costs a fee.")


def test_alert_shows_a_warning_while_one_can_act_on_it() -> None:
    alert = payment_alert(warned())
    assert "**Early fraud warning** · perhaps a stolen card" in text(alert)
    assert color(alert) == Color.ALARM
    assert open_warnings(warned(refunds=(make.refund(2995),))) == ()
    assert open_warnings(warned(disputes=(make.dispute(DisputeState.OPEN),))) == ()
