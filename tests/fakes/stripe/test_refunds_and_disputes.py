import pytest

from fakes.stripe import StripeAccount
from tests.fakes.stripe.conftest import Prices, types


def test_a_refund_emits_the_charge_and_the_refund(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease)
    account.take_events()
    account.refund(bought, 1000)

    charge, refund = account.take_events()
    assert (charge["type"], refund["type"]) == ("charge.refunded", "refund.created")
    assert charge["data"]["object"]["amount_refunded"] == 1000
    assert charge["data"]["object"]["refunded"] is False
    assert "refunds" not in charge["data"]["object"]
    assert refund["data"]["object"]["status"] == "succeeded"


def test_what_remains_is_refunded_unless_told_otherwise(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.buy(prices.lease)
    account.refund(bought, 1000)
    rest = account.get("refund", account.refund(bought))

    assert rest["amount"] == 1999
    assert account.get("charge", str(bought.charge))["refunded"] is True
    with pytest.raises(ValueError, match="cannot refund"):
        account.refund(bought, 1)


def test_a_pending_refund_is_booked_when_it_goes_through(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.buy(prices.lease)
    refund = account.refund(bought, pending=True)
    assert account.get("refund", refund)["balance_transaction"] is None

    account.complete_refund(refund)

    done = account.get("refund", refund)
    assert done["status"] == "succeeded"
    assert account.get("balance_transaction", done["balance_transaction"])["amount"] == -2999


def test_a_failed_refund_gives_the_money_back(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease)
    refund = account.refund(bought)
    account.take_events()
    account.fail_refund(refund)

    failed = account.get("refund", refund)
    back = account.get("balance_transaction", failed["failure_balance_transaction"])
    assert (back["type"], back["amount"]) == ("refund_failure", 2999)
    assert account.get("charge", str(bought.charge))["amount_refunded"] == 0
    assert types(account.take_events()) == [
        "refund.updated",
        "charge.refund.updated",
        "refund.failed",
    ]


def test_a_pending_refund_that_fails_moves_no_money(account: StripeAccount, prices: Prices) -> None:
    refund = account.refund(account.buy(prices.lease), pending=True)
    account.fail_refund(refund)

    assert account.get("refund", refund)["failure_balance_transaction"] is None


def test_the_platform_may_give_its_fee_back(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease, application_fee=300)
    account.refund(bought, application_fee=300)

    *_, refunded, returned = account.books.all("balance_transaction")
    refund, back = (account.get("balance_transaction", each) for each in (refunded, returned))
    assert (refund["type"], refund["fee"], refund["net"]) == ("refund", 0, -2999)
    assert (back["type"], back["reporting_category"]) == ("adjustment", "fee")
    assert (back["amount"], back["fee"], back["net"]) == (300, 0, 300)
    fee = account.get("charge", bought.paid_with()[1])["application_fee"]
    assert account.get("fee_refund", back["source"])["fee"] == fee


def test_no_platform_gives_back_what_none_has_taken(account: StripeAccount, prices: Prices) -> None:
    with pytest.raises(ValueError, match="no platform"):
        account.return_fee(account.buy(prices.lease), 300)


def test_a_bank_debit_is_refunded_under_another_name(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.buy(prices.euro, method="sepa_debit")
    account.arrive(bought)
    refund = account.get("refund", account.refund(bought))

    assert refund["id"].startswith("pyr_")
    movement = account.get("balance_transaction", refund["balance_transaction"])
    assert movement["type"] == "payment_refund"


def test_a_refund_shows_its_part_of_what_the_buyer_saw(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.buy(prices.euro, presented=(400000, "jpy"))
    refund = account.get("refund", account.refund(bought, 1250))

    assert refund["presentment_details"]["presentment_amount"] == 200000


def test_a_dispute_withdraws_the_money_with_its_fee(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease)
    account.take_events()
    dispute = account.get("dispute", account.dispute(bought))

    (withdrawn,) = dispute["balance_transactions"]
    assert (withdrawn["amount"], withdrawn["fee"], withdrawn["net"]) == (-2999, 1500, -4499)
    assert account.get("charge", str(bought.charge))["disputed"] is True
    assert types(account.take_events()) == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
    ]


def test_a_dispute_won_gives_the_money_back(account: StripeAccount, prices: Prices) -> None:
    dispute = account.dispute(account.buy(prices.lease))
    account.answer(dispute)
    account.take_events()
    account.win(dispute)

    won = account.get("dispute", dispute)
    assert won["status"] == "won"
    assert [part["net"] for part in won["balance_transactions"]] == [-4499, 2999]
    assert types(account.take_events()) == [
        "charge.dispute.funds_reinstated",
        "charge.dispute.closed",
    ]


def test_the_disputes_fee_may_come_back_too(account: StripeAccount, prices: Prices) -> None:
    dispute = account.dispute(account.buy(prices.lease))
    account.win(dispute, fee_back=True)

    nets = [part["net"] for part in account.get("dispute", dispute)["balance_transactions"]]
    assert sum(nets) == 0


def test_a_dispute_lost_moves_nothing_more(account: StripeAccount, prices: Prices) -> None:
    dispute = account.dispute(account.buy(prices.lease), 1000)
    account.lose(dispute)

    lost = account.get("dispute", dispute)
    assert (lost["status"], lost["amount"]) == ("lost", 1000)
    assert len(lost["balance_transactions"]) == 1


def test_an_inquiry_moves_no_money_until_it_escalates(
    account: StripeAccount, prices: Prices
) -> None:
    dispute = account.dispute(account.buy(prices.lease), inquiry=True)
    account.answer(dispute)
    assert account.get("dispute", dispute)["status"] == "warning_under_review"
    assert account.get("dispute", dispute)["balance_transactions"] == []

    account.escalate(dispute)

    assert account.get("dispute", dispute)["status"] == "needs_response"
    assert len(account.get("dispute", dispute)["balance_transactions"]) == 1


def test_an_inquiry_may_end_quietly(account: StripeAccount, prices: Prices) -> None:
    dispute = account.dispute(account.buy(prices.lease), inquiry=True)
    account.take_events()
    account.close_inquiry(dispute)

    (closed,) = account.take_events()
    assert closed["type"] == "charge.dispute.closed"
    assert closed["data"]["object"]["status"] == "warning_closed"


def test_a_fraud_warning_moves_no_money(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease)
    account.take_events()
    warning = account.get("radar.early_fraud_warning", account.warn_of_fraud(bought))

    assert (warning["charge"], warning["actionable"]) == (str(bought.charge), True)
    assert types(account.take_events()) == ["radar.early_fraud_warning.created"]
    assert account.get("charge", str(bought.charge))["disputed"] is False
