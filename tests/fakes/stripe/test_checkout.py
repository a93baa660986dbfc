import pytest

from fakes.stripe import Customer, Item, StripeAccount, Terms
from tests.fakes.stripe.clocks import MovableClock
from tests.fakes.stripe.conftest import Prices, types


def test_a_card_payment_emits_its_events_in_order(account: StripeAccount, prices: Prices) -> None:
    account.buy(prices.lease)

    assert types(account.take_events()) == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.completed",
        "charge.updated",
    ]


def test_events_are_snapshots_of_their_moment(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease)
    account.refund(bought)

    charged, *_ = account.take_events()
    assert charged["data"]["object"]["balance_transaction"] is None
    assert charged["data"]["object"]["amount_refunded"] == 0
    assert account.get("charge", str(bought.charge))["amount_refunded"] == 2999


def test_charge_updated_says_that_nothing_was_booked_before(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.buy(prices.lease, settled=False)
    assert account.get("charge", str(bought.charge))["balance_transaction"] is None
    account.take_events()

    movement = account.settle(bought)

    (updated,) = account.take_events()
    assert updated["data"]["previous_attributes"] == {"balance_transaction": None}
    assert updated["data"]["object"]["balance_transaction"] == movement["id"]


def test_a_session_event_has_no_line_items(account: StripeAccount, prices: Prices) -> None:
    account.buy(prices.lease)

    completed = account.take_events()[2]["data"]["object"]
    assert "line_items" not in completed
    assert completed["payment_status"] == "paid"
    assert completed["payment_intent"].startswith("pi_")


def test_a_checkout_has_several_lines(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(Item(prices.lease, 2), prices.exclusive, discount=1000, tax=500)

    session = account.get("checkout.session", str(bought.session))
    ids = account.books.grouped("item", "session", session["id"])
    lines = [account.get("item", id_) for id_ in ids]
    assert session["amount_subtotal"] == 2 * 2999 + 49900
    assert session["amount_total"] == session["amount_subtotal"] - 1000 + 500
    assert sum(line["amount_total"] for line in lines) == session["amount_total"]
    assert [line["quantity"] for line in lines] == [2, 1]


def test_one_checkout_has_one_currency(account: StripeAccount, prices: Prices) -> None:
    with pytest.raises(ValueError, match="one currency"):
        account.buy(prices.lease, prices.euro)


def test_a_discount_is_never_more_than_the_price(account: StripeAccount, prices: Prices) -> None:
    with pytest.raises(ValueError, match="discount"):
        account.buy(prices.lease, discount=3000)


@pytest.mark.parametrize("discounted", [True, False])
def test_a_free_checkout_has_no_payment(
    account: StripeAccount, prices: Prices, *, discounted: bool
) -> None:
    bought = account.buy(prices.lease, discount=2999) if discounted else account.buy(prices.free)

    session = account.get("checkout.session", str(bought.session))
    assert session["payment_status"] == "no_payment_required"
    assert (bought.intent, bought.charge) == (None, None)
    assert types(account.take_events()) == ["checkout.session.completed"]
    with pytest.raises(ValueError, match="no charge"):
        account.refund(bought)


def test_a_bank_debit_is_unpaid_until_it_arrives(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.euro, method="sepa_debit")
    waiting = account.take_events()
    booked = account.get("charge", str(bought.charge))["balance_transaction"]
    assert account.get("balance_transaction", booked)["status"] == "pending"
    account.arrive(bought)

    assert types(waiting) == [
        "payment_intent.processing",
        "charge.pending",
        "checkout.session.completed",
        "charge.updated",
    ]
    assert waiting[2]["data"]["object"]["payment_status"] == "unpaid"
    assert types(account.take_events()) == [
        "charge.succeeded",
        "payment_intent.succeeded",
        "checkout.session.async_payment_succeeded",
    ]
    assert account.get("checkout.session", str(bought.session))["payment_status"] == "paid"


def test_a_bank_debit_that_bounces_stays_unpaid(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.euro, method="sepa_debit")
    account.take_events()
    account.bounce(bought)
    failed = account.get("charge", str(bought.charge))
    booked, back = (
        account.get("balance_transaction", failed[name])
        for name in ("balance_transaction", "failure_balance_transaction")
    )
    assert (back["type"], booked["net"] + back["net"]) == ("payment_failure_refund", 0)

    events = account.take_events()
    assert types(events) == [
        "charge.failed",
        "payment_intent.payment_failed",
        "checkout.session.async_payment_failed",
    ]
    assert events[2]["data"]["object"]["payment_status"] == "unpaid"


def test_adaptive_pricing_shows_what_the_buyer_saw(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease, presented=(4680, "jpy"))

    shown = {"presentment_amount": 4680, "presentment_currency": "jpy"}
    session = account.get("checkout.session", str(bought.session))
    assert session["presentment_details"] == shown
    assert session["currency"] == "usd"
    assert account.get("charge", str(bought.charge))["presentment_details"] == shown


def test_a_payment_without_checkout_carries_its_metadata(account: StripeAccount) -> None:
    paid = account.pay(5000, "gbp", metadata={"track": "Night Bus"})

    assert paid.session is None
    assert account.get("charge", str(paid.charge))["metadata"] == {"track": "Night Bus"}
    assert account.get("payment_intent", str(paid.intent))["metadata"] == {"track": "Night Bus"}


def test_a_subscription_checkout_names_no_payment_intent(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.subscribe(prices.lease)

    session = account.get("checkout.session", str(bought.session))
    assert session["mode"] == "subscription"
    assert session["payment_intent"] is None
    assert session["subscription"].startswith("sub_")


def test_a_links_metadata_is_copied_to_its_sessions(account: StripeAccount, prices: Prices) -> None:
    link = account.link([prices.lease], metadata={"track": "Night Bus"})
    bought = account.buy(prices.lease, link=link)

    session = account.get("checkout.session", str(bought.session))
    assert session["payment_link"] == link
    assert session["metadata"] == {"track": "Night Bus"}
    assert account.get("charge", str(bought.charge))["metadata"] == {}


def test_the_buyer_is_on_the_session_and_the_charge(account: StripeAccount, prices: Prices) -> None:
    buyer = Customer(name="A Buyer", email="buyer@example.com", country="FR")
    bought = account.buy(prices.lease, buyer=buyer)

    details = account.get("checkout.session", str(bought.session))["customer_details"]
    billing = account.get("charge", str(bought.charge))["billing_details"]
    assert (details["email"], details["address"]["country"]) == ("buyer@example.com", "FR")
    assert billing["email"] == "buyer@example.com"


def test_the_same_seed_makes_the_same_world(clock: MovableClock) -> None:
    def world(seed: int) -> list[str]:
        account = StripeAccount(clock=clock, seed=seed)
        price = account.price(account.product("Night Bus"), 1000)
        account.refund(account.buy(price))
        return [event["id"] for event in account.events]

    assert world(3) == world(3)
    assert world(3) != world(4)


def test_a_connected_accounts_events_name_it(clock: MovableClock) -> None:
    own = StripeAccount(clock=clock, seed=1)
    connected = StripeAccount(clock=clock, seed=2, connected=True)
    own.product("Night Bus")
    connected.product("Night Bus")

    assert "account" not in own.events[0]
    assert connected.events[0]["account"] == connected.id


def test_tax_is_added_to_the_price(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease, tax=500)
    session = account.get("checkout.session", bought.session or "")
    assert session["total_details"]["amount_tax"] == 500
    assert (session["amount_subtotal"], session["amount_total"]) == (2999, 3499)
    assert account.get("charge", bought.paid_with()[1])["amount"] == 3499


def test_automatic_tax_goes_by_the_buyer_and_by_each_price(
    account: StripeAccount, prices: Prices
) -> None:
    account.terms.sales_tax["DE"] = 1900
    product = account.get("price", prices.lease)["product"]
    inclusive = account.price(product, 1190, tax_behavior="inclusive")
    german = Customer(name="Bea", email="bea@example.com", country="DE")
    bought = account.buy(prices.lease, inclusive, buyer=german, automatic_tax=True)
    session = account.get("checkout.session", bought.session or "")
    assert session["automatic_tax"]["status"] == "complete"
    assert session["total_details"]["amount_tax"] == 570 + 190
    assert session["amount_total"] == 2999 + 570 + 1190
    elsewhere = account.buy(prices.lease, inclusive, automatic_tax=True)
    assert account.get("checkout.session", elsewhere.session or "")["amount_total"] == 2999 + 1190


def test_a_checkout_of_a_link_does_as_the_link_and_reckons_tax_once_it_is_paid(
    account: StripeAccount, prices: Prices
) -> None:
    account.terms.sales_tax["DE"] = 1900
    link = account.link(
        [prices.lease],
        automatic_tax={"enabled": True, "liability": {"type": "self"}},
        allow_promotion_codes=True,
        adjustable={"enabled": True, "minimum": 1, "maximum": 3},
    )
    session = account.open(link=link)
    open_ = account.get("checkout.session", session)
    assert open_["allow_promotion_codes"] is True
    assert (open_["amount_total"], open_["total_details"]["amount_tax"]) == (2999, 0)
    assert open_["automatic_tax"]["status"] == "requires_location_inputs"
    with pytest.raises(ValueError, match="so many"):
        account.complete(session, quantity=4)
    german = Customer(name="Bea", email="bea@example.com", country="DE")
    account.complete(session, buyer=german, quantity=2)
    paid = account.get("checkout.session", session)
    assert (paid["amount_total"], paid["total_details"]["amount_tax"]) == (5998 + 1140, 1140)


def test_withheld_tax_is_a_fee_of_its_own(clock: MovableClock) -> None:
    account = StripeAccount(clock=clock, terms=Terms(withheld=800))
    price = account.price(account.product("Midnight Drive"), 10_000)
    charge = account.get("charge", account.buy(price).paid_with()[1])
    booked = account.get("balance_transaction", charge["balance_transaction"])
    assert [(fee["type"], fee["amount"]) for fee in booked["fee_details"]] == [
        ("stripe_fee", 320),
        ("withheld_tax", 800),
    ]
    assert booked["net"] == 10_000 - 1120


def test_a_card_declined_before_a_debit_is_a_charge_of_its_own(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.buy(prices.lease, method="us_bank_account", declined=True)
    declined = account.take_events()[0]["data"]["object"]
    assert (declined["status"], declined["payment_intent"]) == ("failed", bought.intent)
    assert declined["id"] != bought.charge


def test_what_is_captured_of_an_authorization_is_booked_whole_and_the_rest_booked_back(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.buy(prices.lease, authorized=True)
    charge = account.get("charge", str(bought.charge))
    assert (charge["status"], charge["captured"]) == ("succeeded", False)
    account.capture(bought, 1000)
    charge = account.get("charge", str(bought.charge))
    moved = [
        account.get("balance_transaction", id_) for id_ in account.books.all("balance_transaction")
    ]
    assert sum(each["amount"] for each in moved) == charge["amount_captured"] == 1000
    assert moved[1]["reporting_category"] == "partial_capture_reversal"


def test_a_voided_authorization_moves_no_money(account: StripeAccount, prices: Prices) -> None:
    bought = account.buy(prices.lease, authorized=True)
    account.void(bought)
    assert account.get("charge", str(bought.charge))["refunded"]
    assert account.get("payment_intent", str(bought.intent))["status"] == "canceled"
    assert account.books.all("balance_transaction") == []


def test_a_debit_that_fails_after_it_arrived_keeps_its_intent(
    account: StripeAccount, prices: Prices
) -> None:
    bought = account.buy(prices.lease, method="us_bank_account")
    account.arrive(bought)
    account.fail_late(bought, fee=400)
    charge = account.get("charge", str(bought.charge))
    back = account.get("balance_transaction", charge["failure_balance_transaction"])
    assert (charge["status"], back["amount"], back["fee"]) == ("failed", -charge["amount"], 400)
    assert account.get("payment_intent", str(bought.intent))["status"] == "succeeded"
