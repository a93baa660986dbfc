"""`/settings test`: a whole bot sells itself something, and nothing of it is left."""

from bot.demo.stripe.objects.shape import Json
from simulation.books import Books
from simulation.fake_channel import text
from simulation.fake_discord import Seen
from simulation.told import told
from simulation.until import until
from tests.process.person import Person
from tests.process.world import World

KEPT = {"notes": "key", "events": "body", "outbox": "key", "messages": "subject"}
"""Tables that know of a test while it runs, each with a column that names it."""
BOOKS = ("payments", "sales", "buyers", "tracks", "totals", "problems")
STEPS = ["Webhook accepted", "Stored", "Told", "Removed"]


def last_answer(world: World) -> Json:
    """What the asker of the latest command sees by now."""
    [*_, answers] = world.discord.answers.values()
    shown: Json = answers[-1]["data"]["embeds"][0]
    return shown


def traces(world: World) -> int:
    """How many rows a test has left."""
    books = Books(world.database)
    queries = [f"{table} WHERE {column} LIKE '%rehearsal%'" for table, column in KEPT.items()]
    return sum(books.ask(f"SELECT count(*) FROM {query}")[0][0] for query in (*queries, *BOOKS))


async def test_a_test_sale_goes_the_whole_way_and_leaves_nothing_even_where_one_was_killed(
    world: World, producer: Person
) -> None:
    first = await world.start()
    await until(world.ready)
    before = traces(world)

    async def kill(seen: Seen) -> None:
        if seen.method == "POST" and "/messages" in seen.path:
            first.kill()

    world.discord.on_request = kill
    world.discord.fail("POST", "/messages", drop=True, done=True)
    await producer.slash("settings test")
    await first.ended()
    assert traces(world) > before

    # What stood in the channel already says now that it was a test.
    world.discord.on_request = None
    await world.start()
    await until(lambda: "TEST done" in text(world.channel.shown[0]))
    await until(lambda: Books(world.database).waiting() == 0)

    shown: list[str] = []

    async def look(_: Seen) -> None:
        shown.extend(text(message) for message in world.channel.shown)

    world.discord.on_request = look
    assert (await producer.slash("settings test")).private
    await until(lambda: "went through" in last_answer(world)["title"])
    report = last_answer(world)["description"]
    assert [line[4 : line.index("**", 4)] for line in report.splitlines()[:4]] == STEPS
    [_, message] = world.channel.shown
    assert f"/1000/{message['id']}" in report
    assert any("TEST · Midnight Drive" in one and "Nova Example" in one for one in shown)
    assert "TEST done" in text(message)
    assert not message["components"]
    assert traces(world) == before
    assert "One test a minute" in (await producer.slash("settings test")).text

    await world.sell()
    await until(lambda: told(world.channel) == [1001])
