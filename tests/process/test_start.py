"""The bot starts, becomes ready, takes a sale, tells it, and answers for it; again and again."""

import signal

import pytest

from bot.settings import Settings
from bot.terminal.check import check
from fakes.bot_output import Books, alerts, button
from fakes.discord.guild import Json, text
from fakes.discord.server import Seen
from fakes.simulation import now, until
from tests.process.person import Person
from tests.process.world import World

STEPS = ["Webhook accepted", "Stored", "Posted", "Removed"]
"""What a test sale goes through, as the producer reads it."""


async def test_a_sale_is_told_and_answered_for_before_and_after_a_restart(
    world: World,
    producer: Person,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    await world.discord.shut()
    first = await world.start()
    assert await world.status("/readyz") == 503
    await world.discord.open()
    await until(world.ready)

    await world.sell()
    await until(lambda: world.channel.shown)
    [alert] = alerts(world.channel)
    assert "Midnight Drive" in text(alert)

    listed = await producer.slash("sales")
    assert listed.private
    assert "#1001" in listed.text
    assert await producer.complete("sale", "sale", "10") == ["#1001"]
    assert await first.stop(signal.SIGTERM) == 0

    second = await world.start()
    await until(lambda: world.discord.gateway.connected)
    pressed = await producer.click(alert, button(alert, "Buyer"))
    assert pressed.private
    assert "nova@example.com" in pressed.text
    stranger = Person(world.discord, world.channel, manager=False)
    refused = await stranger.click(alert, button(alert, "Buyer"))
    assert "nova@example.com" not in refused.text

    # Who looks from outside finds all well, and is not noticed.
    await until(world.ready)
    given = {name.lower(): value for name, value in world.settings.items()}
    assert await check(Settings.model_validate(given), now, everything=True) == 0
    said = capsys.readouterr().out
    assert "a bot is running, with its database and Discord" in said
    assert "Events from Stripe" in said
    assert "last received" in said
    assert world.discord.gateway.identified == 2
    await goes_through(world, producer)
    assert await second.stop(signal.SIGINT) == 0

    assert len(alerts(world.channel)) == 1
    assert len(world.discord.asked("PUT", "/commands")) == 1


async def goes_through(world: World, producer: Person) -> None:
    """A test sale goes the whole way, is nowhere in the books, and leaves only a line."""
    before, shown = kept(world), list[str]()

    async def look(_: Seen) -> None:
        shown.extend(text(message) for message in world.channel.shown)

    world.discord.on_request = look
    assert (await producer.slash("settings test")).private
    await until(lambda: "worked" in last_answer(world)["title"])
    world.discord.on_request = None
    report = last_answer(world)["description"]
    assert [line[4 : line.index("**", 4)] for line in report.splitlines()[:4]] == STEPS
    message = world.channel.shown[-1]
    assert f"/1000/{message['id']}" in report
    assert any(
        "TEST · TEST MODE · $29.95 · Midnight Drive" in one and "Nova Example" in one
        for one in shown
    )
    assert "TEST done" in text(message)
    assert not message["components"]
    assert kept(world) == before
    assert "One test a minute" in (await producer.slash("settings test")).text


def kept(world: World) -> list[int]:
    """How many rows there are of all that a sale is told and counted by."""
    tables = ("events", "outbox", "messages", "payments", "sales", "buyers", "tracks", "day_totals")
    books = Books(world.database)
    return [books.ask(f"SELECT count(*) FROM {table}")[0][0] for table in tables]


def last_answer(world: World) -> Json:
    """What the asker of the latest command sees by now."""
    [*_, answers] = world.discord.answers.values()
    embed: Json = answers[-1]["data"]["embeds"][0]
    return embed
