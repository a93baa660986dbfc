"""Histories of payments, told in any order, with repetitions and gaps."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

from bot.domain.payment import Buyer, Consent, DisputeState, Line, Payment, PaymentState
from tests.factories import ANA, BEN, disputed, failed, free, line, paid, pending, refunded, settled

TIMEZONE = "America/New_York"


# Two hours before a local midnight that begins a month and a week.
EVENING = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)


lines_of_sales = st.builds(
    line,
    st.sampled_from(["Midnight Drive", "Neon Rain"]),
    st.sampled_from([1000, 3333]),
    license=st.sampled_from(["Basic Lease", "Premium Lease"]),
    exclusive=st.booleans(),
    tax=st.sampled_from([0, 88, 532]),
)


@st.composite
def histories(draw: st.DrawFn, key: str) -> list[Payment]:
    """What is known of one payment, at first and at last."""
    lines: list[Line] = draw(st.lists(lines_of_sales, min_size=1, max_size=3))
    at = EVENING + timedelta(hours=draw(st.integers(0, 3)))
    buyer = draw(st.sampled_from([ANA, BEN, replace(ANA, name=None), _asked(ANA), Buyer()]))
    currency = draw(st.sampled_from(["usd", "eur"]))
    bare = paid(key, *lines, at=at, buyer=buyer, currency=currency)
    if draw(st.integers(0, 9)) == 0:
        return [free(key, *(replace(one, amount=0, tax=0) for one in lines), at=at, buyer=buyer)]
    first = draw(st.lists(st.sampled_from([_unseen, _provisional, pending]), max_size=2))
    last = draw(st.lists(st.sampled_from(_LATER), max_size=3))
    return [*(step(bare) for step in first), *_in_turn(bare, last)]


def _asked(buyer: Buyer) -> Buyer:
    return replace(buyer, promotions=Consent.OPT_IN)


def _unseen(payment: Payment) -> Payment:
    """Before its Checkout is known it goes by its intent."""
    return replace(payment, key=str(payment.intent), session=None, buyer=Buyer())


def _provisional(payment: Payment) -> Payment:
    whole = line("Midnight Drive", license="License", amount=payment.amount)
    return replace(payment, lines=(whole,), detailed=False)


def _in_turn(payment: Payment, steps: Sequence[Any]) -> Iterator[Payment]:
    yield payment
    for step in steps:
        payment = step(payment)
        yield payment
        if payment.state is PaymentState.FAILED:
            return


_LATER = [
    settled,
    lambda payment: settled(payment, "gbp", rate=2, tax=7, withheld=13),
    lambda payment: refunded(payment, min(500, payment.amount), name="part"),
    lambda payment: (
        refunded(payment, payment.amount - payment.refunded, name="rest")
        if payment.amount > payment.refunded
        else payment
    ),
    lambda payment: refunded(payment, min(500, payment.amount), name="part", status="failed"),
    lambda payment: (
        refunded(payment, 300, name="soon", booked=False)
        if payment.amount - payment.refunded >= 300
        else payment
    ),
    disputed,
    lambda payment: disputed(payment, DisputeState.LOST),
    lambda payment: disputed(payment, DisputeState.WON),
    failed,
    lambda payment: replace(payment, lines=payment.lines[::-1]),
]


@st.composite
def schedules(draw: st.DrawFn) -> list[Payment]:
    """Several payments' histories told in turns, with repetitions."""
    told = [draw(histories(str(number))) for number in range(draw(st.integers(1, 4)))]
    turns = draw(st.permutations([i for i, one in enumerate(told) for _ in one]))
    following = [iter(one) for one in told]
    shown = [next(following[i]) for i in turns]
    again = draw(st.lists(st.sampled_from(range(len(told))), max_size=3))
    return [*shown, *(told[i][-1] for i in again)]
