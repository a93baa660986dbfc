"""`producer-bot setup` as a process: with settings as the answers, and with a user who types."""

import asyncio
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, closing

from aiohttp import web

from fakes.discord.guild import FakeChannel, text
from fakes.discord.server import TOKEN
from fakes.simulation import SECRET, BotProcess, now, until
from fakes.stripe import StripeAccount, StripeServer
from fakes.terminal import Terminal
from tests.process.world import World

ADDRESS = "https://beats.example.com"
SIMULATORS = ("DISCORD_API_URL", "STRIPE_API_URL", "DATABASE_URL", "PORT")


def simulators(world: World) -> dict[str, str]:
    """The settings that nobody is asked for."""
    return {name: world.settings[name] for name in SIMULATORS}


async def answered_by_settings(world: World, *options: str, **settings: str) -> BotProcess:
    """Run it with `--yes` to its end."""
    given = simulators(world) | settings
    run = await BotProcess.start(world.folder, "setup", given, ("setup", "--yes", *options))
    world.runs.append(run)
    await run.ended()
    return run


def typed(world: World) -> AbstractAsyncContextManager[Terminal]:
    return Terminal.open(world.folder, simulators(world), ("setup",))


def written(world: World) -> Mapping[str, str]:
    """The lines of `.env`."""
    lines = (world.folder / ".env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def was_tried(channel: FakeChannel) -> bool:
    """Whether a test sale was posted there, and marked as one at its end."""
    return [text(message).splitlines()[0] for message in channel.shown] == ["TEST done"]


def endpoints(world: World) -> list[str]:
    return list(world.account.books.all("webhook_endpoint"))


async def test_setup_with_settings_as_answers_ends_with_a_test_sale(world: World) -> None:
    given = {"DISCORD_TOKEN": TOKEN, "STRIPE_API_KEY": world.stripe.key}
    given["DISCORD_ALERTS_CHANNEL"] = str(world.channel.id)
    run = await answered_by_settings(world, **given, PUBLIC_URL=ADDRESS, TIMEZONE="Europe/Berlin")
    assert await run.ended() == 0, run.said
    assert written(world).items() >= (simulators(world) | given).items()
    assert written(world)["STRIPE_WEBHOOK_SECRET"].startswith("whsec_")
    assert stat.S_IMODE((world.folder / ".env").stat().st_mode) == 0o600
    assert len(endpoints(world)) == 1
    assert was_tried(world.channel)


async def test_setup_by_hand_waits_for_the_server_and_takes_five_answers(world: World) -> None:
    guild = world.discord.guild
    guild.joined, guild.channels = False, {}
    guild.bot_role.manage_channels = True
    async with typed(world) as terminal:
        await terminal.answer("Bot token", TOKEN)
        await until(lambda: "Waiting for the bot to join a server" in terminal.text)
        await world.discord.add_guild(guild)
        await terminal.answer("channel's id")
        await terminal.answer("Address")
        await terminal.answer("Key", world.stripe.key)
        await terminal.answer("Time zone", "Europe/Berlin")
        assert await terminal.ended() == 0, terminal.text
        assert terminal.answers == 5
        assert "client_id=600&scope=bot+applications.commands" in terminal.text
        assert not [one for one in (TOKEN, world.stripe.key) if one in terminal.text]
    [channel] = guild.channels.values()
    assert (channel.name, guild.everyone_sees(channel)) == ("sales", False)
    assert was_tried(channel)
    assert "STRIPE_WEBHOOK_SECRET" not in written(world)
    assert endpoints(world) == []


async def test_setup_that_is_interrupted_goes_on_when_it_runs_again(world: World) -> None:
    async with typed(world) as terminal:
        await terminal.answer("Bot token", TOKEN)
        await terminal.answer("channel's id", "2")
        await terminal.interrupt("Address")
        assert await terminal.ended() == 130
        assert "run this again to go on" in terminal.text
    assert not (world.folder / ".env").exists()
    async with typed(world) as terminal:
        await terminal.answer("Address", ADDRESS)
        await terminal.answer("Key", world.stripe.key)
        await terminal.answer("Time zone", "Europe/Berlin")
        assert await terminal.ended() == 0, terminal.text
    assert was_tried(world.channel)
    assert sorted(one.name for one in world.folder.glob(".env*")) == [".env"]


async def test_setup_killed_before_it_has_an_endpoints_secret_replaces_the_endpoint(
    world: World,
) -> None:
    given = {"DISCORD_TOKEN": TOKEN, "STRIPE_API_KEY": world.stripe.key, "PUBLIC_URL": ADDRESS}
    given["DISCORD_ALERTS_CHANNEL"] = str(world.channel.id)
    world.account.endpoint("https://another.example.com/hooks", ["charge.succeeded"])
    created = asyncio.Event()

    def stop_before_the_answer(request: web.Request, _: float) -> None:
        if (request.method, request.path) == ("POST", "/v1/webhook_endpoints"):
            killed.kill()
            created.set()

    world.stripe.answered = stop_before_the_answer
    settings = simulators(world) | given
    killed = await BotProcess.start(world.folder, "killed", settings, ("setup", "--yes"))
    await created.wait()
    assert await killed.ended() < 0
    world.stripe.answered = lambda *_: None
    [foreign, lost] = endpoints(world)
    run = await answered_by_settings(world, **given)
    assert await run.ended() == 0, run.said
    [kept, new] = endpoints(world)
    assert (kept, new != lost) == (foreign, True)
    assert written(world)["STRIPE_WEBHOOK_SECRET"] not in ("", SECRET)


async def test_setup_live_after_test_keeps_the_books_of_both_modes_apart(world: World) -> None:
    given = {"DISCORD_TOKEN": TOKEN, "DISCORD_ALERTS_CHANNEL": str(world.channel.id)}
    run = await answered_by_settings(world, **given, STRIPE_API_KEY=world.stripe.key)
    assert await run.ended() == 0, run.said
    async with StripeServer(StripeAccount(clock=now, livemode=True)) as live:
        real = {"STRIPE_API_KEY": live.key, "STRIPE_API_URL": live.url}
        run = await answered_by_settings(world, "--live", **real)
        assert await run.ended() == 0, run.said
        assert written(world)["STRIPE_API_KEY"] == live.key
    assert world.stripe.key in (world.folder / ".env.before-setup").read_text()
    with closing(sqlite3.connect(world.database)) as store:
        books = store.execute("SELECT livemode, channel_id FROM producers ORDER BY livemode")
        assert books.fetchall() == [(0, world.channel.id), (1, world.channel.id)]


async def test_setup_next_to_a_bot_that_runs_says_to_stop_it_first(world: World) -> None:
    given = {"DISCORD_TOKEN": TOKEN, "DISCORD_ALERTS_CHANNEL": str(world.channel.id)}
    await world.start()
    run = await answered_by_settings(world, **given, STRIPE_API_KEY=world.stripe.key)
    assert await run.ended() == 1
    assert "Another bot is already running" in run.said
    assert "systemctl --user stop producer-bot" in run.said
    assert "docker compose stop bot" in run.said
