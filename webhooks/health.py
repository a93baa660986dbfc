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
    """Asks for each thing the bot needs."""

    def __init__(self, ready: Ready, patience: float = PATIENCE) -> None:
        self._ready = ready
        self._patience = patience

    async def show(self, _request: web.Request) -> web.Response:
        """GET /readyz, with each need and whether it is met as JSON.

        200: store and Discord are there.
        503: one of them is not, or did not say in time.
        """
        needs = await self._ask()
        met = bool(needs) and all(needs.values())
        return web.json_response(dict(needs), status=200 if met else 503, headers=_FRESH)

    async def _ask(self) -> Mapping[str, bool]:
        try:
            async with asyncio.timeout(self._patience):
                return await self._ready()
        except (TimeoutError, StoreUnavailable):
            return {"store": False}
