"""What is no sale of a license: stored, and left alone."""

from typing import Any

from bot.store import tables
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop


async def _no_sale(bot: LiveBot) -> None:
    await bot.catch_up()
    assert await bot.rows(tables.payments) == []
    assert await bot.outbox() == []
    assert set(await bot.rows(tables.events, "state")) <= {("ignored",), ("done",)}


async def test_subscriptions(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.subscribe(shop.lease, buyer=ANA))
    await _no_sale(bot)


async def test_subscriptions_without_a_key(keyless: LiveBot) -> None:
    await keyless.happen(keyless.account.subscribe(Shop(keyless.account).lease, buyer=ANA))
    await keyless.catch_up()
    assert await keyless.rows(tables.payments) == []
    assert set(await keyless.rows(tables.events, "state")) == {("ignored",), ("waiting",)}


async def test_checkouts_that_only_set_up_a_card(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease)
    session = bot.account.take_events()[2]["data"]["object"]
    set_up = session | {"mode": "setup", "payment_intent": None, "amount_total": None}
    await bot.deliver([_event("checkout.session.completed", set_up)])
    await _no_sale(bot)
    assert bot.stripe.calls.total == 0


async def test_a_payment_without_checkout_that_names_no_track(bot: LiveBot) -> None:
    await bot.happen(bot.account.pay(5000, description="Mixing, two hours", buyer=ANA))
    await _no_sale(bot)


async def test_a_card_that_was_declined_at_checkout(bot: LiveBot, shop: Shop) -> None:
    bot.account.pay(2999)
    charge = bot.account.take_events()[0]["data"]["object"]
    declined = charge | {"status": "failed", "paid": False, "captured": False}
    bot.account.books.change(charge["id"], **declined)
    bot.account.books.change(charge["payment_intent"], status="requires_payment_method")
    await bot.deliver([_event("charge.failed", declined)])
    await _no_sale(bot)


def _event(type_: str, obj: dict[str, Any]) -> dict[str, Any]:
    event = {"id": f"evt_{type_.replace('.', '')}", "object": "event", "type": type_}
    own = {"created": 1_700_000_000, "livemode": False, "api_version": "2026-10-28.endive"}
    return event | own | {"data": {"object": obj}}
