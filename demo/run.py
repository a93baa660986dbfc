"""Runs the demo from its first line to its last: both simulated sides, the story, the commands."""

import asyncio
import contextlib
import logging
import signal
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zoneinfo import available_timezones

from babel.localtime import get_localzone

from bot.app import put_together, system_clock
from bot.domain.event_types import TYPES
from bot.domain.period import Clock
from bot.logs import configure_logs
from bot.settings import Settings
from bot.store.books import marketplaces, producers
from bot.store.engine import Store
from bot.store.queries import sales
from demo.history import DAYS, History, play_history
from demo.payment_page import PaymentPage
from demo.previews import Previews
from demo.shop import Shop
from demo.simulated_discord import Listener, SimulatedDiscord, simulated_discord
from demo.story import BEATS, TRACK, NarratedWebhooks, Pace, Stage, play_on, play_story
from demo.terminal import Markup, Narrator, ShownMessage
from fakes.clock import StoryClock
from fakes.simulation import free_port
from fakes.stripe import StripeAccount, StripeServer, Terms

WELCOME = (
    "Welcome to Low Tide Beats",
    """You are a producer, and this is your private channel. The bot is real; Discord, Stripe, \
buyers and money are made up.
▶️ **Watch for a minute**: a lease, an exclusive, a refund, a dispute, a payout
⌨️ **Type** `/stats`, `/sales`, `/tracks` or `/help`
🛒 **Buy a beat** on your public page: its alert comes here""",
)
YOUR_TURN = (
    "Your turn",
    f"""That was the story. Try:
`/stats` what you earned this month
`/exclusive` who has {TRACK} now
`/sales` each sale, with its buyer
`/payouts` when the money comes
Or buy a beat. Meanwhile one is sold every minute or so.""",
)
"""What the channel says before the story and after it: a title and a text."""


async def ask_everything(
    discord_side: SimulatedDiscord, narrator: Narrator, store: Store, clock: Clock
) -> None:
    """Ask for the sales, statistics, newest buyer, the story's track, the catalogue and payouts."""
    async with store.read() as connection:
        producer = await producers.current(connection)
        assert producer is not None
        newest, *_ = await sales.suggest(connection, producer, "", clock())
    asked: list[tuple[str, dict[str, str]]] = [
        ("sales", {}),
        ("stats", {}),
        ("buyer", {"sale": f"#{newest.number}"}),
        ("exclusive", {"track": TRACK}),
        ("tracks", {}),
        ("payouts", {}),
    ]
    for command, options in asked:
        answer = await discord_side.ask(command, **options)
        typed = "".join(f" {name}: {value}" for name, value in options.items())
        first = [answer.response] if answer.response else []
        shown = [
            ShownMessage(content=each.content, embeds=each.embeds, components=each.components)
            for each in (*first, *answer.followups)
        ]
        narrator.answer(f"/{command}{typed}", shown)


SEED = 20
SECRET = "whsec_demo_0123456789abcdef"  # noqa: S105 (opens nothing)
OPENED = timedelta(days=DAYS + 7)
"""How long ago the made-up shop opened."""


@asynccontextmanager
async def open_world(
    folder: Path, timezone: str, narrator: Narrator, pace: Pace
) -> AsyncIterator[tuple[Stage, SimulatedDiscord]]:
    """The real bot at work between the simulated sides, with a past, its channel chosen.

    Its store lies in `folder`; `timezone` is the producer's, an IANA name.
    """
    async with AsyncExitStack() as stack:
        previews = await stack.enter_async_context(Previews())
        account, shop, history = _past(timezone, previews.url)
        stripe = await stack.enter_async_context(StripeServer(account))
        app = await stack.enter_async_context(put_together(_settings(stripe, folder, timezone)))
        assert app.recovery is not None
        await app.recovery.backfill.work()
        side = await stack.enter_async_context(
            simulated_discord(app.client, system_clock, timezone)
        )
        # After the client is attached and not by it: what simcord takes for the bot's own work
        # has to come to rest before anybody can ask something, and workers never rest.
        address = await stack.enter_async_context(app.serving())
        await _choose(app.store, side)
        webhooks = await stack.enter_async_context(
            NarratedWebhooks(
                narrator,
                f"{address}/webhooks/stripe",
                SECRET,
                clock=system_clock,
                types=TYPES,
            )
        )
        stage = Stage(account, shop, webhooks, app, pace, history.coming)
        payments = await stack.enter_async_context(PaymentPage(account, stage.tell))
        account.books.checkout_url = payments.url
        yield stage, side


async def _choose(store: Store, side: SimulatedDiscord) -> None:
    """What the producer would choose in `/settings`: the channel, and where else they sell."""
    async with store.write() as connection:
        producer = await producers.current(connection)
        assert producer is not None
        server, channel = side.server, side.channel
        await producers.set_channel(connection, producer.id, server.id, channel.id, server.name)
        for name in ("BeatStars", "YouTube"):
            await marketplaces.add(connection, producer, name, system_clock())


def _past(timezone: str, previews: str) -> tuple[StripeAccount, Shop, History]:
    """A simulated account with a few months of business behind it."""
    now = system_clock()
    clock = StoryClock(system_clock)
    clock.set(now - OPENED)
    account = StripeAccount(
        clock=clock,
        seed=SEED,
        livemode=True,
        terms=Terms(balances=frozenset({"eur"})),
        timezone=timezone,
        name="Low Tide Beats",
    )
    shop = Shop(account, previews)
    return account, shop, play_history(account, shop, clock, now, Random(SEED))


def _settings(stripe: StripeServer, folder: Path, timezone: str) -> Settings:
    """What a producer would write into `.env`; no environment is read."""
    port = free_port()  # before anything listens there: pages have their own address in them
    return Settings.model_validate(
        {
            "discord_token": "simulated",
            "stripe_api_key": stripe.key,
            "stripe_api_url": stripe.url,
            "stripe_webhook_secret": SECRET,
            "database_url": f"sqlite+aiosqlite:///{folder / 'producer-bot.db'}",
            "port": port,
            "public_url": f"http://127.0.0.1:{port}",
            "timezone": timezone,
        }
    )


async def show(seconds: float | None, *, browser: bool) -> None:
    """Play the demo in a folder of its own, which is gone afterwards.

    It lasts `seconds`, or until Ctrl-C, and ends with the answers; the whole story is
    played unless it is stopped. `browser`: open the page, if this machine has a browser.
    """
    timezone = _timezone()
    narrator = Narrator(Markup(timezone, system_clock))
    pace = Pace(seconds, BEATS)
    narrator.say("Making up a few months of sales …", "dim")
    with TemporaryDirectory(prefix="producer-bot-demo-") as name:
        folder = Path(name)
        with _logging_to(folder / "bot.log", narrator), _stopping(pace):
            async with open_world(folder, timezone, narrator, pace) as (stage, side):
                shop = stage.app.settings.public_url or ""
                narrator.opening(side.page.url, shop, str(folder / "bot.log"))
                async with _followed(side, narrator):
                    await _play(stage, side, narrator, browser=browser)
    narrator.say("\nThat was the demo. README.md says how to use it for real.", "green")


async def _play(stage: Stage, side: SimulatedDiscord, narrator: Narrator, *, browser: bool) -> None:
    shop = stage.app.settings.public_url or ""
    await side.say(*WELCOME, shop)
    await side.refresh()
    if browser:
        await asyncio.to_thread(open_browser, side.page.url)
    await play_story(stage, narrator)
    await side.say(*YOUR_TURN, shop)
    await play_on(stage, narrator, Random())
    narrator.chapter("And now the producer asks", "Every command can be typed in the channel.")
    await ask_everything(side, narrator, stage.app.store, system_clock)


@asynccontextmanager
async def _followed(side: SimulatedDiscord, narrator: Narrator) -> AsyncIterator[None]:
    following = asyncio.create_task(Listener(side, narrator).run())
    try:
        yield
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


@contextlib.contextmanager
def _stopping(pace: Pace) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) ends the story, a second one everything."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        pace.stop()
        for each in signals:
            loop.remove_signal_handler(each)

    for each in signals:
        loop.add_signal_handler(each, stop)
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


@contextlib.contextmanager
def _logging_to(path: Path, narrator: Narrator) -> Iterator[None]:
    """The bot's log goes to a file; what is a warning or worse is shown as well."""
    with path.open("w", encoding="utf-8") as stream:
        configure_logs("console", stream=stream, secrets=[SECRET])
        root = logging.getLogger()
        troubles = _Troubles(narrator)
        troubles.setFormatter(root.handlers[0].formatter)
        root.addHandler(troubles)
        try:
            yield
        finally:
            configure_logs("console")


class _Troubles(logging.Handler):
    def __init__(self, narrator: Narrator) -> None:
        super().__init__(logging.WARNING)
        self._narrator = narrator

    def emit(self, record: logging.LogRecord) -> None:
        self._narrator.trouble(self.format(record))


def _timezone() -> str:
    """The IANA name of this machine's time zone; UTC where it has none of a place."""
    name = str(getattr(get_localzone(), "key", "UTC"))
    return name if name in available_timezones() and not name.startswith("Etc/") else "UTC"


def open_browser(url: str) -> None:
    """Open a window, if there is one to open: a text browser would take the terminal away."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    in_terminal = isinstance(browser, webbrowser.GenericBrowser) and not isinstance(
        browser, webbrowser.BackgroundBrowser
    )
    if not in_terminal:
        browser.open(url)
