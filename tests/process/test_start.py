"""The bot starts, becomes ready, takes a sale, tells it, and answers for it."""

import signal

from tests.process.person import Person
from tests.process.until import until
from tests.process.world import World


async def test_a_bot_tells_of_a_sale_and_answers_for_it(world: World, producer: Person) -> None:
    await world.discord.shut()
    bot = await world.start()
    assert await world.status("/readyz") == 503

    await world.discord.open()
    await until(world.ready)
    await world.sell()
    await until(lambda: world.channel.shown)
    print(bot.said)
    a = await producer.slash("sales")
    print(a.private, a.text)
    print(await producer.complete("sale", "sale", "10"))
    print(await producer.click(world.channel.shown[0], "buyer:1001"))
    print(bot.said)
    print(await bot.stop())
