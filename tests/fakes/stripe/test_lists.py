"""Lists by time and by ids, and the other things that only the reading of the past asks for."""

from urllib.parse import urlencode

import pytest

from fakes.stripe import StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock
from tests.fakes.stripe.conftest import Caller


@pytest.mark.parametrize(
    ("bounds", "which"),
    [
        ({"gte": 10, "lt": 30}, [1, 2]),
        ({"gt": 10, "lte": 30}, [2, 3]),
        ({"gte": 10}, [1, 2, 3, 4]),
        ({"lt": 10}, [0]),
        ({"gte": 41}, []),
        ({"gte": 0, "lt": 99}, [0, 1, 2, 3, 4]),
    ],
)
async def test_a_list_holds_what_was_made_within_its_bounds(
    account: StripeAccount,
    clock: MovableClock,
    ask: Caller,
    bounds: dict[str, int],
    which: list[int],
) -> None:
    begin, charges = int(clock().timestamp()), []
    for _ in range(5):
        charges.append(account.pay(1000, metadata={"track": "Neon Rain"}).charge)
        clock.advance(seconds=10)
    query = urlencode({f"created[{name}]": begin + value for name, value in bounds.items()})
    _, listed = await ask(f"/v1/charges?{query}")
    assert [charge["id"] for charge in listed["data"]] == [charges[i] for i in reversed(which)]


async def test_products_are_listed_by_their_ids(account: StripeAccount, ask: Caller) -> None:
    products = [account.product(f"Beat {number}") for number in range(5)]
    wanted = f"ids[0]={products[3]}&ids[1]={products[1]}&ids[2]=prod_unheard_of"
    _, by_ids = await ask(f"/v1/products?{wanted}")
    _, every = await ask("/v1/products")
    assert {product["id"] for product in by_ids["data"]} == {products[1], products[3]}
    assert len(every["data"]) == 5


async def test_a_bill_of_stripes_is_for_nothing_that_was_sold(
    account: StripeAccount, ask: Caller
) -> None:
    account.bill(1200)
    _, listed = await ask("/v1/balance_transactions?expand[]=data.source")
    [billed] = listed["data"]
    assert (billed["type"], billed["source"]) == ("stripe_fee", None)
    assert (billed["amount"], billed["fee"], billed["net"]) == (-1200, 0, -1200)


async def test_failures_may_come_later(server: StripeServer, ask: Caller) -> None:
    server.faults.fail_next(2, after=2)
    statuses = [(await ask("/v1/charges"))[0] for _ in range(5)]
    assert statuses == [200, 200, 500, 500, 200]
