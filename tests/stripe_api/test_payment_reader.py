from collections.abc import Sequence
from typing import Any

import pytest

from bot.stripe_api import StripeApi, StripeDenied, StripeGone
from fakes.stripe import Item, StripeAccount, StripeServer
from tests.fakes.stripe.clocks import MovableClock
from tests.stripe_api.conftest import Shop, whole

SESSION = "/v1/checkout/sessions/{id}"


def ids(objects: Sequence[Any] | None) -> list[str]:
    return [obj["id"] for obj in objects or ()]


async def test_an_ordinary_paid_session_takes_exactly_one_call(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease, shop.exclusive)
    view = await whole(shop.api, bought)

    assert shop.server.calls.paths == {SESSION: 1}
    assert view.session is not None
    assert view.items is not None
    assert view.charge is not None
    assert view.items[1]["price"]["product"]["name"] == "Midnight Drive"
    assert view.charge["balance_transaction"]["amount"] == 52899
    assert (view.refunds, view.disputes) == ((), ())


async def test_objects_stand_side_by_side_as_events_show_them(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease)
    view = await whole(shop.api, bought)

    assert view.session is not None
    assert view.intent is not None
    assert view.charge is not None
    assert view.session["payment_intent"] == view.intent["id"] == bought.intent
    assert view.intent["latest_charge"] == view.charge["id"] == bought.charge
    assert "line_items" not in view.session
    assert "refunds" not in view.charge


async def test_a_sessions_lines_are_read_beyond_the_first_page(shop: Shop) -> None:
    bought = shop.account.buy(*(Item(shop.lease, n + 1) for n in range(130)))
    view = await whole(shop.api, bought)

    assert view.items is not None
    assert [item["quantity"] for item in view.items] == list(range(1, 131))
    assert view.items[-1]["price"]["product"]["name"] == "Midnight Drive"
    assert shop.server.calls.paths == {SESSION: 1, f"{SESSION}/line_items": 2}


async def test_a_free_checkout_has_neither_intent_nor_charge(shop: Shop) -> None:
    view = await whole(shop.api, shop.account.buy(shop.free))

    assert (view.intent, view.charge) == (None, None)
    assert shop.server.calls.total == 1


async def test_a_charge_that_is_not_booked_yet_says_so(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease, settled=False)
    before = await whole(shop.api, bought)
    shop.account.settle(bought)
    after = await whole(shop.api, bought)

    assert before.charge is not None
    assert after.charge is not None
    assert before.charge["balance_transaction"] is None
    assert after.charge["balance_transaction"]["fee"] == 117


async def test_an_intent_or_a_charge_leads_to_its_session(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease)
    view = await shop.api.read_payment(intent=bought.intent)
    assert shop.server.calls.paths["/v1/checkout/sessions"] == 1
    assert view == await whole(shop.api, bought)
    assert view == await shop.api.read_payment(charge=bought.charge)


@pytest.mark.parametrize("by", ["intent", "charge"])
async def test_a_payment_without_checkout_is_its_intent_and_charge(shop: Shop, by: str) -> None:
    paid = shop.account.pay(4000, "eur", metadata={"track": "Night Bus"})
    view = await shop.api.read_payment(**{by: getattr(paid, by)})

    assert (view.session, view.items) == (None, None)
    assert view.intent is not None
    assert view.charge is not None
    assert view.intent["metadata"] == {"track": "Night Bus"}
    assert view.charge["balance_transaction"]["currency"] == "usd"


async def test_charge_without_an_intent_stands_alone(shop: Shop) -> None:
    paid = shop.account.pay(4000)
    shop.account.books.change(str(paid.charge), payment_intent=None)
    view = await shop.api.read_payment(charge=paid.charge)

    assert view.intent is None
    assert view.charge is not None
    assert view.charge["id"] == paid.charge


async def test_no_id_reads_nothing(shop: Shop) -> None:
    assert await shop.api.read_payment() is None
    assert shop.server.calls.total == 0


async def test_refunds_come_with_what_was_booked(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease)
    first, second = shop.account.refund(bought, 1000), shop.account.refund(bought, 500)
    view = await whole(shop.api, bought)

    assert ids(view.refunds) == [second, first]
    assert view.refunds is not None
    assert view.refunds[1]["balance_transaction"]["amount"] == -1000
    assert shop.server.calls.paths == {SESSION: 1, "/v1/refunds": 1}


async def test_a_failed_refund_is_read_though_the_charge_no_longer_counts_it(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease)
    refund = shop.account.refund(bought)
    shop.account.fail_refund(refund)
    view = await whole(shop.api, bought)

    assert view.charge is not None
    assert view.refunds is not None
    assert view.charge["amount_refunded"] == 0
    assert view.refunds[0]["failure_balance_transaction"]["amount"] == 2999


async def test_more_refunds_than_a_page_are_all_read(shop: Shop) -> None:
    bought = shop.account.buy(shop.exclusive)
    for _ in range(105):
        shop.account.refund(bought, 1)

    assert len(ids((await whole(shop.api, bought)).refunds)) == 105
    assert shop.server.calls.paths["/v1/refunds"] == 2


async def test_disputes_are_read_when_the_charge_says_so(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease)
    dispute = shop.account.dispute(bought)
    view = await whole(shop.api, bought)

    assert ids(view.disputes) == [dispute]
    assert view.disputes is not None
    assert view.disputes[0]["balance_transactions"][0]["fee"] == 1500
    assert shop.server.calls.paths == {SESSION: 1, "/v1/disputes": 1}


async def test_disputes_are_read_when_an_event_names_one(shop: Shop) -> None:
    bought = shop.account.buy(shop.lease)
    inquiry = shop.account.dispute(bought, inquiry=True)
    shop.account.books.change(str(bought.charge), disputed=False)
    view = await shop.api.read_payment(session=bought.session, disputed=True)

    assert ids(view.disputes) == [inquiry]


async def test_a_connected_accounts_payments_are_read_in_its_name(clock: MovableClock) -> None:
    own = StripeAccount(clock=clock, seed=1)
    connected = StripeAccount(clock=clock, seed=2, connected=True)
    price = connected.price(connected.product("Night Bus"), 1000)
    bought = connected.buy(*[price] * 12)
    connected.refund(bought)
    async with (
        StripeServer(own, connected=[connected]) as stripe,
        StripeApi(stripe.key, stripe.url) as api,
    ):
        view = await api.of(connected.id).read_payment(session=bought.session)
        assert len(view.items or ()) == 12
        assert len(view.refunds or ()) == 1
        with pytest.raises(StripeGone):
            await api.read_payment(session=bought.session)
        with pytest.raises(StripeDenied, match="account_invalid"):
            await api.of("acct_nobody").read_payment(session=bought.session)


@pytest.mark.parametrize("id_", ["cs_test_nothing", "../account", "a?b=c&d", "ü"])
async def test_an_unknown_id_is_gone_whatever_it_looks_like(api: StripeApi, id_: str) -> None:
    names: list[dict[str, Any]] = [{"session": id_}, {"intent": id_}, {"charge": id_}]
    for name in names:
        with pytest.raises(StripeGone):
            await api.read_payment(**name)
    with pytest.raises(StripeGone):
        await api.read_payout(id_)


@pytest.mark.parametrize(
    ("kind", "permission"),
    [
        ("checkout.session", "rak_checkout_session_read"),
        ("charge", "rak_charge_read"),
        ("balance_transaction", "rak_balance_read"),
        ("product", "rak_product_read"),
    ],
)
async def test_permission_missing_to_expand_is_named(
    shop: Shop, kind: str, permission: str
) -> None:
    bought = shop.account.buy(shop.lease)
    shop.server.faults.denied.add(kind)

    with pytest.raises(StripeDenied) as denied:
        await whole(shop.api, bought)
    assert (denied.value.status, denied.value.permission) == (403, permission)
    assert permission in str(denied.value)
    assert shop.server.key[:12] not in str(denied.value)
