"""GET from Stripe: one client, retries, rate limits, pages, and a bound on how long it may take."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from random import SystemRandom
from typing import Any, TypeAlias
from urllib.parse import quote

import aiohttp
import stripe
import structlog

from bot.stripe_api.errors import StripeDown, retry_after, trouble

Json: TypeAlias = dict[str, Any]
Sleep: TypeAlias = Callable[[float], Awaitable[None]]

API_VERSION = "2026-10-28.endive"
"""Pinned: answers keep their shape whatever the account's own default is."""

PAGE = 100
RETRIES = 2
"""Of connection errors, 409 and 5xx: the library's own, half a second and then growing."""
PAUSES = (0.5, 1.0, 2.0)
"""Seconds before each further try after a 429, at most, where Stripe does not say."""

# The library would tell of every call, and of its answer, as if it were news.
logging.getLogger("stripe").setLevel(logging.WARNING)

_log = structlog.get_logger()
_random = SystemRandom()


class Transport:
    """Reads JSON from Stripe, as plain dicts.

    `patience` bounds a whole `reading` in seconds, all tries and pauses among them.
    """

    def __init__(
        self, key: str, base_url: str | None, patience: float, sleep: Sleep = asyncio.sleep
    ) -> None:
        self._key = key
        self._base_url = base_url
        self._patience = patience
        self._sleep = sleep
        # Reading the certificates takes 10 to 30 ms: here, and not in a running event loop.
        self._tls = ssl.create_default_context(cafile=stripe.ca_bundle_path)
        self._http: _Http | None = None
        self._client: stripe.StripeClient | None = None

    async def aclose(self) -> None:
        """Close the connections. The next call would open new ones."""
        http, self._http, self._client = self._http, None, None
        if http is not None:
            await http.close_async()  # type: ignore[no-untyped-call]  # theirs is untyped

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[None]:
        """Whatever happens within is over in time, and fails as a `StripeTrouble` alone."""
        try:
            async with asyncio.timeout(self._patience):
                yield
        except TimeoutError:
            raise StripeDown(f"Stripe took longer than {self._patience:g} s") from None
        except stripe.StripeError as error:
            raise trouble(error) from error
        except (aiohttp.ClientError, OSError) as error:
            # The library lets errors through that come while the body is being read.
            raise StripeDown("the connection to Stripe broke") from error

    async def pause(self, seconds: float) -> None:
        """Wait, by the sleep that was handed in."""
        await self._sleep(seconds)

    async def get(self, path: str, account: str = "", **params: object) -> Json:
        """One object or page. `account` is a connected account's id, empty for the key's own."""
        for pause in PAUSES:
            try:
                return await self._get(path, account, params)
            except stripe.RateLimitError as error:
                await self._rest(path, error, pause)
        return await self._get(path, account, params)

    async def pages(self, path: str, account: str = "", **params: object) -> list[Json]:
        """All of a list, page by page, in Stripe's order. `starting_after` may be given."""
        found: list[Json] = []
        params = {"limit": PAGE, **params}
        while True:
            page = await self.get(path, account, **params)
            found.extend(page["data"])
            if not page["has_more"] or not page["data"]:
                return found
            params["starting_after"] = page["data"][-1]["id"]

    async def _get(self, path: str, account: str, params: Mapping[str, object]) -> Json:
        options: dict[str, object] = {"stripe_account": account} if account else {}
        # Not the typed services: turning their objects into dicts costs more than the call.
        answer = await self._connected().raw_request_async("get", path, **params, **options)
        if not isinstance(answer.data, dict):
            raise StripeDown("something that is not Stripe answered")
        return answer.data

    async def _rest(self, path: str, error: stripe.RateLimitError, pause: float) -> None:
        """Wait as long as Stripe asks, else a part of `pause`, so that not all come back at once.

        https://docs.stripe.com/rate-limits#handling-limiting-gracefully
        """
        asked = retry_after(error)
        if asked is not None and asked > self._patience:
            raise error
        wait = asked if asked is not None else pause * _random.uniform(0.5, 1.0)
        _log.warning("stripe_rate_limit", path=path, seconds=round(wait, 2))
        await self._sleep(wait)

    def _connected(self) -> stripe.StripeClient:
        """The client: made at the first call, since connections belong to the running loop."""
        if self._client is None:
            self._http = _Http(self._sleep, aiohttp.TCPConnector(ssl=self._tls))
            self._client = stripe.StripeClient(
                self._key,
                stripe_version=API_VERSION,
                base_addresses={"api": self._base_url.rstrip("/")} if self._base_url else {},
                max_network_retries=RETRIES,
                http_client=self._http,
            )
        return self._client


class _Http(stripe.AIOHTTPClient):
    """The library's client, with pauses that can be handed in. `reading` is its timeout."""

    def __init__(self, sleep: Sleep, connector: aiohttp.BaseConnector) -> None:
        super().__init__(timeout=None, connector=connector)
        self._pause = sleep

    def sleep_async(self, secs: float) -> Awaitable[None]:
        return self._pause(secs)


def path_part(id_: str) -> str:
    """An id as one part of a path, whatever is in it: ids come from outside."""
    return quote(id_, safe="")
