"""The public page: a part of what a bare aiohttp handler does; how soon a sold track is gone.

`bare` answers with a word, and so is the limit of what aiohttp can do; `ours` is the public page of
a shop with 200 tracks of four licenses each. Then a whole bot hears of exclusive sales while a
browser looks at its page all the time; the simulated Stripe answers at once.
"""

import asyncio
import sys
import time
from datetime import UTC, datetime
from typing import NamedTuple

import aiohttp
import uvloop
from aiohttp import web

from bench.ingest import CONNECTIONS
from bench.processes import RunningBot, compared, running_bot, serve
from bench.report import Figure, percentile
from bench.seed import EXCLUSIVE, EXCLUSIVE_PRICE, LICENSES, TRACKS, track_name
from bot.app import system_clock
from bot.store.books import catalogue_rows, producers
from bot.store.engine import Store, open_store
from bot.sync.checkouts import Checkouts
from bot.templates import read_templates
from fakes.simulation import now, until
from fakes.stripe import StripeAccount
from webhooks.shop.routes import Shop

VISITS = 6_000
PART = 0.5
WARM_UP, SOLD = 3, 40
"""Sales; those of the warm-up wait until the bot has caught up with all that happened before."""
MOST_MILLISECONDS = 100
PAUSE = 0.002
"""Seconds between two looks."""
REST = 0.3
"""Seconds from one sale to the next: two at once are not what is measured."""

_REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: gzip, deflate, br\r\n\r\n"


async def measure() -> list[Figure]:
    """Requests a second of both and their ratio; milliseconds until a sold track is gone."""
    figures = await compared(
        "bench.page", "ours, 200 tracks", "{:,.0f} requests/s", VISITS, PART, _visit
    )
    own, whole = await _sell()
    return [
        *figures,
        Figure("from a webhook to the page without the track, p50", percentile(own, 50)),
        Figure("the same, p95", percentile(own, 95), at_most=MOST_MILLISECONDS),
        Figure("with waits for a processor, p95", percentile(whole, 95)),
    ]


async def _visit(port: int, times: int) -> float:
    """Ask for the page so often over connections that are kept; seconds.

    The visitor must not be what is measured: of an answer it reads only the length.
    """
    rest = iter(range(times))

    async def visit() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**20)
        for _ in rest:
            writer.write(_REQUEST)
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            assert head.startswith(b"http/1.1 200"), head
            await reader.readexactly(int(head.partition(b"content-length:")[2].split()[0]))
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(visit() for _ in range(CONNECTIONS)))
    return time.perf_counter() - began


async def _sell() -> tuple[list[float], list[float]]:
    """Sell tracks exclusively, one after the other: milliseconds until each was off the page.

    First without what the bot's loop, or ours, waited for a processor that other programs had.
    """
    account = StripeAccount(clock=now)
    prices = _stock(account)[: WARM_UP + SOLD]
    async with running_bot(account) as bot, aiohttp.ClientSession(bot.world.url) as browser:

        async def is_read() -> bool:
            return (await _look(browser)).tracks == TRACKS

        await until(is_read)
        account.take_events()
        taken = [await _sold(bot, browser, price) for price in prices][WARM_UP:]
    return [own for own, _ in taken], [whole for _, whole in taken]


async def _sold(bot: RunningBot, browser: aiohttp.ClientSession, price: str) -> tuple[float, float]:
    before = await _look(browser)
    bot.world.account.buy(price, settled=False)
    sending = asyncio.create_task(bot.send_new())
    while (await _look(browser, before)).tracks == before.tracks:  # noqa: ASYNC110 - it is far away
        await asyncio.sleep(PAUSE)
    gone, named = bot.now(), await sending
    await asyncio.sleep(REST)
    return gone.own_milliseconds_since(named), gone.milliseconds_since(named)


class _Page(NamedTuple):
    tracks: int
    tag: str


async def _look(browser: aiohttp.ClientSession, known: _Page | None = None) -> _Page:
    """The page as it is now. As a browser does, this asks only whether it is still the same."""
    headers = {"If-None-Match": known.tag} if known else {}
    async with browser.get("/", headers=headers) as answer:
        if answer.status == 304 and known:
            return known
        return _Page((await answer.read()).count(b'<li class="card"'), answer.headers["ETag"])


def _stock(account: StripeAccount) -> list[str]:
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


async def _list_in(store: Store) -> None:
    account = StripeAccount(clock=system_clock, livemode=True)
    _stock(account)
    kinds = ("product", "price")
    objects = [account.get(kind, id_) for kind in kinds for id_ in account.books.all(kind)]
    async with store.write() as connection:
        producer = await producers.ensure(connection, livemode=True, account="", timezone="UTC")
        await catalogue_rows.keep(connection, producer, objects, datetime.now(UTC))


async def main(kind: str, file: str) -> None:
    """Serve until the process is ended."""
    app = web.Application()
    if kind == "bare":
        app.router.add_get("/", _bare)
        await serve(app)
        return
    async with open_store(f"sqlite+aiosqlite:///{file}") as store:
        await _list_in(store)
        checkouts = Checkouts(None, system_clock, None)
        Shop(store, checkouts, system_clock, read_templates(), bytes(32)).add_to(app)
        await serve(app)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
