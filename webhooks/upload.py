"""Reading a request's body with bounds on its size and its time."""

import asyncio
from typing import TypeVar

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestPayloadError

from webhooks.refusals import BROKEN_UPLOAD, TOO_LARGE, TOO_SLOW, Refused

Body = TypeVar("Body", bytes, bytearray)

MAX_BODY = 1024 * 1024
"""Bytes. Stripe's events are some kilobytes."""


async def read_body(request: web.Request, seconds: float) -> bytes:
    """Return the body, raw, having held at most MAX_BODY bytes and one chunk of it.

    Raises Refused when it is larger, takes longer than `seconds` in all, or breaks off.
    """
    if (request.content_length or 0) > MAX_BODY:
        raise Refused(TOO_LARGE)
    try:
        if request.content.is_eof():
            # All of it came with its headers, as Stripe's mostly do: there is nothing to wait for.
            return _bounded(request.content.read_nowait())
        async with asyncio.timeout(seconds):
            return await _read(request)
    except TimeoutError:
        raise Refused(TOO_SLOW) from None
    except (RequestPayloadError, HttpProcessingError, ConnectionError):
        raise Refused(BROKEN_UPLOAD) from None


async def _read(request: web.Request) -> bytes:
    body = bytearray()
    async for chunk in request.content.iter_any():
        body += chunk
        _bounded(body)
    return bytes(body)


def _bounded(body: Body) -> Body:
    if len(body) > MAX_BODY:
        raise Refused(TOO_LARGE)
    return body
