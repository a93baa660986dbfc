"""Refunds: what the buyer gets, which fees stay lost, what is left; and what refunding will do."""

from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.payment import BalanceTransaction, Fees
from bot.domain.refunds import FAILED_LATE
from bot.domain.sale import PaymentRecord, SaleState
from bot.text.alert_replies import reply
from bot.text.refund_lines import refunding
from bot.text.sales import sale_record
from tests import factories as make
from tests.text.limits import text

PLATFORM = make.booked(2995, 117, fees=Fees(stripe=117, platform=300), net=2578)


def given(amount: int, platform: int = 0, **changes: Any) -> BalanceTransaction:
    """A refund as booked, with what the platform gives back of its fee."""
    fees = Fees(platform=-platform)
    return make.booked(-amount, fees=fees, net=platform - amount, id="txn_2", **changes)


def refunded(*, left: int = 1878, movement: Any = None, **refund: Any) -> PaymentRecord:
    of = make.sold(
        refunds=(make.refund(1000, **refund), make.refund(500, id="re_2")),
        **({"movement": movement} if movement else {}),
    )
    partly = {"state": SaleState.PARTLY_REFUNDED, "left": Money(left, "usd")}
    return make.record(of, sale_changes=partly)


def test_each_refund_says_its_own_amount_and_what_stays_lost() -> None:
    assert reply("refund", refunded(left=1378), "re_2") == (
        "↩ **$5.00 refunded to the buyer** · #1042 Midnight Drive · requested by customer\n"
        "Stripe keeps its $1.17 fee · **$13.78** net"
    )


def test_a_refund_that_is_not_found_any_more_says_what_is_left() -> None:
    assert reply("refund", refunded(), "ch_1") == (
        "↩ **Refunded to the buyer** · #1042 Midnight Drive\n"
        "Stripe keeps its $1.17 fee · **$18.78** net"
    )


def test_a_refund_that_only_the_charge_told_of_says_how_much_it_was_of_several() -> None:
    assert reply("refund", refunded(), "ch_1", Money(120, "usd")) == (
        "↩ **$1.20 refunded to the buyer** · #1042 Midnight Drive\n"
        "Stripe keeps its $1.17 fee · **$18.78** net"
    )


def test_a_refund_that_waits_is_on_its_way() -> None:
    assert "**$10.00 is on its way back to the buyer**" in reply(
        "refund", refunded(status="pending"), "re_1"
    )


def test_what_a_bank_took_back_is_not_called_a_refund() -> None:
    words = reply("refund", refunded(reason=FAILED_LATE), "re_1")
    assert words.startswith("↩ **$10.00 taken back: the payment failed after it had succeeded** · ")
    assert "buyer" not in words


def test_what_the_buyer_gets_in_their_own_currency() -> None:
    words = reply("refund", refunded(presented_amount=920, presented_currency="eur"), "re_1")
    assert "**€9.20 → $10.00 refunded to the buyer**" in words


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        (None, "unknown yet whether the platform returns its $3.00 fee"),
        (given(1000), "platform keeps its $3.00 fee"),
        (given(1000, 100), "$1.00 of the platform fee of $3.00 returned"),
        (given(1000, 300), "platform fee of $3.00 returned"),
    ],
)
def test_the_platforms_fee_is_told_apart(moved: BalanceTransaction | None, words: str) -> None:
    record = refunded(movement=PLATFORM)
    [first, second] = record.payment.refunds
    record = refunded(movement=PLATFORM, id="re_1") if moved is None else record
    told = reply("refund", _booked(record, moved), "re_1")
    assert f"Stripe keeps its $1.17 fee · {words} · " in told
    assert (first.id, second.id) == ("re_1", "re_2")


def _booked(record: PaymentRecord, moved: BalanceTransaction | None) -> PaymentRecord:
    of = make.sold(refunds=(make.refund(1000, movement=moved),), movement=PLATFORM)
    return make.record(of)


def test_the_tax_on_stripes_fee_is_lost_with_it() -> None:
    taxed = make.booked(2995, fees=Fees(stripe=117, tax=22), net=2856)
    words = reply("refund", refunded(movement=taxed), "re_1")
    assert "Stripe keeps its $1.39 fee (tax included)" in words


def test_before_fees_are_known_nothing_is_made_up() -> None:
    of = make.payment(refunds=(make.refund(1000),))
    record = make.record(of, complete=False, sale_changes={"left": Money(1995, "usd")})
    assert "fees settling… · **$19.95** before fees" in reply("refund", record, "re_1")
    without = reply("refund", record, "re_1", fees_possible=False)
    assert "what Stripe keeps is unknown: fees need a Stripe key" in without


def test_a_refund_that_failed_says_why_and_what_to_do() -> None:
    record = refunded(status="failed", failure="expired_or_canceled_card")
    words = reply("refund_failed", record, "re_1")
    assert words.startswith("⚠️ **Refund of $10.00 failed** · #1042 Midnight Drive")
    assert "The card has expired or was canceled. The buyer didn't get it" in words
    assert "another way" in words


def test_a_record_says_what_came_back_and_what_did_not() -> None:
    of = make.sold(refunds=(make.refund(1000, movement=given(1000)),), movement=PLATFORM)
    record = make.record(of, sale_changes={"state": SaleState.PARTLY_REFUNDED})
    words = text(sale_record(record, record.sales[0]))
    assert "**$10.00** · succeeded · requested by customer" in words
    assert "Stripe keeps its $1.17 fee · platform keeps its $3.00 fee" in words


def test_a_record_says_what_refunding_will_do() -> None:
    record = make.record()
    words = refunding(record, record.sales[0])
    assert words == (
        "[Refund it in Stripe](<https://dashboard.stripe.com/payments/pi_1>): up "
        "to **$29.95** goes back to the buyer. You lose Stripe's $1.17 fee."
    )
    assert words in text(sale_record(record, record.sales[0]))


def test_refunding_an_exclusive_frees_its_track() -> None:
    record = make.exclusive_record()
    assert "back on sale" in refunding(record, record.sales[0])


def test_a_platform_decides_about_its_own_fee() -> None:
    record = make.record(make.sold(movement=PLATFORM))
    assert "The platform decides" in refunding(record, record.sales[0])


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SaleState.DISPUTED, "Not while the bank decides"),
        (SaleState.REFUNDED, ""),
        (SaleState.DISPUTE_LOST, ""),
        (SaleState.PENDING, ""),
    ],
)
def test_where_nothing_can_be_refunded(state: SaleState, words: str) -> None:
    record = make.record(sale_changes={"state": state})
    told = refunding(record, record.sales[0])
    assert told.startswith(words)
    assert "Refund it" not in told


def test_what_was_free_is_not_refunded() -> None:
    free = make.payment(make.line(amount=0), intent=None, charge=None)
    record = make.record(free)
    assert refunding(record, record.sales[0]) == ""


def test_a_fee_that_the_platform_gave_back_is_told_by_itself() -> None:
    back = make.booked(0, 0, id="txn_9", fees=Fees(platform=-300), net=300)
    paid = make.sold(fee_returns=(back,))
    words = reply("fee_returned", make.record(paid), "txn_9")
    assert "**The platform returned $3.00 of its fee to you** · #1042 Midnight Drive" in words
    assert "returned its fee to you" in reply("fee_returned", make.record(paid), "txn_?")
