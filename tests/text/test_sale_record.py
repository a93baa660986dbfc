"""`/sale`: the net, every amount it is made of, the history; ids behind Details."""

import re
from datetime import timedelta
from typing import Any

from bot.domain.money import Money
from bot.domain.payment import BalanceTransaction, Buyer, DisputeState, Fees, PaymentState
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.sale import PaymentRecord, SaleState, Share
from bot.text.sale_record import sale_details, sale_record
from tests import factories as make
from tests.phone import lines_at_390
from tests.text.limits import assert_fits, text

LATER = make.NOON + timedelta(days=1)


def shown(record: PaymentRecord, *, fees_possible: bool = True) -> str:
    """What a record says of its first sale, however its columns are aligned."""
    sale = record.sales[0]
    words = text(sale_record(record, sale, make.NOON, fees_possible=fees_possible))
    return re.sub(" +", " ", words)


def details(record: PaymentRecord) -> str:
    return text(sale_details(record, record.sales[0], make.NOON))


def moved(name: str, gross: int, fee: int = 0) -> BalanceTransaction:
    return make.booked(gross, fee, id=name, at=LATER)


def test_record_of_a_lost_dispute_has_a_line_for_each_movement() -> None:
    of = make.sold(
        refunds=(
            make.refund(
                500, status="failed", movement=moved("t2", -500), reversal=moved("t3", 500)
            ),
        ),
        disputes=(make.dispute(DisputeState.LOST, movements=(moved("t4", -2995, 1500),)),),
    )
    words = shown(
        make.record(of, sale_changes={"state": SaleState.DISPUTE_LOST, "left": Money(-1617, "usd")})
    )
    for line in (
        "You're down $16.17 · Midnight Drive",
        "Stripe fee -$1.17",
        "Refunded -$5.00",
        "Refund returned $5.00",
        "Bank withdrew -$29.95",
        "Dispute fee -$15.00",
        "· refund of **$5.00** failed",
        "❌ **Dispute lost:** $29.95",
    ):
        assert line in words


def test_record_of_a_won_dispute_has_a_line_for_each_movement() -> None:
    returned = make.booked(-1000, id="t2", fees=Fees(platform=-100), net=-900)
    of = make.sold(
        refunds=(make.refund(1000, movement=returned),),
        disputes=(
            make.dispute(DisputeState.WON, movements=(moved("t4", -1995, 1500), moved("t5", 1995))),
        ),
    )
    words = shown(make.record(of, sale_changes={"left": Money(478, "usd")}))
    for line in (
        "Refunded -$10.00",
        "Platform fee returned $1.00",
        "Bank withdrew -$19.95",
        "Dispute fee -$15.00",
        "Bank returned $19.95",
        "$4.78 net · Midnight Drive",
    ):
        assert line in words


def test_record_settled_in_another_currency_shows_both() -> None:
    of = make.payment(
        movement=make.booked(2700, 0, "eur", fees=Fees(stripe=80, tax=10, platform=270)),
        presented_amount=420000,
        presented_currency="jpy",
    )
    share = Share(currency="eur", gross=2700, fees=Fees(stripe=80, tax=10, platform=270))
    words = shown(make.record(of, sale_changes={"share": share, "left": Money(2340, "eur")}))
    for line in (
        "Buyer paid $29.95",
        "Settled as €27.00",
        "Stripe fee -€0.80",
        "Tax on the fee -€0.10",
        "Platform fee -€2.70",
        "€23.40 net · Midnight Drive",
        "Whole payment: ¥420,000 → $29.95 → €27.00",
    ):
        assert line in words


def test_record_without_fees_says_why() -> None:
    record = make.record(make.payment(), complete=False)
    words = shown(record)
    assert "$29.95 before fees" in words
    assert "Fees settling…" in words
    words = shown(record, fees_possible=False)
    assert "settling" not in words
    assert "Fees are unknown without a Stripe key. Stop me" in words


def test_record_of_a_refund_without_fees_shows_it() -> None:
    of = make.payment(refunds=(make.refund(1000),))
    record = make.record(
        of, sale_changes={"refunded": Money(1000, "usd"), "state": SaleState.PARTLY_REFUNDED}
    )
    assert "Refunded -$10.00" in shown(record)


def test_record_of_a_free_or_pending_sale_says_so() -> None:
    free = shown(make.record(make.payment(make.line(amount=0), intent=None, charge=None)))
    assert "Free · Midnight Drive" in free
    assert "Buyer paid" not in free
    waiting = make.payment(state=PaymentState.PENDING, paid=None)
    words = shown(make.record(waiting))
    assert "$29.95 · Midnight Drive" in words
    assert "net" not in words
    assert "not paid yet" in words


def test_record_of_a_pending_sale_shows_the_tax_in_it() -> None:
    of = make.payment(make.line(tax=300), state=PaymentState.PENDING, paid=None)
    assert "To be paid $29.95\nTax in it $3.00" in shown(make.record(of))


def test_refund_of_several_sales_says_each_ones_part() -> None:
    of = make.sold(
        make.line(amount=2000),
        make.line("Low Tide", 1000),
        refunds=(make.refund(600),),
    )
    assert "$4.00 of it for this sale" in shown(make.record(of))


def test_record_names_the_day_of_its_payout() -> None:
    progress = PayoutProgress(state=PayoutState.PAID, at=LATER, payout="po_1")
    record = make.record(sale_changes={"payout": progress})
    assert "Paid out Wed" in shown(record)
    assert "Payout [po_1](https://dashboard.stripe.com/payouts/po_1)" in details(record)


def test_ids_of_stripe_stand_in_the_details_alone() -> None:
    record = make.record(make.sold(make.line(price="price_1", product="prod_1")))
    words = details(record)
    for id_ in ("pi_1", "ch_1", "cs_1", "price_1", "prod_1"):
        assert f"`{id_}`" in words
        assert id_ not in shown(record)


def test_details_of_a_sale_tell_each_movement_of_a_dispute() -> None:
    disputes = (make.dispute(DisputeState.WON, movements=(moved("t4", -2995, 1500),)),)
    words = details(make.record(make.sold(disputes=disputes)))
    assert f"Wed <t:{int(LATER.timestamp())}:t> · $29.95 withdrawn, $15.00 fee" in words


def test_details_of_a_sale_without_any_id_of_stripes_are_a_message_still() -> None:
    free = make.payment(make.line(amount=0), intent=None, charge=None, session=None)
    assert_fits(sale_details(make.record(free), make.record(free).sales[0], make.NOON))


def test_record_says_each_thing_once() -> None:
    words = shown(make.record())
    assert words.count("jordan.lee@example.com") == 1
    assert "Platform fee" not in words
    assert words.count("$28.78") == 1
    assert "Basic Lease" in words


def test_record_of_an_exclusive_says_so_once() -> None:
    assert shown(make.exclusive_record()).count("Exclusive") == 1


def widest(**changes: Any) -> PaymentRecord:
    """The widest names and amounts that one may expect, sold in another currency."""
    buyer = Buyer(
        email="bartholomew.featherstonehaugh@example.com",
        name="Bartholomew Featherstonehaugh",
        country="GB",
    )
    of = make.sold(
        make.line("Midnight Drive (Extended Version)", 1_234_567, license="Unlimited Lease"),
        fee=35_802,
        buyer=buyer,
        **changes,
    )
    return make.record(of, purchases=12)


def test_record_with_the_widest_names_takes_at_most_13_lines_on_a_phone() -> None:
    record = widest()
    assert lines_at_390(sale_record(record, record.sales[0], make.NOON)) <= 13


def test_record_of_a_disputed_sale_takes_at_most_20_lines_on_a_phone() -> None:
    record = widest(disputes=(make.dispute(movements=(moved("t4", -1_234_567, 1500),)),))
    assert lines_at_390(sale_record(record, record.sales[0], make.NOON)) <= 20


def test_record_begins_with_an_exclusive_or_a_conflict() -> None:
    assert "**Exclusive Rights** · 3 earlier leases stay valid" in shown(make.exclusive_record(3))
    assert "⚠️ **Already sold exclusively:** #1030" in shown(make.conflict_record())
