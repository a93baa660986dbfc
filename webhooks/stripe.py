"""Stripe's endpoint: verify, store, answer. The work comes later, from the inbox."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import structlog
from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from bot.domain.period import Clock
from bot.store.engine import StoreUnavailable
from webhooks.monitoring import FAULT, STORED, THIN, Metrics
from webhooks.server import LogLimit
from webhooks.signed_event import (
    BROKEN_UPLOAD,
    NOT_STORED,
    TOO_LARGE,
    TOO_SLOW,
    WRONG_CONTENT_TYPE,
    Event,
    Refusal,
    Refused,
    check_signature,
    parse_event,
)

MAX_BODY = 1024 * 1024
"""Bytes. Stripe's events have a few kilobytes."""


async def read_body(request: web.Request, seconds: float) -> bytes:
    """The raw body; never holds more than MAX_BODY bytes and one chunk.

    Raises Refused if it is larger, takes longer than `seconds` in all, or breaks off.
    """
    body, content = bytearray(), request.content
    try:
        if (request.content_length or 0) > MAX_BODY:
            raise Refused(TOO_LARGE)
        if content.is_eof():
            # It came with its headers, as most of Stripe's do: without a timer a tenth more get in.
            body += content.read_nowait()
        else:
            async with asyncio.timeout(seconds):
                while not content.at_eof() and len(body) <= MAX_BODY:
                    body += await content.readany()
        if len(body) > MAX_BODY:
            raise Refused(TOO_LARGE)
    except TimeoutError:
        raise Refused(TOO_SLOW) from None
    except (RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Refused(BROKEN_UPLOAD) from None
    return bytes(body)


log = structlog.get_logger()

Accept: TypeAlias = Callable[[bytes, dict[str, Any], datetime], Awaitable[None]]
"""Takes an event's body, the parsed body, and the time it arrived; returns once it is durable, new
or not. Raises StoreUnavailable if it could not be stored."""


class StripeEndpoint:
    """Receives signed events. `upload_seconds`: how long a body may take to arrive;
    `store_seconds`: how long the store may take."""

    def __init__(
        self,
        *,
        secrets: Sequence[str],
        accept: Accept,
        clock: Clock,
        metrics: Metrics,
        upload_seconds: float,
        store_seconds: float,
    ) -> None:
        if not secrets or not all(secrets):
            # An empty secret would let anyone sign.
            raise ValueError("Stripe's endpoint needs a signing secret")
        self._secrets = tuple(secrets)
        self._accept = accept
        self._clock = clock
        self._metrics = metrics
        self._upload_seconds = upload_seconds
        self._store_seconds = store_seconds
        self._lines = LogLimit()

    async def handle(self, request: web.Request) -> web.Response:
        """POST /webhooks/stripe.

        200: the event is stored, or was before, or is of a type we do not use (any other status
             would have Stripe repeat it for days); or it is a thin v2 event, which is logged only.
        400: the signature is missing, unreadable, wrong or over 300 s off; the body breaks off, is
             not JSON, or is not an event. Nothing is stored.
        408: the body took longer than `upload_seconds` to arrive.
        413: the body is over 1 MiB. It is not read to its end.
        415: the body is not application/json, or is compressed: Stripe's never is.
        503: the event could not be stored, or not within `store_seconds`: Stripe sends it again.
        """
        began = asyncio.get_running_loop().time()
        outcome = FAULT
        try:
            outcome = await self._take(request)
            return web.Response(text=outcome)
        except Refused as refused:
            outcome = refused.refusal.outcome
            return self._refuse(refused.refusal)
        finally:
            self._metrics.answered(outcome, asyncio.get_running_loop().time() - began)

    async def _take(self, request: web.Request) -> str:
        _require_json(request)
        body = await read_body(request, self._upload_seconds)
        received = self._clock()
        header = request.headers.get("Stripe-Signature")
        check_signature(body, header, self._secrets, received)
        event = parse_event(body)
        if event.thin:
            log.warning(
                "thin event ignored: the endpoint in Stripe should send snapshot events",
                type=event.content["type"],
            )
            return THIN
        await self._store(event, received)
        return STORED

    async def _store(self, event: Event, received: datetime) -> None:
        try:
            async with asyncio.timeout(self._store_seconds):
                await self._accept(event.body, event.content, received)
        except (StoreUnavailable, TimeoutError):
            raise Refused(NOT_STORED) from None

    def _refuse(self, refusal: Refusal) -> web.Response:
        count = self._lines.due(refusal.outcome)
        if count is not None:
            write = log.error if refusal.status >= 500 else log.warning
            write("webhook refused", outcome=refusal.outcome, status=refusal.status, count=count)
        response = web.Response(status=refusal.status, text=refusal.answer)
        if refusal.status in (408, 413):
            # The rest of the body is still arriving, so no second request can follow.
            response.force_close()
        return response


def _require_json(request: web.Request) -> None:
    content_type = request.headers.get("Content-Type", "").partition(";")[0]
    if content_type.strip().lower() != "application/json" or "Content-Encoding" in request.headers:
        raise Refused(WRONG_CONTENT_TYPE)
