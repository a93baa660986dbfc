import pytest

from fakes.stripe import StripeAccount
from tests.fakes.stripe.clocks import MovableClock
from tests.fakes.stripe.conftest import Prices, types


def contents(account: StripeAccount, payout: str) -> list[int]:
    ids = account.books.grouped("balance_transaction", "payout", payout)
    return [account.get("balance_transaction", id_)["net"] for id_ in ids]


def test_a_payout_takes_all_that_is_available(
    account: StripeAccount, prices: Prices, clock: MovableClock
) -> None:
    account.refund(account.buy(prices.lease), 1000)
    clock.advance(days=2)
    account.buy(prices.lease)
    payout = account.get("payout", account.pay_out())

    assert payout["amount"] == 2882 - 1000
    assert sum(contents(account, payout["id"])) == 0
    with pytest.raises(ValueError, match="nothing to pay out"):
        account.pay_out()


def test_the_next_payout_takes_only_what_is_new(
    account: StripeAccount, prices: Prices, clock: MovableClock
) -> None:
    account.buy(prices.lease)
    clock.advance(days=2)
    account.pay_out()
    account.buy(prices.exclusive)
    clock.advance(days=2)
    second = account.pay_out()

    assert len(contents(account, second)) == 2


def test_a_payout_goes_its_way(account: StripeAccount, prices: Prices, clock: MovableClock) -> None:
    account.buy(prices.lease)
    clock.advance(days=2)
    account.take_events()
    payout = account.pay_out()
    account.send_payout(payout)
    account.payout_paid(payout)

    events = account.take_events()
    assert types(events) == [
        "payout.created",
        "payout.updated",
        "payout.updated",
        "payout.paid",
        "payout.reconciliation_completed",
    ]
    statuses = [event["data"]["object"]["status"] for event in events]
    assert statuses == ["pending", "in_transit", "paid", "paid", "paid"]
    assert account.get("payout", payout)["reconciliation_status"] == "completed"


def test_a_paid_payout_may_fail_days_later(
    account: StripeAccount, prices: Prices, clock: MovableClock
) -> None:
    account.buy(prices.lease)
    clock.advance(days=2)
    payout = account.pay_out()
    account.payout_paid(payout)
    account.take_events()
    account.fail_payout(payout)

    _, failed = account.take_events()
    shown = failed["data"]["object"]
    assert (failed["type"], shown["status"]) == ("payout.failed", "failed")
    assert shown["failure_code"] == "account_closed"
    back = account.get("balance_transaction", shown["failure_balance_transaction"])
    assert back["net"] == shown["amount"]


def test_what_a_canceled_payout_held_goes_into_the_next(
    account: StripeAccount, prices: Prices, clock: MovableClock
) -> None:
    account.buy(prices.lease)
    clock.advance(days=2)
    account.cancel_payout(account.pay_out())
    again = account.get("payout", account.pay_out())

    assert again["amount"] == 2882


def test_a_manual_payout_is_never_reconciled(account: StripeAccount) -> None:
    payout = account.get("payout", account.pay_out(automatic=False, amount=500))

    assert payout["reconciliation_status"] == "not_applicable"
    assert contents(account, payout["id"]) == []
