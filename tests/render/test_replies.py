"""Short messages under an alert."""

import pytest

from bot.ledger.money import Money
from bot.ledger.payment import DisputeState
from bot.ledger.records import PaymentRecord, PayoutRecord, SaleState
from bot.render.replies import payout_reply, public_channel_warning, reply, summary
from tests.render import samples
from tests.render.limits import text


def partly_refunded() -> PaymentRecord:
    return samples.record(
        samples.settled(refunds=(samples.refund(1000), samples.refund(500, id="re_2"))),
        sale_changes={"state": SaleState.PARTLY_REFUNDED, "left": Money(1378, "usd")},
    )


def test_each_refund_says_its_own_amount_not_the_sum() -> None:
    assert reply("refund", partly_refunded(), "re_2") == (
        "↩ **$5.00 refunded** · #1042 Midnight Drive · **$13.78** left · requested by customer"
    )


def test_a_refund_that_is_not_found_any_more_says_the_sum() -> None:
    assert reply("refund", partly_refunded(), "ch_1") == (
        "↩ **Refunded** · #1042 Midnight Drive · **$13.78** left"
    )


def test_a_refund_that_failed_says_what_to_do() -> None:
    words = reply("refund_failed", partly_refunded(), "re_1")
    assert words.startswith("⚠️ **Refund of $10.00 failed** · #1042 Midnight Drive")
    assert "another way" in words


@pytest.mark.parametrize(
    ("what", "state", "begins"),
    [
        ("dispute_opened", DisputeState.OPEN, "⚠️ **Disputed:** $29.95 · product not received"),
        ("dispute_won", DisputeState.WON, "✅ **Dispute won:** $29.95"),
        ("dispute_lost", DisputeState.LOST, "❌ **Dispute lost:** $29.95"),
        ("inquiry", DisputeState.INQUIRY, "⚠️ **The bank asks about this payment"),
    ],
)
def test_disputes(what: str, state: DisputeState, begins: str) -> None:
    record = samples.record(samples.settled(disputes=(samples.dispute(state),)))
    words = reply(what, record, "dp_1")
    assert words.startswith(begins)
    assert "#1042 Midnight Drive" in words
    assert ("answer by <t:" in words) is (state in (DisputeState.OPEN, DisputeState.INQUIRY))


def test_a_dispute_that_took_money_says_what_is_left() -> None:
    taken = samples.dispute(DisputeState.LOST, movements=(samples.booked(-2995, 1500),))
    record = samples.record(
        samples.settled(disputes=(taken,)), sale_changes={"left": Money(-1617, "usd")}
    )
    assert reply("dispute_lost", record, "dp_1").endswith("**-$16.17** left")


def test_a_conflict_names_the_holder() -> None:
    words = reply("conflict", samples.conflict_record(), "1042")
    assert "already sold exclusively as #1030" in words
    assert "#1042 Midnight Drive" in words


def test_test_mode_is_marked() -> None:
    record = samples.record(producer=samples.producer(livemode=False))
    assert reply("refund", record, "").startswith("TEST MODE · ")


def test_names_in_replies_ping_nobody() -> None:
    record = samples.record(samples.settled(samples.line("@everyone **x**")))
    assert "\\@everyone \\*\\*x\\*\\*" in reply("refund", record, "")


def test_something_unheard_of_points_to_the_alert() -> None:
    assert reply("moved", samples.record(), "") == (
        "News of #1042 Midnight Drive: see the alert above."
    )


def test_a_summary_lists_what_could_not_be_told() -> None:
    message = summary([samples.record(), samples.exclusive_record(), samples.conflict_record()])
    assert message.embeds[0].title == "3 sales in 3 payments"
    words = text(message)
    assert "**$559.90** before fees" in words
    assert "**Exclusive Rights**" in words
    assert "⚠️ conflict" in words


def test_a_long_summary_says_how_many_it_leaves_out() -> None:
    message = summary([samples.record() for _ in range(500)])
    assert "more" in (message.embeds[0].description or "").split("\n")[-1]


def test_a_failed_payout_shouts() -> None:
    payout = PayoutRecord(
        id="po_1",
        amount=Money(41200, "usd"),
        status="failed",
        automatic=True,
        created=samples.NOON,
        arrival=samples.NOON,
        failure="The bank account has been closed.",
        payments=9,
        sales=9,
        refunds=1,
    )
    words = payout_reply(payout)
    assert words.startswith("❌ **Payout of $412.00 failed.**")
    assert "The bank account has been closed." in words
    assert "Check your bank details" in words


def test_a_public_channel_is_told_what_to_do_and_no_amount() -> None:
    assert "Private Channel" in public_channel_warning()
    assert "$" not in public_channel_warning()
