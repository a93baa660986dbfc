"""The bot as a process of its own, between a simulated Stripe and a fake Discord."""

import asyncio
import os
import random
import signal
import socket
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from inspect import isawaitable
from itertools import count
from pathlib import Path
from typing import Any, Self

import aiohttp

from fakes.discord.server import TOKEN, FakeDiscord
from fakes.stripe import Customer, StripeAccount, StripeServer, Webhooks
from fakes.stripe.shapes import Json

PATIENCE = 60.0
"""Seconds until one gives up: no promise of speed, the machine may be busy."""
LOOK = 0.02


async def until(
    condition: Callable[[], Awaitable[Any] | Any], *, patience: float = PATIENCE
) -> None:
    """Look again and again until `condition` holds. Raises TimeoutError when it never does."""
    async with asyncio.timeout(patience):
        while not await _holds(condition):  # noqa: ASYNC110 - nobody else could set an event
            await asyncio.sleep(LOOK)


async def _holds(condition: Callable[[], Awaitable[Any] | Any]) -> bool:
    found = condition()
    return bool(await found if isawaitable(found) else found)


ROOT = Path(__file__).parents[1]
STOPS_WITHIN = 10.0
"""Seconds: what the README promises, and what supervisors wait before they kill."""


@dataclass(frozen=True)
class BotProcess:
    """One run of the bot, or of another of its commands.

    What it says goes to files, so that it never waits for a reader.
    """

    process: asyncio.subprocess.Process
    out: Path
    err: Path

    @classmethod
    async def start(
        cls, folder: Path, name: str, settings: Mapping[str, str], command: Sequence[str] = ("run",)
    ) -> Self:
        """Start it in `folder`, with these settings and nothing else of the environment.

        What it says goes to files of that `name`.
        """
        out, err = folder / f"{name}.out", folder / f"{name}.err"
        environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **settings}
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *command),
                cwd=folder,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        return cls(process, out, err)

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    @property
    def said(self) -> str:
        """All it has written so far."""
        return self.out.read_text("utf-8") + self.err.read_text("utf-8")

    def kill(self) -> None:
        """As a power cut would: nothing more is done, not even the answer under way."""
        if self.running:
            os.kill(self.process.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Wait for its end, however long it takes; its exit status."""
        return await self.process.wait()

    async def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status. Raises TimeoutError when it takes too long."""
        self.process.send_signal(by)
        return await asyncio.wait_for(self.ended(), STOPS_WITHIN)


CHANNEL = 1000
SECRET = "whsec_of_a_simulation"
AGAIN = 0.05
"""Seconds until a webhook is sent again that was not taken; Stripe's own pauses are longer."""
FORMATS = ("console", "json")


def now() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


class World:
    """Everything around the bot: an account at Stripe, a private channel, a folder for its store.

    Use: `async with World.open(folder, account) as world: bot = await world.start()`. At the end
    every bot that still runs is killed.
    """

    def __init__(
        self, folder: Path, account: StripeAccount, stripe: StripeServer, discord: FakeDiscord
    ) -> None:
        self.folder = folder
        self.account = account
        self.stripe = stripe
        self.discord = discord
        self.channel = discord.guild.add_channel(CHANNEL)
        self.port = free_port()
        self.calm = True
        """True: nothing may break down, so a traceback in any run is a failure."""
        self.runs: list[BotProcess] = []
        self._turns = count()
        self.taken: list[str] = []
        """Ids of the events that the bot has answered with 200, in that order."""
        self.on_taken: Callable[[], None] = lambda: None
        """Called at each of them."""

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path, account: StripeAccount) -> AsyncIterator[Self]:
        """Discord and Stripe are there, and a private channel; the bot is yet to be started."""
        async with AsyncExitStack() as stack:
            discord = await stack.enter_async_context(FakeDiscord(now))
            stripe = await stack.enter_async_context(StripeServer(account))
            world = cls(folder, account, stripe, discord)
            await world._connect(stack)
            stack.push_async_callback(world._end)
            yield world

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.folder / "books.db"

    @property
    def settings(self) -> dict[str, str]:
        """The environment of a bot that is set up well."""
        return {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_ALERTS_CHANNEL": str(CHANNEL),
            "DISCORD_API_URL": self.discord.url,
            "STRIPE_API_KEY": self.stripe.key,
            "STRIPE_WEBHOOK_SECRET": SECRET,
            "STRIPE_API_URL": self.stripe.url,
            "DATABASE_URL": f"sqlite+aiosqlite:///{self.database}",
            "PORT": str(self.port),
        }

    async def launch(self, **changes: str) -> BotProcess:
        """Start the bot; the formats of its log take turns."""
        turn = next(self._turns)
        settings = self.settings | {"LOG_FORMAT": FORMATS[turn % 2]} | changes
        bot = await BotProcess.start(self.folder, f"run-{turn}", settings)
        self.runs.append(bot)
        return bot

    async def start(self, **changes: str) -> BotProcess:
        """Start the bot, and wait until it takes webhooks."""
        bot = await self.launch(**changes)

        async def listens() -> bool:
            assert bot.running, bot.said
            # While it waits for its database, it is alive and has no figures yet.
            return await self.status("/metrics") == 200

        await until(listens)
        return bot

    async def ready(self) -> bool:
        """True when the bot reports that it is ready."""
        return await self.status("/readyz") == 200

    async def is_not_ready(self) -> bool:
        """True when it reports that it is not."""
        return await self.status("/readyz") == 503

    async def status(self, path: str) -> int:
        """What the bot answers to a GET; 0 when nobody does."""
        try:
            async with self.http.get(self.url + path) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    async def send_all(self, events: Iterable[Json], *, at_once: int = 8) -> None:
        """Send events until each is taken, as Stripe does. TimeoutError if one never is."""
        queue = iter(list(events))

        async def work() -> None:
            for event in queue:
                await self.send(event)

        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(work() for _ in range(at_once)))

    async def send(self, event: Json) -> None:
        """Send an event until it is taken, however long that takes."""
        while await self.hook.send(event) != 200:  # noqa: ASYNC110 - the bot may be gone
            await asyncio.sleep(AGAIN)
        self.taken.append(event["id"])
        self.on_taken()

    def slips(self, bot: BotProcess, people: Iterable[Customer]) -> list[str]:
        """What a bot has said that is nobody's business: secrets, and the names of people.

        While `calm`, also a failure that it did not put in words.
        """
        said = bot.said.casefold()
        secrets = [TOKEN, SECRET, self.stripe.key, *self.discord.answers]
        named = [part for buyer in people for part in (buyer.name, buyer.email) if part]
        found = [hidden for hidden in (*secrets, *named) if hidden.casefold() in said]
        return [*found, "a traceback"] if self.calm and "traceback" in said else found

    async def _connect(self, stack: AsyncExitStack) -> None:
        timeout = aiohttp.ClientTimeout(total=20)
        # Each request its own connection: a bot that was killed leaves none to fail on.
        connector = aiohttp.TCPConnector(force_close=True)
        self.http = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=timeout, connector=connector)
        )
        endpoint = f"{self.url}/webhooks/stripe"
        self.hook = await stack.enter_async_context(Webhooks(endpoint, SECRET, clock=now))

    async def _end(self) -> None:
        for bot in self.runs:
            if bot.running:
                bot.kill()
                await bot.ended()


def free_port() -> int:
    """A port that nobody listens on, below those that the system gives to anybody who asks for any:
    no other server or connection of a test takes it before the bot does."""
    while True:
        port = random.randrange(15_000, 32_000)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
