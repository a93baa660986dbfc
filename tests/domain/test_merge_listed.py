from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.merge_listed import latest_change, refreshed
from bot.domain.payment import (
    Dispute,
    DisputeState,
    Fees,
    FraudWarning,
    Line,
    Movement,
    Payment,
    PaymentState,
    Refund,
)
from bot.domain.refunds import stood_in

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
LINE = Line(item="li_1", track="Midnight Drive", license="Lease", exclusive=False, amount=3000)
SOLD = Payment(
    key="cs_1",
    state=PaymentState.PAID,
    created=NOON,
    paid=NOON,
    amount=3000,
    currency="usd",
    lines=(LINE,),
    detailed=True,
    session="cs_1",
    intent="pi_1",
    charge="ch_1",
)


def refund(name: str, amount: int, status: str = "succeeded", days: int = 1) -> Refund:
    return Refund(
        id=f"re_{name}",
        amount=amount,
        currency="usd",
        status=status,
        reason=None,
        created=NOON + timedelta(days=days),
    )


def moved(name: str, days: int) -> Movement:
    at = NOON + timedelta(days=days)
    return Movement(
        id=f"txn_{name}",
        kind="refund",
        currency="usd",
        gross=-1000,
        fees=Fees(),
        net=-1000,
        at=at,
        available=True,
        available_on=at,
    )


def test_what_the_list_says_replaces_what_was_known() -> None:
    renamed = replace(SOLD, lines=(replace(LINE, track="Midnight Ride"),))
    assert refreshed(SOLD, renamed) == renamed


def test_refunds_disputes_and_warnings_that_a_list_leaves_out_stay() -> None:
    dispute = Dispute(
        id="dp_1",
        amount=3000,
        currency="usd",
        state=DisputeState.OPEN,
        status="needs_response",
        reason="fraudulent",
        created=NOON,
    )
    warning = FraudWarning(id="issfr_1", kind="misc", created=NOON)
    known = replace(SOLD, refunds=(refund("a", 1000),), disputes=(dispute,), warnings=(warning,))
    assert refreshed(known, SOLD) == known


def test_a_stand_in_goes_when_the_refunds_are_known() -> None:
    known = replace(SOLD, refunds=(refund("a", 1000),))
    seen = stood_in(SOLD, 1000)
    assert refreshed(known, seen) == known
    assert refreshed(seen, known) == known


def test_a_stand_in_covers_what_is_still_unknown() -> None:
    known = replace(SOLD, refunds=(refund("a", 1000),))
    after = refreshed(known, stood_in(SOLD, 1700))
    assert sorted((each.id, each.amount) for each in after.refunds) == [
        ("ch_1", 700),
        ("re_a", 1000),
    ]


def test_of_a_refund_the_furthest_view_counts() -> None:
    failed = replace(SOLD, refunds=(refund("a", 1000, "failed"),))
    going = replace(SOLD, refunds=(refund("a", 1000, "pending"),))
    assert refreshed(failed, going) == refreshed(going, failed) == failed


def test_the_latest_change_is_that_of_any_part() -> None:
    assert latest_change(SOLD) == NOON
    back = replace(refund("a", 1000), movement=moved("a", 2), reversal=moved("b", 9))
    assert latest_change(replace(SOLD, refunds=(back,))) == NOON + timedelta(days=9)
    dispute = Dispute(
        id="dp_1",
        amount=3000,
        currency="usd",
        state=DisputeState.WON,
        status="won",
        reason="fraudulent",
        created=NOON + timedelta(days=3),
        movements=(moved("c", 40),),
    )
    assert latest_change(replace(SOLD, disputes=(dispute,))) == NOON + timedelta(days=40)


def test_a_stand_in_has_no_time_of_its_own() -> None:
    assert latest_change(stood_in(SOLD, 1000)) == NOON


def test_of_what_is_not_paid_it_is_when_it_was_completed() -> None:
    assert latest_change(replace(SOLD, state=PaymentState.PENDING, paid=None)) == NOON
