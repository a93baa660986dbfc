"""The aiohttp application, put together; and how it is served."""

import logging
from collections.abc import Mapping, Sequence

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError
from prometheus_client import CollectorRegistry

from bot.domain.period import Clock
from webhooks.health import Readiness, Ready, alive
from webhooks.licenses import LicensePages
from webhooks.log_limit import FewLines
from webhooks.metrics import Depths, Metrics
from webhooks.server import LimitedRunner, Limits
from webhooks.shop.routes import Shop
from webhooks.stripe import Accept, StripeEndpoint

UPLOAD_SECONDS = 10.0
STORE_SECONDS = 8.0
"""How long a webhook may wait for the store. Stripe is then told to send it again."""
LINGER_SECONDS = 2.0
"""How long a refused upload is still drained (and thrown away), so that its sender can read why."""
SHUTDOWN_SECONDS = 5.0
LIMITS = Limits()


def create_web(
    *,
    secrets: Sequence[str],
    accept: Accept,
    ready: Ready,
    clock: Clock,
    depths: Depths | None = None,
    registry: CollectorRegistry | None = None,
    upload_seconds: float = UPLOAD_SECONDS,
    store_seconds: float = STORE_SECONDS,
    licenses: LicensePages | None = None,
    shop: Shop | None = None,
) -> web.Application:
    """Make the application. `secrets` are the endpoint's signing secrets (whsec_…), at least one.

    `depths` is asked at each scrape of /metrics, which also shows whatever else `registry` holds.
    Raises ValueError where a secret is missing or empty.
    """
    metrics = Metrics(registry or CollectorRegistry(), depths)
    stripe = StripeEndpoint(
        secrets=secrets,
        accept=accept,
        clock=clock,
        metrics=metrics,
        upload_seconds=upload_seconds,
        store_seconds=store_seconds,
    )
    app = web.Application()
    app.router.add_post("/webhooks/stripe", stripe.handle)
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", Readiness(ready).show)
    app.router.add_get("/metrics", metrics.show)
    if licenses is not None:
        licenses.add_to(app)
    if shop is not None:
        shop.add_to(app)
    return app


def create_waiting_web() -> web.Application:
    """Make the application of a bot whose store is not there yet: it is alive, and not ready."""

    async def not_ready() -> Mapping[str, bool]:
        return {"store": False}

    async def later(_request: web.Request) -> web.Response:
        """Whatever else is asked. 503: once the store is there."""
        return web.Response(status=503, text="The bot is starting.", headers={"Retry-After": "30"})

    app = web.Application()
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", Readiness(not_ready).show)
    app.router.add_route("*", "/{anything:.*}", later)
    return app


def create_runner(
    app: web.Application,
    *,
    shutdown_seconds: float = SHUTDOWN_SECONDS,
    limits: Limits = LIMITS,
) -> web.AppRunner:
    """Serve `app` as it is meant to be; the caller adds a site and cleans up.

    No access log: a line for each delivery says nothing, and /metrics counts them. At clean-up no
    new requests are taken, and those under way get `shutdown_seconds` to finish.
    """
    logger = logging.getLogger("webhooks.server")
    logger.filters[:] = [_StrangersInFewLines()]
    return LimitedRunner(
        app,
        limits,
        access_log=None,
        logger=logger,
        # Stripe compresses nothing: what claims to be is refused, and so never unpacked.
        auto_decompress=False,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=shutdown_seconds,
    )


class _StrangersInFewLines(logging.Filter):
    """Tells of requests that are not HTTP in a line now and then: aiohttp would print a traceback
    for each."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = FewLines()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError | RequestPayloadError):
            return True
        count = self._lines.due("not HTTP")
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args, record.exc_info = "a request was not HTTP", (), None
        record.count = count
        return count is not None
