"""How often Stripe is asked: once for an ordinary sale, whatever the order of its events."""

from itertools import permutations

import pytest

from tests.journey.house import House
from tests.journey.shop import Shop

SESSION = "/v1/checkout/sessions/{id}"
SESSIONS = "/v1/checkout/sessions"
INTENT = "/v1/payment_intents/{id}"
TYPES = ("charge.succeeded", "payment_intent.succeeded", "checkout.session.completed")


@pytest.mark.parametrize("order", permutations(TYPES), ids=" ".join)
async def test_one_call_reads_a_sale_however_its_events_come(
    home: House, shop: Shop, order: tuple[str, ...]
) -> None:
    home.account.buy(shop.lease)
    by_type = {event["type"]: event for event in home.account.take_events()}
    for type_ in order:
        await home.deliver([by_type[type_]])
        await home.work()
        home.time.pass_(seconds=0.3)
    await home.catch_up()
    assert home.stripe.calls.paths[SESSION] <= order.index("checkout.session.completed") + 1
    assert (await home.sale()).share is not None
    assert len(await home.outbox()) == 1
