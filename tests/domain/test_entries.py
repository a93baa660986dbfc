"""The books add up to the cent: shares, taxes, partial refunds, disputes and states of sales."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.disputes import dispute_of
from bot.domain.entries import EntryKind, entries, refund_shares, sale_states
from bot.domain.money import proportion
from bot.domain.payment import (
    BalanceTransaction,
    Dispute,
    DisputeState,
    Fees,
    Payment,
    PaymentState,
    Refund,
)
from tests.factories import CHARGED, at, booked, dispute, line, payment_for, refund, stripe_dispute

small = st.integers(0, 10**7)


def euros(gross: int, id_: str = "txn_1", currency: str = "eur", **fees: int) -> BalanceTransaction:
    taken = Fees(**fees)
    return booked(gross, currency=currency, id=id_, fees=taken, net=gross - taken.total)


@st.composite
def payments(draw: st.DrawFn) -> Payment:
    """Paid payments of several lines, with refunds that together fit in them, and a dispute."""
    amounts = draw(st.lists(small, min_size=1, max_size=6))
    left, refunds = sum(amounts), []
    for number in range(draw(st.integers(0, 3))):
        amount = draw(st.integers(0, left))
        if amount:
            left -= amount
            is_booked = draw(st.booleans())
            refunds.append(
                refund(
                    amount,
                    id=f"re_{number}",
                    movement=euros(-amount, f"txn_re_{number}") if is_booked else None,
                )
            )
    movement = draw(st.none() | st.builds(euros, small, stripe=small, tax=small, id_=st.just("t")))
    disputes = (disputed(1, euros(-draw(small), "txn_dp", stripe=1500)),)
    return payment_for(*amounts, movement=movement, refunds=tuple(refunds), disputes=disputes)


@given(payments())
def test_every_movement_is_divided_without_a_cent_lost(payment: Payment) -> None:
    made = entries(payment)
    movements = [
        payment.movement,
        *(back.movement for back in payment.refunds),
        *(movement for dispute in payment.disputes for movement in dispute.movements),
    ]
    for movement in filter(None, movements):
        parts = [entry for entry in made if entry.source == movement.id]
        assert sum(entry.gross for entry in parts) == movement.gross
        assert sum(entry.net for entry in parts) == movement.net
        assert len(parts) == len(payment.lines)


@given(payments())
def test_refunds_of_any_size_are_shared_exactly_and_within_each_line(payment: Payment) -> None:
    shares = refund_shares(payment)
    for back, share in zip(payment.refunds, shares, strict=True):
        assert sum(share) == back.amount
    for position, sold in enumerate(payment.lines):
        assert 0 <= sum(share[position] for share in shares) <= sold.amount


@pytest.mark.parametrize("state", [PaymentState.PENDING, PaymentState.FAILED])
def test_a_payment_without_money_has_no_entries(state: PaymentState) -> None:
    assert entries(payment_for(5000, state=state, paid=None)) == ()


def test_until_stripe_books_the_charge_the_price_stands_in_the_books() -> None:
    (entry,) = entries(payment_for(5000))
    assert (entry.gross, entry.net, entry.currency, entry.source) == (5000, 5000, "usd", "ch_1")
    assert not entry.booked


def test_a_free_sale_is_booked_at_nothing() -> None:
    (entry,) = entries(payment_for(0, charge=None, intent=None))
    assert (entry.gross, entry.booked, entry.source) == (0, True, "cs_1")


def test_fees_are_divided_in_proportion_to_the_price() -> None:
    movement = euros(10_000, stripe=175, tax=10, platform=1000, id_="txn_1")
    made = entries(payment_for(3000, 2000, 5000, movement=movement))
    assert [entry.stripe_fee for entry in made] == [53, 35, 87]
    assert [entry.platform_fee for entry in made] == [300, 200, 500]
    assert [entry.fee_tax for entry in made] == [3, 2, 5]
    assert {entry.at for entry in made} == {payment_for(5000).paid}
    assert sum(entry.net for entry in made) == movement.net


@pytest.mark.parametrize(
    ("amounts", "refunds", "shares"),
    [
        pytest.param((3000, 2000), [refund(5000)], [[3000, 2000]], id="all closes every line"),
        pytest.param((3000, 2000), [refund(2000)], [[0, 2000]], id="just one line's price"),
        pytest.param(
            (3000, 2000), [refund(2000), refund(300)], [[0, 2000], [300, 0]], id="what remains"
        ),
        pytest.param((3000, 3000), [refund(3000)], [[1500, 1500]], id="any other is divided"),
        pytest.param(
            (5000,), [refund(5000, status="failed"), refund(5000)], [[0], [5000]], id="one failed"
        ),
    ],
)
def test_a_refund_is_shared_by_the_lines_it_is_of(
    amounts: tuple[int, ...], refunds: list[Refund], shares: list[list[int]]
) -> None:
    assert refund_shares(payment_for(*amounts, refunds=tuple(refunds))) == shares


def test_a_refund_not_booked_yet_is_taken_at_the_rate_of_the_sale() -> None:
    movement = euros(4600, stripe=150, id_="txn_1")
    made = entries(payment_for(5000, movement=movement, refunds=(refund(2500),)))
    assert [(entry.kind, entry.gross, entry.currency) for entry in made] == [
        (EntryKind.SALE, 4600, "eur"),
        (EntryKind.REFUND, -2300, "eur"),
    ]


def test_a_refund_that_failed_after_it_was_booked_comes_back() -> None:
    back = refund(
        5000,
        status="failed",
        movement=euros(-4600, id_="txn_2"),
        reversal=euros(4600, id_="txn_3"),
    )
    made = entries(
        payment_for(5000, movement=euros(4600, stripe=150, id_="txn_1"), refunds=(back,))
    )
    assert [entry.kind for entry in made] == ["sale", "refund", "refund_reversal"]
    assert sum(entry.net for entry in made) == 4450


def taxed(*lines: tuple[int, int], **changes: object) -> Payment:
    """A payment of lines, each an amount and the tax in it."""
    made = tuple(
        line(amount=amount, item=f"li_{i}", tax=tax) for i, (amount, tax) in enumerate(lines)
    )
    return payment_for(*(amount for amount, _ in lines), **{"lines": made, **changes})


def disputed(amount: int, *movements: BalanceTransaction) -> Dispute:
    return dispute(DisputeState.LOST, amount=amount, movements=movements)


@st.composite
def refunded_in_parts(draw: st.DrawFn) -> Payment:
    """Several taxed lines, converted or not, given back in parts down to nothing."""
    lines = []
    for number in range(draw(st.integers(1, 4))):
        amount = draw(st.integers(0, 10**6))
        tax = draw(st.integers(0, amount))
        lines.append(line(amount=amount, item=f"li_{number}", tax=tax))
    whole = sum(each.amount for each in lines)
    charged = draw(st.integers(0, 10**7))
    left, gross, refunds = whole, charged, list[Refund]()
    is_booked = draw(st.booleans())

    def give_back(part: int, went: int) -> None:
        name = len(refunds)
        movement = euros(-went, f"txn_re_{name}") if is_booked else None
        refunds.append(refund(part, id=f"re_{name}", movement=movement))

    for _ in range(draw(st.integers(0, 4))):
        part = draw(st.integers(0, left))
        if part:
            went = gross if part == left else draw(st.integers(0, gross))
            give_back(part, went)
            left, gross = left - part, gross - went
    if left:
        give_back(left, gross)
    return payment_for(
        *(each.amount for each in lines),
        lines=tuple(lines),
        movement=euros(charged),
        refunds=tuple(refunds),
    )


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
    for back in payment.refunds:
        if back.movement is not None:
            parts = [entry for entry in made if entry.source == back.movement.id]
            assert sum(entry.gross for entry in parts) == back.movement.gross
            assert sum(entry.net + entry.tax for entry in parts) == back.movement.net


def test_three_refunds_of_a_converted_sale_leave_exactly_nothing() -> None:
    payment = payment_for(
        2995,
        movement=euros(2773),
        refunds=tuple(refund(part, id=f"re_{part}") for part in (998, 999, 998)),
    )
    made = entries(payment)
    assert [entry.gross for entry in made] == [2773, -924, -925, -924]
    assert sum(entry.net for entry in made) == 0


def test_tax_is_no_income_of_the_line_that_bore_it() -> None:
    payment = taxed((10_888, 888), (5000, 0), movement=euros(15_888, currency="usd", stripe=491))
    first, second = entries(payment)
    assert (first.gross, first.tax, first.net) == (10_888, 888, 10_888 - 888 - first.stripe_fee)
    assert (second.gross, second.tax, second.net) == (5000, 0, 5000 - second.stripe_fee)
    assert first.net + second.net + 888 == 15_888 - 491


def test_tax_settles_in_the_proportion_in_which_it_was_paid() -> None:
    (entry,) = entries(taxed((11_900, 1900), movement=euros(10_000, stripe=300)))
    assert (entry.gross, entry.tax, entry.net, entry.currency) == (10_000, 1597, 8103, "eur")


def test_until_it_is_booked_the_tax_stands_apart_as_the_buyer_paid_it() -> None:
    (entry,) = entries(taxed((11_900, 1900)))
    assert (entry.gross, entry.tax, entry.net, entry.booked) == (11_900, 1900, 10_000, False)


def test_a_refund_gives_back_its_share_of_the_tax() -> None:
    payment = taxed(
        (10_888, 888),
        movement=euros(10_888, currency="usd"),
        refunds=(refund(5444, movement=euros(-5444, "txn_2", currency="usd")),),
    )
    _, back = entries(payment)
    assert (back.gross, back.tax, back.net) == (-5444, -444, -5000)


def test_a_refund_at_another_rate_gives_back_the_whole_tax_and_no_more() -> None:
    payment = taxed(
        (10_888, 888),
        movement=euros(10_000),
        refunds=(refund(10_888, movement=euros(-10_400, "txn_2")),),
    )
    made = entries(payment)
    assert sum(entry.tax for entry in made) == 0
    assert sum(entry.net for entry in made) == -400


def test_a_refund_that_failed_brings_its_tax_back() -> None:
    back = refund(
        5444, status="failed", movement=euros(-5444, "txn_2"), reversal=euros(5444, "txn_3")
    )
    made = entries(taxed((10_888, 888), movement=euros(10_888), refunds=(back,)))
    assert [(entry.kind, entry.tax) for entry in made] == [
        (EntryKind.SALE, 888),
        (EntryKind.REFUND, -444),
        (EntryKind.REFUND_REVERSAL, 444),
    ]


@given(st.integers(1, 10**6), st.data())
def test_a_dispute_takes_its_tax_and_gives_it_back(amount: int, data: st.DataObject) -> None:
    tax = data.draw(st.integers(0, amount))
    taken = data.draw(st.integers(1, amount))
    movements = euros(-taken, "txn_2", stripe=1500), euros(taken, "txn_3")
    lost = taxed((amount, tax), movement=euros(amount), disputes=(disputed(taken, movements[0]),))
    won = replace(lost, disputes=(disputed(taken, *movements),))
    assert sum(entry.tax for entry in entries(lost)) == tax - proportion(tax, taken, amount)
    assert sum(entry.tax for entry in entries(won)) == tax


def test_a_dispute_of_what_was_refunded_in_part_gives_no_tax_back_twice() -> None:
    payment = taxed(
        (10_888, 888),
        movement=euros(10_888),
        refunds=(refund(5444, movement=euros(-5444, "txn_2")),),
        disputes=(disputed(10_888, euros(-10_888, "txn_3")),),
    )
    assert sum(entry.tax for entry in entries(payment)) == 0


def test_tax_kept_from_the_seller_is_a_fee_of_its_own() -> None:
    (entry,) = entries(
        payment_for(10_000, movement=euros(10_000, stripe=320, tax=61, withheld=800))
    )
    assert (entry.fee_tax, entry.withheld_tax, entry.net) == (61, 800, 8819)


@pytest.mark.parametrize("position", [0, 1])
def test_a_refund_of_one_taxed_line_leaves_the_other_as_it_is(position: int) -> None:
    lines = ((10_888, 888), (5000, 450))
    amount = lines[position][0]
    movement = euros(15_888, currency="usd")
    back = refund(amount, movement=euros(-amount, "txn_2", currency="usd"))
    made = entries(taxed(*lines, movement=movement, refunds=(back,)))
    left = [sum(one.tax for one in made if one.position == position) for position in (0, 1)]
    assert left[position] == 0
    assert left[1 - position] == lines[1 - position][1]


def test_the_tax_of_a_payment_is_that_of_its_lines() -> None:
    assert taxed((10_888, 888), (5000, 450)).tax == 1338


def disputed_as(status: str) -> tuple[Dispute, ...]:
    read = dispute_of(stripe_dispute(status=status), "usd", at(CHARGED))
    assert read is not None
    return (read,)


@pytest.mark.parametrize(
    ("payment", "states"),
    [
        (payment_for(5000), ["paid"]),
        (payment_for(0, charge=None), ["paid"]),
        (payment_for(3000, 2000, state=PaymentState.PENDING, paid=None), ["pending", "pending"]),
        (payment_for(5000, state=PaymentState.FAILED, paid=None), ["failed"]),
        (payment_for(5000, refunds=(refund(1),)), ["partly_refunded"]),
        (payment_for(5000, refunds=(refund(5000),)), ["refunded"]),
        (payment_for(5000, refunds=(refund(5000, status="failed"),)), ["paid"]),
        (payment_for(3000, 2000, refunds=(refund(2000),)), ["paid", "refunded"]),
        (payment_for(3000, 0, refunds=(refund(3000),)), ["refunded", "refunded"]),
        (payment_for(3000, 0, refunds=(refund(10),)), ["partly_refunded", "paid"]),
    ],
)
def test_refunds_are_judged_line_by_line(payment: Payment, states: list[str]) -> None:
    assert sale_states(payment) == states


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("warning_needs_response", "paid"),
        ("needs_response", "disputed"),
        ("under_review", "disputed"),
        ("appeal_under_review", "disputed"),
        ("a_status_to_come", "disputed"),
        ("won", "paid"),
        ("prevented", "paid"),
        ("lost", "dispute_lost"),
    ],
)
def test_a_dispute_is_of_the_whole_payment(status: str, state: str) -> None:
    assert sale_states(payment_for(3000, 2000, disputes=disputed_as(status))) == [state, state]


@pytest.mark.parametrize(
    ("back", "status", "state"),
    [
        (5000, "needs_response", "refunded"),
        (5000, "lost", "refunded"),
        (10, "lost", "dispute_lost"),
    ],
)
def test_dispute_after_a_refund_counts_unless_that_was_whole(
    back: int, status: str, state: str
) -> None:
    payment = payment_for(5000, refunds=(refund(back),), disputes=disputed_as(status))
    assert sale_states(payment) == [state]
