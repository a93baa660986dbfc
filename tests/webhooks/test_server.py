"""Connections that are slow, idle or too many, over raw sockets; log lines that strangers cause."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from tests.webhooks.deliveries import served
from tests.webhooks.test_stripe import Wire
from webhooks.server import INTERVAL, Limits, LogLimit

REQUEST = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
LONG = 3600.0


async def answer(_request: web.Request) -> web.Response:
    return web.Response(text="here")


@asynccontextmanager
async def limited(limits: Limits, app: web.Application | None = None) -> AsyncIterator[int]:
    """A server with limits; its port."""
    if app is None:
        app = web.Application()
        app.router.add_get("/", answer)
    async with served(app, limits=limits, shutdown_seconds=0.1) as port:
        yield port


async def wire(port: int) -> Wire:
    return Wire(*await asyncio.open_connection("127.0.0.1", port))


async def ended(connection: Wire) -> bool:
    """Wait until the server has ended it: True, whatever it has said before."""
    try:
        await connection.reader.read()
    except ConnectionError:
        return True
    finally:
        connection.writer.transport.abort()
    return True


@pytest.mark.parametrize("said", [b"", b"G", b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: "])
async def test_a_request_whose_head_does_not_come_is_ended(said: bytes) -> None:
    async with limited(Limits(header=0.05, idle=LONG)) as port:
        connection = await wire(port)
        await connection.say(said)
        assert await ended(connection)


async def test_a_second_request_whose_head_does_not_come_is_ended() -> None:
    async with limited(Limits(header=0.05, idle=LONG)) as port:
        connection = await wire(port)
        await connection.say(REQUEST)
        assert await connection.status() == 200
        await connection.say(b"GET / HT")
        assert await ended(connection)


async def test_a_connection_that_rests_is_ended() -> None:
    async with limited(Limits(header=LONG, idle=0.05)) as port:
        connection = await wire(port)
        await connection.say(REQUEST)
        assert await connection.status() == 200
        assert await ended(connection)


async def test_a_head_that_comes_in_pieces_and_in_time_is_answered() -> None:
    async with limited(Limits(header=LONG, idle=LONG)) as port:
        connection = await wire(port)
        for byte in REQUEST * 2:
            await connection.say(bytes([byte]))
        assert await connection.status() == 200
        connection.writer.transport.abort()


async def test_a_reader_that_takes_nothing_is_ended() -> None:
    gone = asyncio.Event()
    app = web.Application()

    async def much(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        try:
            while True:
                await response.write(bytes(1024 * 1024))
        except ConnectionError:
            gone.set()
            raise

    app.router.add_get("/", much)
    async with limited(Limits(header=LONG, idle=LONG, answer=0.05), app) as port:
        connection = await wire(port)
        # Nothing is read: what has come so far is as much as this side holds.
        await connection.say(REQUEST)
        await gone.wait()
        connection.writer.transport.abort()


async def test_of_too_many_connections_the_last_is_refused_until_another_ends() -> None:
    async with limited(Limits(connections=2)) as port:
        first, second = await wire(port), await wire(port)
        await first.say(REQUEST)
        assert await first.status() == 200
        await second.say(REQUEST)
        assert await second.status() == 200
        assert await ended(await wire(port))
        await first.hang_up()
        third = await wire(port)
        await third.say(REQUEST)
        assert await third.status() == 200
        for connection in (second, third):
            connection.writer.transport.abort()


async def test_requests_that_are_not_http_are_logged_in_few_lines(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "webhooks.server"):
        async with limited(Limits()) as port:
            for _ in range(20):
                connection = await wire(port)
                await connection.say(b"GET / HTTP/1.1\r\nno header\r\n\r\n")
                assert await connection.status() == 400
                connection.writer.transport.abort()
    assert [record.getMessage() for record in caplog.records] == ["a request was not HTTP"]


def test_a_line_is_due_now_and_then_and_says_how_often_it_happened() -> None:
    now = [0.0]
    lines = LogLimit(lambda: now[0])
    assert lines.due("too_slow") == 1
    assert [lines.due("too_slow") for _ in range(999)] == [None] * 999
    assert lines.due("not_json") == 1
    now[0] += INTERVAL
    assert lines.due("too_slow") == 1000
    assert lines.due("too_slow") is None
