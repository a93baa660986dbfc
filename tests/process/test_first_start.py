"""The first start does not always find Discord as it should be: nothing of that loses a sale."""

import pytest

from fakes.bot_output import told
from fakes.discord.guild import Json
from fakes.simulation import until
from tests.process.person import Person
from tests.process.world import World

OTHERS: Json = {"name": "ping", "type": 1, "description": "Another program's"}
SHORT, LONG = 0.5, 86_400.0


def names(world: World) -> set[str]:
    return {command["name"] for command in world.discord.commands}


async def test_a_fixed_channel_that_lets_the_bot_in_later_is_told_everything(
    world: World, producer: Person
) -> None:
    world.channel.deny_bot(view_channel=True)
    await world.start()
    await until(lambda: world.discord.gateway.connected and world.discord.commands)
    await world.sell(2)
    assert "I can't see" in (await producer.slash("settings show")).text
    world.channel.allow_bot()
    await world.discord.change(world.channel)
    await until(lambda: told(world.channel) == [1001, 1002])


async def test_a_fixed_channel_of_a_server_that_adds_the_bot_later_is_told_everything(
    world: World, producer: Person
) -> None:
    world.discord.guild.joined = False
    bot = await world.start()
    await until(lambda: world.discord.gateway.connected)
    await world.sell()
    await until(lambda: "the bot cannot see it: let it in there" in bot.said)
    await world.discord.add_guild(world.discord.guild)
    await until(lambda: told(world.channel) == [1001])
    assert "is private" in (await producer.slash("settings show")).text


@pytest.mark.parametrize("status", [503, 429])
async def test_commands_that_cannot_be_registered_hold_up_nothing_and_come_later(
    world: World, status: int
) -> None:
    world.discord.fail("PUT", "/commands", status=status, retry_after=SHORT)
    await world.start()
    await until(world.ready)
    await world.sell()
    await until(lambda: told(world.channel) == [1001])
    await until(lambda: {"sales", "settings"} <= names(world))


async def test_a_rate_limit_of_a_day_for_commands_keeps_no_sale_from_being_told(
    world: World,
) -> None:
    world.discord.fail("PUT", "/commands", status=429, retry_after=LONG, times=9)
    bot = await world.start()
    await until(world.ready)
    await world.sell()
    await until(lambda: told(world.channel) == [1001])
    assert await bot.stop() == 0
    assert len(world.discord.asked("PUT", "/commands")) == 1


async def test_commands_that_another_program_overwrote_come_back_at_the_next_start(
    world: World,
) -> None:
    first = await world.start()
    await until(lambda: world.discord.commands)
    ours = names(world)
    assert await first.stop() == 0
    world.discord.register([OTHERS])
    await world.start()
    await until(lambda: names(world) == ours)
    assert len(world.discord.asked("PUT", "/commands")) == 2
