"""What is for sale at Stripe: read page by page, and taken off sale."""

import pytest

from bot.stripe_api import Pages, StripeApi, StripeDenied, StripeDown, StripeGone, StripeRefused
from fakes.stripe import StripeAccount, StripeServer
from tests.stripe_api.conftest import Pauses, Prices


async def ids(pages: Pages) -> list[str]:
    return [one["id"] async for page in pages for one in page]


async def test_lists_give_all_that_is_active_a_hundred_at_a_time(
    account: StripeAccount, prices: Prices, stripe: StripeServer, api: StripeApi
) -> None:
    products = [account.product(f"Track {number}") for number in range(230)]
    account.archive(products[7])
    found = await ids(api.products())
    assert len(found) == 230  # with the one that has the prices
    assert products[7] not in found
    assert stripe.calls.paths["/v1/products"] == 3
    assert prices.lease in await ids(api.prices())


async def test_links_come_with_all_their_line_items(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    several = [account.price(account.product(f"Track {n}"), 100) for n in range(12)]
    link = account.link(several)
    (page,) = [page async for page in api.payment_links()]
    (listed,) = page
    read = await api.read_payment_link(link)
    for shown in (listed, read):
        assert [item["price"]["id"] for item in shown["line_items"]["data"]] == several
        assert not shown["line_items"]["has_more"]


async def test_a_page_that_failed_can_be_asked_for_again(
    account: StripeAccount, stripe: StripeServer, api: StripeApi
) -> None:
    for number in range(150):
        account.product(f"Track {number}")
    pages = api.products()
    first = await anext(pages)
    stripe.faults.down = True
    with pytest.raises(StripeDown):
        await anext(pages)
    stripe.faults.clear()
    second = await anext(pages)
    assert len({one["id"] for one in (*first, *second)}) == len(first) + len(second)
    with pytest.raises(StopAsyncIteration):
        await anext(pages)


async def test_one_object_as_it_stands(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    price = await api.read_price(prices.lease)
    assert (await api.read_product(price["product"]))["id"] == price["product"]
    with pytest.raises(StripeGone):
        await api.read_product("prod_of_nobody")
    with pytest.raises(StripeGone):
        await api.read_price("../account")


async def test_what_is_taken_off_sale_is_off(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    link = account.link([prices.lease])
    product = account.get("price", prices.lease)["product"]
    off = await api.deactivate_link(link, "Sold exclusively." + "!" * 900)
    assert (off["active"], len(off["inactive_message"])) == (False, 500)
    assert (await api.archive_price(prices.lease))["active"] is False
    assert (await api.archive_product(product))["active"] is False
    # Once more does no harm.
    assert (await api.archive_product(product))["active"] is False
    assert account.get("product", product)["name"] == "Midnight Drive"


async def test_a_default_price_cannot_be_archived(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    product = account.get("price", prices.lease)["product"]
    account.change(product, default_price=prices.lease)
    with pytest.raises(StripeRefused, match="default price"):
        await api.archive_price(prices.lease)


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        ("payment_link", "rak_payment_links_write"),
        ("price", "rak_plan_write"),
        ("product", "rak_product_write"),
    ],
)
async def test_a_key_for_reading_names_what_it_lacks(
    account: StripeAccount,
    prices: Prices,
    stripe: StripeServer,
    api: StripeApi,
    kind: str,
    permission: str,
) -> None:
    link = account.link([prices.lease])
    product = account.get("price", prices.lease)["product"]
    stripe.faults.read_only.add(kind)
    takes_off = {
        "payment_link": lambda: api.deactivate_link(link, "gone"),
        "price": lambda: api.archive_price(prices.lease),
        "product": lambda: api.archive_product(product),
    }
    with pytest.raises(StripeDenied) as denied:
        await takes_off[kind]()
    assert denied.value.permission == permission
    assert (await api.read_product(product))["active"]


async def test_a_rate_limit_is_waited_out_when_writing_too(
    prices: Prices, stripe: StripeServer, api: StripeApi, pauses: Pauses
) -> None:
    path = "POST /v1/prices/{id}"
    stripe.faults.fail_next(2, 429, headers={"Retry-After": "1"}, path=path)
    assert (await api.archive_price(prices.lease))["active"] is False
    assert stripe.calls.paths[path] == 3


async def test_the_active_prices_of_one_product(
    account: StripeAccount, prices: Prices, api: StripeApi
) -> None:
    product = (await api.read_price(prices.lease))["product"]
    gone = account.price(product, 100)
    account.archive(gone)
    account.price(account.product("Another"), 100)
    found = {price["id"] for price in await api.prices_of(product)}
    assert found >= {prices.lease, prices.exclusive}
    assert gone not in found
