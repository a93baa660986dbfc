"""The real application on a real port, storing into a real inbox in an SQLite file."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry
from sqlalchemy import select

from bot.store.engine import Store, StoreUnavailable
from bot.store.inbox import Inbox
from bot.store.tables import events
from bot.sync.accept import Intake
from tests.webhooks.deliveries import NOW, OLD_SECRET, SECRET, URL, bytes_of, headers, served
from webhooks.application import create_web


class OursInTestMode:
    """Keeps the books of one account in test mode."""

    def accepts(self, *, livemode: bool, account: str) -> bool:
        return not livemode and not account


@dataclass
class Shop:
    """What stands around the endpoint, for a test to change."""

    store: Store
    intake: Intake
    now: datetime = NOW
    store_works: bool = True
    needs: dict[str, bool] = field(default_factory=lambda: {"store": True, "discord": True})

    def clock(self) -> datetime:
        return self.now

    async def accept(self, body: bytes, event: Mapping[str, Any], received: datetime) -> None:
        if not self.store_works:
            raise StoreUnavailable("the disk is full")
        await self.intake.accept(body, event, received)

    async def ready(self) -> Mapping[str, bool]:
        return self.needs

    async def depths(self) -> Mapping[str, Mapping[str, int]]:
        if not self.store_works:
            raise StoreUnavailable("the disk is full")
        stored = await self.stored()
        return {"inbox": {"pending": len(stored)}, "outbox": {"pending": 0}}

    async def stored(self) -> list[Any]:
        """The rows of the inbox, in order of arrival."""
        async with self.store.read() as connection:
            return list(await connection.execute(select(events).order_by(events.c.sequence)))


@dataclass
class Server:
    """The address of a running server, and how Stripe reaches it."""

    address: str
    port: int
    session: aiohttp.ClientSession

    async def get(self, path: str) -> tuple[int, str]:
        async with self.session.get(self.address + path) as response:
            return response.status, await response.text()

    async def send(self, method: str, path: str) -> int:
        async with self.session.request(method, self.address + path) as response:
            return response.status

    async def post(
        self, body: bytes, given: Mapping[str, str] | None = None, path: str = URL
    ) -> tuple[int, str]:
        """Deliver a body, signed unless headers are given; answers status and text."""
        sent = headers(body) if given is None else given
        async with self.session.post(self.address + path, data=body, headers=sent) as response:
            return response.status, await response.text()

    async def deliver(self, event: object, **signing: Any) -> int:
        """Deliver an event, signed."""
        body = bytes_of(event)
        return (await self.post(body, headers(body, **signing)))[0]


@pytest.fixture
async def shop(store: Store) -> AsyncIterator[Shop]:
    async with Inbox(store) as inbox:
        yield Shop(store, Intake(inbox, OursInTestMode()))


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


@pytest.fixture
def upload_seconds() -> float:
    """How long a body may take: long, so that no slow machine fails a test."""
    return 30.0


@pytest.fixture
def app(shop: Shop, registry: CollectorRegistry, upload_seconds: float) -> web.Application:
    return create_web(
        secrets=(SECRET, OLD_SECRET),
        accept=shop.accept,
        ready=shop.ready,
        clock=shop.clock,
        depths=shop.depths,
        registry=registry,
        upload_seconds=upload_seconds,
    )


@pytest.fixture
async def server(app: web.Application) -> AsyncIterator[Server]:
    async with served(app) as port, aiohttp.ClientSession() as session:
        yield Server(f"http://127.0.0.1:{port}", port, session)
