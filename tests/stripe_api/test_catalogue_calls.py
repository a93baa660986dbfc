"""What is for sale at Stripe: read page by page, and taken off sale."""

import pytest

from bot.stripe_api import Pages, StripeDenied, StripeDown, StripeGone, StripeRefused
from tests.stripe_api.conftest import Shop


async def ids(pages: Pages) -> list[str]:
    return [one["id"] async for page in pages for one in page]


async def test_lists_give_all_that_is_active_a_hundred_at_a_time(shop: Shop) -> None:
    products = [shop.account.product(f"Track {number}") for number in range(230)]
    shop.account.archive(products[7])
    found = await ids(shop.api.products())
    assert len(found) == 230  # with the one that has the prices
    assert products[7] not in found
    assert shop.server.calls.paths["/v1/products"] == 3
    assert shop.lease in await ids(shop.api.prices())


async def test_links_come_with_all_their_line_items(shop: Shop) -> None:
    several = [shop.account.price(shop.account.product(f"Track {n}"), 100) for n in range(12)]
    link = shop.account.link(several)
    (page,) = [page async for page in shop.api.payment_links()]
    (listed,) = page
    read = await shop.api.read_payment_link(link)
    for shown in (listed, read):
        assert [item["price"]["id"] for item in shown["line_items"]["data"]] == several
        assert not shown["line_items"]["has_more"]


async def test_a_page_that_failed_can_be_asked_for_again(shop: Shop) -> None:
    for number in range(150):
        shop.account.product(f"Track {number}")
    pages = shop.api.products()
    first = await anext(pages)
    shop.server.faults.down = True
    with pytest.raises(StripeDown):
        await anext(pages)
    shop.server.faults.clear()
    second = await anext(pages)
    assert len({one["id"] for one in (*first, *second)}) == len(first) + len(second)
    with pytest.raises(StopAsyncIteration):
        await anext(pages)


async def test_one_object_as_it_stands(shop: Shop) -> None:
    price = await shop.api.read_price(shop.lease)
    assert (await shop.api.read_product(price["product"]))["id"] == price["product"]
    with pytest.raises(StripeGone):
        await shop.api.read_product("prod_of_nobody")
    with pytest.raises(StripeGone):
        await shop.api.read_price("../account")


async def test_what_is_taken_off_sale_is_off(shop: Shop) -> None:
    link = shop.account.link([shop.lease])
    product = shop.account.get("price", shop.lease)["product"]
    off = await shop.api.deactivate_link(link, "Sold exclusively." + "!" * 900)
    assert (off["active"], len(off["inactive_message"])) == (False, 500)
    assert (await shop.api.archive_price(shop.lease))["active"] is False
    assert (await shop.api.archive_product(product))["active"] is False
    # Once more does no harm.
    assert (await shop.api.archive_product(product))["active"] is False
    assert shop.account.get("product", product)["name"] == "Midnight Drive"


async def test_a_default_price_cannot_be_archived(shop: Shop) -> None:
    product = shop.account.get("price", shop.lease)["product"]
    shop.account.change(product, default_price=shop.lease)
    with pytest.raises(StripeRefused, match="default price"):
        await shop.api.archive_price(shop.lease)


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        ("payment_link", "rak_payment_links_write"),
        ("price", "rak_plan_write"),
        ("product", "rak_product_write"),
    ],
)
async def test_a_key_for_reading_names_what_it_lacks(
    shop: Shop, kind: str, permission: str
) -> None:
    link = shop.account.link([shop.lease])
    product = shop.account.get("price", shop.lease)["product"]
    shop.server.faults.read_only.add(kind)
    takes_off = {
        "payment_link": lambda: shop.api.deactivate_link(link, "gone"),
        "price": lambda: shop.api.archive_price(shop.lease),
        "product": lambda: shop.api.archive_product(product),
    }
    with pytest.raises(StripeDenied) as denied:
        await takes_off[kind]()
    assert denied.value.permission == permission
    assert (await shop.api.read_product(product))["active"]


async def test_a_rate_limit_is_waited_out_when_writing_too(shop: Shop) -> None:
    path = "POST /v1/prices/{id}"
    shop.server.faults.fail_next(2, 429, headers={"Retry-After": "1"}, path=path)
    assert (await shop.api.archive_price(shop.lease))["active"] is False
    assert shop.server.calls.paths[path] == 3


async def test_the_active_prices_of_one_product(shop: Shop) -> None:
    product = (await shop.api.read_price(shop.lease))["product"]
    gone = shop.account.price(product, 100)
    shop.account.archive(gone)
    shop.account.price(shop.account.product("Another"), 100)
    found = {price["id"] for price in await shop.api.prices_of(product)}
    assert found >= {shop.lease, shop.exclusive}
    assert gone not in found
