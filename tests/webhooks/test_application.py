"""The application as a whole: its routes, and how it stops."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from tests.webhooks.conftest import Server, Shop
from tests.webhooks.deliveries import NOW, SECRET, URL, bytes_of, event, headers
from webhooks.application import create_runner, create_waiting_web, create_web


@pytest.mark.parametrize("path", ["/webhooks", URL + "/", "/webhooks/stripe2", "/nothing", "/%00"])
async def test_other_paths_are_404(server: Server, path: str) -> None:
    assert (await server.get(path))[0] == 404
    assert (await server.post(bytes_of(event()), path=path))[0] == 404


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
async def test_health_and_metrics_are_only_read(server: Server, path: str) -> None:
    assert await server.send("HEAD", path) == 200
    assert await server.send("POST", path) == 405


async def test_a_delivery_under_way_is_answered_before_the_server_stops() -> None:
    begun, may_end = asyncio.Event(), asyncio.Event()

    async def slow(_body: bytes, _event: Mapping[str, Any], _received: datetime) -> None:
        begun.set()
        await may_end.wait()

    async def ready() -> Mapping[str, bool]:
        return {"store": True}

    runner = create_runner(
        create_web(secrets=[SECRET], accept=slow, ready=ready, clock=lambda: NOW)
    )
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    body = bytes_of(event())
    async with aiohttp.ClientSession() as session:
        delivery = asyncio.ensure_future(
            session.post(f"http://127.0.0.1:{site.port}{URL}", data=body, headers=headers(body))
        )
        await begun.wait()
        stop = asyncio.ensure_future(runner.cleanup())
        await asyncio.sleep(0)
        may_end.set()
        assert (await delivery).status == 200
        await stop
        with pytest.raises(aiohttp.ClientConnectionError):
            await session.get(f"http://127.0.0.1:{site.port}/healthz")


async def test_metrics_need_no_store(shop: Shop) -> None:
    app = create_web(secrets=[SECRET], accept=shop.accept, ready=shop.ready, clock=shop.clock)
    async with TestClient(TestServer(app)) as client:
        answer = await client.get("/metrics")
        assert answer.status == 200
        assert "producer_bot_queue_rows{" not in await answer.text()


async def test_a_bot_without_its_store_is_alive_and_takes_nothing() -> None:
    async with TestClient(TestServer(create_waiting_web())) as client:
        assert (await client.get("/healthz")).status == 200
        assert (await client.get("/readyz")).status == 503
        for answer in (
            await client.post(URL, data=bytes_of(event()), headers=headers(bytes_of(event()))),
            await client.get("/"),
            await client.get("/metrics"),
        ):
            assert answer.status == 503
            assert answer.headers["Retry-After"] == "30"
