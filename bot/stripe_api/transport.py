"""GET and POST: one client, retries, rate limits, pages, and a bound on how long it may take."""

import asyncio
import logging
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from random import SystemRandom
from typing import Any, Literal, TypeAlias
from urllib.parse import quote

import aiohttp
import stripe
import structlog
from pydantic_core import from_json

from bot.stripe_api.answers import Cursor, Json, verify
from bot.stripe_api.errors import NotStripe, StripeDown, retry_after, trouble

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
    """Reads JSON from Stripe, as plain dicts, and posts to it.

    `patience` bounds each call in seconds, all its tries and pauses among them. A list is as many
    calls as it has pages: how long it takes depends on its length.
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
        """Whatever fails within fails as a `StripeTrouble` alone."""
        try:
            yield
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
        return await self._call("get", path, account, params)

    async def post(
        self, path: str, account: str = "", *, idempotency_key: str | None = None, **params: object
    ) -> Json:
        """Write something; what it is then. Tried again, it does not happen twice.

        Without a key of ours the library makes one, the same for all its tries.
        https://docs.stripe.com/api/idempotent_requests
        """
        return await self._call("post", path, account, params, idempotency_key)

    async def pages(self, path: str, account: str = "", **params: object) -> list[Json]:
        """All of a list, page by page, in Stripe's order. `starting_after` may be given."""
        found: list[Json] = []
        params, cursor = {"limit": PAGE, **params}, Cursor()
        while True:
            page = await self.get(path, account, **params)
            found.extend(page["data"])
            if not cursor.move(path, page):
                return found
            params["starting_after"] = cursor.after

    async def _call(
        self,
        method: Literal["get", "post"],
        path: str,
        account: str,
        params: Mapping[str, object],
        key: str | None = None,
    ) -> Json:
        options: dict[str, object] = {"stripe_account": account} if account else {}
        if key is not None:
            options["idempotency_key"] = key
        try:
            async with asyncio.timeout(self._patience):
                for pause in PAUSES:
                    try:
                        return await self._once(method, path, params, options)
                    except stripe.RateLimitError as error:
                        await self._rest(path, error, pause)
                return await self._once(method, path, params, options)
        except TimeoutError:
            raise StripeDown(f"Stripe took longer than {self._patience:g} s") from None

    async def _once(
        self,
        method: Literal["get", "post"],
        path: str,
        params: Mapping[str, object],
        options: Mapping[str, object],
    ) -> Json:
        read: list[object] = []
        _read.set(read)
        client = self._connected()
        try:
            # Not the typed services: turning their objects into dicts costs more than the call.
            answer = await client.raw_request_async(method, path, **params, **options)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # The library takes an error's JSON for Stripe's, whatever is in it.
            raise NotStripe from error
        data = read[0] if read else answer.data
        return verify(path, params, data, written=method == "post")

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


_read: ContextVar[list[object]] = ContextVar("read")
"""Takes the answer to the call under way, once it is there and parsed."""


class _Http(stripe.AIOHTTPClient):
    """The library's client, with pauses that can be handed in. `_call` has its timeout.

    It parses what Stripe answers, since the library does so five times slower, and holds the loop
    meanwhile: a page of a list is half a megabyte.
    """

    def __init__(self, sleep: Sleep, connector: aiohttp.BaseConnector) -> None:
        super().__init__(timeout=None, connector=connector)
        self._pause = sleep

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """As the library's; of an answer that was taken here only its status is left to it."""
        content, status, about = await super().request_async(method, url, headers, post_data)
        if status == 200:
            with suppress(ValueError):
                _read.get().append(from_json(content))
                return b"{}", status, about
        return content, status, about

    def sleep_async(self, secs: float) -> Awaitable[None]:
        return self._pause(secs)


def path_part(id_: str) -> str:
    """An id as one part of a path, whatever is in it: ids come from outside."""
    return quote(id_, safe="")
