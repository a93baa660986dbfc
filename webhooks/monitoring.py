"""Health checks, and figures for Prometheus.

Labels are words of our own, never anything a sender or a buyer wrote.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

from aiohttp import web
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from bot.store.engine import StoreUnavailable
from webhooks.signed_event import REFUSALS

Ready: TypeAlias = Callable[[], Awaitable[Mapping[str, bool]]]
"""Returns what the bot needs and whether it has it, as {"store": True, "discord": False}."""

PATIENCE = 5.0
"""Seconds: supervisors give up soon after, and a store that hangs is not ready."""

_FRESH = {"Cache-Control": "no-store"}


async def alive(_request: web.Request) -> web.Response:
    """GET /healthz. 200: the process runs and its event loop turns; nothing more."""
    return web.json_response({"status": "ok"}, headers=_FRESH)


class Readiness:
    """Checks each thing the bot needs, once for all requests at the same time."""

    def __init__(self, ready: Ready, patience: float = PATIENCE) -> None:
        self._ready = ready
        self._patience = patience
        self._asking: asyncio.Task[Mapping[str, bool]] | None = None

    async def show(self, _request: web.Request) -> web.Response:
        """GET /readyz, with each need and whether it is met as JSON.

        200: store and Discord are there.
        503: one of them is not, or did not answer in time.
        """
        needs = await self._ask()
        met = bool(needs) and all(needs.values())
        return web.json_response(dict(needs), status=200 if met else 503, headers=_FRESH)

    async def _ask(self) -> Mapping[str, bool]:
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._asked())
        # A check that takes longer answers the next request: a hung store is not asked twice.
        asking = self._asking
        await asyncio.wait({asking}, timeout=self._patience)
        return asking.result() if asking.done() else {"store": False}

    async def _asked(self) -> Mapping[str, bool]:
        try:
            return await self._ready()
        except StoreUnavailable:
            return {"store": False}


Depths: TypeAlias = Callable[[], Awaitable[Mapping[str, Mapping[str, int]]]]
"""Returns the rows in each queue by state, as {"inbox": {"pending": 3}, "outbox": {…}}."""

STORED = "stored"
"""Outcome: the event is in the inbox (now, or since an earlier delivery)."""
THIN = "thin"
"""Outcome: a v2 event, which is answered and ignored."""
FAULT = "fault"
"""Outcome: an error of ours, answered 500."""

# From a group commit on a fast disk to Stripe's timeout.
_BUCKETS = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Metrics:
    """The figures of one running bot, in its own registry."""

    def __init__(self, registry: CollectorRegistry, depths: Depths | None = None) -> None:
        self._registry = registry
        self._depths = depths
        answers = Counter(
            "producer_bot_webhooks",
            "Deliveries to Stripe's endpoint by how they were answered.",
            ["outcome"],
            registry=registry,
        )
        self._seconds = Histogram(
            "producer_bot_webhook_seconds",
            "Seconds from a delivery's headers to our answer.",
            buckets=_BUCKETS,
            registry=registry,
        )
        self._rows = Gauge(
            "producer_bot_queue_rows",
            "Rows in the inbox and the outbox by state.",
            ["queue", "state"],
            registry=registry,
        )
        # From zero, so that the first refusal shows as an increase.
        outcomes = (STORED, THIN, FAULT, *(refusal.outcome for refusal in REFUSALS))
        self._answers = {outcome: answers.labels(outcome) for outcome in outcomes}

    def answered(self, outcome: str, seconds: float) -> None:
        """Count one delivery: `outcome` is one of this module's or a refusal's."""
        self._answers[outcome].inc()
        self._seconds.observe(seconds)

    async def show(self, _request: web.Request) -> web.Response:
        """GET /metrics.

        200: the figures in Prometheus' text format; without the queues while the store is down.
        """
        await self._measure_queues()
        body = generate_latest(self._registry)
        return web.Response(body=body, headers={"Content-Type": CONTENT_TYPE_PLAIN_0_0_4})

    async def _measure_queues(self) -> None:
        self._rows.clear()
        if self._depths is None:
            return
        try:
            queues = await self._depths()
        except StoreUnavailable:
            return
        for queue, states in queues.items():
            for state, rows in states.items():
                self._rows.labels(queue, state).set(rows)
