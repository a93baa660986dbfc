from dataclasses import replace
from functools import reduce
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from bot.domain.balance_transactions import movement_of
from bot.domain.disputes import dispute_of
from bot.domain.merge import combine
from bot.domain.payment import Buyer, Dispute, Payment, PaymentState
from bot.domain.refunds import stand_in, stood_in
from tests.domain.payments import given_back, line, paid
from tests.domain.stripe_objects import CHARGED, OPENED, at, balance_transaction, dispute

BOOKING = movement_of(balance_transaction())
PROVISIONAL = line(5000, item=None, track="Track to be named", license="License")


def disputed(status: str) -> Dispute:
    read = dispute_of(dispute(status=status), "usd", at(CHARGED))
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
        given_back(amount, f"re_{amount}", status=draw(statuses))
        for amount in draw(st.sets(st.sampled_from([1000, 1500])))
    ]
    view = paid(
        5000,
        state=state,
        created=created,
        succeeded=succeeded,
        paid=paid_at if state is PaymentState.PAID else None,
        charge=charge,
        intent=draw(st.sampled_from([None, "pi_1"])),
        lines=draw(st.sampled_from([(line(5000),), (PROVISIONAL,)])),
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
    assert combine(None, paid(5000)) == paid(5000)


def test_detailed_lines_come_with_their_amounts() -> None:
    sketch = paid(5000, lines=(PROVISIONAL,), detailed=False)
    assert combine(sketch, paid(3000, 2000)).lines == paid(3000, 2000).lines


def test_a_checkout_knows_better_what_was_bought_than_the_payment_alone() -> None:
    bare = paid(key="pi_1", session=None, amount=5000, lines=(PROVISIONAL,))
    checkout = paid(amount=5000, lines=(line(5000, item=None),), detailed=False)
    both = combine(bare, checkout)
    assert both == combine(checkout, bare)
    assert (both.lines, both.detailed) == (checkout.lines, False)


def test_the_first_success_that_was_told_is_when_it_was_paid() -> None:
    later, earlier = (
        paid(5000, created=at(CHARGED), paid=moment, succeeded=moment)
        for moment in (at(CHARGED + 90_002), at(CHARGED + 90_000))
    )
    silent = paid(5000, created=at(CHARGED), paid=at(CHARGED), movement=BOOKING)
    for one, other in permutations((later, earlier, silent), 2):
        both = combine(one, other)
        first = earlier if earlier in (one, other) else later
        assert (both.paid, both.succeeded) == (first.paid, first.paid)


def test_a_success_at_the_moment_of_the_charge_is_the_charge() -> None:
    intent_alone = paid(5000, created=at(OPENED), paid=at(CHARGED), succeeded=at(CHARGED + 1))
    charged = paid(5000, created=at(CHARGED), paid=at(CHARGED))
    both = combine(intent_alone, charged)
    assert (both.paid, both.succeeded) == (at(CHARGED), None)
    assert combine(charged, intent_alone) == both


def test_a_payment_that_came_is_no_longer_pending_or_failed() -> None:
    pending = paid(5000, state=PaymentState.PENDING, paid=None)
    failed = replace(pending, state=PaymentState.FAILED)
    assert combine(pending, failed).state is PaymentState.FAILED
    assert combine(failed, paid(5000)).state is PaymentState.PAID


def test_what_the_buyer_saw_is_kept_as_a_pair() -> None:
    shown = paid(5000, presented_amount=4610, presented_currency="eur")
    both = combine(paid(5000), shown)
    assert (both.presented_amount, both.presented_currency) == (4610, "eur")


def test_a_payment_found_to_have_a_checkout_is_named_by_it() -> None:
    without = paid(5000, key="pi_1", session=None)
    assert combine(without, paid(5000)).key == "cs_1"


def test_refunds_shown_take_the_place_of_the_stand_in() -> None:
    told = stood_in(paid(5000), 2000)
    shown = paid(5000, refunds=(given_back(1500),))
    both = combine(told, shown)
    substitute = stand_in(both)
    assert substitute is not None
    assert (substitute.amount, both.refunded) == (500, 2000)
    all_shown = combine(both, paid(5000, refunds=(given_back(500, "re_2"),)))
    assert stand_in(all_shown) is None
    assert all_shown.refunded == 2000
