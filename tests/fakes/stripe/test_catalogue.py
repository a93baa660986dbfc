"""What is for sale at the simulated Stripe: changed, archived, deleted, and what that does."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from fakes.stripe import CannotArchive, Customer, NotForSale, StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock
from tests.fakes.stripe.conftest import Caller, Prices, types

Json = dict[str, Any]


@dataclass(frozen=True)
class Writer:
    """Posts forms to the API by bare HTTP."""

    server: StripeServer
    http: aiohttp.ClientSession

    async def __call__(self, path: str, form: dict[str, str], key: str = "") -> tuple[int, Json]:
        headers = {"Authorization": f"Bearer {self.server.key}"}
        if key:
            headers["Idempotency-Key"] = key
        url = f"{self.server.url}{path}"
        async with self.http.post(url, data=form, headers=headers) as answer:
            return answer.status, await answer.json()


@pytest.fixture
async def post(server: StripeServer) -> AsyncIterator[Writer]:
    async with aiohttp.ClientSession() as http:
        yield Writer(server, http)


def product_of(account: StripeAccount, price: str) -> str:
    return str(account.get("price", price)["product"])


@pytest.mark.parametrize("what", ["price", "product", "link"])
def test_what_is_archived_cannot_be_bought_until_it_is_back(
    account: StripeAccount, prices: Prices, what: str
) -> None:
    link = account.link([prices.lease])
    archived = {"price": prices.lease, "product": product_of(account, prices.lease), "link": link}
    account.archive(archived[what])
    with pytest.raises(NotForSale):
        account.buy(prices.lease, link=link)
    with pytest.raises(NotForSale):
        account.open(link=link)
    account.change(archived[what], active=True)
    account.change(link, active=True)
    assert account.buy(prices.lease, link=link).charge


def test_archiving_a_product_switches_its_links_off_and_tells(
    account: StripeAccount, prices: Prices
) -> None:
    link = account.link([prices.lease, prices.exclusive])
    account.take_events()
    account.archive(product_of(account, prices.lease))
    events = account.take_events()
    assert types(events) == ["product.updated", "payment_link.updated"]
    assert events[0]["data"]["previous_attributes"]["active"] is True
    assert "line_items" not in events[1]["data"]["object"]
    assert account.get("payment_link", link)["active"] is False


def test_a_default_price_is_not_archived(account: StripeAccount, prices: Prices) -> None:
    product = product_of(account, prices.lease)
    account.change(product, default_price=prices.lease)
    with pytest.raises(CannotArchive):
        account.archive(prices.lease)
    account.change(product, default_price=prices.exclusive)
    account.archive(prices.lease)


async def test_what_is_deleted_is_gone(account: StripeAccount, ask: Caller) -> None:
    product = account.product("Sample Pack")
    account.take_events()
    account.delete(product)
    assert types(account.take_events()) == ["product.deleted"]
    assert (await ask(f"/v1/products/{product}"))[0] == 404
    assert (await ask("/v1/products"))[1]["data"] == []


def test_an_open_checkout_is_paid_whatever_happens_to_its_link(
    account: StripeAccount, prices: Prices
) -> None:
    link = account.link([prices.lease], metadata={"track": "Night Bus"})
    session = account.open(link=link)
    account.archive(link)
    account.archive(prices.lease)
    account.take_events()
    bought = account.complete(session, buyer=Customer(email="a@example.com"))
    assert "checkout.session.completed" in types(account.take_events())
    paid = account.get("checkout.session", session)
    assert (paid["status"], paid["payment_intent"]) == ("complete", bought.intent)
    assert (paid["payment_link"], paid["metadata"]) == (link, {"track": "Night Bus"})
    with pytest.raises(NotForSale):
        account.complete(session)


async def test_a_paid_checkout_is_found_by_its_payment(
    account: StripeAccount, prices: Prices, ask: Caller
) -> None:
    session = account.open(prices.lease)
    bought = account.complete(session)
    _, found = await ask(f"/v1/checkout/sessions?payment_intent={bought.intent}")
    assert [one["id"] for one in found["data"]] == [session]


def test_what_expired_cannot_be_paid(
    account: StripeAccount, prices: Prices, clock: MovableClock
) -> None:
    closed, old = account.open(prices.lease), account.open(prices.lease)
    account.expire(closed)
    clock.advance(days=1, seconds=1)
    for session in (closed, old):
        with pytest.raises(NotForSale):
            account.complete(session)
        with pytest.raises(NotForSale):
            account.expire(session)


async def test_fields_that_cannot_be_changed_are_refused(prices: Prices, post: Writer) -> None:
    status, answer = await post(f"/v1/prices/{prices.lease}", {"unit_amount": "1"})
    assert (status, answer["error"]["param"]) == (400, "unit_amount")
    assert (await post("/v1/prices/price_of_nobody", {"active": "false"}))[0] == 404


async def test_metadata_is_added_to_what_is_there(
    account: StripeAccount, prices: Prices, post: Writer
) -> None:
    product = product_of(account, prices.lease)
    _, changed = await post(f"/v1/products/{product}", {"metadata[preview_url]": "https://a.b/c"})
    assert changed["metadata"] == {"track": "Midnight Drive", "preview_url": "https://a.b/c"}


async def test_a_key_used_for_another_request_is_refused(
    clock: MovableClock, prices: Prices, post: Writer
) -> None:
    form = {"mode": "payment", "line_items[0][price]": prices.lease}
    first = await post("/v1/checkout/sessions", form, key="k")
    assert first == await post("/v1/checkout/sessions", form, key="k")
    other = form | {"line_items[0][price]": prices.exclusive}
    status, answer = await post("/v1/checkout/sessions", other, key="k")
    assert (status, answer["error"]["type"]) == (400, "idempotency_error")


async def test_a_key_that_may_only_read(
    prices: Prices, post: Writer, ask: Caller, server: StripeServer
) -> None:
    server.faults.read_only.add("price")
    status, answer = await post(f"/v1/prices/{prices.lease}", {"active": "false"})
    assert status == 403
    assert "'rak_plan_write'" in answer["error"]["message"]
    assert (await ask(f"/v1/prices/{prices.lease}"))[1]["active"] is True
