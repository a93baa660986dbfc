"""Discord accepts every message, whatever was sold, to whom, under whatever name."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.insight import StoppedSelling
from bot.domain.money import Money
from bot.domain.off_sale import LeftOnSale, LeftTrack, TakingOff
from bot.domain.payout import (
    PayoutContents,
    PayoutRecord,
    PayoutsOverview,
    PayoutTrack,
    PendingAmount,
    StripeBalance,
)
from bot.domain.period import Period, parse_period
from bot.domain.redaction import Person, PersonRecords
from bot.domain.sale import (
    BuyerRecord,
    Decision,
    HeldPage,
    PaymentRecord,
    SaleFilter,
    SalesPage,
    SaleTotals,
    TrackRights,
)
from bot.domain.totals import CurrencyTotals, LicenseTotals, Purchases, Statistics, TrackTotals
from bot.text.alert import burst, payment_alert
from bot.text.alert_replies import reply, summary
from bot.text.buyers import buyer_record
from bot.text.exclusive import held_tracks, track_rights
from bot.text.forget import forget_question, forgotten_message
from bot.text.language import LANGUAGES, speaking
from bot.text.message import Attachment, Message
from bot.text.notices import milestone_reply
from bot.text.payouts import contents_message, payout_alert, payout_reply, payouts_message
from bot.text.sale_lines import sale_option
from bot.text.sale_record import sale_details, sale_record
from bot.text.sales import (
    STATUSES,
    sales_embed,
    sales_of_alert,
    sales_totals,
    suggestion,
)
from bot.text.stats import details_message, statistics_message
from bot.text.track_questions import going_off_sale, left_on_sale, track_decided, track_question
from tests import factories as make
from tests.text import hostile
from tests.text.hostile import WORST, anything, thoroughly
from tests.text.limits import assert_fits, units

WORST_BURST = [make.record(WORST.payment, sales=WORST.sales[i : i + 10]) for i in range(10)]


@thoroughly
@given(hostile.payment_records(), st.booleans(), st.booleans())
def test_alert_fits(record: PaymentRecord, fees_possible: bool, told_late: bool) -> None:
    assert_fits(payment_alert(record, fees_possible=fees_possible, told_late=told_late))


def test_alert_of_a_hundred_tracks_with_the_worst_names_fits() -> None:
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


def test_eleven_alerts_do_not_share_a_message() -> None:
    with pytest.raises(ValueError, match="1 to 10"):
        burst([make.record()] * 11)


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
def test_reply_fits(record: PaymentRecord, what: str, object_id: str, fees_possible: bool) -> None:
    assert_fits(Message(content=reply(what, record, object_id, fees_possible=fees_possible)))


@thoroughly
@given(hostile.payment_records(3))
def test_question_of_a_track_fits(record: PaymentRecord) -> None:
    assert_fits(track_question(record, record.sales[0].number, 10**12))


@thoroughly
@given(st.lists(hostile.payment_records(3), min_size=1, max_size=40))
def test_summary_fits(records: list[PaymentRecord]) -> None:
    assert_fits(summary(records))


@pytest.mark.parametrize("language", LANGUAGES)
def test_milestones_and_the_sales_of_an_alert_fit(language: str) -> None:
    with speaking(language):
        assert_fits(sales_of_alert([WORST, *WORST_BURST], WORST.producer, make.NOON))
        for what in ("first_sale", "hundredth", "best_day"):
            told = {"what": what, "id": 20260310, "before_day": 20260309, "gross": 10**12}
            assert_fits(Message(content=milestone_reply(told, WORST)))


@thoroughly
@given(st.lists(hostile.any_text, max_size=25), st.integers(0, 10**6), st.booleans())
def test_tracks_left_on_sale_fit(names: list[str], more: int, possible: bool) -> None:
    tracks = [
        LeftTrack(id=number, name=name, number=10**9, possible=possible or number % 3 == 0)
        for number, name in enumerate(names)
    ]
    left = LeftOnSale(
        tracks=tuple(tracks),
        count=len(tracks) + more if tracks else 0,
        possible=sum(track.possible for track in tracks) + (more if tracks else 0),
    )
    for producer in (make.producer(), make.producer(livemode=False)):
        assert_fits(left_on_sale(left, producer))
        for done in (0, 10**6):
            taking = TakingOff(10**18, make.NOON, 10**6, done)
            assert_fits(going_off_sale(left, producer, taking))


@thoroughly
@given(hostile.payout_records)
def test_payout_fits(payout: PayoutRecord) -> None:
    assert_fits(payout_alert(payout, make.producer(livemode=False)))
    assert_fits(Message(content=payout_reply(payout, make.producer())))


@thoroughly
@given(hostile.payment_records(), st.booleans())
def test_sale_record_fits(record: PaymentRecord, fees_possible: bool) -> None:
    for sale in record.sales:
        assert_fits(sale_record(record, sale, make.NOON, fees_possible=fees_possible))
        assert_fits(sale_details(record, sale, make.NOON))


def test_sale_record_of_a_hundred_tracks_fits() -> None:
    assert_fits(sale_record(WORST, WORST.sales[0], make.NOON))


@pytest.mark.parametrize("language", LANGUAGES)
def test_forget_question_fits(language: str) -> None:
    traces = PersonRecords(
        producer_id=1,
        livemode=False,
        names=tuple(f"{number} " + "*" * 10_000 for number in range(100)),
        payments=10**6,
        sales=tuple(range(10**6, 10**6 + 1000)),
        messages=10**6,
    )
    found = Person(email="`*" * 5000 + "@x", traces=(traces, traces), events=tuple(range(1000)))
    with speaking(language):
        assert_fits(forget_question(found, "0" * 16, changed=True))
        assert_fits(forgotten_message(found))


@thoroughly
@given(hostile.payment_records(10), st.integers(0, 10**6), st.lists(hostile.amounts, max_size=8))
def test_buyer_record_fits(record: PaymentRecord, count: int, spent: list[int]) -> None:
    bought = BuyerRecord(
        buyer=record.payment.buyer,
        number=10**9,
        sales=record.sales,
        page=0,
        count=len(record.sales) + count,
        payments=max(1, count),
        first=record.payment.created,
        spent=tuple(Money(amount, "usd") for amount in spent),
    )
    assert_fits(buyer_record(bought, record.producer, make.NOON))


filters = anything(
    SaleFilter,
    status=st.none() | st.sampled_from([*STATUSES]) | hostile.any_text,
    since=st.none() | st.dates(date(1970, 1, 1), date(2200, 1, 1)),
)
totals = anything(SaleTotals, currency=hostile.currencies)


@thoroughly
@given(hostile.payment_records(10), filters, st.lists(totals, max_size=12), st.booleans())
def test_page_of_sales_fits(
    record: PaymentRecord, wanted: SaleFilter, sums: list[SaleTotals], empty: bool
) -> None:
    page = SalesPage(
        sales=() if empty else record.sales,
        page=0,
        count=0 if empty else 10**6,
        totals=tuple(sums),
    )
    embed = sales_embed(page, wanted, record.producer, make.NOON)
    assert_fits(Message(embeds=(embed,)))
    if made_of := sales_totals(page, wanted, record.producer):
        assert_fits(made_of)
    for sale in record.sales:
        assert 0 < units(sale_option(sale, make.producer()).label) <= 100
        assert 0 < units(suggestion(sale, make.NOON)) <= 100


@thoroughly
@given(hostile.payment_records(25), hostile.any_text, st.booleans(), st.booleans())
def test_tracks_rights_fit(
    record: PaymentRecord, track: str, is_held: bool, conflicts: bool
) -> None:
    decision = None if conflicts else Decision(kept_off=is_held, by=10**18, at=make.NOON)
    rights = TrackRights(
        id=10**12,
        track=track,
        holder=make.holder(buyer=record.payment.buyer) if is_held else None,
        leases=10**6,
        lease_sales=record.sales,
        conflicts=record.sales if conflicts else (),
        accepted=record.sales if is_held else (),
        decision=decision,
    )
    assert_fits(track_rights(rights, record.producer, make.NOON))
    assert_fits(track_decided(rights, record.producer))
    shown = (rights,) * 10 if is_held else ()
    page = HeldPage(tracks=shown, page=0, count=10 * len(shown), kept_off=(track,) * 25)
    assert_fits(Message(embeds=(held_tracks(page, record.producer, make.NOON),)))


currency_totals = anything(CurrencyTotals, currency=hostile.currencies, net=hostile.debts)
track_totals = anything(TrackTotals, track=hostile.names, currency=hostile.currencies)


@thoroughly
@given(
    st.sampled_from([*Period, "2025", "2024-11..2025-03"]),
    st.lists(currency_totals, max_size=30),
    st.lists(currency_totals, max_size=10),
    st.lists(track_totals, max_size=5),
    st.booleans(),
)
def test_statistics_fit(
    period: str,
    now: list[CurrencyTotals],
    before: list[CurrencyTotals],
    best: list[TrackTotals],
    fees_possible: bool,
) -> None:
    statistics = Statistics(
        span=parse_period(period, make.NOON, make.producer().timezone),
        currency=now[0].currency if now else None,
        totals=tuple(now),
        before=tuple(before),
        by_count=tuple(best),
        by_revenue=tuple(best),
        licenses=tuple(
            LicenseTotals(license=one.track, currency="usd", sales=one.sales, gross=one.gross)
            for one in best
        ),
        purchases=Purchases(10**9, 10**8, 10**8),
        projected=Money(10**12, now[0].currency) if now else None,
    )
    day = make.NOON.date()
    suggested = [StoppedSelling(track=one.track, earlier=10**6, since=day) for one in best] * 2
    message = statistics_message(
        statistics,
        make.producer(livemode=False),
        picture=Attachment("stats.png", b"", "what it shows") if best else None,
        notes=["a note"],
        insights=suggested,
        fees_possible=fees_possible,
    )
    assert_fits(message)
    assert_fits(
        details_message(
            statistics, make.producer(), suggested, make.NOON, fees_possible=fees_possible
        )
    )


waiting = anything(
    StripeBalance,
    currency=hostile.currencies,
    available=st.none() | hostile.debts,
    pending=st.lists(anything(PendingAmount), max_size=8).map(tuple),
)


@thoroughly
@given(st.lists(waiting, max_size=12), st.lists(hostile.payout_records, max_size=10), st.booleans())
def test_all_payouts_fit(
    money: list[StripeBalance], payouts: list[PayoutRecord], fees_possible: bool
) -> None:
    unique = tuple(replace(payout, id=f"po_{i}") for i, payout in enumerate(payouts))
    others = tuple(replace(payout, id=f"po_9{i}") for i, payout in enumerate(payouts))
    overview = PayoutsOverview(
        waiting=tuple(money), on_the_way=unique, over=others, page=1, count=10**6
    )
    message = payouts_message(overview, make.producer(), make.NOON, fees_possible=fees_possible)
    assert_fits(message)


parts = anything(PayoutTrack, track=hostile.names, net=hostile.debts)


@thoroughly
@given(hostile.payout_records, st.lists(parts, max_size=10), st.integers(0, 30), st.booleans())
def test_contents_of_a_payout_fit(
    payout: PayoutRecord, inside: list[PayoutTrack], page: int, fees_possible: bool
) -> None:
    contents = PayoutContents(
        payout=payout,
        parts=tuple(inside),
        page=page,
        count=305,
        others=page,
        other_net=-(10**12),
    )
    message = contents_message(contents, make.producer(), fees_possible=fees_possible)
    assert_fits(message)
