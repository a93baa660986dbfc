import pytest

from fakes.stripe import StripeAccount, Terms
from fakes.stripe.shapes import Json
from tests.fakes.stripe.clocks import MovableClock
from tests.fakes.stripe.conftest import Prices, types


def booked(account: StripeAccount, charge: str | None) -> Json:
    movement = account.get("charge", str(charge))["balance_transaction"]
    return account.get("balance_transaction", movement)


def test_a_charge_is_booked_with_stripes_fee(account: StripeAccount, prices: Prices) -> None:
    movement = booked(account, account.buy(prices.lease).charge)

    assert (movement["amount"], movement["fee"], movement["net"]) == (2999, 117, 2882)
    assert movement["exchange_rate"] is None
    assert [detail["type"] for detail in movement["fee_details"]] == ["stripe_fee"]


def test_another_currency_is_converted(account: StripeAccount, prices: Prices) -> None:
    movement = booked(account, account.buy(prices.euro).charge)

    assert (movement["currency"], movement["amount"]) == ("usd", 2700)
    assert movement["exchange_rate"] == 1.08


def test_yen_are_converted_from_whole_yen(account: StripeAccount) -> None:
    movement = booked(account, account.pay(1000, "jpy").charge)

    assert (movement["currency"], movement["amount"]) == ("usd", 670)
    assert movement["exchange_rate"] == 0.67


def test_a_third_decimal_is_always_zero(clock: MovableClock) -> None:
    account = StripeAccount(clock=clock, terms=Terms(currency="kwd"))
    movement = booked(account, account.pay(12340, "kwd").charge)

    assert movement["currency"] == "kwd"
    assert movement["fee"] > 0
    assert movement["fee"] % 10 == 0


def test_a_balance_of_its_own_is_not_converted(clock: MovableClock) -> None:
    account = StripeAccount(clock=clock, terms=Terms(balances=frozenset({"eur"})))

    assert booked(account, account.pay(1000, "eur").charge)["currency"] == "eur"


def test_platform_fee_and_tax_are_fees_of_their_own(clock: MovableClock) -> None:
    account = StripeAccount(clock=clock, terms=Terms(tax=2000))
    price = account.price(account.product("Night Bus"), 10000)
    bought = account.buy(price, application_fee=500)

    movement = booked(account, bought.charge)
    fees = {detail["type"]: detail["amount"] for detail in movement["fee_details"]}
    assert fees == {"stripe_fee": 320, "tax": 64, "application_fee": 500}
    assert movement["net"] == 10000 - 320 - 64 - 500
    assert account.get("charge", str(bought.charge))["application_fee"].startswith("fee_")


def test_money_becomes_available_by_the_passing_of_time(
    account: StripeAccount, prices: Prices, clock: MovableClock
) -> None:
    bought = account.buy(prices.lease)
    assert booked(account, bought.charge)["status"] == "pending"

    clock.advance(days=2)

    assert booked(account, bought.charge)["status"] == "available"


def test_a_refund_is_booked_at_the_rate_of_its_day(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.euro)
    account.terms.rates["eur"] = 1.20
    refund = account.get("refund", account.refund(bought))

    movement = account.get("balance_transaction", refund["balance_transaction"])
    assert (movement["amount"], movement["fee"]) == (-3000, 0)


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
