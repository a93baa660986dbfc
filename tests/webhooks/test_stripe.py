"""Stripe's endpoint, over HTTP, into a real inbox."""

import asyncio
import gzip
import logging
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

BODY = bytes_of(event())


async def test_an_event_is_stored_before_it_is_answered(server: Server, shop: Shop) -> None:
    assert await server.post(BODY) == (200, "stored")
    (row,) = await shop.stored()
    assert (row.id, row.state, row.subject) == ("evt_1", "pending", "payment:pi_1")
    assert row.body.encode() == BODY
    assert row.received == NOW


async def test_the_secret_of_before_the_roll_still_counts(server: Server) -> None:
    assert await server.deliver(event(), secret=OLD_SECRET) == 200


async def test_a_duplicate_is_answered_200_and_stored_once(server: Server, shop: Shop) -> None:
    assert [await server.deliver(event()) for _ in range(3)] == [200, 200, 200]
    assert len(await shop.stored()) == 1


async def test_duplicates_at_the_same_moment_are_stored_once(server: Server, shop: Shop) -> None:
    answers = await asyncio.gather(*(server.deliver(event()) for _ in range(20)))
    assert set(answers) == {200}
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
        {"Stripe-Signature": ""},
        {"Stripe-Signature": "t=1"},
        {"Stripe-Signature": f"t={SECONDS},v1=nonsense"},
        {"Stripe-Signature": f"t={SECONDS},v1=ünicode"},
        {"Stripe-Signature": f"t={SECONDS},v1=\udcff\udcfe"},
        {"Stripe-Signature": f"t=soon,v1={'0' * 64}"},
        {"Stripe-Signature": header(BODY, secret="whsec_somebody_elses")},
        {"Stripe-Signature": header(b"another body")},
        {"Stripe-Signature": header(BODY, time=SECONDS - 301)},
        {"Stripe-Signature": header(BODY, time=SECONDS + 301)},
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
        b"not json",
        b"\xff\xfe\x00",
        b"[" * 100_000,
        b"9" * 100_000,
        b"NaN",
        bytes_of(event(id="evt_\ud800")),
        bytes_of(event(id="e" * 256)),
        bytes_of(event(created="yesterday")),
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
