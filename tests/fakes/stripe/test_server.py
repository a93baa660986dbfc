import aiohttp
import pytest

from fakes.stripe import Item, StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock
from tests.fakes.stripe.conftest import Caller, Prices

SESSIONS = "/v1/checkout/sessions"


async def test_an_answer_has_ids_where_nothing_is_expanded(
    account: StripeAccount, prices: Prices, ask: Caller
) -> None:
    bought = account.buy(prices.lease)
    status, session = await ask(f"{SESSIONS}/{bought.session}")

    assert status == 200
    assert session["payment_intent"] == bought.intent
    assert "line_items" not in session


async def test_expansion_goes_four_levels_deep(
    account: StripeAccount, prices: Prices, ask: Caller
) -> None:
    bought = account.buy(prices.lease, promotion="promo_1", discount=500)
    _, session = await ask(
        f"{SESSIONS}/{bought.session}?expand[0]=line_items.data.price.product"
        "&expand[1]=payment_intent.latest_charge.balance_transaction"
        "&expand[2]=total_details.breakdown"
    )

    (line,) = session["line_items"]["data"]
    assert line["price"]["product"]["name"] == "Midnight Drive"
    assert session["payment_intent"]["latest_charge"]["balance_transaction"]["amount"] == 2499
    assert session["total_details"]["breakdown"]["discounts"][0]["amount"] == 500


@pytest.mark.parametrize(
    "path",
    [
        "data.payment_intent.latest_charge.balance_transaction.source",
        "data.nonsense",
        "data.currency",
    ],
)
async def test_what_cannot_be_expanded_is_refused(
    account: StripeAccount, prices: Prices, ask: Caller, path: str
) -> None:
    account.buy(prices.lease)
    status, answer = await ask(f"{SESSIONS}?expand[]={path}")

    assert status == 400
    assert answer["error"]["type"] == "invalid_request_error"


async def test_line_items_come_in_pages_in_the_order_of_the_cart(
    account: StripeAccount, prices: Prices, ask: Caller
) -> None:
    bought = account.buy(*(Item(prices.lease, n + 1) for n in range(12)))
    _, session = await ask(f"{SESSIONS}/{bought.session}?expand[]=line_items")
    first = session["line_items"]
    last = first["data"][-1]["id"]
    _, rest = await ask(f"{SESSIONS}/{bought.session}/line_items?starting_after={last}")

    quantities = [line["quantity"] for line in first["data"] + rest["data"]]
    assert (first["has_more"], rest["has_more"]) == (True, False)
    assert quantities == list(range(1, 13))


async def test_lists_are_filtered_by_what_they_belong_to(
    account: StripeAccount, prices: Prices, ask: Caller
) -> None:
    bought, other = account.buy(prices.lease), account.buy(prices.lease)
    refund, _ = account.refund(bought), account.refund(other)
    dispute = account.dispute(bought)

    async def ids(path: str) -> list[str]:
        _, answer = await ask(path)
        return [obj["id"] for obj in answer["data"]]

    assert await ids(f"{SESSIONS}?payment_intent={bought.intent}") == [bought.session]
    assert await ids(f"/v1/charges?payment_intent={bought.intent}") == [bought.charge]
    assert await ids(f"/v1/refunds?charge={bought.charge}") == [refund]
    assert await ids(f"/v1/charges/{bought.charge}/refunds") == [refund]
    assert await ids(f"/v1/disputes?payment_intent={bought.intent}") == [dispute]
    assert len(await ids(f"/v1/balance_transactions?source={bought.charge}")) == 1
    assert len(await ids("/v1/balance_transactions?type=refund")) == 2
    assert len(await ids("/v1/prices?active=true&limit=3")) == 3


async def test_events_are_listed_newest_first_by_type_and_time(
    account: StripeAccount, prices: Prices, clock: MovableClock, ask: Caller
) -> None:
    account.buy(prices.lease)
    clock.advance(hours=1)
    since = account.books.now()
    bought = account.buy(prices.lease)
    account.refund(bought)

    async def types(query: str) -> list[str]:
        _, answer = await ask(f"/v1/events?{query}")
        return [event["type"] for event in answer["data"]]

    assert await types("limit=2") == ["refund.created", "charge.refunded"]
    assert await types("type=payment_intent.*&limit=9") == ["payment_intent.succeeded"] * 2
    named = "types[0]=charge.succeeded&types[1]=charge.updated"
    assert await types(f"{named}&created[gte]={since}") == ["charge.updated", "charge.succeeded"]
    first = account.events[0]["id"]
    assert await types(f"ending_before={first}&limit=1") == [account.events[1]["type"]]


async def test_a_payouts_contents_are_listed_once_it_is_reconciled(
    account: StripeAccount, prices: Prices, clock: MovableClock, ask: Caller
) -> None:
    account.buy(prices.lease)
    clock.advance(days=2)
    payout = account.pay_out()
    path = f"/v1/balance_transactions?payout={payout}&expand[]=data.source"
    _, before = await ask(path)
    account.reconcile(payout)
    _, after = await ask(path)

    assert before["data"] == []
    assert [movement["source"]["object"] for movement in after["data"]] == ["payout", "charge"]
    manual = account.pay_out(automatic=False, amount=1)
    status, _ = await ask(f"/v1/balance_transactions?payout={manual}")
    assert status == 400


async def test_lists_within_objects_are_expanded_too(
    account: StripeAccount, prices: Prices, ask: Caller
) -> None:
    bought = account.buy(prices.lease)
    dispute = account.dispute(bought)
    link = account.link([prices.lease, prices.exclusive])
    _, disputed = await ask(f"/v1/disputes/{dispute}?expand[]=balance_transactions.source")
    _, linked = await ask(f"/v1/payment_links/{link}?expand[]=line_items.data.price.product")

    assert disputed["balance_transactions"][0]["source"]["id"] == dispute
    assert [line["amount_total"] for line in linked["line_items"]["data"]] == [2999, 49900]


async def test_what_the_account_does_not_hold_stays_an_id(
    account: StripeAccount, prices: Prices, ask: Caller
) -> None:
    bought = account.buy(prices.lease)
    _, charge = await ask(f"/v1/charges/{bought.charge}?expand[]=payment_method")

    assert charge["payment_method"].startswith("pm_")


async def test_a_product_shows_its_new_name_a_bought_line_its_old_one(
    account: StripeAccount, prices: Prices, ask: Caller
) -> None:
    bought = account.buy(prices.lease)
    product = account.get("price", prices.lease)["product"]
    account.rename(product, "Night Bus")
    _, items = await ask(f"{SESSIONS}/{bought.session}/line_items?expand[]=data.price.product")

    (line,) = items["data"]
    assert line["description"] == "Midnight Drive"
    assert line["price"]["product"]["name"] == "Night Bus"


async def test_an_unknown_object_is_missing(ask: Caller) -> None:
    status, answer = await ask("/v1/charges/ch_nothing")

    assert status == 404
    assert answer["error"]["code"] == "resource_missing"
    assert answer["error"]["message"] == "No such charge: 'ch_nothing'"


async def test_an_unknown_path_is_an_error_in_stripes_shape(ask: Caller) -> None:
    status, answer = await ask("/v1/nonsense")

    assert status == 404
    assert "Unrecognized request URL" in answer["error"]["message"]


async def test_a_wrong_key_is_refused_without_being_repeated(ask: Caller) -> None:
    status, answer = await ask("/v1/account", Authorization="Bearer rk_test_wrongwrongwrong")

    assert status == 401
    assert "wrongwrong" not in answer["error"]["message"]
    assert (await ask("/v1/account", Authorization=""))[0] == 401


async def test_connected_accounts_are_read_by_their_header(clock: MovableClock) -> None:
    own = StripeAccount(clock=clock, seed=1)
    connected = StripeAccount(clock=clock, seed=2, connected=True)
    paid = connected.pay(1000)
    async with (
        StripeServer(own, connected=[connected]) as server,
        aiohttp.ClientSession() as http,
    ):
        ask = Caller(server, http)
        path = f"/v1/charges/{paid.charge}"
        assert (await ask(path))[0] == 404
        assert (await ask(path, Stripe_Account=connected.id))[0] == 200
        assert (await ask(path, Stripe_Account="acct_nobody"))[0] == 403


async def test_an_object_that_the_key_may_not_see_refuses_the_whole_call(
    account: StripeAccount, prices: Prices, server: StripeServer, ask: Caller
) -> None:
    bought = account.buy(prices.lease)
    server.faults.denied.add("balance_transaction")
    path = f"/v1/charges/{bought.charge}"
    status, answer = await ask(f"{path}?expand[]=balance_transaction")

    assert status == 403
    assert "'rak_balance_read'" in answer["error"]["message"]
    assert (await ask(path))[0] == 200


async def test_answers_fail_as_often_as_told(server: StripeServer, ask: Caller) -> None:
    server.faults.fail_next(2, status=429, headers={"Retry-After": "3"}, path="/v1/charges")

    statuses = [
        (await ask(path))[0]
        for path in ("/v1/refunds", "/v1/charges", "/v1/charges", "/v1/charges")
    ]
    assert statuses == [200, 429, 429, 200]


async def test_a_server_that_is_down_closes_the_connection(
    server: StripeServer, ask: Caller
) -> None:
    server.faults.down = True
    with pytest.raises(aiohttp.ClientError):
        await ask("/v1/account")

    server.faults.clear()
    assert (await ask("/v1/account"))[0] == 200


async def test_answers_wait_as_long_as_told(account: StripeAccount) -> None:
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async with StripeServer(account, sleep=sleep) as server, aiohttp.ClientSession() as http:
        server.faults.delay = 7.5
        await Caller(server, http)("/v1/account")
        server.faults.latency = lambda path: 1.5 if path == "/v1/charges" else 0.0
        await Caller(server, http)("/v1/charges")
        server.faults.clear()
        await Caller(server, http)("/v1/charges")
    assert waited == [7.5, 9.0]


async def test_calls_are_counted_by_path(
    account: StripeAccount, server: StripeServer, ask: Caller
) -> None:
    paid = account.pay(100)
    await ask(f"/v1/charges/{paid.charge}")
    await ask("/v1/charges/ch_nothing")
    await ask("/v1/account")

    assert server.calls.paths == {"/v1/charges/{id}": 2, "/v1/account": 1}
    server.calls.reset()
    assert server.calls.total == 0
