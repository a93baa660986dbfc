"""Learns who the Stripe account is, and opens its books."""

import asyncio
from typing import Any

import structlog

from bot.domain.json_access import mapping, text
from bot.store.engine import Store
from bot.stripe_api import StripeApi, StripeDown, StripeTrouble
from bot.sync.account_scope import Books
from bot.sync.midnight import Midnight

log = structlog.get_logger()

# Seconds between two tries to reach Stripe.
FIRST_DELAY = 5.0
LONGEST_DELAY = 300.0


class AccountSync:
    """Asks Stripe once, at start, for the account's id and time zone; until it answers."""

    def __init__(self, store: Store, api: StripeApi | None, books: Books) -> None:
        self._store = store
        self._api = api
        self._books = books
        self._stopped = asyncio.Event()
        self.midnight = Midnight(store, books)
        """A part of its own: finishes what was begun with the account's time zone."""

    async def open(self) -> None:
        """Open the books of the account's mode, so that commands have somebody to answer for."""
        async with self._store.write() as connection:
            await self._books.open(connection)

    async def run(self) -> None:
        """Learn the account, trying again while Stripe is out of reach."""
        delay = FIRST_DELAY
        while self._api is not None and not self._stopped.is_set():
            try:
                account = await self._api.account()
                if account is not None:
                    await self._learn(account)
                return
            except StripeDown as trouble:
                log.warning("stripe account not read yet", reason=str(trouble))
            except StripeTrouble as trouble:
                # Links to the Dashboard and the default time zone do without it.
                log.warning("stripe account can't be read with this key", reason=str(trouble))
                return
            await self._wait(delay)
            delay = min(delay * 2, LONGEST_DELAY)

    def stop(self) -> None:
        self._stopped.set()

    async def _learn(self, account: dict[str, Any]) -> None:
        dashboard = mapping(mapping(account.get("settings")).get("dashboard"))
        business = mapping(account.get("business_profile"))
        async with self._store.write() as connection:
            await self._books.learn(
                connection,
                account=str(account["id"]),
                timezone=dashboard.get("timezone"),
                name=text(business.get("name")) or text(dashboard.get("display_name")),
            )

    async def _wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopped.wait(), seconds)
        except TimeoutError:
            return
