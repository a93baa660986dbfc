from fakes.stripe import StripeAccount
from tests.fakes.stripe.conftest import Prices, types


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
