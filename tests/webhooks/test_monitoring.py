"""Health checks, and the figures that Prometheus reads."""

import asyncio
import json
from collections.abc import Mapping

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request
from prometheus_client import CollectorRegistry, Counter
from prometheus_client.parser import text_string_to_metric_families

from bot.store.engine import StoreUnavailable
from tests.webhooks.conftest import Server, Shop
from tests.webhooks.deliveries import bytes_of, event, headers
from webhooks.monitoring import Readiness, Ready
from webhooks.signed_event import REFUSALS


async def test_it_is_alive_even_while_nothing_works(server: Server, shop: Shop) -> None:
    shop.store_works = False
    shop.needs = {"store": False, "discord": False}
    status, _ = await server.get("/healthz")
    assert status == 200


@pytest.mark.parametrize(
    ("needs", "expected"),
    [
        ({"store": True, "discord": True}, 200),
        ({"store": True, "discord": False}, 503),
        ({}, 503),
    ],
)
async def test_it_is_ready_when_every_need_is_met(
    server: Server, shop: Shop, needs: dict[str, bool], expected: int
) -> None:
    shop.needs = needs
    status, answer = await server.get("/readyz")
    assert (status, json.loads(answer)) == (expected, needs)


async def _asked(readiness: Readiness) -> tuple[int, object]:
    response = await readiness.show(make_mocked_request("GET", "/readyz"))
    assert isinstance(response, web.Response)
    assert response.text is not None
    return response.status, json.loads(response.text)


async def fails() -> Mapping[str, bool]:
    raise StoreUnavailable("gone")


async def hangs() -> Mapping[str, bool]:
    await asyncio.Event().wait()
    raise AssertionError


@pytest.mark.parametrize("ready", [fails, hangs])
async def test_a_store_that_fails_or_hangs_is_not_ready(ready: Ready) -> None:
    assert await _asked(Readiness(ready, patience=0.01)) == (503, {"store": False})


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


async def scrape(server: Server) -> dict[tuple[str, tuple[str, ...]], float]:
    """Each sample by its name and its labels' values."""
    status, text = await server.get("/metrics")
    assert status == 200
    return {
        (sample.name, tuple(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


async def answered(server: Server) -> dict[str, float]:
    """Deliveries by outcome, those without any left out."""
    samples = (await scrape(server)).items()
    return {
        labels[0]: value
        for (name, labels), value in samples
        if name == "producer_bot_webhooks_total" and value
    }


async def test_deliveries_are_counted_by_outcome(server: Server, shop: Shop) -> None:
    await server.deliver(event())
    await server.deliver(event())
    await server.deliver(event(), secret="whsec_somebody_elses")
    await server.deliver({"id": "evt_2", "object": "v2.core.event", "type": "v1.charge.updated"})
    shop.store_works = False
    await server.deliver(event(id="evt_3"))
    assert await answered(server) == {
        "stored": 2,
        "wrong_signature": 1,
        "thin": 1,
        "not_stored": 1,
    }


async def test_a_fault_of_ours_is_counted_and_answered_500(server: Server, shop: Shop) -> None:
    del shop.intake
    assert await server.deliver(event()) == 500
    assert await answered(server) == {"fault": 1}


async def test_each_answer_is_timed(server: Server) -> None:
    await server.deliver(event())
    await server.post(b"", {})
    assert (await scrape(server))["producer_bot_webhook_seconds_count", ()] == 2


async def test_every_outcome_is_there_from_the_start(server: Server) -> None:
    samples = await scrape(server)
    for refusal in REFUSALS:
        assert samples["producer_bot_webhooks_total", (refusal.outcome,)] == 0


async def test_queues_are_measured_when_asked(server: Server) -> None:
    before = await scrape(server)
    await server.deliver(event())
    after = await scrape(server)
    name = "producer_bot_queue_rows"
    assert before[name, ("inbox", "pending")] == 0
    assert after[name, ("inbox", "pending")] == 1
    assert after[name, ("outbox", "pending")] == 0


async def test_without_a_store_the_other_figures_remain(server: Server, shop: Shop) -> None:
    await server.deliver(event())
    await scrape(server)
    shop.store_works = False
    samples = await scrape(server)
    assert samples["producer_bot_webhooks_total", ("stored",)] == 1
    assert not [name for name, _ in samples if name == "producer_bot_queue_rows"]


async def test_other_rooms_may_show_figures_too(
    server: Server, registry: CollectorRegistry
) -> None:
    Counter("alerts_sent", "Alerts sent.", registry=registry).inc()
    assert (await scrape(server))["alerts_sent_total", ()] == 1


async def test_no_label_holds_what_was_sent(server: Server) -> None:
    marked = event(id="evt_MARK", type="MARK.created", account="acct_MARK")
    await server.deliver(marked)
    await server.post(bytes_of(marked), headers(b"") | {"User-Agent": "MARK"}, "/webhooks/stripe")
    await server.get("/MARK")
    assert "MARK" not in (await server.get("/metrics"))[1]
