"""Endpoints that the set-up creates and deletes."""

from collections.abc import AsyncIterator

import pytest

from bot.domain.event_types import TYPES
from bot.stripe_api import API_VERSION, StripeApi, StripeDenied, StripeGone, StripeRefused
from fakes.simulation import now
from fakes.stripe import StripeAccount, StripeServer
from tests.stripe_api.conftest import Shop

URL = "https://beats.example.com/webhooks/stripe"
OURS = {"producer_bot": "600"}


@pytest.fixture
async def stripe() -> AsyncIterator[StripeServer]:
    async with StripeServer(StripeAccount(clock=now, livemode=True)) as running:
        yield running


@pytest.fixture
async def api(stripe: StripeServer) -> AsyncIterator[StripeApi]:
    async with StripeApi(stripe.key, stripe.url) as connected:
        yield connected


async def test_an_endpoint_shows_its_secret_only_when_it_is_created(api: StripeApi) -> None:
    made = await api.create_endpoint(URL, TYPES, OURS)
    assert made["secret"].startswith("whsec_")
    [listed] = await api.lists().pages("/v1/webhook_endpoints")
    assert "secret" not in listed
    assert (listed["url"], listed["api_version"], listed["metadata"]) == (URL, API_VERSION, OURS)
    assert set(listed["enabled_events"]) == set(TYPES)


async def test_an_endpoint_that_is_deleted_is_gone(api: StripeApi) -> None:
    made = await api.create_endpoint(URL, TYPES, OURS)
    await api.delete_endpoint(made["id"])
    assert await api.lists().pages("/v1/webhook_endpoints") == []
    with pytest.raises(StripeGone):
        await api.delete_endpoint(made["id"])


async def test_an_endpoint_beyond_the_sixteenth_is_refused(api: StripeApi) -> None:
    for number in range(16):
        await api.create_endpoint(f"https://{number}.example.com", TYPES, {})
    with pytest.raises(StripeRefused, match="maximum of 16"):
        await api.create_endpoint(URL, TYPES, OURS)


async def test_an_endpoint_in_live_mode_needs_https(api: StripeApi) -> None:
    with pytest.raises(StripeRefused, match="Invalid URL"):
        await api.create_endpoint(URL.replace("https", "http"), TYPES, OURS)


async def test_a_key_without_the_permission_creates_and_deletes_nothing(shop: Shop) -> None:
    made = await shop.api.create_endpoint(URL, TYPES, OURS)
    shop.server.faults.read_only.add("webhook_endpoint")
    with pytest.raises(StripeDenied, match="rak_webhook_write"):
        await shop.api.create_endpoint(URL, TYPES, OURS)
    with pytest.raises(StripeDenied, match="rak_webhook_write"):
        await shop.api.delete_endpoint(made["id"])
    assert len(await shop.api.lists().pages("/v1/webhook_endpoints")) == 1
