"""Money is shown in a private channel only."""

from fakes.bot_output import Books, alerts, told
from fakes.discord.guild import BOT, Json, text
from fakes.simulation import until
from tests.process.person import Person
from tests.process.world import World


async def test_no_sale_is_told_until_the_channel_is_private(world: World) -> None:
    world.channel.make_public()
    await world.start()
    await until(lambda: world.discord.gateway.connected)
    await world.sell(2)
    await until(lambda: world.channel.shown)
    await world.sell()
    await until(lambda: Books(world.database).sales_waiting() == 3)
    [warning] = world.channel.shown
    assert "Everyone in this server can see this channel" in text(warning)

    world.channel.make_private()
    await world.discord.change(world.channel)
    await until(lambda: told(world.channel) == [1001, 1002, 1003])
    assert world.channel.shown[0] == warning
    assert len(alerts(world.channel)) == 3


def of_bot(world: World) -> list[Json]:
    return [message for message in world.channel.shown if message["author"]["id"] == str(BOT)]


async def test_a_channel_turned_public_is_warned_of_at_once_and_cleared_when_asked(
    world: World, producer: Person
) -> None:
    """Also over a restart in the middle."""
    first = await world.start()
    await until(lambda: world.discord.gateway.connected)
    await world.sell(3)
    await until(lambda: len(alerts(world.channel)) == 3)
    said = world.discord.guild.say(world.channel, "congratulations")

    world.channel.make_public()
    await world.discord.change(world.channel)
    await until(lambda: "Everyone can now read" in text(world.channel.shown[-1]))
    warning = world.channel.shown[-1]
    button = warning["components"][0]["components"][0]["custom_id"]
    stranger = Person(world.discord, world.channel, manager=False)
    assert "who may manage this server" in (await stranger.click(warning, button)).text

    asked = await producer.click(warning, button)
    assert asked.private
    confirm = asked.data["components"][0]["components"][0]["custom_id"]
    world.discord.fail("DELETE", status=503, times=1)
    await producer.click({**warning, **asked.data, "flags": 64}, confirm)
    await until(lambda: world.discord.asked("DELETE"))
    assert await first.stop() == 0

    await world.start()
    await until(lambda: "of my messages above" in text(warning))
    assert of_bot(world) == [warning]
    assert said in world.channel.shown
    world.channel.make_private()
    await world.discord.change(world.channel)
    await world.sell()
    await until(lambda: told(world.channel) == [1004])
