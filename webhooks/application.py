"""The aiohttp application, put together; and how it is served."""

import logging
from collections.abc import Sequence

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError
from prometheus_client import CollectorRegistry

from bot.ledger.clock import Clock
from webhooks.health import Readiness, Ready, alive
from webhooks.licenses import LicensePages
from webhooks.metrics import Depths, Metrics
from webhooks.shop.routes import Shop
from webhooks.stripe import Accept, StripeEndpoint

UPLOAD_SECONDS = 10.0
LINGER_SECONDS = 2.0
"""How long a refused upload is still drained (and thrown away), so that its sender can read why."""
SHUTDOWN_SECONDS = 5.0


def create_web(
    *,
    secrets: Sequence[str],
    accept: Accept,
    ready: Ready,
    clock: Clock,
    depths: Depths | None = None,
    registry: CollectorRegistry | None = None,
    upload_seconds: float = UPLOAD_SECONDS,
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


def create_runner(
    app: web.Application, *, shutdown_seconds: float = SHUTDOWN_SECONDS
) -> web.AppRunner:
    """Serve `app` as it is meant to be; the caller adds a site and cleans up.

    No access log: a line for each delivery says nothing, and /metrics counts them. At clean-up no
    new requests are taken, and those under way get `shutdown_seconds` to finish.
    """
    logger = logging.getLogger("webhooks.server")
    logger.addFilter(_without_strangers_tracebacks)
    return web.AppRunner(
        app,
        access_log=None,
        logger=logger,
        # Stripe compresses nothing: what claims to be is refused, and so never unpacked.
        auto_decompress=False,
        lingering_time=LINGER_SECONDS,
        shutdown_timeout=shutdown_seconds,
    )


def _without_strangers_tracebacks(record: logging.LogRecord) -> bool:
    """Tell of a request that is not HTTP in one line: aiohttp would print it with a traceback."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, HttpProcessingError | RequestPayloadError):
        record.levelno, record.levelname = logging.INFO, "INFO"
        record.msg, record.args, record.exc_info = "a request was not HTTP", (), None
    return True
