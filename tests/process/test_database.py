"""The database on bad days: not there yet, taken by another bot, not to be written."""

from fakes.bot_output import Books, told
from fakes.discord.server import Seen
from fakes.failures import FailingDisk, SilentProxy
from fakes.simulation import BotProcess, free_port, until
from tests.process.world import World


async def test_a_database_that_never_answers_is_waited_for_and_the_bot_is_alive_meanwhile(
    world: World,
) -> None:
    async with SilentProxy.open(None) as silent:
        url = f"postgresql+asyncpg://bot:hush@127.0.0.1:{silent.port}/bot"
        bot = await world.launch(DATABASE_URL=url)

        async def alive() -> bool:
            return await world.status("/healthz") == 200

        await until(alive)
        assert await world.is_not_ready()
        [event, *_] = world.events_of_sales(1)
        assert await world.hook.send(event) == 503
        await until(lambda: "waiting for the database" in bot.said)
        assert await world.is_not_ready()
        assert await bot.stop() == 0
        assert "hush" not in bot.said


async def test_a_second_bot_on_one_store_is_refused_and_commands_are_not(world: World) -> None:
    first = await world.start()
    second = await world.launch(PORT=str(free_port()))
    assert await second.ended() == 2
    [line] = second.err.read_text("utf-8").splitlines()
    assert line.startswith("Another bot is already running on sqlite+aiosqlite:")
    settings = world.settings
    backup = await BotProcess.start(world.folder, "backup", settings, ("backup", "copy.db"))
    audit = await BotProcess.start(world.folder, "audit", settings, ("audit",))
    assert await backup.ended() == 0
    assert await audit.ended() == 0
    await world.sell()
    await until(lambda: told(world.channel) == [1001])
    first.kill()
    await first.ended()
    third = await world.start()
    assert await third.stop() == 0


async def test_a_database_that_takes_nothing_is_not_ready_and_goes_on_once_it_does(
    world: World,
) -> None:
    bot = await world.start()
    await until(world.ready)
    [event, *others] = world.events_of_sales(1)
    with Books(world.database).locked():
        assert await world.hook.send(event) == 503
        assert await world.is_not_ready()
        assert await world.status("/healthz") == 200
    await until(world.ready)
    await world.send_all([event, *others], at_once=1)
    await until(lambda: told(world.channel) == [1001])
    assert "database can be used again" in bot.said
    assert await bot.stop() == 0


async def test_an_error_of_the_disk_as_a_sale_is_told_loses_nothing_and_is_said_in_one_line(
    world: World,
) -> None:
    bot = await world.start()
    await until(world.ready)
    await world.sell()
    await until(lambda: told(world.channel) == [1001] and Books(world.database).all_done())
    said_before = len(bot.said)
    disk = FailingDisk(bot.process.pid)

    def fail_once_it_stands(seen: Seen) -> None:
        if seen.method == "POST":
            disk.fail()

    world.discord.answered = fail_once_it_stands
    await world.sell()
    await until(lambda: told(world.channel) == [1001, 1002])
    await until(world.is_not_ready)
    events = world.events_of_sales(2)
    assert [await world.hook.send(event) for event in events] == [503] * len(events)
    assert await world.status("/healthz") == 200
    world.discord.answered = lambda _: None
    disk.recover()
    await until(world.ready)
    await world.send_all(events, at_once=1)
    await until(lambda: told(world.channel) == [1001, 1002, 1003, 1004])
    await until(Books(world.database).all_done)
    assert await bot.stop() == 0
    said = bot.said[said_before:]
    assert said.count("disk I/O error") == said.count("database can be used again") == 1
    assert told(world.channel) == [1001, 1002, 1003, 1004]
