"""GET and POST: one client, retries, rate limits, pages, and a check of each answer.

A proxy, a cache or a broken gateway answers with another page, with `{}` or with half a list, and
status 200. Taken at its word it would say that there is no sale, no refund, nothing for sale. So
each answer is compared with its request: the kind of object, its id, the filters of a list. What
does not fit counts as no answer. Fields that only hold data are not checked here: the domain parses
those with care.
"""

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, Literal, TypeAlias
from urllib.parse import quote, unquote

import aiohttp
import stripe
import structlog
from pydantic_core import from_json

from bot.domain.json_access import identifier, integer
from bot.loops import Backoff
from bot.stripe_api.errors import NotStripe, StripeDown, TooMuch, retry_after, trouble

Json: TypeAlias = dict[str, Any]

_KINDS = {
    "/v1/balance_transactions": "balance_transaction",
    "/v1/charges": "charge",
    "/v1/checkout/sessions": "checkout.session",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
    "/v1/payment_intents": "payment_intent",
    "/v1/payment_links": "payment_link",
    "/v1/payouts": "payout",
    "/v1/prices": "price",
    "/v1/products": "product",
    "/v1/refunds": "refund",
    "/v1/webhook_endpoints": "webhook_endpoint",
}
"""What each list holds, by its path."""
_FILTERS = ("charge", "payment_intent", "payment_link", "product", "status")
"""Parameters of a list that are fields of what it holds."""
_EXPANDED = {
    "balance_transaction": "balance_transaction",
    "failure_balance_transaction": "balance_transaction",
    "latest_charge": "charge",
    "payment_intent": "payment_intent",
    "product": "product",
}
"""Which kind of object an expanded field holds. It may be null, or an id still."""
_EXPANDED_LISTS = {"line_items": "item", "refunds": "refund"}
_COMPARE = {
    "gte": lambda made, bound: made >= bound,
    "lt": lambda made, bound: made < bound,
    "lte": lambda made, bound: made <= bound,
}


class NotWhatWasAsked(StripeDown):
    """The answer is not one to the question."""

    def __init__(self, path: str) -> None:
        super().__init__(f"Stripe's answer is not what was asked for: {path}")


class Cursor:
    """How far a list was read: after which id it goes on."""

    def __init__(self, after: str | None = None) -> None:
        self.after = after
        self.more = True
        """Whether there may be another page."""
        self._passed: set[str] = set()

    def check(self, path: str, page: Json) -> None:
        """Raises NotWhatWasAsked for a page that was there before."""
        if page["has_more"] and page["data"][-1]["id"] in self._passed:
            raise NotWhatWasAsked(path)

    def move(self, page: Json) -> None:
        """Go on after a page."""
        self.more = page["has_more"]
        if self.more:
            last: str = page["data"][-1]["id"]
            self._passed.add(last)
            self.after = last


def verify(path: str, params: Mapping[str, object], answer: object, *, written: bool) -> Json:
    """The answer, if it is one to the question. Raises NotWhatWasAsked.

    `written`: it was a POST. Of a path that is not known only an object is expected.
    """
    collection, kind = next(
        (each for each in _KINDS.items() if path == each[0] or path.startswith(f"{each[0]}/")),
        ("", ""),
    )
    if isinstance(answer, dict) and _answers(path, collection, kind, params, answer, written):
        return answer
    raise NotWhatWasAsked(collection or path)


def _answers(
    path: str,
    collection: str,
    kind: str,
    params: Mapping[str, object],
    answer: Json,
    written: bool,
) -> bool:
    below = path[len(collection) + 1 :].split("/") if collection else []
    if path == "/v1/account":
        return _is(answer, "account")
    if not collection:
        return True
    if path == collection and not written:
        return _is_list(answer, kind) and all(
            _was_asked_for(each, params) for each in answer["data"]
        )
    if below[1:] == ["line_items"]:
        after = params.get("starting_after")
        return _is_list(answer, "item") and all(each["id"] != after for each in answer["data"])
    named = path == collection or answer.get("id") == unquote(below[0])
    return named and _is(answer, kind) and _shows(answer, params)


def _is(shown: object, kind: str) -> bool:
    if not isinstance(shown, Mapping) or identifier(shown) is None:
        return False
    return shown.get("object") == kind


def _is_list(shown: object, kind: str) -> bool:
    """Whether it is a whole page: of objects of that kind, and it says whether there is more."""
    if not isinstance(shown, Mapping) or shown.get("object") != "list":
        return False
    data, more = shown.get("data"), shown.get("has_more")
    if not isinstance(data, list) or not isinstance(more, bool):
        return False
    return all(_is(each, kind) for each in data) and (bool(data) or not more)


def _was_asked_for(shown: Json, params: Mapping[str, object]) -> bool:
    """Whether a list with these parameters may hold it."""
    for name in _FILTERS:
        if isinstance(params.get(name), str) and identifier(shown.get(name)) != params[name]:
            return False
    ids, made, bounds = params.get("ids"), integer(shown.get("created")), params.get("created")
    if isinstance(ids, Sequence) and shown["id"] not in ids:
        return False
    if made is not None and isinstance(bounds, Mapping):
        within = all(_COMPARE[name](made, bound) for name, bound in bounds.items())
        if not within:
            return False
    return shown["id"] != params.get("starting_after") and _shows(shown, params, below="data.")


def _shows(shown: Json, params: Mapping[str, object], *, below: str = "") -> bool:
    """Whether what was to be expanded in it can be used."""
    expand = params.get("expand")
    if not isinstance(expand, Sequence):
        return True
    paths = (str(path).removeprefix(below).split(".") for path in expand)
    return all(_opened(shown, names) for names in paths)


def _opened(shown: Json, names: Sequence[str]) -> bool:
    if not names:
        return True
    name, rest = names[0], names[1:]
    value = shown.get(name)
    if name in _EXPANDED_LISTS:
        if value is None:
            return name != "line_items"
        if not _is_list(value, _EXPANDED_LISTS[name]):
            return False
        return all(_opened(each, rest[1:]) for each in value["data"])
    if isinstance(value, Mapping):
        known = name not in _EXPANDED or _is(value, _EXPANDED[name])
        return known and _opened(dict(value), rest)
    return True


Sleep: TypeAlias = Callable[[float], Coroutine[Any, Any, None]]
Ask: TypeAlias = Callable[[Callable[[], Coroutine[Any, Any, Json]]], Awaitable[Json]]
"""Makes a call, and makes it again for as long as it likes."""

API_VERSION = "2026-10-28.endive"
"""Pinned: answers keep their shape whatever the account's own default is."""

PAGE = 100
RETRIES = 2
"""Of connection errors, 409 and 5xx: the library's own, half a second and then growing."""
RATE_LIMIT_RETRIES = 3
RATE_LIMIT_PAUSES = 0.5, 2.0
"""Seconds before a further try after a 429, if Stripe does not say: the first and the longest."""

# The library would log every call, and its answer.
logging.getLogger("stripe").setLevel(logging.WARNING)

_log = structlog.get_logger()


# Stripe allows an account 100 calls a second in live mode and 25 in test mode: part of it is left
# to a bot that runs next to an import. https://docs.stripe.com/rate-limits
LIVE = 40.0
TEST = 10.0
# What cannot wait: taking a track off sale. It is seldom, and over soon.
URGENT_LIVE = 60.0
URGENT_TEST = 15.0


class Pace:
    """Lets calls begin one at a time, at most so many a second."""

    def __init__(self, per_second: float, sleep: Sleep = asyncio.sleep) -> None:
        self._gap = 1 / per_second
        self._sleep = sleep
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until the next call may begin."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._next)
        self._next = begin + self._gap
        if begin > now:
            await self._sleep(begin - now)


@dataclass(frozen=True, slots=True)
class Transport:
    """Reads JSON from Stripe, as plain dicts, and posts to it."""

    client: "Client"
    patience: float
    """Seconds that each call may take, all its tries and pauses among them. A list is as many
    calls as it has pages: how long it takes depends on its length."""
    account: str = ""
    """A connected account's id; empty for the key's own."""
    pace: Pace | None = None
    """How calls are spaced out, if they are."""
    ask: Ask | None = None
    """How a call that got no answer is made again; None: it is not."""

    async def get(self, path: str, **params: object) -> Json:
        """One object, or the first page of a list."""
        if self.pace is not None:
            await self.pace.turn()
        return await self._call("get", path, params)

    async def page(self, path: str, cursor: Cursor, **params: object) -> Json:
        """The page of a list at which the cursor is; the caller moves it.

        A page that was there before counts as no answer, so that it is asked for again.
        """
        if self.pace is not None:
            await self.pace.turn()
        after = {"starting_after": cursor.after} if cursor.after else {}
        asked = {"limit": PAGE, **params, **after}
        return await self._call("get", path, asked, see=partial(cursor.check, path))

    async def post(
        self, path: str, *, idempotency_key: str | None = None, **params: object
    ) -> Json:
        """Write something; what it is then. Tried again, it does not happen twice.

        Without a key of ours the library makes one, the same for all its tries.
        https://docs.stripe.com/api/idempotent_requests
        """
        options = {} if idempotency_key is None else {"idempotency_key": idempotency_key}
        return await self._call("post", path, params, options)

    async def delete(self, path: str) -> Json:
        """Delete one object."""
        return await self._call("delete", path, {})

    async def pages(
        self, path: str, *, most: int | None = None, after: str | None = None, **params: object
    ) -> list[Json]:
        """All of a list, or what comes `after` an id, page by page, in Stripe's order.

        Raises TooMuch as soon as there turn out to be more than `most` (None: however many).
        """
        found: list[Json] = []
        cursor = Cursor(after)
        while cursor.more:
            page = await self.page(path, cursor, **params)
            cursor.move(page)
            found.extend(page["data"])
            if most is not None and len(found) + cursor.more > most:
                raise TooMuch
        return found

    async def _call(
        self,
        method: Literal["get", "post", "delete"],
        path: str,
        params: Mapping[str, object],
        options: Mapping[str, object] = MappingProxyType({}),
        see: Callable[[Json], None] = lambda _: None,
    ) -> Json:
        """`see` gets each answer, and raises StripeDown for one that counts as none."""
        if self.account:
            options = {**options, "stripe_account": self.account}

        async def once() -> Json:
            answer = await self._patiently(method, path, params, options)
            see(answer)
            return answer

        return await (once() if self.ask is None else self.ask(once))

    async def _patiently(
        self,
        method: Literal["get", "post", "delete"],
        path: str,
        params: Mapping[str, object],
        options: Mapping[str, object],
    ) -> Json:
        try:
            async with asyncio.timeout(self.patience):
                backoff = Backoff(*RATE_LIMIT_PAUSES, jitter=0.5)
                for _ in range(RATE_LIMIT_RETRIES):
                    try:
                        return await self._once(method, path, params, options)
                    except stripe.RateLimitError as error:
                        await self._rest(path, error, backoff)
                return await self._once(method, path, params, options)
        except TimeoutError:
            raise StripeDown(f"Stripe took longer than {self.patience:g} s") from None
        except stripe.StripeError as error:
            raise trouble(error) from error
        except (aiohttp.ClientError, OSError) as error:
            # The library lets errors through that come while the body is being read.
            raise StripeDown("the connection to Stripe broke") from error

    async def _once(
        self,
        method: Literal["get", "post", "delete"],
        path: str,
        params: Mapping[str, object],
        options: Mapping[str, object],
    ) -> Json:
        read: list[object] = []
        _read.set(read)
        client = self.client.connected()
        try:
            # Not the typed services: turning their objects into dicts costs more than the call.
            answer = await client.raw_request_async(method, path, **params, **options)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            # The library takes an error's JSON for Stripe's, whatever is in it.
            raise NotStripe from error
        data = read[0] if read else answer.data
        return verify(path, params, data, written=method != "get")

    async def _rest(self, path: str, error: stripe.RateLimitError, backoff: Backoff) -> None:
        """Wait as long as Stripe asks, else longer each time.

        https://docs.stripe.com/rate-limits#handling-limiting-gracefully
        """
        asked = retry_after(error)
        if asked is not None and asked > self.patience:
            raise error
        wait = asked if asked is not None else backoff.next()
        _log.warning("stripe_rate_limit", path=path, seconds=round(wait, 2))
        await self.client.sleep(wait)


class Client:
    """The library's client, made at the first call: connections belong to the running loop."""

    def __init__(self, key: str, base_url: str | None = None, sleep: Sleep = asyncio.sleep) -> None:
        self._key = key
        self._base_url = base_url
        self.sleep = sleep
        self.reads = 0
        """How many requests have read something, second tries among them."""
        # Reading the certificates takes 10 to 30 ms: here, and not in a running event loop.
        self._tls = ssl.create_default_context(cafile=stripe.ca_bundle_path)
        self._http: _Http | None = None
        self._stripe: stripe.StripeClient | None = None

    def connected(self) -> stripe.StripeClient:
        """The library's client."""
        if self._stripe is None:
            self._http = _Http(self, aiohttp.TCPConnector(ssl=self._tls))
            self._stripe = stripe.StripeClient(
                self._key,
                stripe_version=API_VERSION,
                base_addresses={"api": self._base_url.rstrip("/")} if self._base_url else {},
                max_network_retries=RETRIES,
                http_client=self._http,
            )
        return self._stripe

    async def aclose(self) -> None:
        """Close the connections. The next call would open new ones."""
        http, self._http, self._stripe = self._http, None, None
        if http is not None:
            await http.close_async()  # type: ignore[no-untyped-call]  # theirs is untyped


_read: ContextVar[list[object]] = ContextVar("read")
"""Takes the answer to the call under way, once it is there and parsed."""


class _Http(stripe.AIOHTTPClient):
    """The library's client, with pauses that can be handed in. `_call` has its timeout.

    It parses what Stripe answers, since the library does so five times slower, and holds the loop
    meanwhile: a page of a list is half a megabyte.
    """

    def __init__(self, client: Client, connector: aiohttp.BaseConnector) -> None:
        super().__init__(timeout=None, connector=connector)
        self._client = client

    async def request_async(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any = None
    ) -> tuple[bytes, int, Mapping[str, str]]:
        """As the library's; of an answer that was taken here only its status is left to it."""
        if method == "get":
            self._client.reads += 1
        content, status, about = await super().request_async(method, url, headers, post_data)
        if status == 200:
            with suppress(ValueError):
                _read.get().append(from_json(content))
                return b"{}", status, about
        return content, status, about

    def sleep_async(self, secs: float) -> Awaitable[None]:
        return self._client.sleep(secs)


def path_part(id_: str) -> str:
    """An id as one part of a path, whatever is in it: ids come from outside."""
    return quote(id_, safe="")
