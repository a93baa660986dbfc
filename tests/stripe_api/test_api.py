import pytest

from bot.stripe_api import StripeApi, StripeDenied, StripeRefused, livemode_of
from fakes.stripe import StripeServer
from tests.stripe_api.conftest import Shop


async def test_a_payout_and_its_movements_are_read(shop: Shop) -> None:
    for _ in range(120):
        shop.account.buy(shop.lease)
    shop.clock.advance(days=2)
    payout = shop.account.pay_out()
    shop.account.payout_paid(payout)

    shown = await shop.api.read_payout(payout)
    movements = await shop.api.payout_movements(payout)
    assert (shown["status"], shown["reconciliation_status"]) == ("paid", "completed")
    assert len(movements) == 121
    assert sum(movement["net"] for movement in movements) == 0
    assert shop.server.calls.paths["/v1/balance_transactions"] == 2


async def test_movements_of_a_manual_payout_are_refused(shop: Shop) -> None:
    payout = shop.account.pay_out(automatic=False, amount=100)

    with pytest.raises(StripeRefused, match="automatic") as refused:
        await shop.api.payout_movements(payout)
    assert type(refused.value) is StripeRefused


async def test_account_says_its_id_and_time_zone(shop: Shop) -> None:
    shown = await shop.api.account()

    assert shown is not None
    assert shown["id"] == shop.account.id
    assert shown["settings"]["dashboard"]["timezone"] == "Europe/Berlin"


async def test_account_hidden_from_the_key_is_none(shop: Shop) -> None:
    shop.server.faults.denied.add("account")

    assert await shop.api.account() is None


async def test_a_key_that_stripe_does_not_know_is_denied(stripe: StripeServer) -> None:
    async with StripeApi("rk_test_51nobodyknowsthisone", stripe.url) as api:
        with pytest.raises(StripeDenied) as denied:
            await api.account()
    assert denied.value.status == 401
    assert "nobody" not in str(denied.value)


@pytest.mark.parametrize(
    ("key", "livemode"),
    [
        ("rk_live_51abc", True),
        ("sk_live_51abc", True),
        ("rk_test_51abc", False),
        ("sk_test_51abc", False),
    ],
)
def test_a_keys_mode_follows_from_its_prefix(key: str, *, livemode: bool) -> None:
    assert livemode_of(key) is livemode


@pytest.mark.parametrize("key", ["", "pk_live_51abc", "whsec_abc", "rk_liv_51abc", "live"])
def test_what_is_no_api_key_is_refused_without_being_repeated(key: str) -> None:
    with pytest.raises(ValueError, match="begins with rk_live_") as refused:
        livemode_of(key)
    assert "51abc" not in str(refused.value)
