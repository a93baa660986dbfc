"""Stripe's API over HTTP, in front of simulated accounts: what the bot reads, what it writes."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Self

from aiohttp import web

from fakes.stripe import requests
from fakes.stripe.account import StripeAccount
from fakes.stripe.faults import Calls, Faults, Odd, odd_answer
from fakes.stripe.objects import Books, NoSuchObject, listing
from fakes.stripe.requests import Query, Renderer, page, parse, tree
from fakes.stripe.resources import (
    RESOURCES,
    WRITINGS,
    Remembered,
    Resource,
    Writing,
    candidates,
    condition,
    expanded_kinds,
    form,
)
from fakes.stripe.shapes import Json

Answer = Callable[[Books, Query, str], Json]
Work = Callable[[StripeAccount, web.Request], Awaitable[Json]]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Sleep = Callable[[float], Awaitable[None]]


class StripeServer:
    """`async with StripeServer(account) as server:` serves it at `server.url` for `server.key`.

    `connected` accounts answer to the same key with the header `Stripe-Account`. `faults` makes it
    misbehave, `calls` counts.
    """

    def __init__(
        self,
        account: StripeAccount,
        *,
        connected: Sequence[StripeAccount] = (),
        key: str | None = None,
        host: str = "127.0.0.1",
        port: int = 0,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        mode = "live" if account.livemode else "test"
        self.key = key or f"rk_{mode}_51{account.id[5:]}Simulated0000"
        self.faults = Faults()
        self.calls = Calls()
        self.answered: Callable[[web.Request, float], None] = lambda *_: None
        """Called after each answer, with the monotonic time at which its request came."""
        self.url = ""
        self._remembered = Remembered()
        self.hold(account, *connected)
        self._address = (host, port)
        self.sleep = sleep
        self._app = web.Application(middlewares=[self._noticed])
        self._runner: web.AppRunner | None = None
        self._offer()

    def hold(self, account: StripeAccount, *connected: StripeAccount) -> None:
        """Answer for these accounts from now on."""
        self._own = account
        self._accounts = {each.id: each for each in (account, *connected)}

    async def start(self) -> None:
        """Begin to serve; `url` says where."""
        self._runner = web.AppRunner(self._app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, *self._address)
        await site.start()
        host, port = self._runner.addresses[0][:2]
        self.url = f"http://{host}:{port}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()

    @web.middleware
    async def _noticed(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        began = time.monotonic()
        answer = await handler(request)
        self.answered(request, began)
        return answer

    def _offer(self) -> None:
        self._route("/v1/account", self._account)
        for resource in RESOURCES:
            path = f"/v1/{resource.path}"
            self._route(path, partial(self._list, resource))
            self._route(f"{path}/{{id}}", partial(self._retrieve, resource))
            for name, below in (resource.nested or {}).items():
                self._route(f"{path}/{{id}}/{name}", partial(self._nested, resource, below, name))

        for writing in WRITINGS:
            path = f"/v1/{writing.path}"
            work = partial(self._write, writing)
            handle = partial(self._handle, f"{writing.method} {path}", work)
            self._app.router.add_route(writing.method, path, handle)
        self._app.router.add_route("*", "/{tail:.*}", _unknown)

    def _route(self, path: str, answer: Answer) -> None:
        async def read(account: StripeAccount, request: web.Request) -> Json:
            query, id_ = parse(request.query.items()), request.match_info.get("id", "")
            return answer(account.books, query, id_)

        self._app.router.add_get(path, partial(self._handle, path, read))

    async def _handle(self, path: str, work: Work, request: web.Request) -> web.Response:
        """One call, from its key to its answer, by way of the faults."""
        self.calls.paths[path] += 1
        if seconds := self.faults.wait(path):
            await self.sleep(seconds)
        if self.faults.down and request.transport is not None:
            request.transport.abort()
        failure = self.faults.take(path, request.query)
        try:
            if failure is not None and failure.odd is None:
                raise requests.ordinary(failure.status)
            account = self._authorize(request)
            if failure is not None and failure.odd is Odd.SAME_PAGE:
                again = request.rel_url.without_query_params("starting_after")
                request = request.clone(rel_url=again)
            body = await work(account, request)
            if failure is not None and failure.odd is not None:
                return odd_answer(failure.odd, body)
        except requests.Refused as error:
            headers = failure.headers if failure else None
            return web.json_response(error.body, status=error.status, headers=headers)
        except NoSuchObject as error:
            refused = requests.missing(error.kind, error.id)
            return web.json_response(refused.body, status=404)
        return web.json_response(body, headers={"Request-Id": self._own.books.ids.new("req")})

    def _authorize(self, request: web.Request) -> StripeAccount:
        """Whose books this request may read."""
        scheme, _, key = request.headers.get("Authorization", "").partition(" ")
        if scheme != "Bearer" or key != self.key:
            raise requests.unauthorized(key or None)
        account = request.headers.get("Stripe-Account")
        if account is None:
            return self._own
        if account not in self._accounts:
            raise requests.no_account(self.key, account)
        return self._accounts[account]

    async def _write(self, writing: Writing, account: StripeAccount, request: web.Request) -> Json:
        permission = requests.permission_for(writing.kind, "write")
        readable = writing.kind not in self.faults.read_only | self.faults.denied
        if not readable or permission in self.faults.lacking:
            raise requests.no_permission(self.key, account.id, permission)
        sent = await request.post()
        given = form((name, str(value)) for name, value in sent.items())
        given.pop("expand", None)
        id_ = request.match_info.get("id", "")
        if id_:
            account.books.get(writing.kind, id_)
        key = request.headers.get("Idempotency-Key", "")
        write = partial(writing.write, account, given, id_)
        return self._remembered.answer(key, request.path, given, write)

    def _look(self, books: Books, kind: str) -> None:
        """Refuse if the key may not read such an object, expanded or not."""
        permission = requests.permission_for(kind)
        if kind in self.faults.denied or permission in self.faults.lacking:
            raise requests.no_permission(self.key, books.account, permission)

    def _look_at_expanded(self, books: Books, kind: str, query: Query) -> None:
        """Refuse if the key may not read what is to be expanded, even if there is none of it."""
        for path in query.lists.get("expand", ()):
            names = path.removeprefix("data.").split(".")
            if kind == "balance_transaction" and names[0] == "source":
                if requests.SOURCES in self.faults.lacking:
                    raise requests.no_permission(self.key, books.account, requests.SOURCES)
                continue
            for each in expanded_kinds(names):
                self._look(books, each)

    def _render(self, books: Books, obj: Json, query: Query) -> Json:
        renderer = Renderer(books, partial(self._look, books))
        return renderer.render(obj, tree(query.lists.get("expand", ())))

    def _account(self, books: Books, query: Query, _: str) -> Json:
        self._look(books, "account")
        return books.get("account", books.account)

    def _retrieve(self, resource: Resource, books: Books, query: Query, id_: str) -> Json:
        self._look(books, resource.kind)
        self._look_at_expanded(books, resource.kind, query)
        return self._render(books, books.get(resource.kind, id_), query)

    def _list(self, resource: Resource, books: Books, query: Query, _: str) -> Json:
        self._look(books, resource.kind)
        self._look_at_expanded(books, resource.kind, query)
        ids = candidates(books, resource, query)
        load = partial(books.get, resource.kind)
        data, more = page(ids, query, load, condition(resource, query))
        return self._render(books, listing(f"/v1/{resource.path}", data, has_more=more), query)

    def _nested(
        self,
        resource: Resource,
        below: tuple[str, str],
        name: str,
        books: Books,
        query: Query,
        id_: str,
    ) -> Json:
        self._look(books, resource.kind)
        owner = books.get(resource.kind, id_)
        kind, field = below
        ids = books.grouped(kind, field, owner["id"])
        # Line items stand in the order of the cart, everything else newest first.
        ordered = list(reversed(ids)) if kind == "item" else ids
        data, more = page(ordered, query, partial(books.get, kind), lambda _: True)
        url = f"/v1/{resource.path}/{id_}/{name}"
        return self._render(books, listing(url, data, has_more=more), query)


async def _unknown(request: web.Request) -> web.Response:
    message = f"Unrecognized request URL ({request.method}: {request.path})."
    return web.json_response(requests.refused(404, message).body, status=404)
