"""A server to be visited, in a process of its own: `python -m bench.page_server bare|ours FILE`.

It says its port in one line. `bare` answers with a word, and so is the limit of what aiohttp can
do; `ours` is the public page of a shop with 200 tracks of four licenses each.
"""

import asyncio
import sys
from contextlib import AsyncExitStack
from datetime import UTC, datetime

import uvloop
from aiohttp import web

from bench.shop import EXCLUSIVE, EXCLUSIVE_PRICE, LICENSES, TRACKS, track_name
from bot.app import calm_collector, system_clock
from bot.store.books import producers
from bot.store.engine import Store, open_store
from bot.store.queries import catalogue
from bot.sync.checkouts import Checkouts
from bot.templates import read_templates
from fakes.stripe import StripeAccount
from webhooks.application import create_runner
from webhooks.shop.routes import Shop


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
