"""Checkouts that are opened for a buyer, found, and closed again."""

import pytest

from bot.stripe_api import StripeApi, StripeDenied, StripeDown, StripeRefused
from bot.stripe_api.transport import Json
from fakes.stripe import StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock
from tests.stripe_api.conftest import Prices

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


async def test_a_checkout_is_opened_for_one_license(
    prices: Prices, clock: MovableClock, api: StripeApi, account: StripeAccount
) -> None:
    session = await opened(api, prices.lease, clock)
    assert session["url"].startswith("https://checkout.stripe.com/")
    assert (session["status"], session["mode"]) == ("open", "payment")
    assert session["metadata"]["license"] == "Basic Lease & more [all]"
    assert session["success_url"].endswith("?session_id={CHECKOUT_SESSION_ID}")
    assert session["cancel_url"] == "https://beats.example.com/?a=1&b=2"
    (read,) = await open_now(api)
    (item,) = read["line_items"]["data"]
    assert (item["price"]["id"], item["quantity"]) == (prices.lease, 1)
    # Somebody pays it.
    bought = account.complete(session["id"])
    paid = account.get("checkout.session", session["id"])
    assert (paid["payment_status"], paid["payment_intent"]) == ("paid", bought.intent)


async def test_the_same_key_gives_the_same_checkout(
    prices: Prices, clock: MovableClock, api: StripeApi
) -> None:
    first = await opened(api, prices.lease, clock)
    assert (await opened(api, prices.lease, clock))["id"] == first["id"]
    assert (await opened(api, prices.lease, clock, key="key-2"))["id"] != first["id"]


async def test_tries_that_failed_do_not_open_two(
    prices: Prices, clock: MovableClock, api: StripeApi, stripe: StripeServer
) -> None:
    stripe.faults.fail_next(2, 503, path=SESSIONS)
    await opened(api, prices.lease, clock)
    assert stripe.calls.paths[SESSIONS] == 3
    assert len(await open_now(api)) == 1


@pytest.mark.parametrize("what", ["price", "product"])
async def test_what_is_archived_cannot_be_bought(
    prices: Prices, clock: MovableClock, api: StripeApi, account: StripeAccount, what: str
) -> None:
    product = account.get("price", prices.lease)["product"]
    account.archive(prices.lease if what == "price" else product)
    with pytest.raises(StripeRefused) as refused:
        await opened(api, prices.lease, clock)
    assert refused.value.param == "line_items[0][price]"


async def test_a_checkout_that_would_be_too_short_is_refused(
    prices: Prices, clock: MovableClock, api: StripeApi
) -> None:
    with pytest.raises(StripeRefused) as refused:
        await opened(api, prices.lease, clock, life=60)
    assert refused.value.param == "expires_at"


async def test_a_key_for_reading_opens_none(
    prices: Prices, clock: MovableClock, api: StripeApi, stripe: StripeServer
) -> None:
    stripe.faults.read_only.add("checkout.session")
    with pytest.raises(StripeDenied) as denied:
        await opened(api, prices.lease, clock)
    assert denied.value.permission == "rak_checkout_session_write"
    assert await open_now(api) == []


async def test_a_checkout_while_stripe_is_away_is_not_opened(
    prices: Prices, clock: MovableClock, stripe: StripeServer
) -> None:
    stripe.faults.down = True

    async def at_once(_: float) -> None:
        """No pauses between tries."""

    async with StripeApi(stripe.key, stripe.url, sleep=at_once) as api:
        with pytest.raises(StripeDown):
            await opened(api, prices.lease, clock)


async def test_open_checkouts_of_a_link_are_found_and_closed(
    prices: Prices, clock: MovableClock, api: StripeApi, account: StripeAccount
) -> None:
    link = account.link([prices.lease])
    by_link = [account.open(link=link) for _ in range(60)]
    ours = (await opened(api, prices.lease, clock))["id"]
    paid = account.open(link=link)
    account.complete(paid)
    account.archive(link)
    assert {one["id"] for one in await open_now(api, link)} == set(by_link)
    every = await open_now(api)
    assert {one["id"] for one in every} == {*by_link, ours}
    assert every[0]["line_items"]["data"][0]["price"]["id"] == prices.lease
    assert (await api.expire_session(by_link[0]))["status"] == "expired"
    assert len(await open_now(api, link)) == 59
    for over in (by_link[0], paid):
        with pytest.raises(StripeRefused, match="can be expired"):
            await api.expire_session(over)


async def test_open_checkouts_are_found_page_by_page_also_when_each_page_is_closed(
    prices: Prices, api: StripeApi, account: StripeAccount, stripe: StripeServer
) -> None:
    link = account.link([prices.lease])
    for _ in range(120):
        account.open(link=link)
    sizes = []
    async for page in api.open_sessions():
        sizes.append(len(page))
        for one in page:
            account.expire(one["id"])
    assert sizes == [50, 50, 20]
    assert await open_now(api) == []


async def test_checkouts_expire_by_themselves(
    prices: Prices, clock: MovableClock, api: StripeApi
) -> None:
    await opened(api, prices.lease, clock)
    clock.advance(minutes=31)
    assert await open_now(api) == []
