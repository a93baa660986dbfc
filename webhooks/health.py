"""Whether the bot is alive, and whether it can do its work: for supervisors and load balancers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from aiohttp import web

from bot.store.engine import StoreUnavailable

Ready: TypeAlias = Callable[[], Awaitable[Mapping[str, bool]]]
"""Answers with what the bot needs and whether it is there, as {"store": True, "discord": False}."""

PATIENCE = 5.0
"""Seconds: whoever asks gives up soon after, and a store that hangs is not ready."""

_FRESH = {"Cache-Control": "no-store"}


async def alive(_request: web.Request) -> web.Response:
    """GET /healthz. 200: the process runs and its event loop turns; it says nothing more."""
    return web.json_response({"status": "ok"}, headers=_FRESH)


class Readiness:
    """Asks for each thing the bot needs: once for all who want to know at the same time."""

    def __init__(self, ready: Ready, patience: float = PATIENCE) -> None:
        self._ready = ready
        self._patience = patience
        self._asking: asyncio.Task[Mapping[str, bool]] | None = None

    async def show(self, _request: web.Request) -> web.Response:
        """GET /readyz, with each need and whether it is met as JSON.

        200: store and Discord are there.
        503: one of them is not, or did not say in time.
        """
        needs = await self._ask()
        met = bool(needs) and all(needs.values())
        return web.json_response(dict(needs), status=200 if met else 503, headers=_FRESH)

    async def _ask(self) -> Mapping[str, bool]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._asked())
        # One that takes longer answers the next request: a hung store is not asked twice.
        asking = self._asking
        await asyncio.wait({asking}, timeout=self._patience)
        return asking.result() if asking.done() else {"store": False}

    async def _asked(self) -> Mapping[str, bool]:
        try:
            return await self._ready()
        except StoreUnavailable:
            return {"store": False}
