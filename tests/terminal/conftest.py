"""An account with a past, its Stripe, and the settings of a bot that has not seen it yet."""

import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from bot.demo.stripe import StripeServer
from bot.settings import Settings
from tests.sync.world import World


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()


@pytest.fixture
def world() -> World:
    world = World(seed=5)
    world.live(60)
    world.time.pass_(days=2)
    return world


@pytest.fixture
async def stripe(world: World) -> AsyncIterator[StripeServer]:
    async with StripeServer(world.account) as running:
        yield running


@pytest.fixture
def settings(stripe: StripeServer, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "discord_token": "token",
            "stripe_webhook_secret": "whsec_of_this_test",
            "stripe_api_key": stripe.key,
            "stripe_api_url": stripe.url,
            "database_url": f"sqlite+aiosqlite:///{tmp_path / 'store.db'}",
            "timezone": "Europe/Berlin",
        }
    )


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to the simulated Stripe need no pace, and its troubles pass at once."""
    monkeypatch.setattr("bot.stripe_api.api.TEST", 1e9)
    monkeypatch.setattr("bot.sync.persistence.FIRST_DELAY", 0.0)
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.0)
