"""A server to be sent webhooks, in a process of its own: `python -m bench.server bare|ours FILE`.

It says its port in one line. `bare` reads the body and answers 200, and so is the limit of what
aiohttp can do; `ours` is the bot's own endpoint in front of its inbox, in an SQLite file.
"""

import asyncio
import sys
from contextlib import AsyncExitStack

import uvloop
from aiohttp import web

from bench.deliveries import PATH, SECRET
from bot.app import calm_collector, system_clock
from bot.store.engine import open_store
from bot.store.queues.inbox import Inbox
from bot.sync.accept import Intake
from bot.sync.account_scope import Books
from webhooks.application import create_runner, create_web


async def _bare(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(text="stored")


def _bare_app() -> web.Application:
    app = web.Application()
    app.router.add_post(PATH, _bare)
    return app


async def _our_app(stack: AsyncExitStack, file: str) -> web.Application:
    store = await stack.enter_async_context(open_store(f"sqlite+aiosqlite:///{file}"))
    inbox = await stack.enter_async_context(Inbox(store))
    accept = Intake(inbox, Books(livemode=None, timezone=None)).accept

    async def ready() -> dict[str, bool]:
        return {"store": True}

    return create_web(secrets=[SECRET], accept=accept, ready=ready, clock=system_clock)


async def main(kind: str, file: str) -> None:
    """Serve until the process is ended."""
    async with AsyncExitStack() as stack:
        app = _bare_app() if kind == "bare" else await _our_app(stack, file)
        runner = create_runner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        calm_collector()
        print(runner.addresses[0][1], flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
