"""Whatever was sold, by whom, under whatever name: Discord takes what is told in a channel."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.off_sale import LeftOnSale, LeftTrack, TakingOff
from bot.domain.records import PaymentRecord, PayoutRecord
from bot.text.answers.told import told_sales
from bot.text.language import LANGUAGES, speaking
from bot.text.message import Message
from bot.text.news.alerts import burst, payment_alert
from bot.text.news.left_on_sale import going_off_sale, left_on_sale
from bot.text.news.milestones import mark_reply
from bot.text.news.replies import reply, summary
from bot.text.parts.payouts import payout_alert, payout_reply
from bot.text.parts.track_question import track_question
from tests.text import hostile, samples
from tests.text.hostile import WORST, thoroughly
from tests.text.limits import assert_fits

WORST_BURST = [samples.record(WORST.payment, sales=WORST.sales[i : i + 10]) for i in range(10)]


@thoroughly
@given(hostile.payment_records(), st.booleans(), st.booleans())
def test_an_alert_fits(record: PaymentRecord, fees_possible: bool, told_late: bool) -> None:
    assert_fits(payment_alert(record, fees_possible=fees_possible, told_late=told_late))


def test_an_alert_of_a_hundred_tracks_with_the_worst_names_fits() -> None:
    assert_fits(payment_alert(WORST))


def _first_number(record: PaymentRecord) -> int:
    return record.sales[0].number


@thoroughly
@given(st.lists(hostile.payment_records(3), min_size=1, max_size=10, unique_by=_first_number))
def test_ten_alerts_share_a_message(records: list[PaymentRecord]) -> None:
    message = burst(records, told_late={record.id for record in records})
    assert_fits(message)
    assert len(message.embeds) == len(records)


def test_ten_alerts_with_the_worst_names_share_a_message() -> None:
    assert_fits(burst(WORST_BURST))


def test_more_than_ten_alerts_do_not() -> None:
    with pytest.raises(ValueError, match="1 to 10"):
        burst([samples.record()] * 11)


@thoroughly
@given(
    hostile.payment_records(),
    st.sampled_from(
        "refund refund_failed dispute_opened dispute_won dispute_lost dispute_closed inquiry "
        "dispute_reminder_72 dispute_reminder_24 fraud_warning conflict news".split()
    ),
    st.sampled_from(["re_1", "dp_1", "issfr_1", "unknown"]),
    st.booleans(),
)
def test_a_reply_fits(
    record: PaymentRecord, what: str, object_id: str, fees_possible: bool
) -> None:
    assert_fits(Message(content=reply(what, record, object_id, fees_possible=fees_possible)))


@thoroughly
@given(hostile.payment_records(3))
def test_the_question_of_a_track_fits(record: PaymentRecord) -> None:
    assert_fits(track_question(record, record.sales[0].number, 10**12))


@thoroughly
@given(st.lists(hostile.payment_records(3), min_size=1, max_size=40))
def test_a_summary_fits(records: list[PaymentRecord]) -> None:
    assert_fits(summary(records))


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_opened_from_an_alert_or_said_under_it_fits(language: str) -> None:
    with speaking(language):
        assert_fits(told_sales([WORST, *WORST_BURST], WORST.producer))
        for what in ("first_sale", "hundredth", "best_day"):
            told = {"what": what, "id": 20260310, "before_day": 20260309, "gross": 10**12}
            assert_fits(Message(content=mark_reply(told, WORST)))


@thoroughly
@given(st.lists(hostile.any_text, max_size=25), st.integers(0, 10**6), st.booleans())
def test_what_was_left_on_sale_fits(names: list[str], more: int, possible: bool) -> None:
    tracks = [
        LeftTrack(id=number, name=name, number=10**9, possible=possible or number % 3 == 0)
        for number, name in enumerate(names)
    ]
    left = LeftOnSale(
        tracks=tuple(tracks),
        count=len(tracks) + more if tracks else 0,
        possible=sum(track.possible for track in tracks) + (more if tracks else 0),
    )
    for producer in (samples.producer(), samples.producer(livemode=False)):
        assert_fits(left_on_sale(left, producer))
        for done in (0, 10**6):
            taking = TakingOff(10**18, samples.NOON, 10**6, done)
            assert_fits(going_off_sale(left, producer, taking))


@thoroughly
@given(hostile.payout_records)
def test_a_payout_fits(payout: PayoutRecord) -> None:
    assert_fits(payout_alert(payout, samples.producer(livemode=False)))
    assert_fits(Message(content=payout_reply(payout, samples.producer())))
