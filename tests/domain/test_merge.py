from dataclasses import replace
from datetime import timedelta
from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.balance_transactions import balance_transaction_of
from bot.domain.disputes import dispute_of
from bot.domain.merge import combine, merge_listed
from bot.domain.payment import (
    BalanceTransaction,
    Buyer,
    Dispute,
    DisputeState,
    FraudWarning,
    Payment,
    PaymentState,
)
from bot.domain.refunds import stand_in, stood_in
from bot.domain.related_objects import latest_change
from tests.factories import (
    CHARGED,
    NOON,
    OPENED,
    at,
    balance_transaction,
    booked,
    dispute,
    line,
    payment_for,
    refund,
    stripe_dispute,
)

BOOKING = balance_transaction_of(balance_transaction())
PROVISIONAL = line(amount=5000, item=None, track="Track to be named", license="License")


def disputed(status: str) -> Dispute:
    read = dispute_of(stripe_dispute(status=status), "usd", at(CHARGED))
    assert read is not None
    return read


@st.composite
def views(draw: st.DrawFn) -> Payment:
    """Views of one payment, each knowing something else of it."""
    charge = draw(st.sampled_from([None, "ch_1"]))
    state = draw(st.sampled_from(PaymentState))
    movement = draw(st.sampled_from([None, BOOKING, replace(BOOKING, available=True)]))
    created = at(draw(st.sampled_from([OPENED, CHARGED])))
    later = st.sampled_from([None, at(CHARGED + 90_000), at(CHARGED + 90_001)])
    succeeded = draw(later) if state is PaymentState.PAID else None
    paid_at = succeeded or created
    statuses = st.sampled_from(["pending", "succeeded", "failed"])
    refunds = [
        refund(amount, id=f"re_{amount}", status=draw(statuses))
        for amount in draw(st.sets(st.sampled_from([1000, 1500])))
    ]
    view = payment_for(
        5000,
        state=state,
        created=created,
        succeeded=succeeded,
        paid=paid_at if state is PaymentState.PAID else None,
        charge=charge,
        intent=draw(st.sampled_from([None, "pi_1"])),
        lines=draw(st.sampled_from([(line(amount=5000),), (PROVISIONAL,)])),
        detailed=draw(st.booleans()),
        buyer=Buyer(email=draw(st.sampled_from([None, "jay@example.com"]))),
        movement=movement,
        refunds=tuple(refunds),
        disputes=tuple(
            disputed(status)
            for status in draw(st.sets(st.sampled_from(["won", "lost"]), max_size=1))
        ),
    )
    return stood_in(view, draw(st.sampled_from([0, 1000, 2500, 4000])))


@given(views())
def test_a_view_adds_nothing_to_itself(view: Payment) -> None:
    assert combine(view, view) == view


@given(views(), views())
def test_views_may_come_in_any_order(one: Payment, other: Payment) -> None:
    assert combine(one, other) == combine(other, one)


@given(views(), views(), views())
def test_views_may_be_combined_in_any_grouping(a: Payment, b: Payment, c: Payment) -> None:
    ends = {reduce(combine, order) for order in permutations((a, b, c))}
    assert ends == {combine(a, combine(b, c))}


@given(views(), views())
def test_what_was_seen_stays_seen_however_often_it_comes(one: Payment, other: Payment) -> None:
    both = combine(one, other)
    assert combine(both, one) == combine(both, other) == both


def test_the_first_view_is_all_there_is() -> None:
    assert combine(None, payment_for(5000)) == payment_for(5000)


def test_detailed_lines_come_with_their_amounts() -> None:
    sketch = payment_for(5000, lines=(PROVISIONAL,), detailed=False)
    assert combine(sketch, payment_for(3000, 2000)).lines == payment_for(3000, 2000).lines


def test_a_checkout_knows_better_what_was_bought_than_the_payment_alone() -> None:
    bare = payment_for(key="pi_1", session=None, amount=5000, lines=(PROVISIONAL,))
    checkout = payment_for(amount=5000, lines=(line(amount=5000, item=None),), detailed=False)
    both = combine(bare, checkout)
    assert both == combine(checkout, bare)
    assert (both.lines, both.detailed) == (checkout.lines, False)


def test_the_first_success_that_was_told_is_when_it_was_paid() -> None:
    later, earlier = (
        payment_for(5000, created=at(CHARGED), paid=moment, succeeded=moment)
        for moment in (at(CHARGED + 90_002), at(CHARGED + 90_000))
    )
    silent = payment_for(5000, created=at(CHARGED), paid=at(CHARGED), movement=BOOKING)
    for one, other in permutations((later, earlier, silent), 2):
        both = combine(one, other)
        first = earlier if earlier in (one, other) else later
        assert (both.paid, both.succeeded) == (first.paid, first.paid)


def test_a_success_at_the_moment_of_the_charge_is_the_charge() -> None:
    intent_alone = payment_for(
        5000, created=at(OPENED), paid=at(CHARGED), succeeded=at(CHARGED + 1)
    )
    charged = payment_for(5000, created=at(CHARGED), paid=at(CHARGED))
    both = combine(intent_alone, charged)
    assert (both.paid, both.succeeded) == (at(CHARGED), None)
    assert combine(charged, intent_alone) == both


def test_a_payment_that_came_is_no_longer_pending_or_failed() -> None:
    pending = payment_for(5000, state=PaymentState.PENDING, paid=None)
    failed = replace(pending, state=PaymentState.FAILED)
    assert combine(pending, failed).state is PaymentState.FAILED
    assert combine(failed, payment_for(5000)).state is PaymentState.PAID


def test_what_the_buyer_saw_is_kept_as_a_pair() -> None:
    shown = payment_for(5000, presented_amount=4610, presented_currency="eur")
    both = combine(payment_for(5000), shown)
    assert (both.presented_amount, both.presented_currency) == (4610, "eur")


def test_a_payment_found_to_have_a_checkout_is_named_by_it() -> None:
    without = payment_for(5000, key="pi_1", session=None)
    assert combine(without, payment_for(5000)).key == "cs_1"


def test_refunds_shown_take_the_place_of_the_stand_in() -> None:
    told = stood_in(payment_for(5000), 2000)
    shown = payment_for(5000, refunds=(refund(1500),))
    both = combine(told, shown)
    substitute = stand_in(both)
    assert (substitute.amount, both.refunded) == (500, 2000)
    all_shown = combine(both, payment_for(5000, refunds=(refund(500, id="re_2"),)))
    assert stand_in(all_shown) is None
    assert all_shown.refunded == 2000


LINE = line(amount=3000, item="li_1")
SOLD = payment_for(3000)
BACK = refund(1000, id="re_a")
REFUNDED = replace(SOLD, refunds=(BACK,))


def moved(days: int) -> BalanceTransaction:
    return booked(-1000, 0, id=f"txn_{days}", at=NOON + timedelta(days=days))


def test_what_the_list_says_replaces_what_was_known() -> None:
    renamed = replace(SOLD, lines=(replace(LINE, track="Midnight Ride"),))
    assert merge_listed(SOLD, renamed) == renamed


def test_refunds_disputes_and_warnings_that_a_list_leaves_out_stay() -> None:
    warning = FraudWarning(id="issfr_1", kind="misc", created=NOON)
    known = replace(REFUNDED, disputes=(dispute(),), warnings=(warning,))
    assert merge_listed(known, SOLD) == known


def test_a_stand_in_goes_when_the_refunds_are_known() -> None:
    seen = stood_in(SOLD, 1000)
    assert merge_listed(REFUNDED, seen) == merge_listed(seen, REFUNDED) == REFUNDED


def test_a_stand_in_covers_what_is_still_unknown() -> None:
    after = merge_listed(REFUNDED, stood_in(SOLD, 1700))
    assert {each.id: each.amount for each in after.refunds} == {"ch_1": 700, "re_a": 1000}


def test_of_a_refund_the_furthest_view_counts() -> None:
    failed, going = (
        replace(SOLD, refunds=(replace(BACK, status=status),)) for status in ("failed", "pending")
    )
    assert merge_listed(failed, going) == merge_listed(going, failed) == failed


def test_the_latest_change_is_that_of_any_part() -> None:
    back = replace(BACK, movement=moved(2), reversal=moved(9))
    lost = dispute(DisputeState.WON, created=NOON + timedelta(days=3), movements=(moved(40),))
    assert latest_change(SOLD) == NOON
    assert latest_change(replace(SOLD, refunds=(back,))) == NOON + timedelta(days=9)
    assert latest_change(replace(SOLD, disputes=(lost,))) == NOON + timedelta(days=40)
    # A stand-in has no time of its own; what is not paid has that of its completion.
    assert latest_change(stood_in(SOLD, 1000)) == NOON
    assert latest_change(replace(SOLD, state=PaymentState.PENDING, paid=None)) == NOON
