"""An account with a past, its Stripe, and the settings of a bot that has not seen it yet."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.settings import Settings
from fakes.discord.server import FakeDiscord
from fakes.simulation import CHANNEL, now
from fakes.stripe import StripeAccount, StripeServer
from tests.journey.databases import database_of
from tests.sync.world import World
from tests.terminal.set_up_room import SetUpRoom


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
async def settings(stripe: StripeServer, tmp_path: Path) -> Settings:
    return Settings.model_validate(
        {
            "discord_token": "token",
            "stripe_webhook_secret": "whsec_of_this_test",
            "stripe_api_key": stripe.key,
            "stripe_api_url": stripe.url,
            "database_url": await database_of(tmp_path),
            "timezone": "Europe/Berlin",
        }
    )


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Calls to the simulated Stripe need no pace, and its troubles pass at once."""
    monkeypatch.setattr("bot.stripe_api.api.TEST", 1e9)
    monkeypatch.setattr("bot.sync.stripe_calls.FIRST_DELAY", 0.0)
    monkeypatch.setattr("stripe._http_client.HTTPClient.INITIAL_DELAY", 0.0)


@pytest.fixture
async def room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[SetUpRoom]:
    """A bot that may create channels is in a server with a private one."""
    account = StripeAccount(clock=now, timezone="Europe/Berlin")
    async with FakeDiscord(now) as discord, StripeServer(account) as stripe:
        discord.guild.add_channel(CHANNEL)
        discord.guild.bot_role.manage_channels = True
        monkeypatch.setenv("DISCORD_API_URL", discord.url)
        monkeypatch.setenv("STRIPE_API_URL", stripe.url)
        yield SetUpRoom(tmp_path, discord, account, stripe)
