"""Being told to stop: what was begun is finished, nothing new is begun, and it is over in time."""

import asyncio
import signal
from contextlib import suppress

from fakes.bot_output import Books, told
from fakes.discord.server import Seen
from fakes.simulation import SECRET, now, until
from fakes.stripe.shapes import Json
from fakes.stripe.webhooks import body_of, signature
from tests.process.world import World

SOME = 40
"""Webhooks of a burst that are answered before the bot is stopped."""


async def test_in_a_burst_it_finishes_what_was_begun_and_keeps_all_that_it_has_taken(
    world: World,
) -> None:
    bot = await world.start()
    burst = asyncio.create_task(world.send_all(world.events_of_sales(60)))
    await until(lambda: len(world.taken) > SOME)
    late = world.events_of_sales(1)[0]
    with Books(world.database).locked():
        reader, writer = await begin_request(world.port, late)
        # It has come: it was there before this question, which the same loop answers.
        assert await world.status("/healthz") == 200
        stopped = asyncio.create_task(bot.stop(signal.SIGTERM))
        await until(lambda: _refused(world.port))

    assert (await reader.readline()).split()[1] == b"200"
    assert await stopped == 0
    writer.close()
    burst.cancel()
    with suppress(asyncio.CancelledError):
        await burst
    assert {*world.taken, late["id"]} <= Books(world.database).event_ids()


async def test_what_is_just_being_told_is_told_to_its_end(world: World) -> None:
    bot = await world.start()
    stopping: list[asyncio.Task[int]] = []

    async def stop_it_first(seen: Seen) -> None:
        if seen.method == "POST":
            stopping.append(asyncio.create_task(bot.stop(signal.SIGTERM)))
            await until(lambda: _refused(world.port))

    await until(lambda: world.discord.gateway.connected)
    world.discord.on_request = stop_it_first
    await world.sell()
    await until(lambda: stopping)
    assert await stopping[0] == 0
    assert told(world.channel) == [1001]
    assert Books(world.database).sales_waiting() == 0


async def begin_request(
    port: int, event: Json
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Send a webhook; the connection on which the answer will come."""
    body = body_of(event)
    head = (
        "POST /webhooks/stripe HTTP/1.1",
        "Host: bot",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        f"Stripe-Signature: {signature(body, SECRET, int(now().timestamp()))}",
    )
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join((*head, "", "")).encode() + body)
    await writer.drain()
    return reader, writer


async def _refused(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except ConnectionRefusedError:
        return True
    writer.close()
    return False


async def test_it_stops_in_time_while_nobody_answers(world: World) -> None:
    bot = await world.start()
    await until(lambda: world.discord.gateway.connected)
    world.discord.gateway.silent = True
    world.discord.fail("POST", "/messages", hang=True, times=100)
    world.stripe.faults.delay = 600.0
    world.stripe.calls.reset()
    await world.sell()
    await until(lambda: world.discord.asked("POST", "/messages"))
    assert world.stripe.calls.total

    assert await bot.stop(signal.SIGINT) == 0
