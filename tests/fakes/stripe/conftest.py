"""A simulated producer with a track, its prices, and the API in front of them."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest

from fakes.stripe import StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock

Json = dict[str, Any]


@dataclass(frozen=True)
class Prices:
    lease: str
    exclusive: str
    euro: str
    free: str


@dataclass(frozen=True)
class Caller:
    """Asks the API by bare HTTP, as anything but Stripe's own library would."""

    server: StripeServer
    http: aiohttp.ClientSession

    async def __call__(self, path: str, **headers: str) -> tuple[int, Json]:
        sent = {"Authorization": f"Bearer {self.server.key}"}
        sent |= {name.replace("_", "-"): value for name, value in headers.items()}
        async with self.http.get(f"{self.server.url}{path}", headers=sent) as answer:
            return answer.status, await answer.json()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def account(clock: MovableClock) -> StripeAccount:
    return StripeAccount(clock=clock, seed=7)


@pytest.fixture
def prices(account: StripeAccount) -> Prices:
    drive = account.product("Midnight Drive", metadata={"track": "Midnight Drive"})
    made = Prices(
        lease=account.price(drive, 2999, nickname="Basic Lease"),
        exclusive=account.price(drive, 49900, nickname="Exclusive"),
        euro=account.price(drive, 2500, "eur", nickname="Basic Lease"),
        free=account.price(drive, 0, nickname="Free Download"),
    )
    account.take_events()
    return made


@pytest.fixture
async def server(account: StripeAccount) -> AsyncIterator[StripeServer]:
    async with StripeServer(account) as running:
        yield running


@pytest.fixture
async def ask(server: StripeServer) -> AsyncIterator[Caller]:
    async with aiohttp.ClientSession() as http:
        yield Caller(server, http)


def types(events: list[Json]) -> list[str]:
    """The types of events, in order."""
    return [event["type"] for event in events]
