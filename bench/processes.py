"""Other processes of a bench: the whole bot between a simulated Stripe and Discord, and servers."""

import asyncio
import os
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO, TypeAlias

from aiohttp import web

from bench.report import Figure, median
from bench.watch import Use
from bot.app import calm_collector
from bot.domain.event_types import TYPES
from fakes.simulation import World, until
from fakes.stripe import StripeAccount
from webhooks.application import create_runner

Send: TypeAlias = Callable[[int, int], Awaitable[float]]

ROOT = Path(__file__).parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 15.0
LONGEST_LINE = 2**25
NAMES_THE_CHECKOUT = "checkout.session.completed"


@asynccontextmanager
async def python(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    log: TextIO | None = None,
) -> AsyncIterator[Process]:
    """Run `python -m` with these arguments, and end it with the block.

    Its standard output can be read; its standard error goes to `log`, else to ours.
    """
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", *arguments),
        stdout=PIPE,
        limit=LONGEST_LINE,
        stderr=log,
        cwd=folder,
        env=environment,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.terminate()
            try:
                await asyncio.wait_for(process.wait(), STOP_SECONDS)
            except TimeoutError:
                process.kill()
                await process.wait()


async def line(process: Process, seconds: float = START_SECONDS) -> str:
    """The next line a process prints. RuntimeError when it ends, TimeoutError when it is late."""
    assert process.stdout is not None
    async with asyncio.timeout(seconds):
        printed = (await process.stdout.readline()).decode().strip()
    if not printed:
        raise RuntimeError("a process of the bench ended early: see above")
    return printed


ROUNDS = 5


async def compared(
    module: str, ours: str, unit: str, count: int, part: float, send: Send
) -> list[Figure]:
    """What two servers do in a second, the medians of `ROUNDS` interleaved rounds, and their ratio.

    Both run at the same time, each in its process (`python -m MODULE bare|ours FILE`): what else
    the machine does hits both alike. `send` sends so many requests to a port and gives the seconds;
    `count` in a round, to each server, and a tenth of it beforehand, to warm up.
    """
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "store.db")
        async with python(module, "bare", file) as first, python(module, "ours", file) as second:
            ports = int(await line(first)), int(await line(second))
            for number in range(ROUNDS + 1):
                amount = count if number else count // 10
                rates.append([amount / await send(port, amount) for port in ports])
    ratio = median(rate / bare for bare, rate in rates[1:])
    return [
        Figure("bare aiohttp handler", median(bare for bare, _ in rates[1:]), unit),
        Figure(ours, median(rate for _, rate in rates[1:]), unit),
        Figure("ours as a part of the bare one", ratio, "{:.2f}", at_least=part),
    ]


async def serve(app: web.Application) -> None:
    """Serve, as the bot does, until the process is ended; print the port in one line."""
    runner = create_runner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    calm_collector()
    print(runner.addresses[0][1], flush=True)
    await asyncio.Event().wait()


@dataclass(frozen=True, slots=True)
class Moment:
    """Seconds of the monotonic clock, and of waits for a processor so far."""

    at: float
    waited: float

    def milliseconds_since(self, earlier: "Moment") -> float:
        return (self.at - earlier.at) * 1000

    def own_milliseconds_since(self, earlier: "Moment") -> float:
        """The same without waits for a processor that other programs had."""
        waited = (self.waited - earlier.waited) * 1000
        return max(self.milliseconds_since(earlier) - waited, 0.0)


@dataclass(slots=True)
class RunningBot:
    """A bot that is ready, with all that is around it."""

    world: World
    process: Process
    loops: list[Use] = field(default_factory=list)
    """The bot's event loop, and ours."""

    def now(self) -> Moment:
        return Moment(time.monotonic(), sum(loop.waited() for loop in self.loops))

    async def send_new(self) -> Moment:
        """Send the account's new events; the moment at which the one that names a Checkout went."""
        named = self.now()
        for event in self.world.account.take_events():
            if event["type"] == NAMES_THE_CHECKOUT:
                named = self.now()
            if event["type"] in TYPES:
                assert await self.world.hook.send(event) == 200
        return named


@asynccontextmanager
async def running_bot(account: StripeAccount, *module: str) -> AsyncIterator[RunningBot]:
    """Run `python -m bot run`, or another `module` that does as much, until the block ends.

    Its store is a new SQLite file; its Discord limits no rates. RuntimeError, with what it logged,
    when it does not become ready.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        async with World.open(folder, account) as world:
            world.discord.rate_limit = sys.maxsize
            settings = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "LOG_FORMAT": "json"}
            settings |= world.settings
            run = module or ("bot", "run")
            # In memory: a log on the disk makes the bot wait for the very flushes it asks for.
            with os.fdopen(os.memfd_create("log"), "w+") as log:
                async with python(*run, environment=settings, folder=folder, log=log) as process:
                    try:
                        await until(world.ready, patience=START_SECONDS)
                    except TimeoutError:
                        log.seek(0)
                        raise RuntimeError(log.read()) from None
                    loops = [Use(loop_only=True), Use(process.pid, loop_only=True)]
                    yield RunningBot(world, process, loops)
