"""Money is shown in a private channel only."""

from simulation.books import Books
from simulation.fake_channel import text
from simulation.told import alerts, told
from simulation.until import until
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
