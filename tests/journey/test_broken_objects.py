"""Objects that make no sense: they fail with a reason, hold nothing up, and nothing is lost."""

from typing import Any

import pytest

from bot.domain.sale import SaleState
from bot.store import tables
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop

NOTHING_LIKE_IT = "cs_nothingLikeIt"
ODD: dict[str, dict[str, Any]] = {
    "no time": {"created": None},
    "nobody": {"customer_details": None, "customer_email": None},
    "a buyer of another kind": {"customer_details": "buyer"},
    "metadata of another kind": {"metadata": ["track"]},
    "metadata with other kinds in it": {"metadata": {"track": {"a": 1}, "license": 5}},
    "a name without end": {"customer_details": {"name": "x" * 10_000, "email": "\x00"}},
    "nonsense beside it": {"total_details": 5, "line_items": "none", "presentment_details": []},
}


def _checkout(bot: LiveBot, shop: Shop, **changes: Any) -> dict[str, Any]:
    """The event of a Checkout that Stripe itself knows nothing of."""
    bot.account.buy(shop.lease, buyer=ANA)
    event = bot.account.take_events()[2]
    session = event["data"]["object"] | {"id": NOTHING_LIKE_IT, "payment_intent": "pi_x"} | changes
    return event | {"id": "evt_broken", "data": {"object": session}}


async def _failed(bot: LiveBot) -> str:
    ((state, error),) = await bot.rows(tables.events, "state", "error")
    assert state == "failed"
    assert isinstance(error, str)
    return error


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD.keys())
async def test_a_checkout_that_is_only_odd_is_told(
    bot: LiveBot, shop: Shop, changes: dict[str, Any]
) -> None:
    await bot.take([_checkout(bot, shop, **changes)])
    assert (await bot.sale()).price.amount == 2999


async def test_a_broken_object_holds_up_no_other(bot: LiveBot, shop: Shop) -> None:
    broken = _checkout(bot, shop, amount_total="?")
    bot.account.buy(shop.neon_lease)
    await bot.take([broken, *bot.account.take_events()])
    assert (await bot.sale()).track == "Neon Rain"


@pytest.mark.parametrize("obj", [{}, {"object": "refund"}, {"id": 5}, {"id": "re 1"}])
async def test_an_event_whose_object_has_no_id_fails_with_a_reason(
    bot: LiveBot, shop: Shop, obj: object
) -> None:
    event = _checkout(bot, shop)
    await bot.take([event | {"type": "refund.created", "data": {"object": obj}}])
    assert await _failed(bot)


async def test_stripe_makes_good_what_its_event_has_wrong(bot: LiveBot, shop: Shop) -> None:
    bot.account.buy(shop.lease, buyer=ANA)
    event = bot.account.take_events()[2]
    broken = event["data"]["object"] | {"amount_total": "?", "currency": None}
    await bot.take([event | {"data": {"object": broken}}])
    assert (await bot.sale()).price.amount == 2999
    assert await bot.rows(tables.events, "state") == [("done",)]


async def test_a_broken_event_spoils_no_other_of_its_payment(keyless: LiveBot) -> None:
    bot, shop = keyless, Shop(keyless.account)
    bought = bot.account.buy(shop.lease, buyer=ANA)
    *_, checkout, _ = bot.account.take_events()
    broken = checkout | {
        "id": "evt_broken",
        "created": checkout["created"] + 1,
        "data": {"object": checkout["data"]["object"] | {"amount_total": "?"}},
    }
    await bot.take([broken, checkout])
    assert (await bot.sale()).price.amount == 2999
    await bot.happen(bot.account.refund(bought))
    assert (await bot.sale()).state is SaleState.REFUNDED
    states = await bot.event_states()
    assert states.pop("evt_broken") == "failed"
    assert set(states.values()) == {"done"}


async def test_a_broken_event_of_a_payout_spoils_no_other(keyless: LiveBot) -> None:
    bot = keyless
    bot.account.pay_out(automatic=False, amount=500)
    (created,) = bot.account.take_events()
    broken = created["data"]["object"] | {"amount": None}
    await bot.take([created | {"id": "evt_broken", "data": {"object": broken}}])
    assert await _failed(bot)
    await bot.take([created])
    assert await bot.rows(tables.payouts, "amount") == [(500,)]


async def test_what_failed_is_kept_and_a_later_event_of_the_same_payment_still_counts(
    bot: LiveBot, shop: Shop
) -> None:
    broken = _checkout(bot, shop, amount_total=None)
    await bot.take([broken])
    assert await _failed(bot)
    bot.time.pass_(minutes=1)
    session = broken["data"]["object"] | {"amount_total": 2999}
    await bot.take([broken | {"id": "evt_whole", "data": {"object": session}}])
    assert (await bot.sale()).price.amount == 2999
    assert len(await bot.rows(tables.events)) == 2


async def test_an_answer_of_stripes_that_makes_no_sense_is_no_answer(
    bot: LiveBot, shop: Shop
) -> None:
    bought = bot.account.buy(shop.lease, buyer=ANA)
    assert bought.session is not None
    whole = bot.account.books.change(bought.session)
    bot.account.books.change(bought.session, amount_total="?", currency=5)
    await bot.happen()
    assert (await bot.sale()).price.amount == 2999
    bot.account.books.change(bought.session, **whole)
    await bot.catch_up()
    assert (await bot.sale()).track == "Midnight Drive"


@pytest.mark.parametrize("answer", [{"payment_intent": 7}, {"livemode": None}, {"mode": "?"}])
async def test_no_answer_of_stripes_breaks_the_worker(
    bot: LiveBot, shop: Shop, answer: dict[str, Any]
) -> None:
    bought = bot.account.buy(shop.lease)
    assert bought.session is not None
    bot.account.books.change(bought.session, **answer)
    await bot.happen(bot.account.buy(shop.neon_lease))
    assert "Neon Rain" in {sale.track for sale in await bot.sales()}
