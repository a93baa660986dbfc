"""Browsers that ask for one page again and again, over many connections that are kept.

As with webhooks, whoever asks must not be what is measured: of an answer only its length is read.

A server to be visited, in a process of its own: `python -m bench.page bare|ours FILE`.

It says its port in one line. `bare` answers with a word, and so is the limit of what aiohttp can
do; `ours` is the public page of a shop with 200 tracks of four licenses each.

The public page: a part of what a bare aiohttp handler does; how soon a sold track is gone.

Both servers run at the same time, each in its process, and are visited in turn. Then a whole bot
is told of exclusive sales while somebody looks at its page all the time; the simulated Stripe
answers at once.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import aiohttp
import uvloop
from aiohttp import web

from bench.deliveries import SECRET, Delivery, send_all
from bench.processes import line, python, running_bot
from bench.quiet_discord import QuietDiscord
from bench.report import Figure, median, percentile
from bench.seed import EXCLUSIVE, EXCLUSIVE_PRICE, LICENSES, TRACKS, track_name
from bench.watch import Use
from bot.app import calm_collector, system_clock
from bot.domain.event_types import TYPES
from bot.store.books import producers
from bot.store.engine import Store, open_store
from bot.store.queries import catalogue
from bot.sync.checkouts import Checkouts
from bot.templates import read_templates
from fakes.stripe import StripeAccount, StripeServer, Webhooks
from webhooks.application import create_runner
from webhooks.shop.routes import Shop


async def ask_all(port: int, path: str, times: int) -> float:
    """Ask so often for a page, as browsers do; seconds from the first to the last."""
    return await send_all(port, requests(path, times))


def requests(path: str, times: int) -> Sequence[Delivery]:
    """The same request so many times."""
    headers = {"Host": "127.0.0.1", "Accept-Encoding": "gzip, deflate, br", "Accept": "text/html"}
    lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    head = "".join(f"{line}\r\n" for line in [*lines, ""])
    return [Delivery(b"", headers, head.encode())] * times


def stock(account: StripeAccount) -> list[str]:
    """Put everything on sale; the exclusive prices, track by track."""
    exclusives = []
    for number in range(1, TRACKS + 1):
        product = account.product(track_name(number), description="Slow drums and rain. 84 bpm.")
        for license_name, amount in LICENSES.items():
            account.price(product, amount, nickname=license_name)
        exclusives.append(account.price(product, EXCLUSIVE_PRICE, nickname=EXCLUSIVE))
    return exclusives


async def _bare(_: web.Request) -> web.Response:
    return web.Response(text="hello")


async def _stocked(store: Store) -> None:
    account = StripeAccount(clock=system_clock, livemode=True)
    stock(account)
    kinds = ("product", "price")
    objects = [account.get(kind, id_) for kind in kinds for id_ in account.books.all(kind)]
    async with store.write() as connection:
        producer = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
        await catalogue.keep(connection, producer, objects, datetime.now(UTC))


async def main(kind: str, file: str) -> None:
    """Serve until the process is ended."""
    async with AsyncExitStack() as stack:
        app = web.Application()
        if kind == "bare":
            app.router.add_get("/", _bare)
        else:
            store = await stack.enter_async_context(open_store(f"sqlite+aiosqlite:///{file}"))
            await _stocked(store)
            nobody = Checkouts(None, system_clock, None)
            Shop(store, nobody, system_clock, read_templates(), bytes(32)).add_to(app)
        runner = create_runner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        calm_collector()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))


ROUNDS = 5
VISITS = 6_000
"""In a round, to each server; and a tenth of it beforehand, to warm up."""
PART = 0.5
WARM_UP, SOLD = 3, 40
"""Sales; those of the warm-up wait until the bot has caught up with all that happened before."""
MOST_MILLISECONDS = 100
READ_SECONDS = 30.0
PAUSE = 0.002
"""Seconds between two looks."""
REST = 0.3
"""Seconds from one sale to the next: two at once are not what is measured."""


async def measure() -> list[Figure]:
    """Requests a second of both and their ratio; milliseconds until a sold track is gone."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "store.db")
        async with (
            python("bench.page", "bare", file) as bare,
            python("bench.page", "ours", file) as ours,
        ):
            rates = await _rounds(int(await line(bare)), int(await line(ours)))
    gone = await _sell()
    own, whole = [one.own for one in gone], [one.whole for one in gone]
    return [
        Figure("bare aiohttp handler", median(bare for bare, _ in rates), "{:,.0f} requests/s"),
        Figure("ours, 200 tracks", median(ours for _, ours in rates), "{:,.0f} requests/s"),
        Figure(
            "ours as a part of the bare one",
            median(ours / bare for bare, ours in rates),
            "{:.2f}",
            at_least=PART,
        ),
        Figure("from a webhook to the page without the track, p50", percentile(own, 50)),
        Figure("the same, p95", percentile(own, 95), at_most=MOST_MILLISECONDS),
        Figure("with waits for a processor, p50", percentile(whole, 50)),
        Figure("with waits for a processor, p95", percentile(whole, 95)),
    ]


async def _rounds(bare: int, ours: int) -> list[tuple[float, float]]:
    rates = []
    for number in range(ROUNDS + 1):
        visits = VISITS if number else VISITS // 10
        both = [visits / await ask_all(port, "/", visits) for port in (bare, ours)]
        if number:
            rates.append((both[0], both[1]))
    return rates


class _Gone(NamedTuple):
    """Milliseconds until a sold track was off the page."""

    whole: float
    own: float
    """Without what the bot's loop, or ours, waited for a processor that other programs had."""


async def _sell() -> Sequence[_Gone]:
    """Sell tracks exclusively, one after the other."""
    account = StripeAccount(clock=lambda: datetime.now(UTC))
    prices = stock(account)[: WARM_UP + SOLD]
    async with (
        QuietDiscord() as discord,
        StripeServer(account) as stripe,
        running_bot(discord, stripe) as bot,
        Webhooks(bot.webhooks, SECRET, clock=lambda: datetime.now(UTC)) as webhooks,
        aiohttp.ClientSession(f"http://127.0.0.1:{bot.port}") as visitor,
    ):
        await _read(visitor)
        account.take_events()
        loops = Use(loop_only=True), Use(bot.process.pid, loop_only=True)
        taken = [await _sold(account, webhooks, visitor, price, loops) for price in prices]
        return taken[WARM_UP:]


async def _read(visitor: aiohttp.ClientSession) -> None:
    """Wait until the bot has read the catalogue."""
    async with asyncio.timeout(READ_SECONDS):
        while (await _look(visitor)).tracks < TRACKS:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.1)


async def _sold(
    account: StripeAccount,
    webhooks: Webhooks,
    visitor: aiohttp.ClientSession,
    price: str,
    loops: Sequence[Use],
) -> _Gone:
    before = await _look(visitor)
    account.buy(price, settled=False)
    events = [event for event in account.take_events() if event["type"] in TYPES]
    completed = next(one for one in events if one["type"] == "checkout.session.completed")
    began, waited = time.perf_counter(), _waited(loops)
    assert await webhooks.send(completed) == 200
    while (await _look(visitor, before)).tracks == before.tracks:  # noqa: ASYNC110 - as above
        await asyncio.sleep(PAUSE)
    whole = (time.perf_counter() - began) * 1000
    own = max(whole - (_waited(loops) - waited) * 1000, 0.0)
    for event in events:
        await webhooks.send(event)
    await asyncio.sleep(REST)
    return _Gone(whole, own)


def _waited(loops: Sequence[Use]) -> float:
    return sum(loop.waited() for loop in loops)


class _Page(NamedTuple):
    tracks: int
    tag: str


async def _look(visitor: aiohttp.ClientSession, known: _Page | None = None) -> _Page:
    """The page as it is now. As a browser does, this asks only whether it is still the same."""
    headers = {"If-None-Match": known.tag} if known else {}
    async with visitor.get("/", headers=headers) as answer:
        if answer.status == 304 and known:
            return known
        return _Page((await answer.read()).count(b'<li class="card"'), answer.headers["ETag"])
