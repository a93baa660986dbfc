"""A bot in a process of its own, between a simulated Stripe and a fake Discord."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import aiohttp

from bot.demo.shop import BUYERS, LICENSES, TRACKS, Shop
from bot.demo.stripe import Purchase, StripeAccount, StripeServer, Webhooks
from bot.demo.stripe.objects.shape import Json
from tests.alerts.fake_channel import FakeChannel
from tests.process.bot_process import BotProcess
from tests.process.until import PATIENCE, until
from tests.process.whole_discord import TOKEN, WholeDiscord

CHANNEL = 1000
SECRET = "whsec_of_these_very_tests"
AGAIN = 0.05
"""Seconds until a webhook is sent again that was not taken; Stripe's own pauses are longer."""
FORMATS = ("console", "json")


def now() -> datetime:
    return datetime.now(UTC)


class World:
    """Everything around the bot, and what a test does with it."""

    def __init__(self, folder: Path, discord: WholeDiscord, stripe: StripeServer) -> None:
        self.folder = folder
        self.discord = discord
        self.stripe = stripe
        self.port = free_port()
        self.calm = True
        """Whether nothing may break down, so that no run shows a traceback."""
        self.runs: list[BotProcess] = []
        self._turns = count()
        self.taken: list[str] = []
        """Ids of the events that the bot has answered with 200, in that order."""
        self.on_taken: Callable[[], None] = lambda: None
        """Called at each of them."""

    def open_shop(self, account: StripeAccount, channel: FakeChannel) -> None:
        self.account = account
        self.channel = channel
        self._shop = Shop(account)
        self._orders = count()
        account.take_events()

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
            return await self.status("/healthz") == 200

        await until(listens)
        return bot

    async def ready(self) -> bool:
        """Whether the bot says that it can do its work."""
        return await self.status("/readyz") == 200

    async def is_not_ready(self) -> bool:
        """Whether it says that it cannot."""
        return await self.status("/readyz") == 503

    async def status(self, path: str) -> int:
        """What the bot answers to a GET; 0 when nobody does."""
        try:
            async with self.http.get(self.url + path) as answer:
                return answer.status
        except aiohttp.ClientError:
            return 0

    def buy(self, licenses: int = 1, *, settled: bool = True) -> Purchase:
        """The next buyer buys; each order is of other tracks. `settled`: the fees are known."""
        order = next(self._orders)
        buyer = list(BUYERS.values())[order % len(BUYERS)]
        names = [name for name in LICENSES if name != "Exclusive"]
        prices = [
            self._shop.price(TRACKS[(order + place) % len(TRACKS)], names[order % 3], buyer)
            for place in range(licenses)
        ]
        return self.account.buy(*prices, buyer=buyer, settled=settled)

    async def send_all(self, events: Iterable[Json], *, at_once: int = 8) -> None:
        """Send events until each is taken, as Stripe does. TimeoutError if one never is."""
        queue = iter(list(events))

        async def work() -> None:
            for event in queue:
                await self._send(event)

        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(*(work() for _ in range(at_once)))

    async def _send(self, event: Json) -> None:
        while await self.hook.send(event) != 200:  # noqa: ASYNC110 - the bot may be gone
            await asyncio.sleep(AGAIN)
        self.taken.append(event["id"])
        self.on_taken()

    def events_of_sales(self, number: int) -> list[Json]:
        """So many buyers buy: what Stripe has to tell of it."""
        for _ in range(number):
            self.buy()
        return self.account.take_events()

    async def sell(self, number: int = 1) -> None:
        """So many buyers buy, one after the other, and Stripe tells the bot in that order."""
        await self.send_all(self.events_of_sales(number), at_once=1)

    async def connect(self, stack: AsyncExitStack) -> None:
        timeout = aiohttp.ClientTimeout(total=20)
        # Each request its own connection: a bot that was killed leaves none to fail on.
        connector = aiohttp.TCPConnector(force_close=True)
        self.http = await stack.enter_async_context(
            aiohttp.ClientSession(timeout=timeout, connector=connector)
        )
        endpoint = f"{self.url}/webhooks/stripe"
        self.hook = await stack.enter_async_context(Webhooks(endpoint, SECRET, clock=now))


@asynccontextmanager
async def open_world(folder: Path) -> AsyncIterator[World]:
    """Discord and Stripe are there, a shop and a private channel; the bot is yet to be started.

    At the end every bot is gone, and none may have said what is nobody's business.
    """
    account = StripeAccount(clock=now, seed=7)
    async with AsyncExitStack() as stack:
        discord = await stack.enter_async_context(WholeDiscord(now))
        stripe = await stack.enter_async_context(StripeServer(account))
        world = World(folder, discord, stripe)
        world.open_shop(account, discord.guild.add_channel(CHANNEL))
        await world.connect(stack)
        stack.push_async_callback(_end, world)
        yield world
    for bot in world.runs:
        assert_discreet(world, bot)


async def _end(world: World) -> None:
    for bot in world.runs:
        if bot.running:
            bot.kill()
            await bot.ended()
        sys.stdout.write(bot.said)  # shown where a test has failed


def assert_discreet(world: World, bot: BotProcess) -> None:
    """No secret and no buyer in all a bot has said; nor a failure that it did not put in words."""
    said = bot.said.casefold()
    buyers = BUYERS.values()
    secrets = [TOKEN, SECRET, world.stripe.key, *world.discord.answers]
    people = [part for buyer in buyers for part in (buyer.name, buyer.email) if part]
    assert not [hidden for hidden in (*secrets, *people) if hidden.casefold() in said]
    assert not (world.calm and "traceback" in said), bot.said


def free_port() -> int:
    """A port that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
