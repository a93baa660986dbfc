"""`/sales`: totals and rows; `/sale`: every amount and fee on its own line."""

import re
from datetime import timedelta

import pytest

from bot.domain.money import Money
from bot.domain.payment import BalanceTransaction, DisputeState, Fees, PaymentState
from bot.domain.payout import PayoutProgress, PayoutState
from bot.domain.sale import PaymentRecord, SaleFilter, SalesPage, SaleState, SaleTotals, Share
from bot.text.sales import sale_record, sales_embed
from tests import factories as make
from tests.text.limits import text

NOTHING = dict.fromkeys(("sales", "gross", "fees", "refunded", "left", "unsettled"), 0)


def listed(**totals: int) -> str:
    page = SalesPage(
        sales=make.record().sales[:1],
        page=0,
        count=1,
        totals=(SaleTotals(**{**NOTHING, **totals}, currency="usd"),),
    )
    return sales_embed(page, SaleFilter(), make.producer()).description or ""


@pytest.mark.parametrize(
    ("totals", "head"),
    [
        (
            {"sales": 2, "gross": 6000, "fees": 234, "left": 5766},
            "**$57.66** net of $60.00 · 2 sales · fees $2.34",
        ),
        (
            {"sales": 1, "gross": 3000, "left": 3000, "unsettled": 1},
            "**$30.00** net of $30.00 · 1 sale · fees unknown",
        ),
        (
            {"sales": 1, "gross": 10_888, "tax": 444, "fees": 346, "refunded": 5444, "left": 4654},
            "**$46.54** net of $108.88 · 1 sale · fees $3.46 · tax $4.44 · refunded $54.44",
        ),
        ({"sales": 1}, "1 sale · free"),
        ({}, "Nothing paid yet"),
    ],
)
def test_list_of_sales_begins_with_their_totals(totals: dict[str, int], head: str) -> None:
    assert listed(**totals).splitlines()[0] == head


def test_listed_sale_has_its_details_below() -> None:
    *_, name, details = listed(sales=1, gross=3000, left=3000).splitlines()
    assert name.startswith("`#")
    assert details.startswith("└ <t:")


LATER = make.NOON + timedelta(days=1)


def shown(record: PaymentRecord, *, fees_possible: bool = True) -> str:
    """What a record says of its first sale, however its columns are aligned."""
    words = text(sale_record(record, record.sales[0], fees_possible=fees_possible))
    return re.sub(" +", " ", words)


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
        "After fees $28.78",
        "Refunded -$5.00",
        "Refund returned $5.00",
        "Bank withdrew -$29.95",
        "Dispute fee -$15.00",
        "Net -$16.17",
        "**$5.00** · failed",
        "❌ **Dispute lost:** $29.95",
        f"<t:{int(LATER.timestamp())}:f> $29.95 withdrawn, $15.00 fee",
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
        "Net $4.78",
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
        "After fees €23.40",
        "Whole payment: ¥420,000 → $29.95 → €27.00",
    ):
        assert line in words


def test_record_without_fees_says_why() -> None:
    record = make.record(make.payment(), complete=False)
    assert "Fees settling…" in shown(record)
    words = shown(record, fees_possible=False)
    assert "Fees unknown" in words
    assert "Fees are unknown without a Stripe key. Stop me" in words


def test_record_of_a_refund_without_fees_shows_it() -> None:
    of = make.payment(refunds=(make.refund(1000),))
    record = make.record(
        of, sale_changes={"refunded": Money(1000, "usd"), "state": SaleState.PARTLY_REFUNDED}
    )
    assert "Refunded -$10.00" in shown(record)


def test_record_of_a_free_or_pending_sale_says_so() -> None:
    free = make.payment(make.line(amount=0), intent=None, charge=None)
    assert "Fees none" in shown(make.record(free))
    waiting = make.payment(state=PaymentState.PENDING, paid=None)
    words = shown(make.record(waiting))
    assert "To be paid $29.95" in words
    assert "not paid yet" in words


def test_refund_of_several_sales_says_each_ones_part() -> None:
    of = make.sold(
        make.line(amount=2000),
        make.line("Low Tide", 1000),
        refunds=(make.refund(600),),
    )
    assert "$4.00 of it for this sale" in shown(make.record(of))


def test_record_names_its_payout_with_day_and_link() -> None:
    progress = PayoutProgress(state=PayoutState.PAID, at=LATER, payout="po_1")
    words = shown(make.record(sale_changes={"payout": progress}))
    assert "Paid out Wed, Mar 11, 2026" in words
    assert "[po_1](https://dashboard.stripe.com/payouts/po_1)" in words


def test_record_names_its_price_product_and_payment() -> None:
    of = make.sold(make.line(price="price_1", product="prod_1"))
    words = shown(make.record(of))
    for line in ("Price `price_1`", "Product `prod_1`", "`pi_1`", "`ch_1`", "`cs_1`"):
        assert line in words


def test_record_begins_with_an_exclusive_or_a_conflict() -> None:
    assert "3 earlier leases stay valid" in shown(make.exclusive_record(3))
    assert "⚠️ **Already sold exclusively:** #1030 to Sam Ortiz" in shown(make.conflict_record())
