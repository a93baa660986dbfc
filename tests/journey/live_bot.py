"""A whole bot but for Discord, beside a simulated Stripe: webhooks in, rows out, time by hand."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

from aiohttp.test_utils import TestServer
from sqlalchemy import Table, select

from bot.app import App, put_together
from bot.domain.payment import Payment
from bot.domain.sale import Producer, Sale, SaleFilter, SalesPage
from bot.settings import Settings
from bot.store import tables
from bot.store.books import payment_rows, producers
from bot.store.queries import sales
from bot.stripe_api import Sleep
from fakes.stripe import StripeAccount, StripeServer, Terms, Webhooks
from tests.journey.databases import database_of

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
SECRET = "whsec_of_this_test"
Done = TypeVar("Done")
# Long enough for a simulated Stripe on a busy machine: slowness is made, never met by chance.
PATIENCE = 30.0


class Time:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, **span: float) -> None:
        self.now += timedelta(**span)


class LiveBot:
    """The bot, its Stripe, and what a test does with both."""

    def __init__(
        self, time: Time, account: StripeAccount, stripe: StripeServer, app: App, hook: Webhooks
    ) -> None:
        self.time = time
        self.account = account
        self.stripe = stripe
        self.app = app
        self.hook = hook

    async def deliver(self, events: Iterable[dict[str, Any]]) -> None:
        """Send events one after the other, each signed, through the real route."""
        for event in events:
            assert await self.hook.send(event) == 200

    async def take(self, events: Iterable[dict[str, Any]]) -> None:
        """Deliver events, and work on them."""
        await self.deliver(events)
        await self.work()

    async def take_slowly(self, seconds: float = 3) -> None:
        """What has happened at Stripe comes event by event, each worked on before the next."""
        for event in self.account.take_events():
            self.time.pass_(seconds=seconds)
            await self.take([event])

    async def work(self) -> None:
        """Let the worker do what is due at this moment."""
        await self.app.worker.settle()

    async def later(self, **span: float) -> None:
        """Let time pass, and the worker do what is due then."""
        self.time.pass_(**span)
        await self.work()

    async def happen(self, done: Done = None) -> Done:  # type: ignore[assignment]
        """Deliver what has happened at Stripe since last time, and work on it, a second later.

        `done` is given back: what the account gave for the last of it. Several purchases at once
        are worked on side by side: any of them may be the first sale.
        """
        self.time.pass_(seconds=1)
        await self.take(self.account.take_events())
        return done

    async def catch_up(self) -> None:
        """Let every look that was put off come due, one after the other."""
        for pause in (6, 31, 301, 3601, 86_401, 86_401):
            await self.later(seconds=pause)

    async def rows(self, table: Table, *columns: str) -> list[tuple[Any, ...]]:
        """Rows of a table in a fixed order, to compare."""
        wanted = [table.c[name] for name in columns or table.c.keys()]
        async with self.app.store.read() as connection:
            found = await connection.execute(select(*wanted))
        return sorted((tuple(row) for row in found), key=repr)

    async def event_states(self) -> dict[str, str]:
        """What became of each event, by its id."""
        return dict(await self.rows(tables.events, "id", "state"))

    async def outbox(self) -> list[tuple[str, str]]:
        """Kind and key of all that Discord should hear, in the order of its telling."""
        query = select(tables.outbox.c.kind, tables.outbox.c.key).order_by(tables.outbox.c.id)
        async with self.app.store.read() as connection:
            return [(row.kind, row.key) for row in await connection.execute(query)]

    async def told(self, kind: str) -> list[str]:
        """The keys of one kind of telling, in order."""
        return [key for told, key in await self.outbox() if told == kind]

    async def hear(self) -> list[tuple[str, str]]:
        """As the dispatcher: take what is to be told, in order, and close it."""
        row = tables.outbox.c
        query = select(row.kind, row.key).where(row.state == "pending").order_by(row.id)
        async with self.app.store.write() as connection:
            heard = [(kind, key) for kind, key in await connection.execute(query)]
            await connection.execute(tables.outbox.update().values(state="sent"))
        return heard

    async def producer(self) -> Producer:
        """Whom the slash commands answer for."""
        async with self.app.store.read() as connection:
            producer = await producers.current(connection)
        assert producer is not None
        return producer

    async def listed(self, **wanted: Any) -> SalesPage:
        """The first page of what /sales shows."""
        producer = await self.producer()
        async with self.app.store.read() as connection:
            return await sales.page(connection, producer, SaleFilter(**wanted), 0, self.time())

    async def sales(self) -> list[Sale]:
        """The sales, by number."""
        return sorted((await self.listed()).sales, key=lambda sale: sale.number)

    async def sale(self) -> Sale:
        """The only one there is."""
        (only,) = await self.sales()
        return only

    async def payments(self) -> list[Payment]:
        """The payments as the books have them, by key."""
        return [
            payment_rows.payment_from_json(row[0])
            for row in await self.rows(tables.payments, "document")
        ]


async def no_pause(_: float) -> None:
    await asyncio.sleep(0)


@asynccontextmanager
async def live_bot(
    folder: Path,
    *,
    time: Time | None = None,
    account: StripeAccount | None = None,
    terms: Terms | None = None,
    key: bool = True,
    patience: float = PATIENCE,
    sleep: Sleep = no_pause,
    **settings: Any,
) -> AsyncIterator[LiveBot]:
    """Run a bot in a folder; the same folder, time and account again: after a restart.

    `terms`: of a new account. `patience`: seconds that a new event waits for Stripe before it
    speaks for itself. Retries of what failed at Stripe come without their pauses, unless `sleep`
    makes them.
    """
    time = time or Time()
    account = account or StripeAccount(clock=time, terms=terms)
    async with AsyncExitStack() as stack:
        stripe = await stack.enter_async_context(StripeServer(account))
        chosen = _settings(await database_of(folder), stripe if key else None, settings)
        app = await stack.enter_async_context(
            put_together(chosen, clock=time, patience=patience, sleep=sleep)
        )
        server = TestServer(app.web)
        await server.start_server()
        stack.push_async_callback(server.close)
        app.test_sales.address = str(server.host), int(server.port or 0)
        url = str(server.make_url("/webhooks/stripe"))
        hook = await stack.enter_async_context(Webhooks(url, SECRET, clock=time))
        yield LiveBot(time, account, stripe, app, hook)


def _settings(database_url: str, stripe: StripeServer | None, others: dict[str, Any]) -> Settings:
    values: dict[str, Any] = {
        "discord_token": "token",
        "stripe_webhook_secret": SECRET,
        "database_url": database_url,
        "timezone": "Europe/Berlin",
        **others,
    }
    if stripe is not None:
        values |= {"stripe_api_key": stripe.key, "stripe_api_url": stripe.url}
    return Settings(**values)
