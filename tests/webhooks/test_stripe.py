"""The table of refusals.

Uploads that are too large, too slow, or break off: by raw sockets, against the real server.

Stripe's endpoint, over HTTP, into a real inbox.
"""

import asyncio
import gzip
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from aiohttp.test_utils import TestClient, TestServer
from structlog.testing import capture_logs

from tests.webhooks.conftest import Server, Shop
from tests.webhooks.deliveries import (
    NOW,
    OLD_SECRET,
    SECONDS,
    SECRET,
    URL,
    bytes_of,
    event,
    header,
    headers,
)
from webhooks.application import create_web
from webhooks.signed_event import REFUSALS
from webhooks.stripe import MAX_BODY


def test_each_refusal_is_an_error_with_an_outcome_of_its_own_and_says_why() -> None:
    assert {refusal.status for refusal in REFUSALS} == {400, 408, 413, 415, 503}
    assert all(refusal.answer.endswith(".") for refusal in REFUSALS)
    assert len({refusal.outcome for refusal in REFUSALS}) == len(REFUSALS)


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


async def test_an_upload_in_pieces_is_taken(server: Server, shop: Shop) -> None:
    pieces = [BODY[index : index + 40] for index in range(0, len(BODY), 40)]
    for sent in (
        [head(f"Content-Length: {len(BODY)}"), *pieces],
        [head(CHUNKED), *map(chunk, pieces), chunk(b"")],
    ):
        async with wire(server) as line:
            for piece in sent:
                await line.say(piece)
                await asyncio.sleep(0)
            assert await line.status() == 200
    assert len(await shop.stored()) == 1


async def test_one_mebibyte_is_taken_and_a_byte_more_is_not(server: Server) -> None:
    assert (await server.post(event_of(MAX_BODY)))[0] == 200
    assert (await server.post(event_of(MAX_BODY + 1)))[0] == 413


@pytest.mark.parametrize(
    "sent",
    [
        [head(f"Content-Length: {MAX_BODY + 1}")],
        [head(CHUNKED), *[chunk(b"x" * (MAX_BODY // 16))] * 17],
    ],
    ids=["before a byte is read", "at the limit of an endless one"],
)
async def test_an_upload_over_the_limit_is_refused(
    server: Server, shop: Shop, sent: list[bytes]
) -> None:
    async with wire(server) as line:
        await line.say(*sent)
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


async def test_an_event_is_stored_before_it_is_answered(server: Server, shop: Shop) -> None:
    assert await server.post(BODY) == (200, "stored")
    (row,) = await shop.stored()
    assert (row.id, row.state, row.subject) == ("evt_1", "pending", "payment:pi_1")
    assert row.body.encode() == BODY
    assert row.received == NOW


async def test_a_duplicate_is_answered_200_and_stored_once(server: Server, shop: Shop) -> None:
    # By the secret of before the roll too; then at the same moment.
    assert [await server.deliver(event(), secret=one) for one in (SECRET, OLD_SECRET)] == [200] * 2
    assert set(await asyncio.gather(*(server.deliver(event()) for _ in range(20)))) == {200}
    assert len(await shop.stored()) == 1


async def test_many_at_once_are_all_stored(server: Server, shop: Shop) -> None:
    many = [event(id=f"evt_{number}") for number in range(100)]
    answers = await asyncio.gather(*map(server.deliver, many))
    assert set(answers) == {200}
    assert {row.id for row in await shop.stored()} == {one["id"] for one in many}


@pytest.mark.parametrize(
    ("changes", "state"),
    [
        ({"type": "customer.created"}, "ignored"),
        ({"type": "a.type.of.next.year"}, "ignored"),
        ({"livemode": True}, "foreign"),
        ({"account": "acct_stranger"}, "foreign"),
    ],
)
async def test_what_is_not_used_is_answered_200_and_marked(
    server: Server, shop: Shop, changes: dict[str, object], state: str
) -> None:
    assert await server.deliver(event(**changes)) == 200
    (row,) = await shop.stored()
    assert row.state == state


async def test_a_thin_event_is_answered_200_and_logged(server: Server, shop: Shop) -> None:
    thin = {"id": "evt_2", "object": "v2.core.event", "type": "v1.charge.updated"}
    with capture_logs() as lines:
        assert await server.post(bytes_of(thin)) == (200, "thin")
    assert [line["type"] for line in lines] == ["v1.charge.updated"]
    assert not await shop.stored()


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"Stripe-Signature": f"t={SECONDS},v1=ünicode"},
        {"Stripe-Signature": f"t={SECONDS},v1=\udcff\udcfe"},
        {"Stripe-Signature": header(BODY, secret="whsec_somebody_elses")},
        {"Stripe-Signature": header(BODY, time=SECONDS - 301)},
    ],
)
async def test_what_stripe_did_not_sign_just_now_is_refused(
    server: Server, shop: Shop, given: dict[str, str]
) -> None:
    status, _ = await server.post(BODY, {"Content-Type": "application/json"} | given)
    assert status == 400
    assert not await shop.stored()


async def test_a_recorded_delivery_cannot_be_replayed_later(server: Server, shop: Shop) -> None:
    recorded = headers(BODY)
    shop.now += timedelta(minutes=6)
    status, answer = await server.post(BODY, recorded)
    assert (status, "clock" in answer) == (400, True)
    assert not await shop.stored()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        bytes_of(event(id="evt_\ud800")),
        bytes_of(["evt_1"]),
    ],
)
async def test_what_is_signed_but_no_event_is_refused(
    server: Server, shop: Shop, body: bytes
) -> None:
    assert (await server.post(body))[0] == 400
    assert not await shop.stored()


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ("Application/JSON;charset*=x''%ff", 200),
        ("text/json", 415),
        ("application/x-www-form-urlencoded", 415),
        ("multipart/form-data", 415),
        ("", 415),
    ],
)
async def test_only_json_is_taken(server: Server, content_type: str, status: int) -> None:
    given = headers(BODY) | {"Content-Type": content_type}
    assert (await server.post(BODY, given))[0] == status


async def test_a_compressed_body_is_not_taken(server: Server, shop: Shop) -> None:
    body = gzip.compress(BODY)
    status, _ = await server.post(body, headers(body) | {"Content-Encoding": "gzip"})
    assert status == 415
    assert not await shop.stored()


async def test_while_the_store_is_down_stripe_is_told_to_come_again(
    server: Server, shop: Shop
) -> None:
    shop.store_works = False
    assert (await server.post(BODY))[0] == 503
    shop.store_works = True
    assert await server.deliver(event()) == 200
    assert len(await shop.stored()) == 1


async def test_a_buyer_with_half_a_character_in_the_name_is_stored(
    server: Server, shop: Shop
) -> None:
    odd = event(data={"object": {"id": "cs_1", "name": "DJ \ud83d\x00"}})
    assert await server.deliver(odd) == 200
    assert await server.deliver(event(id="evt_2")) == 200
    assert [row.id for row in await shop.stored()] == ["evt_1", "evt_2"]


async def test_no_log_line_holds_what_was_sent(
    server: Server, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    private = event(data={"object": {"email": "joe@example.com"}}, livemode="wrong")
    caplog.set_level(logging.DEBUG)
    with capture_logs() as lines:
        await server.deliver(private)
        await server.post(bytes_of(private), headers(b"other"))
        shop.store_works = False
        await server.deliver(private | {"livemode": False})
    assert [line["outcome"] for line in lines] == ["not_an_event", "wrong_signature", "not_stored"]
    written = repr(lines) + caplog.text
    assert "joe@" not in written
    assert "v1=" not in written


async def test_only_a_post_is_a_delivery(server: Server) -> None:
    statuses = [await server.send(method, URL) for method in ("GET", "PUT", "DELETE", "HEAD")]
    assert statuses == [405, 405, 405, 405]


@pytest.mark.parametrize("secrets", [(), ("",), ("whsec_good", "")])
def test_an_endpoint_without_a_secret_is_never_made(shop: Shop, secrets: tuple[str, ...]) -> None:
    with pytest.raises(ValueError, match="secret"):
        create_web(secrets=secrets, accept=shop.accept, ready=shop.ready, clock=shop.clock)


async def test_a_store_that_hangs_is_answered_503_in_time(shop: Shop) -> None:
    async def hang(*_: object) -> None:
        await asyncio.Event().wait()

    app = create_web(
        secrets=[SECRET], accept=hang, ready=shop.ready, clock=shop.clock, store_seconds=0.01
    )
    async with TestClient(TestServer(app)) as client:
        answer = await client.post(URL, data=BODY, headers=headers(BODY))
        assert answer.status == 503


async def test_refused_deliveries_are_logged_in_few_lines_and_all_counted(
    server: Server, shop: Shop
) -> None:
    with capture_logs() as lines:
        for _ in range(40):
            await server.post(BODY, {"Content-Type": "application/json"})
            await server.deliver(event(), secret="whsec_somebody_elses")
        shop.store_works = False
        for number in range(40):
            await server.deliver(event(id=f"evt_{number}"))
    assert [(line["outcome"], line["count"]) for line in lines] == [
        ("no_signature", 1),
        ("wrong_signature", 1),
        ("not_stored", 1),
    ]
    _, figures = await server.get("/metrics")
    assert 'producer_bot_webhooks_total{outcome="wrong_signature"} 40.0' in figures
    assert 'producer_bot_webhooks_total{outcome="not_stored"} 40.0' in figures
