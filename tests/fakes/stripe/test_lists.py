"""Lists by time and by ids, and the other things that only the reading of the past asks for."""

from typing import Any

import aiohttp
import pytest

from fakes.stripe import StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def account(clock: MovableClock) -> StripeAccount:
    return StripeAccount(clock=clock, seed=4)


async def get(account: StripeAccount, path: str, *calls: dict[str, str]) -> list[Any]:
    """The answers to one call after another."""
    async with StripeServer(account) as server, aiohttp.ClientSession() as session:
        headers = {"Authorization": f"Bearer {server.key}"}
        answers = []
        for params in calls:
            async with session.get(f"{server.url}{path}", params=params, headers=headers) as answer:
                answers.append((await answer.json())["data"])
        return answers


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
    account: StripeAccount, clock: MovableClock, bounds: dict[str, int], which: list[int]
) -> None:
    begin, charges = int(clock().timestamp()), []
    for _ in range(5):
        charges.append(account.pay(1000, metadata={"track": "Neon Rain"}).charge)
        clock.advance(seconds=10)
    params = {f"created[{name}]": str(begin + value) for name, value in bounds.items()}
    [listed] = await get(account, "/v1/charges", params)
    assert [charge["id"] for charge in listed] == [charges[i] for i in reversed(which)]


async def test_products_are_listed_by_their_ids(account: StripeAccount) -> None:
    products = [account.product(f"Beat {number}") for number in range(5)]
    asked = {"ids[0]": products[3], "ids[1]": products[1], "ids[2]": "prod_unheard_of"}
    by_ids, every = await get(account, "/v1/products", asked, {})
    assert {product["id"] for product in by_ids} == {products[1], products[3]}
    assert len(every) == 5


async def test_a_bill_of_stripes_is_for_nothing_that_was_sold(account: StripeAccount) -> None:
    account.bill(1200)
    [[billed]] = await get(account, "/v1/balance_transactions", {"expand[]": "data.source"})
    assert (billed["type"], billed["source"]) == ("stripe_fee", None)
    assert (billed["amount"], billed["fee"], billed["net"]) == (-1200, 0, -1200)


async def test_failures_may_come_later(account: StripeAccount) -> None:
    async with StripeServer(account) as server, aiohttp.ClientSession() as session:
        server.faults.fail_next(2, after=2)
        headers = {"Authorization": f"Bearer {server.key}"}
        statuses = []
        for _ in range(5):
            async with session.get(f"{server.url}/v1/charges", headers=headers) as answer:
                statuses.append(answer.status)
    assert statuses == [200, 200, 500, 500, 200]
