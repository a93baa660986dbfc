"""Tax in a sale, and refunds in parts: nothing is left over, in any currency."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.entries import Entry, EntryKind, entries
from bot.domain.money import proportion, split
from bot.domain.payment import Dispute, DisputeState, Fees, Line, Movement, Payment
from tests.domain.payments import given_back, line, paid
from tests.domain.stripe_objects import BOOKED, CHARGED, at

amounts = st.integers(-(10**12), 10**12)


def moved(gross: int, id_: str = "txn_1", currency: str = "eur", **fees: int) -> Movement:
    taken = Fees(**fees)
    return Movement(
        id=id_,
        kind="charge",
        currency=currency,
        gross=gross,
        fees=taken,
        net=gross - taken.total,
        at=at(BOOKED),
        available=False,
        available_on=at(BOOKED),
    )


def taxed(*lines: tuple[int, int], **changes: object) -> Payment:
    """A payment of lines, each an amount and the tax in it."""
    made = tuple(line(amount, item=f"li_{i}", tax=tax) for i, (amount, tax) in enumerate(lines))
    return paid(*(amount for amount, _ in lines), **{"lines": made, **changes})


def disputed(amount: int, *movements: Movement) -> Dispute:
    return Dispute(
        id="dp_1",
        amount=amount,
        currency="usd",
        state=DisputeState.LOST,
        status="lost",
        reason="fraudulent",
        created=at(CHARGED),
        movements=movements,
    )


@given(amounts, amounts, amounts)
def test_a_proportion_is_exact_and_the_same_for_any_sign(
    amount: int, part: int, whole: int
) -> None:
    share = proportion(amount, part, whole)
    assert proportion(-amount, part, whole) == -share
    assert proportion(amount, -part, whole) == -share
    assert proportion(amount, whole, whole) == (amount if whole else 0)
    if whole:
        assert 2 * abs(share * whole - amount * part) <= abs(whole)


@given(amounts, st.lists(st.integers(0, 10**9), min_size=1, max_size=8))
def test_the_shares_of_an_amount_of_any_sign_add_up_to_it(total: int, weights: list[int]) -> None:
    shares = split(total, weights)
    assert sum(shares) == total
    assert split(-total, weights) == [-share for share in shares]


@st.composite
def refunded_in_parts(draw: st.DrawFn) -> Payment:
    """Several taxed lines, converted or not, given back in parts down to nothing."""
    lines = []
    for number in range(draw(st.integers(1, 4))):
        amount = draw(st.integers(0, 10**6))
        tax = draw(st.integers(0, amount))
        lines.append(line(amount, item=f"li_{number}", tax=tax))
    whole = sum(each.amount for each in lines)
    charged = draw(st.integers(0, 10**7))
    left, gross, refunds = whole, charged, []
    booked = draw(st.booleans())
    for number in range(draw(st.integers(0, 4))):
        part = draw(st.integers(0, left))
        if part:
            went = gross if part == left else draw(st.integers(0, gross))
            refunds.append(_refund(number, part, went, booked=booked))
            left, gross = left - part, gross - went
    if left:
        refunds.append(_refund(9, left, gross, booked=booked))
    return paid(
        *(each.amount for each in lines),
        lines=tuple(lines),
        movement=moved(charged),
        refunds=tuple(refunds),
    )


def _refund(number: int, amount: int, gross: int, *, booked: bool):  # type: ignore[no-untyped-def]
    movement = moved(-gross, f"txn_re_{number}") if booked else None
    return given_back(amount, f"re_{number}", movement=movement)


@given(refunded_in_parts())
def test_refunds_in_parts_that_end_in_all_leave_nothing_of_any_line(payment: Payment) -> None:
    if not payment.amount:
        return
    made = entries(payment)
    for position in range(len(payment.lines)):
        own = [entry for entry in made if entry.position == position]
        assert sum(entry.gross for entry in own) == 0
        assert sum(entry.tax for entry in own) == 0
        assert sum(entry.net for entry in own) == 0


@given(refunded_in_parts())
def test_booked_refunds_stay_what_stripe_booked(payment: Payment) -> None:
    made = entries(payment)
    for refund in payment.refunds:
        if refund.movement is not None:
            parts = [entry for entry in made if entry.source == refund.movement.id]
            assert sum(entry.gross for entry in parts) == refund.movement.gross
            assert sum(entry.net + entry.tax for entry in parts) == refund.movement.net


def test_three_refunds_of_a_converted_sale_leave_exactly_nothing() -> None:
    payment = paid(
        2995,
        movement=moved(2773),
        refunds=tuple(given_back(part, f"re_{part}") for part in (998, 999, 998)),
    )
    made = entries(payment)
    assert [entry.gross for entry in made] == [2773, -924, -925, -924]
    assert sum(entry.net for entry in made) == 0


def test_tax_is_no_income_of_the_line_that_bore_it() -> None:
    payment = taxed((10_888, 888), (5000, 0), movement=moved(15_888, currency="usd", stripe=491))
    first, second = entries(payment)
    assert (first.gross, first.tax, first.net) == (10_888, 888, 10_888 - 888 - first.stripe_fee)
    assert (second.gross, second.tax, second.net) == (5000, 0, 5000 - second.stripe_fee)
    assert first.net + second.net + 888 == 15_888 - 491


def test_tax_settles_in_the_proportion_in_which_it_was_paid() -> None:
    (entry,) = entries(taxed((11_900, 1900), movement=moved(10_000, stripe=300)))
    assert (entry.gross, entry.tax, entry.net, entry.currency) == (10_000, 1597, 8103, "eur")


def test_until_it_is_booked_the_tax_stands_apart_as_the_buyer_paid_it() -> None:
    (entry,) = entries(taxed((11_900, 1900)))
    assert (entry.gross, entry.tax, entry.net, entry.booked) == (11_900, 1900, 10_000, False)


def test_a_refund_gives_back_its_share_of_the_tax() -> None:
    payment = taxed(
        (10_888, 888),
        movement=moved(10_888, currency="usd"),
        refunds=(given_back(5444, movement=moved(-5444, "txn_2", currency="usd")),),
    )
    _, refund = entries(payment)
    assert (refund.gross, refund.tax, refund.net) == (-5444, -444, -5000)


def test_a_refund_at_another_rate_gives_back_the_whole_tax_and_no_more() -> None:
    payment = taxed(
        (10_888, 888),
        movement=moved(10_000),
        refunds=(given_back(10_888, movement=moved(-10_400, "txn_2")),),
    )
    made = entries(payment)
    assert sum(entry.tax for entry in made) == 0
    assert sum(entry.net for entry in made) == -400


def test_a_refund_that_failed_brings_its_tax_back() -> None:
    refund = given_back(
        5444, status="failed", movement=moved(-5444, "txn_2"), reversal=moved(5444, "txn_3")
    )
    made = entries(taxed((10_888, 888), movement=moved(10_888), refunds=(refund,)))
    assert [(entry.kind, entry.tax) for entry in made] == [
        (EntryKind.SALE, 888),
        (EntryKind.REFUND, -444),
        (EntryKind.REFUND_REVERSAL, 444),
    ]


@given(st.integers(1, 10**6), st.data())
def test_a_dispute_takes_its_tax_and_gives_it_back(amount: int, data: st.DataObject) -> None:
    tax = data.draw(st.integers(0, amount))
    taken = data.draw(st.integers(1, amount))
    movements = moved(-taken, "txn_2", stripe=1500), moved(taken, "txn_3")
    lost = taxed((amount, tax), movement=moved(amount), disputes=(disputed(taken, movements[0]),))
    won = replace(lost, disputes=(disputed(taken, *movements),))
    assert sum(entry.tax for entry in entries(lost)) == tax - proportion(tax, taken, amount)
    assert sum(entry.tax for entry in entries(won)) == tax


def test_a_dispute_of_what_was_refunded_in_part_gives_no_tax_back_twice() -> None:
    payment = taxed(
        (10_888, 888),
        movement=moved(10_888),
        refunds=(given_back(5444, movement=moved(-5444, "txn_2")),),
        disputes=(disputed(10_888, moved(-10_888, "txn_3")),),
    )
    assert sum(entry.tax for entry in entries(payment)) == 0


def test_tax_kept_from_the_seller_is_a_fee_of_its_own() -> None:
    (entry,) = entries(paid(10_000, movement=moved(10_000, stripe=320, tax=61, withheld=800)))
    assert (entry.fee_tax, entry.withheld_tax, entry.net) == (61, 800, 8819)


@pytest.mark.parametrize("position", [0, 1])
def test_a_refund_of_one_taxed_line_leaves_the_other_as_it_is(position: int) -> None:
    lines = ((10_888, 888), (5000, 450))
    back = lines[position][0]
    movement = moved(15_888, currency="usd")
    refund = given_back(back, movement=moved(-back, "txn_2", currency="usd"))
    made = entries(taxed(*lines, movement=movement, refunds=(refund,)))
    assert _tax(made, position) == 0
    assert _tax(made, 1 - position) == lines[1 - position][1]


def _tax(made: tuple[Entry, ...], position: int) -> int:
    return sum(entry.tax for entry in made if entry.position == position)


def test_the_tax_of_a_payment_is_that_of_its_lines() -> None:
    payment = taxed((10_888, 888), (5000, 450))
    assert payment.tax == 1338
    assert isinstance(payment.lines[0], Line)
