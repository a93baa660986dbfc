"""A producer with a private channel on the fake Discord, sales to tell, and time to let pass."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import discord
import pytest

from bot.alerts.courier import Courier
from bot.ledger.payment import Buyer, Fees, Line, Movement, Payment, PaymentState, Refund
from bot.ledger.records import Producer
from bot.store import outbox, producers, recording
from bot.store.engine import Store, open_store
from tests.alerts.fake_discord import FakeDiscord
from tests.alerts.fake_guild import GUILD, FakeChannel

CHANNEL = 1000
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Rest:
    """Somebody waits for an event, or for a moment of virtual time."""

    def __init__(self, event: asyncio.Event, until: datetime) -> None:
        self.event, self.until, self.over = event, until, asyncio.Event()


class VirtualTime:
    """A clock that stands still, and pauses that end when a test lets time pass."""

    def __init__(self) -> None:
        self.now = NOON
        self.resting: list[Rest] = []
        self.rests: list[float] = []
        """The seconds of every pause so far."""

    def __call__(self) -> datetime:
        return self.now

    async def pause(self, event: asyncio.Event, seconds: float) -> None:
        rest = Rest(event, self.now + timedelta(seconds=seconds))
        self.resting.append(rest)
        self.rests.append(seconds)
        waits = [asyncio.create_task(one.wait()) for one in (event, rest.over)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.resting.remove(rest)
            for wait in waits:
                wait.cancel()

    def passes(self, **duration: float) -> None:
        """Let time pass: who rested long enough goes on."""
        self.now += timedelta(**duration)
        for rest in self.resting:
            if rest.until <= self.now:
                rest.over.set()


class Post:
    """The courier at work, and what a test does with it."""

    def __init__(self, courier: Courier, time: VirtualTime) -> None:
        self.courier = courier
        self.time = time

    @property
    def _at_rest(self) -> bool:
        workers = 1 + len(self.courier._lanes)
        rests = self.time.resting
        awake = any(rest.event.is_set() or rest.over.is_set() for rest in rests)
        return len(rests) == workers and not awake

    async def rests(self) -> None:
        """Wait until there is nothing that can be done now."""
        async with asyncio.timeout(10):
            while not self._at_rest:  # noqa: ASYNC110 - there is no event for "nobody is busy"
                await asyncio.sleep(0.001)

    async def works(self) -> None:
        """Wake it, and wait until there is nothing more that can be done now."""
        self.courier.wake()
        await self.rests()

    async def passes(self, **duration: float) -> None:
        """Let time pass in steps, each as long as the shortest rest."""
        end = self.time.now + timedelta(**duration)
        await self.rests()
        while self.time.now < end:
            soonest = min(rest.until for rest in self.time.resting)
            self.time.passes(seconds=(min(soonest, end) - self.time.now).total_seconds())
            await self.rests()


@pytest.fixture
def time() -> VirtualTime:
    return VirtualTime()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    async with open_store(f"sqlite+aiosqlite:///{tmp_path / 'store.db'}") as opened:
        yield opened


@pytest.fixture
async def producer(store: Store) -> Producer:
    """A producer whose alerts go to CHANNEL."""
    async with store.write() as connection:
        made = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
        await producers.set_channel(connection, made.id, GUILD, CHANNEL)
        return await producers.by_id(connection, made.id)


@pytest.fixture
async def fake(time: VirtualTime) -> AsyncIterator[FakeDiscord]:
    async with FakeDiscord(time) as server:
        yield server


@pytest.fixture
def channel(fake: FakeDiscord) -> FakeChannel:
    return fake.guild.add_channel(CHANNEL)


@pytest.fixture
async def client(
    fake: FakeDiscord, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[discord.Client]:
    """discord.py's real client, logged in to the fake server. Its own waits are short."""

    async def brief_sleep(seconds: float) -> None:
        await asyncio.sleep(min(seconds, 0.02))

    hasty = SimpleNamespace(**{**vars(asyncio), "sleep": brief_sleep})
    monkeypatch.setattr(discord.http, "asyncio", hasty)
    monkeypatch.setattr(discord.http.Route, "BASE", fake.url)
    async with discord.Client(intents=discord.Intents.none()) as made:
        await made.login("token")
        fake.seen.clear()
        yield made


@pytest.fixture
async def counted() -> list[str]:
    """What the courier counted."""
    return []


@pytest.fixture
async def start(
    store: Store, client: discord.Client, time: VirtualTime, counted: list[str]
) -> AsyncIterator[Callable[[], Awaitable[Post]]]:
    """Starts a courier; a second call is the restart after a crash of the first."""
    running: list[asyncio.Task[None]] = []

    async def start_one() -> Post:
        await crash()
        courier = Courier(store, client, time, True, count=counted.append, pause=time.pause)
        running.append(asyncio.create_task(courier.run()))
        post = Post(courier, time)
        await post.rests()
        return post

    async def crash() -> None:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        running.clear()

    yield start_one
    await crash()


@pytest.fixture
async def post(
    start: Callable[[], Awaitable[Post]], producer: Producer, channel: FakeChannel
) -> Post:
    """A courier at work for a producer whose channel is in order."""
    return await start()


class Till:
    """Sells, settles and refunds: what sync would record."""

    def __init__(self, store: Store, time: VirtualTime) -> None:
        self._store = store
        self._time = time

    async def record(
        self, producer: Producer, *payments: Payment, complete: bool = True
    ) -> list[str]:
        """Record payments, all in one moment; their subjects."""
        now = self._time.now
        async with self._store.write() as connection:
            ids = [
                await recording.record(
                    connection, producer, one, complete=complete, read=now, due=None, now=now
                )
                for one in payments
            ]
        return [f"payment:{one}" for one in ids]

    async def sell(self, producer: Producer, *names: str) -> list[str]:
        """One payment a name, each for a track of its own."""
        return await self.record(producer, *(self.payment(name) for name in names))

    def payment(self, name: str, **changes: Any) -> Payment:
        made = Payment(
            key=f"cs_{name}",
            state=PaymentState.PAID,
            created=self._time.now,
            paid=self._time.now,
            amount=2999,
            currency="usd",
            buyer=Buyer(email=f"{name}@example.com", name="Jordan Lee", country="US"),
            lines=(Line(track=f"Track {name}", license="Lease", exclusive=False, amount=2999),),
            detailed=True,
            session=f"cs_{name}",
            intent=f"pi_{name}",
            charge=f"ch_{name}",
        )
        return replace(made, **changes)

    def settled(self, name: str) -> Payment:
        now = self._time.now
        fees = Fees(stripe=117)
        return self.payment(
            name,
            movement=Movement(
                id=f"txn_{name}",
                kind="charge",
                currency="usd",
                gross=2999,
                fees=fees,
                net=2999 - fees.total,
                at=now,
                available=False,
                available_on=now + timedelta(days=2),
            ),
        )

    def refunded(self, name: str, *amounts: int) -> Payment:
        refunds = tuple(
            Refund(
                id=f"re_{name}_{number}",
                amount=amount,
                currency="usd",
                status="succeeded",
                reason=None,
                created=self._time.now,
            )
            for number, amount in enumerate(amounts)
        )
        return replace(self.settled(name), refunds=refunds)


@pytest.fixture
def till(store: Store, time: VirtualTime) -> Till:
    return Till(store, time)


@pytest.fixture
def states(store: Store, producer: Producer) -> Callable[[], Awaitable[dict[str, int]]]:
    """What is still open or failed in the outbox."""

    async def ask() -> dict[str, int]:
        async with store.read() as connection:
            return await outbox.counts(connection, producer.id)

    return ask
