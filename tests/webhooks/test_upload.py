"""Uploads that are too large, too slow, or break off: by raw sockets, against the real server."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.webhooks.conftest import Server, Shop
from tests.webhooks.deliveries import URL, bytes_of, event, headers
from webhooks.upload import MAX_BODY

BODY = bytes_of(event())


class Wire:
    """One connection, spoken to byte by byte."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, *parts: bytes) -> None:
        self.writer.write(b"".join(parts))
        await self.writer.drain()

    async def status(self) -> int:
        """The status of the answer; 0 when the connection closed without one."""
        line = await self.reader.readline()
        return int(line.split()[1]) if line else 0

    async def hang_up(self) -> None:
        self.writer.close()
        await self.writer.wait_closed()


@asynccontextmanager
async def wire(server: Server) -> AsyncIterator[Wire]:
    opened = Wire(*await asyncio.open_connection("127.0.0.1", server.port))
    try:
        yield opened
    finally:
        opened.writer.transport.abort()


def head(length: str, body: bytes = BODY) -> bytes:
    """The head of a signed delivery of `body` with one more header, about its length."""
    lines = [f"{name}: {value}" for name, value in headers(body).items()]
    return "\r\n".join([f"POST {URL} HTTP/1.1", "Host: localhost", *lines, length, "", ""]).encode()


def chunk(part: bytes) -> bytes:
    return f"{len(part):x}\r\n".encode() + part + b"\r\n"


CHUNKED = "Transfer-Encoding: chunked"


def event_of(size: int) -> bytes:
    """An event that is `size` bytes long."""
    empty = bytes_of(event(data={"object": {"text": ""}}))
    return empty.replace(b'"text": ""', b'"text": "' + b"x" * (size - len(empty)) + b'"')


async def test_an_upload_in_many_pieces_is_taken(server: Server, shop: Shop) -> None:
    async with wire(server) as line:
        await line.say(head(f"Content-Length: {len(BODY)}"))
        for index in range(0, len(BODY), 40):
            await line.say(BODY[index : index + 40])
            await asyncio.sleep(0)
        assert await line.status() == 200
    assert len(await shop.stored()) == 1


async def test_a_chunked_upload_is_taken(server: Server) -> None:
    async with wire(server) as line:
        await line.say(head(CHUNKED), chunk(BODY[:50]), chunk(BODY[50:]), chunk(b""))
        assert await line.status() == 200


async def test_one_mebibyte_is_taken_and_a_byte_more_is_not(server: Server) -> None:
    assert (await server.post(event_of(MAX_BODY)))[0] == 200
    assert (await server.post(event_of(MAX_BODY + 1)))[0] == 413


async def test_a_length_over_the_limit_is_refused_before_a_byte_is_read(server: Server) -> None:
    async with wire(server) as line:
        await line.say(head(f"Content-Length: {MAX_BODY + 1}"))
        assert await line.status() == 413


async def test_an_endless_chunked_upload_is_refused_at_the_limit(
    server: Server, shop: Shop
) -> None:
    piece = chunk(b"x" * (MAX_BODY // 16))
    async with wire(server) as line:
        await line.say(head(CHUNKED), *[piece] * 17)
        assert await line.status() == 413
    assert not await shop.stored()


class TestSlowUploads:
    @pytest.fixture
    def upload_seconds(self) -> float:
        return 0.05

    @pytest.mark.parametrize("sent", [b"", BODY[:20]], ids=["nothing", "a part"])
    async def test_a_body_that_does_not_come_is_refused(
        self, server: Server, shop: Shop, sent: bytes
    ) -> None:
        async with wire(server) as line:
            await line.say(head(f"Content-Length: {len(BODY)}"), sent)
            assert await line.status() == 408
        assert not await shop.stored()

    async def test_a_trickle_is_no_way_around_it(self, server: Server) -> None:
        async with wire(server) as line:
            await line.say(head(CHUNKED))
            answer = asyncio.ensure_future(line.status())
            while not answer.done():
                await line.say(chunk(b"x"))
                await asyncio.wait([answer], timeout=0.01)
            assert await answer == 408

    async def test_the_connection_is_not_used_again(self, server: Server) -> None:
        async with wire(server) as line:
            await line.say(head(f"Content-Length: {len(BODY)}"))
            answer = await line.reader.readuntil(b"\r\n\r\n")
            assert b"connection: close" in answer.lower()


@pytest.mark.parametrize(
    "sent",
    [
        head(CHUNKED) + b"what?\r\n",
        head(CHUNKED) + chunk(BODY[:30]) + b"zz\r\nrest",
        head(CHUNKED) + b"5\r\n" + BODY[:30],
        head("Content-Encoding: gzip\r\n" + CHUNKED) + chunk(BODY) + chunk(b""),
        head(f"Content-Length: {len(BODY)}\r\nContent-Length: 3") + BODY,
        head("Content-Length: many") + BODY,
        head(f"Content-Length: 5\r\n{CHUNKED}") + BODY,
        head("Bad Header") + BODY,
        b"\x16\x03\x01\x02\x00\x01\x00 this is TLS\r\n\r\n",
        b"POST " + b"/" * 20_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
async def test_what_is_not_http_is_a_4xx_without_a_traceback(
    server: Server, shop: Shop, caplog: pytest.LogCaptureFixture, sent: bytes
) -> None:
    async with wire(server) as line:
        await line.say(sent)
        assert 400 <= await line.status() < 500
    assert not await shop.stored()
    assert not [record for record in caplog.records if record.levelno > logging.INFO]
    assert not [record for record in caplog.records if record.exc_info]


@pytest.mark.parametrize("length", [f"Content-Length: {len(BODY)}", CHUNKED])
async def test_a_sender_that_hangs_up_half_way_leaves_no_traceback(
    server: Server, shop: Shop, caplog: pytest.LogCaptureFixture, length: str
) -> None:
    part = chunk(BODY[:20]) if length == CHUNKED else BODY[:20]
    async with wire(server) as line:
        await line.say(head(length), part)
        await line.hang_up()
    while 'outcome="broken_upload"} 1.0' not in (await server.get("/metrics"))[1]:
        pass
    assert not await shop.stored()
    assert not caplog.records
