"""Killed in the middle of its work, over and over: nothing is lost, and nothing is told twice."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from random import Random

from bot.demo.stripe import Purchase
from bot.render.alerts import BURST
from tests.alerts.fake_channel import text
from tests.process.books import Books
from tests.process.killing import killing, moments
from tests.process.told import alerts, replies, told
from tests.process.until import PATIENCE, until
from tests.process.world import World

KILLS = 5
WAVE = BURST + 1
"""Payments in each of its lives: more than one message tells, so that each life has two to send."""


async def test_every_payment_is_told_exactly_once_however_often_it_is_killed(world: World) -> None:
    random = Random(11)
    bought: list[Purchase] = []
    refunds: list[str] = []
    deliveries: list[asyncio.Task[None]] = []

    def things_happen(*, settled: bool) -> None:
        refunds.extend(world.account.refund(purchase, 500) for purchase in bought[-WAVE::4])
        for purchase in bought[-WAVE:]:
            world.account.settle(purchase)
        bought.extend(world.buy(random.randint(1, 3), settled=settled) for _ in range(WAVE))
        events = world.account.take_events()
        random.shuffle(events)
        events += random.choices(events, k=5)
        deliveries.append(asyncio.create_task(world.send_all(events)))

    bot = await world.start()
    # From now on events tell of sales: those of before belong to the past, which is not told.
    await until(lambda: world.stripe.calls.paths["/v1/events"])
    for life, moment in enumerate(moments(random, KILLS)):
        with killing(world, bot, moment):
            things_happen(settled=False)
            await asyncio.wait_for(bot.ended(), PATIENCE)
        assert Books(world.database).event_ids() >= set(world.taken)
        if life % 2:
            long_time_passes(world)
        bot = await world.launch()
    things_happen(settled=True)
    await asyncio.gather(*deliveries)
    await until(Books(world.database).all_done)
    assert await bot.stop() == 0

    assert_all_is_told_once(world, bought, refunds)
    assert_books_are_complete(world, bought, refunds)


def long_time_passes(world: World) -> None:
    """The bot was away for so long that Discord has forgotten which nonces it knew."""
    world.discord.forget_nonces()
    Books(world.database).age_news(timedelta(minutes=10))


def assert_all_is_told_once(
    world: World, bought: Sequence[Purchase], refunds: Sequence[str]
) -> None:
    first_sales = "SELECT min(number) FROM sales GROUP BY payment_id"
    numbers = [number for (number,) in Books(world.database).ask(first_sales)]
    assert len(numbers) == len(bought)
    assert sorted(told(world.channel)) == sorted(numbers)
    # Every alert shows how things stand now.
    assert not [message for message in alerts(world.channel) if "settling" in text(message)]
    said = [message["content"] for message in replies(world.channel)]
    assert len(said) == len(set(said)) <= len(refunds)


def assert_books_are_complete(
    world: World, bought: Sequence[Purchase], refunds: Sequence[str]
) -> None:
    books = Books(world.database)
    assert books.event_ids() >= set(world.taken)
    intents = [intent for (intent,) in books.ask("SELECT intent FROM payments")]
    assert sorted(intents) == sorted(str(purchase.intent) for purchase in bought)

    account = world.account
    objects = [account.get("charge", str(purchase.charge)) for purchase in bought]
    objects += [account.get("refund", refund) for refund in refunds]
    booked = [account.get("balance_transaction", one["balance_transaction"]) for one in objects]
    net = sum(movement["net"] for movement in booked)
    assert books.ask("SELECT sum(net) FROM entries WHERE booked") == [(net,)]
