import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from random import Random
from typing import Any

import pytest
import stripe
from aiohttp import web

from fakes.stripe import StripeAccount, Webhooks
from tests.fakes.stripe.clocks import MovableClock
from tests.fakes.stripe.conftest import Prices

SECRET = "whsec_of_the_endpoint"
OLD_SECRET = "whsec_being_replaced"


class Endpoint:
    """Takes what is posted, and answers as told."""

    def __init__(self) -> None:
        self.url = ""
        self.taken: list[tuple[bytes, str]] = []
        self.statuses: list[int] = []
        self._came = asyncio.Condition()

    async def take(self, request: web.Request) -> web.Response:
        self.taken.append((await request.read(), request.headers["Stripe-Signature"]))
        async with self._came:
            self._came.notify_all()
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def number(self, count: int) -> None:
        """Wait until so many have come."""
        async with asyncio.timeout(5), self._came:
            await self._came.wait_for(lambda: len(self.taken) >= count)

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
    async with Webhooks(endpoint.url, SECRET, OLD_SECRET, clock=clock) as webhooks:
        assert await webhooks.send(account.events[0]) == 200

    body, header = endpoint.taken[0]
    assert header.startswith(f"t={int(clock().timestamp())},v1=")
    for secret in (SECRET, OLD_SECRET):
        verify: Any = stripe.WebhookSignature.verify_header
        assert verify(body.decode(), header, secret, None)


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
    _, sleep = pauses()
    nobody = "http://127.0.0.1:9/hook"
    account.buy(prices.lease)
    async with Webhooks(nobody, SECRET, clock=clock, sleep=sleep, attempts=2) as webhooks:
        assert await webhooks.deliver_all(account.take_events()) == 4


async def test_disorder_and_duplicates_are_the_same_for_a_seed(
    account: StripeAccount, prices: Prices, clock: MovableClock, endpoint: Endpoint
) -> None:
    for _ in range(3):
        account.buy(prices.lease)
    events = account.take_events()
    async with Webhooks(endpoint.url, SECRET, clock=clock) as webhooks:
        for _ in range(2):
            await webhooks.deliver_all(events, shuffle=Random(5), duplicates=4)

    once, again = endpoint.ids[: len(events) + 4], endpoint.ids[len(events) + 4 :]
    assert once == again
    assert once != [event["id"] for event in events]
    assert set(once) == {event["id"] for event in events}


async def test_without_disorder_the_order_is_kept(
    account: StripeAccount, prices: Prices, clock: MovableClock, endpoint: Endpoint
) -> None:
    account.buy(prices.lease)
    events = account.take_events()
    async with Webhooks(endpoint.url, SECRET, clock=clock) as webhooks:
        await webhooks.deliver_all(events, duplicates=1)

    ids = [event["id"] for event in events]
    assert endpoint.ids == [*ids, ids[0]]


async def test_only_registered_types_are_sent(
    account: StripeAccount, prices: Prices, clock: MovableClock, endpoint: Endpoint
) -> None:
    account.buy(prices.lease)
    wanted = {"checkout.session.completed"}
    async with Webhooks(endpoint.url, SECRET, clock=clock, types=wanted) as webhooks:
        assert await webhooks.deliver_all(account.take_events(), at_once=4) == 0

    assert len(endpoint.taken) == 1


async def test_a_follower_sends_what_happens_as_it_happens(
    account: StripeAccount, prices: Prices, clock: MovableClock, endpoint: Endpoint
) -> None:
    account.buy(prices.lease)
    before = len(account.take_events())
    account.buy(prices.lease)
    async with Webhooks(endpoint.url, SECRET, clock=clock) as webhooks:
        following = asyncio.create_task(webhooks.follow(account))
        await endpoint.number(4)
        account.buy(prices.lease)
        await endpoint.number(8)
        following.cancel()

    assert endpoint.ids == [event["id"] for event in account.events[-8:]]
    assert before > 0
