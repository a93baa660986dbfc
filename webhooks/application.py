"""The aiohttp application, put together; and how it is served."""

import logging
from collections.abc import Mapping, Sequence

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError
from prometheus_client import CollectorRegistry

from bot.domain.period import Clock
from webhooks.licenses import LicensePages
from webhooks.monitoring import Depths, Metrics, Readiness, Ready, alive
from webhooks.server import LimitedRunner, Limits, LogLimit
from webhooks.shop.routes import Shop
from webhooks.stripe import Accept, StripeEndpoint

UPLOAD_SECONDS = 10.0
STORE_SECONDS = 8.0
"""How long a webhook may wait for the store before it is answered 503."""
LINGER_SECONDS = 2.0
"""How long a refused upload is still read and discarded, so that its sender can read the answer."""
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

    `depths` is called at each scrape of /metrics, which also shows everything else in `registry`.
    Raises ValueError if a secret is missing or empty.
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
    """Make the application of a bot whose store is not there yet: alive, but not ready."""

    async def not_ready() -> Mapping[str, bool]:
        return {"store": False}

    async def starting(_request: web.Request) -> web.Response:
        """Any other request. 503 until the store is there."""
        return web.Response(status=503, text="The bot is starting.", headers={"Retry-After": "30"})

    app = web.Application()
    app.router.add_get("/healthz", alive)
    app.router.add_get("/readyz", Readiness(not_ready).show)
    app.router.add_route("*", "/{anything:.*}", starting)
    return app


def create_runner(
    app: web.Application,
    *,
    shutdown_seconds: float = SHUTDOWN_SECONDS,
    limits: Limits = LIMITS,
) -> web.AppRunner:
    """A runner that serves `app` within limits; the caller adds a site and cleans up.

    There is no access log, since /metrics counts deliveries. At cleanup, no new requests are
    accepted, and running ones get `shutdown_seconds` to finish.
    """
    logger = logging.getLogger("webhooks.server")
    logger.filters[:] = [_QuietAboutStrangers()]
    return LimitedRunner(
        app,
        limits,
        access_log=None,
        logger=logger,
        # Stripe compresses nothing, so a compressed body is refused and never unpacked.
        auto_decompress=False,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=shutdown_seconds,
    )


class _QuietAboutStrangers(logging.Filter):
    """Logs requests that are not HTTP in a line now and then, not with a traceback for each."""

    def __init__(self) -> None:
        super().__init__()
        self._lines = LogLimit()

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if not isinstance(error, HttpProcessingError | RequestPayloadError):
            return True
        count = self._lines.due("not HTTP")
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args, record.exc_info = "a request was not HTTP", (), None
        record.count = count
        return count is not None
