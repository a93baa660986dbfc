"""Answers with status 200 that are not to the question are Stripe not answering."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.json_access import Json
from bot.stripe_api import Span, StripeApi, StripeDown
from bot.stripe_api.transport import verify
from bot.sync.stripe_calls import Persistence
from fakes.stripe import StripeAccount, StripeServer
from fakes.stripe.faults import Odd
from tests.stripe_api.conftest import Prices, Shop

Call = Callable[[StripeApi, StripeAccount], Awaitable[Any]]

LISTS_ONLY = {Odd.NO_HAS_MORE, Odd.NO_DATA, Odd.NO_OBJECTS, Odd.SAME_PAGE}


def _day(account: StripeAccount) -> Span:
    now = datetime.fromtimestamp(account.books.now(), UTC)
    return Span(now - timedelta(days=1), now + timedelta(seconds=1))


def _first(account: StripeAccount, kind: str) -> str:
    return str(account.books.all(kind)[0])


OBJECTS: dict[str, Call] = {
    "a payment by its checkout": lambda api, account: api.read_payment(
        session=_first(account, "checkout.session")
    ),
    "a payment by its charge": lambda api, account: api.read_payment(
        charge=_first(account, "charge")
    ),
    "a payout": lambda api, account: api.read_payout(_first(account, "payout")),
    "a product": lambda api, account: api.read_product(_first(account, "product")),
    "a payment link": lambda api, account: api.read_payment_link(_first(account, "payment_link")),
    "a price archived": lambda api, account: api.archive_price(_first(account, "price")),
    "a checkout closed": lambda api, account: api.expire_session(
        account.open(_first(account, "price"))
    ),
}
LISTS: dict[str, Call] = {
    "a payment by its intent": lambda api, account: api.read_payment(
        intent=_first(account, "payment_intent")
    ),
    "checkouts": lambda api, account: api.history().checkouts(_day(account)),
    "charges": lambda api, account: api.history().charges(_day(account)),
    "refunds": lambda api, account: api.history().refunds(_day(account)),
    "payouts": lambda api, account: api.history().payouts(_day(account)),
    "movements": lambda api, account: api.history().movements(_day(account)),
    "events": lambda api, account: api.history().events(_day(account), ["charge.succeeded"]),
    "products": lambda api, account: anext(api.products()),
    "prices of a product": lambda api, account: api.prices_of(_first(account, "product")),
    "payment links": lambda api, account: anext(api.payment_links()),
    "open checkouts": lambda api, account: anext(api.open_sessions()),
}


@pytest.fixture
def sold(account: StripeAccount, prices: Prices) -> StripeAccount:
    """An account that has one of everything."""
    bought = account.buy(prices.lease)
    account.refund(bought, 100)
    account.link([prices.lease])
    account.open(prices.lease)
    account.pay_out(automatic=False, amount=500)
    return account


FILTERED = "a payment by its intent,checkouts,charges,refunds,payouts,movements,prices of a product"
ODD_ANSWERS = [
    *((name, odd) for name in OBJECTS for odd in sorted(set(Odd) - LISTS_ONLY)),
    *((name, odd) for name in LISTS for odd in sorted(set(Odd) - {Odd.SAME_PAGE, Odd.ANOTHER_ID})),
    # What the list holds does not fit the question.
    *((name, Odd.ANOTHER_ID) for name in FILTERED.split(",")),
]


@pytest.mark.parametrize(("name", "odd"), ODD_ANSWERS)
async def test_answer_to_another_question_is_stripe_down(
    sold: StripeAccount, stripe: StripeServer, api: StripeApi, name: str, odd: Odd
) -> None:
    stripe.faults.odd_next(9, odd)
    with pytest.raises(StripeDown):
        await (OBJECTS | LISTS)[name](api, sold)


@pytest.mark.parametrize("odd", [Odd.EMPTY, Odd.ANOTHER_OBJECT, Odd.NULL, Odd.HTML])
async def test_nothing_is_made_of_an_account_that_is_none(shop: Shop, odd: Odd) -> None:
    shop.server.faults.odd_next(9, odd)
    with pytest.raises(StripeDown):
        await shop.api.account()


SESSION = {"id": "cs_1", "object": "checkout.session"}
WHOLE = {"expand": ("line_items.data.price.product", "payment_intent.latest_charge.refunds")}


@pytest.mark.parametrize(
    "shown",
    [
        {},
        {"line_items": None},
        {"line_items": {"object": "list", "data": []}},
        {"line_items": {"object": "list", "data": [{"id": "li_1"}], "has_more": False}},
        {"line_items": {"object": "list", "data": [], "has_more": True}},
    ],
)
def test_an_object_without_what_was_to_be_expanded_is_not_what_was_asked(shown: Json) -> None:
    with pytest.raises(StripeDown):
        verify("/v1/checkout/sessions/cs_1", WHOLE, SESSION | dict(shown), written=False)


@pytest.mark.parametrize(
    "intent",
    [
        {},
        {"object": "payment_intent"},
        {"id": "pi_1", "object": "charge"},
        {"id": "pi_1", "object": "payment_intent", "latest_charge": {"id": "ch_1"}},
    ],
)
def test_an_expanded_object_of_another_kind_is_not_what_was_asked(intent: Json) -> None:
    items = {"object": "list", "data": [], "has_more": False}
    shown = SESSION | {"line_items": items, "payment_intent": intent}
    with pytest.raises(StripeDown):
        verify("/v1/checkout/sessions/cs_1", WHOLE, shown, written=False)


def test_what_is_not_there_yet_is_an_answer() -> None:
    items = {"object": "list", "data": [], "has_more": False}
    for intent in (None, "pi_1", {"id": "pi_1", "object": "payment_intent", "latest_charge": None}):
        shown = SESSION | {"line_items": items, "payment_intent": intent}
        assert verify("/v1/checkout/sessions/cs_1", WHOLE, shown, written=False) == shown


async def test_a_list_in_circles_is_read_once(shop: Shop) -> None:
    for number in range(150):
        shop.account.product(f"Beat {number}")
    shop.server.faults.odd_next(1_000, Odd.SAME_PAGE)
    with pytest.raises(StripeDown):
        await shop.api.lists().pages("/v1/products")
    assert shop.server.calls.total == 2


async def test_a_page_that_was_there_before_is_asked_for_again(shop: Shop) -> None:
    """By who is persistent; what was read of the list until then is not read again."""
    for number in range(350):
        shop.account.product(f"Beat {number}")
    shop.server.faults.odd_next(1, Odd.SAME_PAGE, path="/v1/products", after=2)
    pauses: list[float] = []

    async def pause(seconds: float) -> None:
        pauses.append(seconds)

    api = shop.api.persistent(Persistence(pause, tries=2).ask)
    read = [one["id"] for one in await api.lists().pages("/v1/products")]
    assert sorted(read) == sorted(shop.account.books.all("product"))
    assert len(pauses) == 1
    assert shop.server.calls.total == 5
