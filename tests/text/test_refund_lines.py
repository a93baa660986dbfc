"""Refunds: what the buyer gets, which fees stay lost, what is left; and what refunding will do."""

from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.payment import BalanceTransaction, Fees
from bot.domain.refunds import FAILED_LATE
from bot.domain.sale import PaymentRecord, SaleState
from bot.text.alert_replies import reply
from bot.text.refund_lines import refunding
from bot.text.sale_record import sale_details, sale_record
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


TAXED = make.booked(2995, fees=Fees(stripe=117, tax=22), net=2856)
GONE = Money(120, "usd")
LEFT = "**$18.78** net · Stripe keeps its $1.17 fee"
REPLIES: dict[str, tuple[PaymentRecord, str, Money | None, str]] = {
    "its own amount of several": (
        refunded(left=1378),
        "re_2",
        None,
        "↩ **$5.00 refunded** · #1042 Midnight Drive\n**$13.78** net · Stripe keeps its $1.17 fee",
    ),
    "one that is not found": (
        refunded(),
        "ch_1",
        None,
        f"↩ **Refunded** · #1042 Midnight Drive\n{LEFT}",
    ),
    "one of several that only the charge showed": (
        refunded(),
        "ch_1",
        GONE,
        f"↩ **$1.20 refunded** · #1042 Midnight Drive\n{LEFT}",
    ),
    "one that waits": (
        refunded(status="pending"),
        "re_1",
        None,
        "**$10.00 on its way back to the buyer**",
    ),
    "what a bank took back": (
        refunded(reason=FAILED_LATE),
        "re_1",
        None,
        "↩ **$10.00 taken back: the payment failed after it had succeeded** · "
        f"#1042 Midnight Drive\n{LEFT}",
    ),
    "the buyer's currency": (
        refunded(presented_amount=920, presented_currency="eur"),
        "re_1",
        None,
        "**€9.20 → $10.00 refunded**",
    ),
    "the tax on the fee": (
        refunded(movement=TAXED),
        "re_1",
        None,
        "Stripe keeps its $1.39 fee (tax included)",
    ),
}


@pytest.mark.parametrize(
    ("record", "name", "amount", "words"), REPLIES.values(), ids=REPLIES.keys()
)
def test_reply_to_a_refund_says_how_much_and_what_is_left(
    record: PaymentRecord, name: str, amount: Money | None, words: str
) -> None:
    assert words in reply("refund", record, name, amount)


@pytest.mark.parametrize(
    ("moved", "words"),
    [
        (None, "unknown yet whether the platform returns its $3.00 fee"),
        (given(1000), "platform keeps its $3.00 fee"),
        (given(1000, 100), "$1.00 of the platform fee of $3.00 returned"),
        (given(1000, 300), "platform fee of $3.00 returned"),
    ],
)
def test_reply_says_apart_what_the_platform_returns_of_its_fee(
    moved: BalanceTransaction | None, words: str
) -> None:
    record = make.record(make.sold(refunds=(make.refund(1000, movement=moved),), movement=PLATFORM))
    assert f"net · Stripe keeps its $1.17 fee · {words}" in reply("refund", record, "re_1")


def test_reply_before_fees_are_known_makes_nothing_up() -> None:
    of = make.payment(refunds=(make.refund(1000),))
    record = make.record(of, complete=False, sale_changes={"left": Money(1995, "usd")})
    assert "**$19.95** before fees · fees settling…" in reply("refund", record, "re_1")
    without = reply("refund", record, "re_1", fees_possible=False)
    assert "what Stripe keeps is unknown: fees need a Stripe key" in without


def test_reply_to_a_full_refund_says_once_what_the_fee_costs() -> None:
    of = make.sold(refunds=(make.refund(2995),))
    record = make.record(of, sale_changes={"state": SaleState.REFUNDED, "left": Money(-117, "usd")})
    told = reply("refund", record, "re_1").split("\n")[1]
    assert told == "You're down **$1.17**: Stripe keeps its fee"


def test_reply_to_a_refund_for_an_unusual_reason_names_it() -> None:
    assert reply("refund", refunded(reason="duplicate"), "re_1").endswith(" · duplicate")


def test_reply_to_a_failed_refund_says_why_and_what_to_do() -> None:
    record = refunded(status="failed", failure="expired_or_canceled_card")
    words = reply("refund_failed", record, "re_1")
    assert words.startswith("⚠️ **Refund of $10.00 failed** · #1042 Midnight Drive")
    assert "The card has expired or was canceled. The buyer didn't get it" in words
    assert "another way" in words


def test_record_of_a_refund_says_what_came_back_and_what_did_not() -> None:
    of = make.sold(refunds=(make.refund(1000, movement=given(1000)),), movement=PLATFORM)
    record = make.record(of, sale_changes={"state": SaleState.PARTLY_REFUNDED})
    words = text(sale_record(record, record.sales[0], make.NOON))
    assert "**$10.00** refunded · requested by customer" in words
    assert "Stripe keeps its $1.17 fee · platform keeps its $3.00 fee" in words


@pytest.mark.parametrize(
    ("record", "words"),
    [
        (
            make.record(),
            "[Refund it in Stripe](<https://dashboard.stripe.com/payments/pi_1>): up "
            "to **$29.95** goes back to the buyer. You lose Stripe's $1.17 fee.",
        ),
        (make.exclusive_record(), "After a full refund you can put the track back on sale."),
        (make.record(make.sold(movement=PLATFORM)), "The platform decides"),
    ],
)
def test_details_say_what_refunding_will_do(record: PaymentRecord, words: str) -> None:
    assert words in refunding(record, record.sales[0])
    assert words in text(sale_details(record, record.sales[0], make.NOON))


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (SaleState.DISPUTED, "Not while the bank decides"),
        (SaleState.REFUNDED, ""),
        (SaleState.DISPUTE_LOST, ""),
        (SaleState.PENDING, ""),
    ],
)
def test_record_without_anything_to_refund_offers_no_refund(state: SaleState, words: str) -> None:
    record = make.record(sale_changes={"state": state})
    told = refunding(record, record.sales[0])
    assert told.startswith(words)
    assert "Refund it" not in told
    free = make.record(make.payment(make.line(amount=0), intent=None, charge=None))
    assert refunding(free, free.sales[0]) == ""


def test_reply_to_a_returned_platform_fee_says_how_much() -> None:
    back = make.booked(0, 0, id="txn_9", fees=Fees(platform=-300), net=300)
    paid = make.sold(fee_returns=(back,))
    words = reply("fee_returned", make.record(paid), "txn_9")
    assert "**The platform returned $3.00 of its fee to you** · #1042 Midnight Drive" in words
    assert "returned its fee to you" in reply("fee_returned", make.record(paid), "txn_?")
