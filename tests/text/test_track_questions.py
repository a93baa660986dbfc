"""A track that is free again: the question, and what becomes of it."""

from bot.domain.sale import Decision, SaleState
from bot.text.track_questions import track_decided, track_question
from tests import factories as make
from tests.text.limits import buttons, text
from tests.text.test_exclusive import rights

WHEN = f"<t:{int(make.NOON.timestamp())}:f>"


def test_question_asks_what_becomes_of_the_track() -> None:
    gone = make.exclusive_record(sale_changes={"state": SaleState.REFUNDED})
    message = track_question(gone, 1042, 7)
    words = text(message)
    assert words.startswith("⭐ Midnight Drive is free again · $500.00 refunded · #1042\n")
    assert "**Sell it again, or keep it off?**" in words
    assert buttons(message) == {
        "Put it back on sale": "track-question:1:7:sell",
        "Keep it off": "track-question:1:7:keep",
    }


def test_question_after_a_lost_dispute_says_so() -> None:
    lost = make.exclusive_record(
        producer=make.producer(livemode=False), sale_changes={"state": SaleState.DISPUTE_LOST}
    )
    words = text(track_question(lost, 1042, 7))
    assert words.startswith("TEST MODE · ")
    assert "$500.00 lost to a dispute" in words


def test_answer_replaces_the_question() -> None:
    for kept_off, words in ((True, "is kept off sale"), (False, "is back on sale")):
        decision = Decision(kept_off=kept_off, by=77, at=make.NOON)
        message = track_decided(rights(decision=decision), make.producer())
        assert message.content == f"⭐ **Midnight Drive** {words}: <@77>, {WHEN}"
        assert message.view is None


def test_track_that_was_sold_meanwhile_needs_no_answer() -> None:
    message = track_decided(rights(holder=make.holder()), make.producer())
    assert "is sold exclusively again: `#1030`" in text(message)


def test_track_without_a_decision_leads_to_the_command() -> None:
    assert "`/exclusive`" in text(track_decided(rights(), make.producer()))
