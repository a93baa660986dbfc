"""Discord is not always there. Stripe is answered all the same, and nothing is lost."""

from fakes.bot_output import Books, told
from fakes.simulation import until
from tests.process.world import World


async def test_what_is_sold_while_discord_is_away_is_told_in_order_once_it_is_back(
    world: World,
) -> None:
    await world.discord.shut()
    first = await world.start()
    await world.sell(3)
    assert await first.stop() == 0
    second = await world.start()
    await world.sell(2)
    await until(lambda: Books(world.database).sales_waiting() == 5)
    await world.discord.open()
    await until(lambda: told(world.channel) == [1001, 1002, 1003, 1004, 1005])

    await until(world.ready)
    await world.discord.shut()
    await until(world.is_not_ready)
    await world.sell()
    await world.discord.open()
    await until(lambda: told(world.channel)[5:] == [1006])
    await until(world.ready)
    assert await second.stop() == 0
