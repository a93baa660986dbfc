"""The real StripeApi against the simulated Stripe, over HTTP. Pauses are kept, not waited for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest

from bot.domain.stripe_view import StripeView
from bot.stripe_api import StripeApi
from fakes.stripe import Purchase, StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock


@dataclass
class Pauses:
    """A sleep that takes no time."""

    seconds: list[float] = field(default_factory=list)

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


@dataclass(frozen=True)
class Prices:
    lease: str
    exclusive: str
    free: str


@dataclass(frozen=True)
class Shop(Prices):
    """A shop at the simulated Stripe, and the API with which it is read."""

    account: StripeAccount
    server: StripeServer
    api: StripeApi
    clock: MovableClock
    pauses: Pauses


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def account(clock: MovableClock) -> StripeAccount:
    return StripeAccount(clock=clock, seed=11, timezone="Europe/Berlin")


@pytest.fixture
def prices(account: StripeAccount) -> Prices:
    drive = account.product("Midnight Drive", metadata={"track": "Midnight Drive"})
    return Prices(
        lease=account.price(drive, 2999, nickname="Basic Lease"),
        exclusive=account.price(drive, 49900, nickname="Exclusive"),
        free=account.price(drive, 0),
    )


@pytest.fixture
def pauses() -> Pauses:
    return Pauses()


@pytest.fixture
async def stripe(account: StripeAccount) -> AsyncIterator[StripeServer]:
    async with StripeServer(account) as running:
        yield running


@pytest.fixture
async def api(stripe: StripeServer, pauses: Pauses) -> AsyncIterator[StripeApi]:
    async with StripeApi(stripe.key, stripe.url, sleep=pauses) as running:
        yield running


@pytest.fixture
def shop(
    prices: Prices,
    account: StripeAccount,
    stripe: StripeServer,
    api: StripeApi,
    clock: MovableClock,
    pauses: Pauses,
) -> Shop:
    return Shop(**vars(prices), account=account, server=stripe, api=api, clock=clock, pauses=pauses)


async def whole(api: StripeApi, bought: Purchase) -> StripeView:
    """All that Stripe says of a purchase made through Checkout."""
    view = await api.read_payment(session=bought.session)
    assert view is not None
    return view
