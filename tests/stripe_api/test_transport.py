"""What is read is what the ledger understands: the two rooms agree on Stripe's shapes."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import stripe
from aiohttp import web

from bot.domain.parse import payment_of
from bot.domain.payment import Fees, PaymentState
from bot.stripe_api import (
    API_VERSION,
    StripeApi,
    StripeDenied,
    StripeDown,
    StripeGone,
    StripeRefused,
    StripeTrouble,
)
from bot.stripe_api.errors import NotStripe, trouble
from bot.stripe_api.transport import Pace
from fakes.stripe import Purchase, StripeServer
from fakes.stripe.shapes import API_VERSION as SIMULATED_VERSION
from tests.fakes.stripe.leaps import leaping
from tests.stripe_api.conftest import Pauses, Shop, whole

# Their constructors have no types.
InvalidRequest: Any = stripe.InvalidRequestError
Connection: Any = stripe.APIConnectionError
DENIED = (
    "The provided key 'rk_test_*********0000' does not have the required permissions for this "
    "endpoint on account 'acct_1'. Having the 'rak_charge_read' permission would allow this "
    "request to continue."
)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (stripe.AuthenticationError("no", http_status=401), StripeDenied),
        (stripe.PermissionError("no", http_status=403), StripeDenied),
        (InvalidRequest("no", "id", http_status=404), StripeGone),
        (
            InvalidRequest("no", "id", code="resource_missing", http_status=400),
            StripeGone,
        ),
        (InvalidRequest("no", "id", http_status=400), StripeRefused),
        (stripe.RateLimitError("no", http_status=429), StripeDown),
        (stripe.APIError("no", http_status=500), StripeDown),
        (stripe.APIError("no", http_status=409), StripeDown),
        (Connection("no"), StripeDown),
    ],
)
def test_each_error_of_stripe_is_one_of_ours(
    error: stripe.StripeError, kind: type[StripeTrouble]
) -> None:
    assert type(trouble(error)) is kind


@pytest.mark.parametrize("kind", [stripe.PermissionError, stripe.AuthenticationError])
def test_missing_permission_is_named_and_the_key_is_not(kind: Any) -> None:
    denied = trouble(kind(DENIED, http_status=403))
    assert isinstance(denied, StripeDenied)
    assert (denied.status, denied.permission) == (403, "rak_charge_read")
    assert "rak_charge_read" in str(denied)
    assert "rk_test_" not in str(denied)


def test_a_refusal_without_a_permission_shows_its_code_and_never_its_words() -> None:
    said = "The provided key 'sk_live_****9abc' does not\nhave access to account 'acct_1'."
    refused: Any = stripe.PermissionError
    denied, nameless = (
        trouble(refused(said, http_status=403, json_body={"error": {"code": code}}))
        for code in ("account_invalid", "<b>what</b>")
    )

    assert str(denied) == "Stripe denies access (account_invalid)"
    assert "9abc" not in str(nameless)
    assert "<b>" not in str(nameless)


@pytest.mark.parametrize("status", [200, 403, 404])
def test_an_error_without_stripes_json_says_nothing_of_the_object_or_the_key(status: int) -> None:
    """The library has other exceptions for these statuses, if it could read what came."""
    assert type(trouble(stripe.APIError("<html>", http_status=status))) is NotStripe


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[str]:
    """A server that answers everything with `handler`; gives its address."""
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", handler)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


@pytest.mark.parametrize("status", [500, 502, 503, 409])
async def test_what_passes_is_tried_again(shop: Shop, status: int) -> None:
    shop.server.faults.fail_next(2, status=status)

    assert await shop.api.account() is not None
    assert shop.server.calls.total == 3
    assert len(shop.pauses.seconds) == 2


async def test_stripe_is_down_after_three_tries(shop: Shop) -> None:
    shop.server.faults.fail_next(9, status=500)

    with pytest.raises(StripeDown, match="500"):
        await shop.api.account()
    assert shop.server.calls.total == 3


async def test_closed_connection_is_stripe_down(shop: Shop) -> None:
    shop.server.faults.down = True
    with pytest.raises(StripeDown, match="cannot be reached"):
        await shop.api.account()

    shop.server.faults.clear()
    assert await shop.api.account() is not None


async def test_a_refused_connection_is_stripe_being_down(pauses: Pauses) -> None:
    async with StripeApi("rk_test_1", "http://127.0.0.1:9", sleep=pauses) as api:
        with pytest.raises(StripeDown, match="cannot be reached"):
            await api.account()


DATE = {"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT"}


@pytest.mark.parametrize(
    ("headers", "least", "longest"),
    [
        # As long as Stripe asks.
        ({"Retry-After": "3"}, [3.0, 3.0, 3.0], [3.0, 3.0, 3.0]),
        # Longer each time if it does not say, or names a date.
        ({}, [0.25, 0.5, 1.0], [0.5, 1.0, 2.0]),
        (DATE, [0.25, 0.5, 1.0], [0.5, 1.0, 2.0]),
    ],
)
async def test_rate_limit_is_waited_out(
    shop: Shop, headers: dict[str, str], least: list[float], longest: list[float]
) -> None:
    shop.server.faults.fail_next(3, status=429, headers=headers)
    assert await shop.api.account() is not None
    waited = zip(least, shop.pauses.seconds, longest, strict=True)
    assert all(at_least <= seconds <= at_most for at_least, seconds, at_most in waited)


async def test_a_rate_limit_without_end_is_stripe_being_down(shop: Shop) -> None:
    shop.server.faults.fail_next(9, status=429, headers={"Retry-After": "1"})

    with pytest.raises(StripeDown) as down:
        await shop.api.account()
    assert down.value.retry_after == 1.0
    assert shop.server.calls.total == 4


async def test_a_wait_beyond_our_patience_is_left_to_the_caller(shop: Shop) -> None:
    shop.server.faults.fail_next(1, status=429, headers={"Retry-After": "60"})

    with pytest.raises(StripeDown) as down:
        await shop.api.account()
    assert down.value.retry_after == 60.0
    assert shop.pauses.seconds == []


async def test_patience_ends_a_slow_answer(stripe: StripeServer) -> None:
    stripe.faults.delay = 30
    async with StripeApi(stripe.key, stripe.url, patience=0.05) as api:
        with pytest.raises(StripeDown, match="longer than"):
            await api.account()


async def test_patience_counts_the_pauses_too(stripe: StripeServer) -> None:
    async def never(_: float) -> None:
        await asyncio.Event().wait()

    stripe.faults.fail_next(1, status=500)
    async with StripeApi(stripe.key, stripe.url, patience=0.05, sleep=never) as api:
        with pytest.raises(StripeDown, match="longer than"):
            await api.account()


async def test_a_list_may_take_longer_than_one_call_of_it(shop: Shop) -> None:
    product = shop.account.get("price", shop.lease)["product"]
    made = [shop.account.price(product, amount) for amount in range(100, 320)]
    shop.server.faults.delay = 8.0
    with leaping(shop.server) as leaps:
        async with StripeApi(shop.server.key, shop.server.url, patience=20.0) as api:
            found = await api.prices_of(product)
    assert {price["id"] for price in found} >= set(made)
    assert leaps.seconds == 24.0


async def test_a_cancelled_call_stays_cancelled(shop: Shop) -> None:
    shop.server.faults.delay = 30
    asking = asyncio.create_task(shop.api.account())
    await asyncio.sleep(0)
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking


@pytest.mark.parametrize("page", ["<html>Back soon</html>", '"Back soon"', ""])
async def test_a_page_that_is_not_stripes_is_stripe_being_down(pauses: Pauses, page: str) -> None:
    async def maintenance(_: web.Request) -> web.Response:
        return web.Response(text=page, content_type="text/html")

    async with answering(maintenance) as url, StripeApi("rk_test_1", url, sleep=pauses) as api:
        with pytest.raises(StripeDown):
            await api.account()


async def test_an_answer_that_breaks_off_is_stripe_being_down(pauses: Pauses) -> None:
    async def broken(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse(headers={"Content-Length": "1000"})
        await answer.prepare(request)
        await answer.write(b'{"id": ')
        request.transport.abort()
        return answer

    async with answering(broken) as url, StripeApi("rk_test_1", url, sleep=pauses) as api:
        with pytest.raises(StripeDown, match="broke"):
            await api.account()


async def test_every_call_is_a_get_of_the_pinned_version() -> None:
    seen: list[tuple[str, str, str]] = []

    async def note(request: web.Request) -> web.Response:
        headers = request.headers
        seen.append((request.method, headers["Stripe-Version"], headers["Authorization"]))
        return web.json_response({"id": "acct_1", "object": "account"})

    async with answering(note) as url, StripeApi("rk_test_1", f"{url}/") as api:
        await api.account()
    assert seen == [("GET", API_VERSION, "Bearer rk_test_1")]


def test_the_simulated_stripe_speaks_the_version_we_ask_for() -> None:
    assert SIMULATED_VERSION == API_VERSION


async def test_api_with_or_without_a_call_can_be_closed_again(stripe: StripeServer) -> None:
    api = StripeApi(stripe.key, stripe.url)
    await api.aclose()
    await api.account()
    await api.aclose()
    await api.aclose()


async def test_calls_at_once_begin_one_after_the_other() -> None:
    pauses = Pauses()
    pace = Pace(10, pauses)
    for _ in range(4):
        await pace.turn()
    assert [round(seconds, 1) for seconds in pauses.seconds] == [0.1, 0.2, 0.3]


async def test_a_subscription_is_read_without_error(shop: Shop) -> None:
    bought = shop.account.subscribe(shop.lease)
    by_session = await whole(shop.api, bought)
    by_intent = await shop.api.read_payment(intent=bought.intent)

    assert by_intent is not None
    assert by_intent.session is None
    assert payment_of(by_session) is None
    assert payment_of(by_intent) is None


async def test_what_is_read_is_what_the_ledger_understands(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease, shop.exclusive, discount=1000, application_fee=700)
    payment = payment_of(await whole(shop.api, bought))

    assert payment is not None
    assert payment.state is PaymentState.PAID
    assert payment.detailed
    assert [line.exclusive for line in payment.lines] == [False, True]
    assert sum(line.amount for line in payment.lines) == payment.amount == 51899
    assert payment.movement.fees == Fees(stripe=1535, platform=700)


async def test_a_delayed_payment_is_understood_at_every_step(shop: Shop) -> None:
    async def state(bought: Purchase) -> PaymentState:
        payment = payment_of(await whole(shop.api, bought))
        return payment.state

    first, second = (shop.account.buy(shop.lease, method="sepa_debit") for _ in range(2))
    assert await state(first) is PaymentState.PENDING

    shop.account.arrive(first)
    shop.account.bounce(second)

    assert await state(first) is PaymentState.PAID
    assert await state(second) is PaymentState.FAILED
