"""The bot starts, becomes ready, takes a sale, tells it, and answers for it; again and again."""

import signal

import pytest

from bot.settings import Settings
from bot.terminal.checking import check
from simulation.fake_channel import text
from simulation.told import alerts, button
from simulation.until import until
from simulation.world import now
from tests.process.person import Person
from tests.process.world import World


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
    assert await check(Settings.model_validate(given), now) == 0
    said = capsys.readouterr().out
    assert "a bot runs, with its database and Discord" in said
    assert "the last one came" in said
    assert world.discord.gateway.identified == 2
    assert await second.stop(signal.SIGINT) == 0

    assert len(alerts(world.channel)) == 1
    assert len(world.discord.asked("PUT", "/commands")) == 1
