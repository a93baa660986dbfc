"""The Discord client: what it asks for, when it registers commands, where it connects to."""

from collections.abc import Iterator
from typing import Any

import aiohttp.web
import discord
import pytest
from discord.gateway import DiscordWebSocket
from discord.http import Route
from structlog.testing import capture_logs

from bot.client import ProducerBot
from bot.command_registration import FIRST_DELAY
from bot.domain.sale import Producer
from bot.store import key_value
from bot.store.books import producers
from bot.store.engine import Store
from bot.text import help as help_
from tests.cogs.house import NOW, House, client, open_house, said
from tests.webhooks.deliveries import served


@pytest.fixture
def discord_itself() -> Iterator[None]:
    """Puts back where discord.py finds Discord."""
    base, gateway = Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY
    yield
    Route.BASE, DiscordWebSocket.DEFAULT_GATEWAY = base, gateway


def registrations(house: House) -> int:
    return len([one for one in house.env.http_requests if one.method == "PUT"])


async def test_it_asks_for_nothing_but_servers_and_pings_nobody(store: Store) -> None:
    bot = client(store)
    assert bot.intents == discord.Intents(guilds=True)
    mentions: Any = bot.allowed_mentions
    assert mentions.to_dict() == {"parse": []}


async def test_commands_are_registered_once_and_again_when_they_changed(
    store: Store, producer: Producer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with open_house(store, producer) as house:
        assert registrations(house) == 1
        await house.restart()
        assert registrations(house) == 1
        monkeypatch.setattr(help_, "TOPICS", dict(list(help_.TOPICS.items())[1:]))
        await house.restart()
        assert registrations(house) == 2


async def test_commands_are_registered_always_where_that_is_asked_for(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, producer, register_always=True) as house:
        await house.restart()
        assert registrations(house) == 2


async def test_it_starts_even_if_commands_cannot_be_registered(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, producer) as house:
        async with store.write() as connection:
            await key_value.put(connection, f"commands:{house.env.bot.application_id}", "old")
        house.env.inject_error("PUT", "/applications/*", status=500)
        with capture_logs() as logs:
            await house.restart()
        assert "commands not registered" in [one["event"] for one in logs]
        assert registrations(house) == 2
        await house.env.advance_time(FIRST_DELAY)
        assert registrations(house) == 3


async def test_a_channel_in_the_settings_is_the_producers_at_once(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, None) as house:
        house.options["alerts_channel"] = house.channel.id
        await house.restart()
        async with store.read() as connection:
            known = await producers.by_id(connection, producer.id)
    assert (known.guild_id, known.channel_id) == (house.guild.id, house.channel.id)


async def test_a_channel_in_the_settings_that_is_not_there_is_said(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, producer) as house:
        house.options["alerts_channel"] = 1
        with capture_logs() as logs:
            await house.restart()
        async with store.read() as connection:
            known = await producers.by_id(connection, producer.id)
    assert "alerts channel not set" in [one["event"] for one in logs]
    # What is to be told waits for it: the one that was chosen before is not to hear it.
    assert (known.guild_id, known.channel_id) == (house.guild.id, 1)


async def test_while_the_channel_of_the_settings_is_out_of_reach_commands_say_so(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, None, alerts_channel=1) as house:
        assert "names a channel that I can't see" in said(await house.ask("sales"))


async def answer(request: aiohttp.web.Request) -> aiohttp.web.Response:
    """As much of Discord's API as a login takes."""
    user = {"id": "1", "username": "bot", "discriminator": "0", "avatar": None, "bot": True}
    owner = {"id": "2", "username": "owner", "discriminator": "0", "avatar": None}
    answers: dict[str, Any] = {
        "/api/v10/users/@me": user,
        "/api/v10/oauth2/applications/@me": {
            "id": "1",
            "name": "bot",
            "description": "",
            "icon": None,
            "owner": owner,
            "verify_key": "",
            "bot_public": False,
            "bot_require_code_grant": False,
        },
        "/api/v10/gateway/bot": {
            "shards": 1,
            "url": "ws://127.0.0.1:9/gateway",
            "session_start_limit": {},
        },
    }
    body = answers.get(request.path, [])
    # discord.py takes only exactly this content type for JSON.
    text = aiohttp.JsonPayload(body).decode()
    response = aiohttp.web.Response(text=text)
    response.headers["Content-Type"] = "application/json"
    return response


@pytest.mark.usefixtures("discord_itself")
async def test_another_api_names_its_own_gateway(store: Store) -> None:
    application = aiohttp.web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    async with served(application) as port:
        bot = ProducerBot(store, lambda: NOW, api_url=f"http://127.0.0.1:{port}/api/v10/")
        await bot.login("token")
        assert str(DiscordWebSocket.DEFAULT_GATEWAY) == "ws://127.0.0.1:9/gateway"
        await bot.login("token")
        await bot.close()
