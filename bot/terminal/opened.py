"""The store and Stripe, opened for one command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

from bot.domain.sale import Producer
from bot.settings import WHERE, Settings, SettingsWrong
from bot.store.engine import Store, StoreUnavailable, open_store
from bot.stripe_api import (
    StripeApi,
    StripeDenied,
    StripeGone,
    StripeRefused,
    StripeTrouble,
    livemode_of,
)
from bot.sync.account_scope import AccountScope, AccountSync
from bot.templates import read_templates

# Seconds that learning the account's time zone may take: the rest does without it.
ACCOUNT_MAY_TAKE = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenBooks:
    """All that a command needs which asks Stripe."""

    store: Store
    api: StripeApi
    books: AccountScope
    livemode: bool
    producer: Producer


@asynccontextmanager
async def open_books(settings: Settings) -> AsyncIterator[OpenBooks]:
    """Open the books of the API key's account and mode, and close them when the block ends.

    Raises SettingsWrong, naming the setting, without a key, where Stripe denies the key, also
    within the block, and where the store cannot be used; and where a license template is broken.
    """
    key = settings.stripe_api_key
    if key is None:
        raise SettingsWrong((f"STRIPE_API_KEY is missing: {WHERE['STRIPE_API_KEY']}",))
    livemode = livemode_of(key.get_secret_value())
    books = AccountScope(livemode=livemode, timezone=settings.timezone, templates=read_templates())
    async with AsyncExitStack() as stack:
        try:
            api = StripeApi(key.get_secret_value(), settings.stripe_api_url)
            stack.push_async_callback(api.aclose)
            store = await stack.enter_async_context(open_store(settings.database_url))
            yield OpenBooks(
                store=store,
                api=api,
                books=books,
                livemode=livemode,
                producer=await _producer(store, api, books, livemode),
            )
        except StoreUnavailable as trouble:
            raise SettingsWrong.of("DATABASE_URL", str(trouble)) from trouble
        except StripeDenied as trouble:
            raise SettingsWrong.of("STRIPE_API_KEY", str(trouble)) from trouble


def without_answer(trouble: StripeTrouble) -> str:
    """Why a command ends without Stripe's answer: a sentence."""
    reason = str(trouble).rstrip(".")
    if isinstance(trouble, StripeRefused):
        return f"{reason}."
    if isinstance(trouble, StripeGone):
        return f"Stripe does not know what was asked for: {reason}."
    return f"Stripe does not answer: {reason}."


async def _producer(store: Store, api: StripeApi, books: AccountScope, livemode: bool) -> Producer:
    async with store.write() as connection:
        await books.open(connection)
    account = AccountSync(store, api, books)
    try:
        await asyncio.wait_for(account.run(), ACCOUNT_MAY_TAKE)
    except TimeoutError:
        account.stop()
    async with store.write() as connection:
        return await books.producer(connection, livemode=livemode)
