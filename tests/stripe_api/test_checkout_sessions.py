"""Checkouts that are opened for a buyer, found, and closed again."""

import pytest

from bot.stripe_api import StripeApi, StripeDenied, StripeDown, StripeRefused
from bot.stripe_api.transport import Json
from tests.fakes.stripe.clocks import MovableClock
from tests.stripe_api.conftest import Shop

SESSIONS = "POST /v1/checkout/sessions"
HALF_AN_HOUR = 30 * 60


async def opened(
    api: StripeApi, price: str, clock: MovableClock, key: str = "key-1", life: int = HALF_AN_HOUR
) -> Json:
    return await api.create_session(
        price=price,
        metadata={"track": "Midnight Drive", "license": "Basic Lease & more [all]"},
        success_url="https://beats.example.com/bought?session_id={CHECKOUT_SESSION_ID}",
        cancel_url="https://beats.example.com/?a=1&b=2",
        expires_at=int(clock().timestamp()) + life,
        idempotency_key=key,
    )


async def open_now(api: StripeApi, link: str | None = None) -> list[Json]:
    return [one async for page in api.open_sessions(payment_link=link) for one in page]


async def test_a_checkout_is_opened_for_one_license(shop: Shop) -> None:
    session = await opened(shop.api, shop.lease, shop.clock)
    assert session["url"].startswith("https://checkout.stripe.com/")
    assert (session["status"], session["mode"]) == ("open", "payment")
    assert session["metadata"]["license"] == "Basic Lease & more [all]"
    assert session["success_url"].endswith("?session_id={CHECKOUT_SESSION_ID}")
    assert session["cancel_url"] == "https://beats.example.com/?a=1&b=2"
    (read,) = await open_now(shop.api)
    (item,) = read["line_items"]["data"]
    assert (item["price"]["id"], item["quantity"]) == (shop.lease, 1)
    # Somebody pays it.
    bought = shop.account.complete(session["id"])
    paid = shop.account.get("checkout.session", session["id"])
    assert (paid["payment_status"], paid["payment_intent"]) == ("paid", bought.intent)


async def test_the_same_key_gives_the_same_checkout(shop: Shop) -> None:
    first = await opened(shop.api, shop.lease, shop.clock)
    assert (await opened(shop.api, shop.lease, shop.clock))["id"] == first["id"]
    assert (await opened(shop.api, shop.lease, shop.clock, key="key-2"))["id"] != first["id"]


async def test_tries_that_failed_do_not_open_two(shop: Shop) -> None:
    shop.server.faults.fail_next(2, 503, path=SESSIONS)
    await opened(shop.api, shop.lease, shop.clock)
    assert shop.server.calls.paths[SESSIONS] == 3
    assert len(await open_now(shop.api)) == 1


@pytest.mark.parametrize("what", ["price", "product"])
async def test_what_is_archived_cannot_be_bought(shop: Shop, what: str) -> None:
    product = shop.account.get("price", shop.lease)["product"]
    shop.account.archive(shop.lease if what == "price" else product)
    with pytest.raises(StripeRefused) as refused:
        await opened(shop.api, shop.lease, shop.clock)
    assert refused.value.param == "line_items[0][price]"


async def test_a_checkout_that_would_be_too_short_is_refused(shop: Shop) -> None:
    with pytest.raises(StripeRefused) as refused:
        await opened(shop.api, shop.lease, shop.clock, life=60)
    assert refused.value.param == "expires_at"


async def test_a_key_for_reading_opens_none(shop: Shop) -> None:
    shop.server.faults.read_only.add("checkout.session")
    with pytest.raises(StripeDenied) as denied:
        await opened(shop.api, shop.lease, shop.clock)
    assert denied.value.permission == "rak_checkout_session_write"
    assert await open_now(shop.api) == []


async def test_a_checkout_while_stripe_is_away_is_not_opened(shop: Shop) -> None:
    shop.server.faults.down = True

    async def at_once(_: float) -> None:
        """No pauses between tries."""

    async with StripeApi(shop.server.key, shop.server.url, sleep=at_once) as api:
        with pytest.raises(StripeDown):
            await opened(api, shop.lease, shop.clock)


async def test_open_checkouts_of_a_link_are_found_and_closed(shop: Shop) -> None:
    link = shop.account.link([shop.lease])
    by_link = [shop.account.open(link=link) for _ in range(60)]
    ours = (await opened(shop.api, shop.lease, shop.clock))["id"]
    paid = shop.account.open(link=link)
    shop.account.complete(paid)
    shop.account.archive(link)
    assert {one["id"] for one in await open_now(shop.api, link)} == set(by_link)
    every = await open_now(shop.api)
    assert {one["id"] for one in every} == {*by_link, ours}
    assert every[0]["line_items"]["data"][0]["price"]["id"] == shop.lease
    assert (await shop.api.expire_session(by_link[0]))["status"] == "expired"
    assert len(await open_now(shop.api, link)) == 59
    for over in (by_link[0], paid):
        with pytest.raises(StripeRefused, match="can be expired"):
            await shop.api.expire_session(over)


async def test_open_checkouts_are_found_page_by_page_also_when_each_page_is_closed(
    shop: Shop,
) -> None:
    link = shop.account.link([shop.lease])
    for _ in range(120):
        shop.account.open(link=link)
    sizes = []
    async for page in shop.api.open_sessions():
        sizes.append(len(page))
        for one in page:
            shop.account.expire(one["id"])
    assert sizes == [50, 50, 20]
    assert await open_now(shop.api) == []


async def test_checkouts_expire_by_themselves(shop: Shop) -> None:
    await opened(shop.api, shop.lease, shop.clock)
    shop.clock.advance(minutes=31)
    assert await open_now(shop.api) == []
