import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
import stripe
from aiohttp import web

from fakes.stripe import StripeAccount, Webhooks
from fakes.stripe.webhooks import ATTEMPTS
from tests.fakes.stripe.clocks import MovableClock
from tests.fakes.stripe.conftest import Prices

SECRET = "whsec_of_the_endpoint"


class Endpoint:
    """Takes what is posted, and answers as told."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []

    async def take(self, request: web.Request) -> web.Response:
        self.taken.append((await request.read(), request.headers["Stripe-Signature"]))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    @property
    def ids(self) -> list[str]:
        return [json.loads(body)["id"] for body, _ in self.taken]


@pytest.fixture
async def endpoint() -> AsyncIterator[Endpoint]:
    made = Endpoint()
    app = web.Application()
    app.router.add_post("/hook", made.take)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made.url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
    yield made
    await runner.cleanup()


def pauses() -> tuple[list[float], Callable[[float], Awaitable[None]]]:
    kept: list[float] = []

    async def sleep(seconds: float) -> None:
        kept.append(seconds)

    return kept, sleep


async def test_deliveries_are_signed_as_stripe_signs(
    account: StripeAccount, prices: Prices, clock: MovableClock, endpoint: Endpoint
) -> None:
    account.buy(prices.lease)
    async with Webhooks(endpoint.url, SECRET, clock=clock) as webhooks:
        assert await webhooks.send(account.events[0]) == 200

    body, header = endpoint.taken[0]
    assert header.startswith(f"t={int(clock().timestamp())},v1=")
    verify: Any = stripe.WebhookSignature.verify_header
    assert verify(body.decode(), header, SECRET, None)


async def test_an_event_is_sent_again_until_it_is_taken(
    account: StripeAccount, prices: Prices, clock: MovableClock, endpoint: Endpoint
) -> None:
    endpoint.statuses = [503, 500]
    waited, sleep = pauses()
    account.buy(prices.lease)
    async with Webhooks(endpoint.url, SECRET, clock=clock, sleep=sleep) as webhooks:
        assert await webhooks.deliver(account.events[0])

    assert len(set(endpoint.ids)) == 1
    assert len(endpoint.ids) == 3
    assert waited == [0.2, 0.4]


async def test_an_event_is_given_up_in_the_end(
    account: StripeAccount, prices: Prices, clock: MovableClock
) -> None:
    waited, sleep = pauses()
    nobody = "http://127.0.0.1:9/hook"
    account.buy(prices.lease)
    async with Webhooks(nobody, SECRET, clock=clock, sleep=sleep) as webhooks:
        assert await webhooks.deliver_all(account.take_events()) == 4
    assert len(waited) == 4 * (ATTEMPTS - 1)


async def test_only_registered_types_are_sent(
    account: StripeAccount, prices: Prices, clock: MovableClock, endpoint: Endpoint
) -> None:
    account.buy(prices.lease)
    wanted = {"checkout.session.completed"}
    async with Webhooks(endpoint.url, SECRET, clock=clock, types=wanted) as webhooks:
        assert await webhooks.deliver_all(account.take_events(), at_once=4) == 0

    assert len(endpoint.taken) == 1
