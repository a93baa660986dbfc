"""What a key may do, one by one, and nothing is changed by asking."""

from datetime import timedelta

import pytest

from bot.domain.key_permissions import WRITTEN, Access, Resource
from bot.stripe_api import KeyAbilities, StripeApi, check_permissions
from bot.stripe_api.permission_check import READS
from fakes.stripe import StripeServer
from tests.stripe_api.conftest import Shop

KINDS = {
    Resource.CHECKOUTS: "checkout.session",
    Resource.LINKS: "payment_link",
    Resource.PRODUCTS: "product",
    Resource.PRICES: "price",
    Resource.INTENTS: "payment_intent",
    Resource.CHARGES: "charge",
    Resource.BALANCE: "balance_transaction",
    Resource.DISPUTES: "dispute",
    Resource.PAYOUTS: "payout",
    Resource.EVENTS: "event",
    Resource.ACCOUNT: "account",
    Resource.ENDPOINTS: "webhook_endpoint",
}


async def found(api: StripeApi) -> dict[str, Access]:
    return {ability.permission: ability.access for ability in await check_permissions(api)}


async def test_restricted_key_reads_and_may_write(shop: Shop) -> None:
    rows = await check_permissions(shop.api)
    assert [row.resource for row in rows if not row.writes] == list(Resource)
    assert [row.resource for row in rows if row.writes] == list(WRITTEN)
    assert {row.access for row in rows if not row.writes} == {Access.ALLOWED}
    assert {row.access for row in rows if row.writes} == {Access.UNKNOWN}
    assert not [path for path in shop.server.calls.paths if path.startswith("POST")]
    assert shop.server.calls.total == len(READS)


@pytest.mark.parametrize("resource", KINDS)
async def test_what_is_denied_is_named_as_stripe_names_it(shop: Shop, resource: Resource) -> None:
    shop.server.faults.denied.add(KINDS[resource])
    denied = {name for name, access in (await found(shop.api)).items() if access is Access.DENIED}
    both = {f"rak_{resource}_read", f"rak_{resource}_write"}
    if resource is Resource.BALANCE:
        # Who may see their sources may see balance transactions, too.
        both = {"rak_balance_read", "rak_balance_transaction_source_read"}
        assert denied == both
        return
    assert denied == (both if resource in WRITTEN else {f"rak_{resource}_read"})


async def test_permission_to_expand_is_tried_too(shop: Shop) -> None:
    """Also in an account that has nothing yet: Stripe looks at the request first."""
    shop.server.faults.lacking.add("rak_balance_transaction_source_read")
    rows = await found(shop.api)
    denied = {name for name, access in rows.items() if access is Access.DENIED}
    assert denied == {"rak_balance_transaction_source_read"}
    assert rows["rak_balance_read"] is Access.ALLOWED


async def test_unknown_permission_keeps_stripes_name(shop: Shop) -> None:
    shop.server.faults.denied.add("refund")
    [denied] = [row for row in await check_permissions(shop.api) if row.access is Access.DENIED]
    assert (denied.resource, denied.permission) == (Resource.CHARGES, "rak_refund_read")


async def test_a_secret_key_may_do_everything(account_key: str, stripe: StripeServer) -> None:
    stripe.key = account_key
    async with StripeApi(account_key, stripe.url) as api:
        assert set((await found(api)).values()) == {Access.ALLOWED}


@pytest.fixture
def account_key() -> str:
    return "sk_test_51Simulated"


async def test_unknown_key_may_do_nothing(shop: Shop) -> None:
    shop.server.faults.fail_next(len(READS) * 3)
    assert set((await found(shop.api)).values()) == {Access.UNKNOWN}
    shop.server.faults.clear()
    shop.server.key = "rk_test_another"
    assert set((await found(shop.api)).values()) == {Access.DENIED}


async def test_permissions_are_remembered_for_minutes_unless_stripe_did_not_answer(
    shop: Shop,
) -> None:
    remembered = KeyAbilities(shop.api, shop.clock)
    shop.server.faults.fail_next(3, path="/v1/payouts")
    unsure = [row for row in await remembered() if row.access is Access.UNKNOWN]
    assert Resource.PAYOUTS in {row.resource for row in unsure}
    assert {row.access for row in await remembered() if not row.writes} == {Access.ALLOWED}
    shop.server.faults.denied.add("payout")
    assert {row.access for row in await remembered() if not row.writes} == {Access.ALLOWED}
    shop.clock.now += timedelta(minutes=6)
    [lost] = [row for row in await remembered() if row.access is Access.DENIED]
    assert lost.permission == "rak_payout_read"
    assert not await KeyAbilities(None, shop.clock)()
