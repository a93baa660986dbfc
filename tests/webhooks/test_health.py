"""Alive and ready."""

import asyncio
import json
from collections.abc import Mapping

from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.store.engine import StoreUnavailable
from tests.webhooks.conftest import Server, Shop
from webhooks.health import Readiness


async def test_it_is_alive_even_while_nothing_works(server: Server, shop: Shop) -> None:
    shop.store_works = False
    shop.needs = {"store": False, "discord": False}
    status, _ = await server.get("/healthz")
    assert status == 200


async def test_it_is_ready_when_every_need_is_met(server: Server) -> None:
    status, answer = await server.get("/readyz")
    assert (status, json.loads(answer)) == (200, {"store": True, "discord": True})


async def test_one_need_not_met_is_named(server: Server, shop: Shop) -> None:
    shop.needs = {"store": True, "discord": False}
    status, answer = await server.get("/readyz")
    assert (status, json.loads(answer)) == (503, {"store": True, "discord": False})


async def _asked(readiness: Readiness) -> tuple[int, object]:
    response = await readiness.show(make_mocked_request("GET", "/readyz"))
    assert isinstance(response, web.Response)
    assert response.text is not None
    return response.status, json.loads(response.text)


async def test_a_store_that_fails_is_not_ready() -> None:
    async def fails() -> Mapping[str, bool]:
        raise StoreUnavailable("gone")

    assert await _asked(Readiness(fails)) == (503, {"store": False})


async def test_a_store_that_hangs_is_not_ready() -> None:
    async def hangs() -> Mapping[str, bool]:
        await asyncio.Event().wait()
        raise AssertionError

    assert await _asked(Readiness(hangs, patience=0.01)) == (503, {"store": False})


async def test_nothing_needed_is_nothing_ready() -> None:
    async def nothing() -> Mapping[str, bool]:
        return {}

    assert (await _asked(Readiness(nothing)))[0] == 503


async def test_who_asks_while_the_answer_is_out_waits_for_the_same_one() -> None:
    asked, may_answer = list[None](), asyncio.Event()

    async def slow() -> Mapping[str, bool]:
        asked.append(None)
        await may_answer.wait()
        return {"store": True}

    readiness = Readiness(slow, patience=0.01)
    assert await _asked(readiness) == (503, {"store": False})
    assert await _asked(readiness) == (503, {"store": False})
    may_answer.set()
    assert await _asked(readiness) == (200, {"store": True})
    assert len(asked) == 1
    assert await _asked(readiness) == (200, {"store": True})
    assert len(asked) == 2
