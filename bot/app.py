"""Puts one running bot together, top to bottom. The only room that reads the system's clock."""

import asyncio
import gc
import secrets
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar

import structlog
from aiohttp import web

from bot.client import ProducerBot
from bot.connection import is_connected, setting_for, stay_connected
from bot.delivery.deletion import Deletions
from bot.delivery.discord_api import DiscordApi, messages_tried_once
from bot.delivery.dispatcher import Dispatcher
from bot.domain.period import Clock
from bot.domain.test_sale import Progress
from bot.loops import Backoff, cancel, ended, kept_running
from bot.settings import Settings, SettingsWrong, cannot_listen
from bot.store import key_value
from bot.store.backup import clear_unfinished
from bot.store.books import forget, producers
from bot.store.books.test_sale import remove_all as remove_test_sales
from bot.store.engine import Store, StoreUnavailable, open_store
from bot.store.inbox import Inbox
from bot.store.instance_lock import AlreadyRunning, alone
from bot.store.key_value import ensure_key
from bot.store.outbox import depths
from bot.stripe_api import KeyAbilities, Sleep, StripeApi, livemode_of
from bot.sync.accept import Intake
from bot.sync.account_scope import AccountScope, AccountSync
from bot.sync.catch_up import CatchUp
from bot.sync.checkouts import Checkouts
from bot.sync.off_sale_sync import OffSale
from bot.sync.recovery import Recovery, recovery
from bot.sync.stripe_calls import PATIENCE
from bot.sync.timed_tasks import Digests, EventBodies, Reminders
from bot.sync.worker import Worker, each, handlers
from bot.templates import OWN, read_templates
from bot.text.export_files import clear_leftovers
from bot.text.license_document import LicensePrinter
from webhooks.application import create_runner, create_waiting_web, create_web
from webhooks.licenses import LicensePages
from webhooks.server import LogLimit
from webhooks.shop.routes import Shop
from webhooks.stripe import Accept
from webhooks.test_sale import TestSales

log = structlog.get_logger()

T = TypeVar("T")

# Stopping takes at most these, side by side, in seconds: less than ten with all that follows.
REQUESTS_MAY_TAKE = 3.0
WORK_MAY_TAKE = 5.0
# Seconds between two tries to open a database that is not there: the first and the longest.
OPEN_AGAIN = 1.0, 8.0
# Seconds until a bot whose database is not there says at least that it is alive.
ALIVE_WITHIN = 0.5
# Seconds until Discord has told a test sale's bot of its servers, and between two looks.
CONNECTS_WITHIN = 30.0
LOOK = 0.05


def system_clock() -> datetime:
    """The present moment, aware UTC."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class App:
    """One bot, put together by `put_together`."""

    settings: Settings
    store: Store
    api: StripeApi | None
    """None without a key."""
    scope: AccountScope
    client: ProducerBot
    account: AccountSync
    worker: Worker
    recovery: Recovery | None
    """None without a key: there is nobody to ask for what was missed."""
    reminders: Reminders
    digests: Digests
    event_bodies: EventBodies
    off_sale: OffSale
    test_sales: TestSales
    dispatcher: Dispatcher
    deletions: Deletions
    web: web.Application
    taken_over: asyncio.Future[None]
    """Raises AlreadyRunning when another bot has got hold of the database."""

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[str]:
        """Take webhooks, sync and tell until the block ends; yields the address it listens on.

        Everything but the Discord connection. On the way out no new requests are taken, those
        under way finish, and the workers stop between two steps.
        """
        syncing = (self.account, self.worker, *(self.recovery or ()), self.off_sale)
        looking = (self.reminders, self.digests, self.event_bodies)
        parts = (*syncing, *looking, self.dispatcher, self.deletions)
        runner = create_runner(self.web, shutdown_seconds=REQUESTS_MAY_TAKE)
        running = [asyncio.create_task(kept_running(part.run)) for part in parts]
        try:
            host, port = await _listen(runner, self.settings)
            self.test_sales.address = host, port
            yield f"http://{host}:{port}"
        finally:
            for part in parts:
                part.stop()
            await asyncio.gather(runner.cleanup(), ended(running, WORK_MAY_TAKE))


@asynccontextmanager
async def put_together(
    settings: Settings,
    clock: Clock = system_clock,
    *,
    only_one: bool = False,
    patience: float = PATIENCE,
    sleep: Sleep = asyncio.sleep,
) -> AsyncIterator[App]:
    """Open the store, make every part and tie them together; close them when the block ends.

    `only_one`: nothing is done next to another bot on the same store. `patience`: seconds that news
    waits for Stripe; `sleep` is how calls to Stripe pause. Raises StoreUnavailable when the store
    can't be opened, AlreadyRunning, and SettingsWrong where a template is wrong.
    """
    async with AsyncExitStack() as stack:
        store, taken_over = await _open_store(settings, stack, only_one=only_one)
        api = _stripe_api(settings, stack, sleep)
        books, printer = await _open_books(settings, store, clock)
        signing = _signing(settings)
        test_sales = TestSales(store, clock, signing)
        client = _client(settings, store, clock, api, printer, test_sales)
        dispatcher = Dispatcher(store, client, clock, fees_possible=api is not None)
        client.on_rights(dispatcher.rights_changed)
        test_sales.queued = dispatcher.wake
        inbox = Inbox(store, lambda: worker.wake(), forget.cleaned)  # noqa: PLW0108 - made below
        intake = Intake(await stack.enter_async_context(inbox), books)
        off_sale = OffSale(store, api, books, clock, announce=dispatcher.wake)
        deletions = Deletions(store, DiscordApi(client))
        changed = client.wake = each(dispatcher.wake, off_sale.wake, deletions.wake)
        hooked = bool(settings.webhook_secrets)
        missed = recovery(
            *(store, api, books, intake, clock, dispatcher.wake, changed), webhooks=hooked
        )
        checkouts = Checkouts(api, clock, settings.public_url)
        accept = _connect(missed.catch_up, client, checkouts) if missed else intake.accept
        worker = Worker(store, clock, handlers(store, api, books, clock, changed, missed, patience))
        yield App(
            settings=settings,
            store=store,
            api=api,
            scope=books,
            client=client,
            account=AccountSync(store, api, books),
            worker=worker,
            recovery=missed,
            reminders=Reminders(store, clock, announce=dispatcher.wake),
            digests=Digests(store, clock, announce=dispatcher.wake),
            event_bodies=EventBodies(store, clock, announce=each()),
            off_sale=off_sale,
            test_sales=test_sales,
            dispatcher=dispatcher,
            deletions=deletions,
            web=_web(
                *(signing, store, client, accept, clock),
                licenses=LicensePages(store, printer, clock, details_come=api is not None),
                shop=Shop(store, checkouts, clock, books.templates, printer.key),
            ),
            taken_over=taken_over,
        )


def _signing(settings: Settings) -> Sequence[str]:
    """The secrets that events are signed with. Without any of Stripe's, only the bot itself signs:
    its test sales."""
    return settings.webhook_secrets or (f"whsec_{secrets.token_urlsafe(32)}",)


def _connect(catch_up: CatchUp, client: ProducerBot, checkouts: Checkouts) -> Accept:
    """Have Stripe asked more often while a sale may come. Returns what takes webhooks."""
    client.asked = checkouts.opened = catch_up.expect
    checkouts.paid, client.polling = catch_up.expect_now, catch_up.how
    return catch_up.take_webhook


def _client(
    settings: Settings,
    store: Store,
    clock: Clock,
    api: StripeApi | None,
    printer: LicensePrinter,
    test_sales: TestSales,
) -> ProducerBot:
    return ProducerBot(
        store,
        clock,
        fees_possible=api is not None,
        printer=printer,
        abilities=KeyAbilities(api, clock),
        run_test_sale=test_sales.run,
        alerts_channel=settings.discord_alerts_channel,
        zone_is_fixed=settings.timezone is not None,
        api_url=_other_discord(settings),
        http_trace=messages_tried_once(),
    )


async def _open_store(
    settings: Settings, stack: AsyncExitStack, *, only_one: bool
) -> tuple[Store, asyncio.Future[None]]:
    """The store, and what raises AlreadyRunning when another bot takes it over."""
    store = await stack.enter_async_context(open_store(settings.database_url))
    if not only_one:
        return store, asyncio.get_running_loop().create_future()
    return store, await stack.enter_async_context(alone(store, settings.database_url))


def _web(
    signing: Sequence[str],
    store: Store,
    client: ProducerBot,
    accept: Accept,
    clock: Clock,
    *,
    licenses: LicensePages,
    shop: Shop,
) -> web.Application:
    return create_web(
        secrets=signing,
        accept=accept,
        ready=lambda: _readiness(store, client, clock),
        depths=lambda: depths(store),
        clock=clock,
        licenses=licenses,
        shop=shop,
    )


async def _open_books(
    settings: Settings, store: Store, clock: Clock
) -> tuple[AccountScope, LicensePrinter]:
    """The books, with somebody to answer for, and what makes the licenses sold in them."""
    templates = read_templates()
    books = AccountScope(
        livemode=_livemode(settings), timezone=settings.timezone, templates=templates
    )
    async with store.write() as connection:
        await books.open(connection)
        await remove_test_sales(connection, clock())
        key = await ensure_key(connection)
    return books, LicensePrinter(key, settings.public_url, own_fonts=OWN)


async def run(settings: Settings) -> None:
    """Run the bot until SIGTERM or Ctrl-C.

    A database that is not there yet is waited for. Raises SettingsWrong, naming the setting, when
    the store can't be opened, another bot has it, nobody can listen at the address, or Discord
    refuses the token.
    """
    stop = _stop_signal()
    token = settings.discord_token.get_secret_value()
    async with AsyncExitStack() as stack:
        app = await _open(settings, stack, stop)
        if app is None:
            return
        # Outlives the workers: what is just being told is told to its end.
        connection = await stack.enter_async_context(_connection(app, token))
        address = await _serve(app.serving(), stack, settings)
        log.info("listening for stripe", address=address)
        calm_collector()
        ends: set[asyncio.Future[None]] = {connection, stop, app.taken_over}
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        log.info("stopping")
    if app.taken_over.done():
        raise _other_bot(app.taken_over.exception())


async def send_test_sale(settings: Settings) -> Progress:
    """Start a bot only for a test sale, and say how far that came.

    Raises SettingsWrong as `run` does, StoreUnavailable, and TimeoutError if Discord's gateway
    does not answer.
    """
    progress = Progress()

    async def report(step: Progress) -> None:
        nonlocal progress
        progress = step

    async with AsyncExitStack() as stack:
        try:
            app = await stack.enter_async_context(put_together(settings, only_one=True))
        except AlreadyRunning as refused:
            stop = (
                "If the system runs it: systemctl --user stop producer-bot",
                "(as root without --user; with Docker: docker compose stop bot).",
                "Start it again afterwards.",
            )
            raise SettingsWrong((str(refused), *stop)) from refused
        token = settings.discord_token.get_secret_value()
        connection = await stack.enter_async_context(_connection(app, token))
        await _serve(app.serving(), stack, settings)
        async with asyncio.timeout(CONNECTS_WITHIN):
            while not (connection.done() or is_connected(app.client)):  # noqa: ASYNC110
                await asyncio.sleep(LOOK)
        if not connection.done():
            async with app.store.read() as reading:
                producer = await producers.current(reading)
            assert producer is not None, "made when the store is opened"
            await app.test_sales.run(producer, report)
    return progress


def calm_collector() -> None:
    """Once all is made: what start-up made lives as long as the process, so Python's garbage
    collector need not look through it again, which would hold the event loop for 55 ms."""
    gc.freeze()


async def _open(
    settings: Settings, stack: AsyncExitStack, stop: asyncio.Future[None]
) -> App | None:
    """The bot, once its database is there; None when it was asked to stop before."""
    await asyncio.to_thread(clear_leftovers)
    waiting = asyncio.create_task(_put_together_patiently(settings, stack))
    ends: set[asyncio.Future[Any]] = {waiting, stop}
    try:
        await asyncio.wait(ends, timeout=ALIVE_WITHIN, return_when=asyncio.FIRST_COMPLETED)
        if not waiting.done():
            async with AsyncExitStack() as meanwhile:
                await _serve(_without_store(settings), meanwhile, settings)
                await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else None
    finally:
        await cancel({waiting})


async def _put_together_patiently(settings: Settings, stack: AsyncExitStack) -> App:
    """Try again as long as only the database is missing."""
    lines = LogLimit()
    backoff = Backoff(*OPEN_AGAIN)
    while True:
        try:
            app = await stack.enter_async_context(put_together(settings, only_one=True))
        except AlreadyRunning as refused:
            raise _other_bot(refused) from refused
        except StoreUnavailable as trouble:
            if trouble.lasting:
                raise settings.wrong_in_use("DATABASE_URL", str(trouble)) from trouble
            if lines.due("waiting") is not None:
                log.warning("waiting for the database", reason=str(trouble))
        else:
            await clear_unfinished(settings.database_url)
            return app
        await asyncio.sleep(backoff.next())


def _other_bot(refused: BaseException | None) -> SettingsWrong:
    return SettingsWrong((str(refused),))


@asynccontextmanager
async def _without_store(settings: Settings) -> AsyncIterator[None]:
    """Say that the bot is alive and not ready until the block ends."""
    runner = create_runner(create_waiting_web(), shutdown_seconds=REQUESTS_MAY_TAKE)
    try:
        await _listen(runner, settings)
        yield
    finally:
        await runner.cleanup()


async def _serve(
    server: AbstractAsyncContextManager[T], stack: AsyncExitStack, settings: Settings
) -> T:
    try:
        return await stack.enter_async_context(server)
    except OSError as trouble:
        raise settings.wrong_in_use(*cannot_listen(trouble)) from trouble


@asynccontextmanager
async def _connection(app: App, token: str) -> AsyncIterator[asyncio.Task[None]]:
    """Be connected to Discord until the block ends. Where Discord refused us, a setting is wrong.

    Yields what is done only if there is nothing more to try.
    """
    staying = stay_connected(app.client, token, logged_in=app.dispatcher.wake)
    connection = asyncio.create_task(staying, name="discord")
    try:
        yield connection
    finally:
        await cancel({connection})
        await app.client.close()
    if (
        connection.done()
        and not connection.cancelled()
        and (trouble := connection.exception()) is not None
    ):
        raise setting_for(trouble) from trouble


def _stop_signal() -> asyncio.Future[None]:
    """Done when the process is asked to stop."""
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[None] = loop.create_future()

    def ask() -> None:
        if not stop.done():
            stop.set_result(None)

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, ask)
    return stop


def _other_discord(settings: Settings) -> str | None:
    """The address of another Discord API than Discord's own, where one is set."""
    url = settings.discord_api_url
    return None if url == Settings.model_fields["discord_api_url"].default else url


def _livemode(settings: Settings) -> bool | None:
    key = settings.stripe_api_key
    return livemode_of(key.get_secret_value()) if key else None


def _stripe_api(settings: Settings, stack: AsyncExitStack, sleep: Sleep) -> StripeApi | None:
    key = settings.stripe_api_key
    if key is None:
        return None
    api = StripeApi(key.get_secret_value(), settings.stripe_api_url, sleep=sleep)
    stack.push_async_callback(api.aclose)
    return api


async def _listen(runner: web.AppRunner, settings: Settings) -> tuple[str, int]:
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    host, port = runner.addresses[0][:2]
    return host, port


async def _readiness(store: Store, client: ProducerBot, clock: Clock) -> Mapping[str, bool]:
    # Reading would also work on a full disk; and what is the same as before SQLite does not write.
    async with store.write() as connection:
        await key_value.put(connection, "last asked whether ready", clock().isoformat())
    return {"store": True, "discord": is_connected(client)}
