"""The demo's world: both simulated sides with the real bot between them, put together in order."""

import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from random import Random

from bot.app import put_together, system_clock
from bot.domain.event_types import TYPES
from bot.settings import Settings
from bot.store.books import producers
from bot.store.engine import Store
from bot.store.on_sale import marketplaces
from bot.stripe_api import StripeApi
from demo.discord_side import DiscordSide, simulated_discord
from demo.history import DAYS, History, play_history
from demo.narrator import Narrator
from demo.pace import Pace
from demo.payment_page import PaymentPage
from demo.recording import record_history
from demo.shop import Shop
from demo.stage import Stage, ToldWebhooks
from fakes.clock import StoryClock
from fakes.stripe import StripeAccount, StripeServer, Terms

SEED = 20
SECRET = "whsec_demo_0123456789abcdef"  # noqa: S105 (opens nothing)
OPENED = timedelta(days=DAYS + 7)
"""How long ago the made-up shop opened."""


@asynccontextmanager
async def open_world(
    folder: Path, timezone: str, narrator: Narrator, pace: Pace
) -> AsyncIterator[tuple[Stage, DiscordSide]]:
    """The real bot at work between the simulated sides, with a past, its channel chosen.

    Its store lies in `folder`; `timezone` is the producer's, an IANA name.
    """
    account, shop, history = _past(timezone)
    async with AsyncExitStack() as stack:
        stripe = await stack.enter_async_context(StripeServer(account))
        api = await stack.enter_async_context(StripeApi(stripe.key, stripe.url))
        app = await stack.enter_async_context(put_together(_settings(stripe, folder, timezone)))
        await record_history(app.store, api, history, system_clock)
        side = await stack.enter_async_context(
            simulated_discord(app.client, system_clock, timezone)
        )
        # After the client is attached and not by it: what simcord takes for the bot's own work
        # has to come to rest before anybody can ask something, and workers never rest.
        address = await stack.enter_async_context(app.serving())
        await side.ask("settings channel", channel=side.channel)
        await _sell_elsewhere(app.store)
        webhooks = await stack.enter_async_context(
            ToldWebhooks(
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


async def _sell_elsewhere(store: Store) -> None:
    """What the producer would say with `/settings shelves`."""
    async with store.write() as connection:
        producer = await producers.current(connection)
        assert producer is not None
        for name in ("BeatStars", "YouTube"):
            await marketplaces.add(connection, producer, name, system_clock())


def _past(timezone: str) -> tuple[StripeAccount, Shop, History]:
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
    shop = Shop(account)
    return account, shop, play_history(account, shop, clock, now, Random(SEED))


def _settings(stripe: StripeServer, folder: Path, timezone: str) -> Settings:
    """What a producer would write into `.env`; no environment is read."""
    port = _free_port()
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


def _free_port() -> int:
    """Known before anything listens there: pages have their own address in them."""
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])
