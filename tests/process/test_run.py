"""The same bot within the test's own process: how it ends, and what it blames."""

import asyncio
import os
import signal
from collections.abc import Callable

import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route

from bot import connection
from bot.app import run
from bot.settings import Settings, SettingsWrong
from fakes.bot_output import told
from fakes.simulation import until
from tests.process.person import Person
from tests.process.world import World

pytestmark = pytest.mark.counted


@pytest.fixture(autouse=True)
def _nothing_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    """The address of Discord counts for the whole process."""
    monkeypatch.setattr(Route, "BASE", Route.BASE)
    monkeypatch.setattr(DiscordWebSocket, "DEFAULT_GATEWAY", DiscordWebSocket.DEFAULT_GATEWAY)
    monkeypatch.setattr(connection, "FIRST_DELAY", 0.01)


@pytest.fixture
def settings(world: World) -> Callable[..., Settings]:
    """The settings of a bot that is set up well, with changes."""

    def changed(**changes: str) -> Settings:
        given = world.settings | {name.upper(): value for name, value in changes.items()}
        return Settings.model_validate({name.lower(): value for name, value in given.items()})

    return changed


async def blamed(settings: Settings) -> str:
    """The one line that a run ends with."""
    with pytest.raises(SettingsWrong) as wrong:
        await run(settings)
    [line] = wrong.value.lines
    return line


async def test_it_works_as_far_as_discord_is_there_until_it_is_told_to_stop(
    world: World, producer: Person, settings: Callable[..., Settings]
) -> None:
    # Discord comes up bit by bit: first nothing of it, then all but the gateway.
    await world.discord.shut()
    world.discord.gateway.shut = True
    world.discord.fail("GET", "/gateway/bot", status=503)
    running = asyncio.create_task(run(settings()))
    await until(world.is_not_ready)
    await world.discord.open()
    await world.sell()
    await until(lambda: told(world.channel) == [1001])
    assert await world.is_not_ready()
    world.discord.gateway.shut = False
    await until(world.ready)
    assert "#1001" in (await producer.slash("sales")).text

    os.kill(os.getpid(), signal.SIGTERM)
    await until(running.done)
    await running
    assert await world.status("/healthz") == 0


async def test_an_address_that_is_not_this_machines_is_blamed(
    settings: Callable[..., Settings],
) -> None:
    assert (await blamed(settings(host="203.0.113.7"))).startswith("HOST is wrong")


async def test_an_address_that_is_not_discords_is_blamed(
    world: World, settings: Callable[..., Settings]
) -> None:
    line = await blamed(settings(discord_api_url=world.stripe.url))
    assert line.startswith("DISCORD_API_URL is wrong")


async def test_a_token_that_the_gateway_refuses_is_blamed(
    world: World, settings: Callable[..., Settings]
) -> None:
    world.discord.gateway.refusal = 4004
    assert (await blamed(settings())).startswith("DISCORD_TOKEN is wrong")


async def test_what_no_setting_can_mend_is_raised_as_it_is(
    world: World, settings: Callable[..., Settings]
) -> None:
    world.discord.gateway.refusal = 4013
    with pytest.raises(discord.ConnectionClosed):
        await run(settings())
