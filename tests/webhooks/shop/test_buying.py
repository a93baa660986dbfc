"""From a button to the payment page, or to a page that says why not."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.stripe_api.checkout_sessions import SellingCalls
from tests import factories as make
from tests.webhooks.shop.conftest import HOME, Answer, Stand, open_stand
from webhooks.shop.rate_limit import OF_A_TRACK, OF_ALL, OF_AN_ADDRESS


def heading(answer: Answer) -> str:
    return answer.text.partition('<h1 dir="auto">')[2].partition("</h1>")[0]


def sessions(stand: Stand) -> list[dict[str, Any]]:
    """The Checkouts that were opened, oldest first."""
    books = stand.account.books
    return [books.get("checkout.session", id_) for id_ in books.all("checkout.session")]


@pytest.fixture
async def price(stand: Stand) -> str:
    await stand.offer("Midnight Drive", (2999, "Basic Lease"))
    return stand.prices()[0]


async def test_a_button_leads_to_stripes_payment_page(stand: Stand, price: str) -> None:
    answer = await stand.buy(price, Sec_Fetch_Site="same-origin")
    (session,) = sessions(stand)
    assert (answer.status, answer.headers["Location"]) == (303, session["url"])
    assert answer.headers["Location"].startswith("https://checkout.stripe.com/")
    assert session["mode"] == "payment"
    assert session["amount_total"] == 2999
    named = {"track": "Midnight Drive", "license": "Basic Lease", "exclusive": "no"}
    assert session["metadata"] == named
    assert session["success_url"] == f"{HOME}/bought?session_id={{CHECKOUT_SESSION_ID}}"
    assert session["cancel_url"] == HOME + await stand.page_of("Midnight Drive")
    assert session["customer_email"] is None
    life = session["expires_at"] - session["created"]
    assert 30 * 60 <= life <= 40 * 60


async def test_every_buyer_gets_a_checkout_of_their_own(stand: Stand, price: str) -> None:
    first, second = await stand.buy(price), await stand.buy(price)
    assert first.headers["Location"] != second.headers["Location"]


async def test_a_long_or_strange_name_can_be_bought_too(stand: Stand) -> None:
    name = "🔥<b>" * 300
    await stand.offer(name, (2999, "x" * 600))
    assert (await stand.buy(stand.prices()[0])).status == 303
    (session,) = sessions(stand)
    assert max(map(len, session["metadata"].values())) <= 500


@pytest.mark.parametrize("price", ["price_none", "x", "%00", "..%2F..%2Fetc", "a" * 300, "🔥"])
async def test_an_unknown_price_buys_nothing(stand: Stand, price: str) -> None:
    answer = await stand.buy(price)
    assert (answer.status, heading(answer)) == (404, "There is no such price")


async def test_a_track_sold_between_page_and_button_is_refused(stand: Stand, price: str) -> None:
    await stand.sell(make.paid("1", make.exclusive("Midnight Drive")))
    answer = await stand.buy(price)
    assert (answer.status, heading(answer)) == (410, "Sold exclusively")
    assert sessions(stand) == []


async def test_a_price_that_is_no_longer_offered_is_refused(stand: Stand) -> None:
    page = await stand.offer("Midnight Drive", (2999, "Basic Lease"), (900, "MP3 Lease"))
    lease, other = stand.prices()
    stand.account.archive(lease)
    await stand.learn()
    answer = await stand.buy(lease)
    assert (answer.status, heading(answer)) == (409, "This price is no longer offered")
    assert f'href="..{page}"' in answer.text
    stand.account.archive(other)
    await stand.learn()
    assert (await stand.buy(other)).status == 409
    assert sessions(stand) == []


async def test_what_only_stripe_knows_to_be_archived_is_refused(stand: Stand, price: str) -> None:
    stand.account.archive(price)
    answer = await stand.buy(price)
    assert (answer.status, heading(answer)) == (409, "This price is no longer offered")


async def test_while_stripe_is_down_its_payment_link_is_offered(stand: Stand, price: str) -> None:
    stand.stripe.faults.down = True
    answer = await stand.buy(price)
    assert (answer.status, heading(answer)) == (503, "The payment page cannot be reached")
    assert "payment link" not in answer.text
    link = stand.account.get("payment_link", stand.account.link([price]))["url"]
    await stand.learn()
    answer = await stand.buy(price)
    assert answer.status == 503
    assert f'href="{link}"' in answer.text


async def test_a_stripe_that_hangs_keeps_nobody_waiting(tmp_path: Path) -> None:
    async with open_stand(tmp_path, patience=0.05) as stand:
        await stand.offer("Midnight Drive")
        [price] = stand.prices()
        link = stand.account.get("payment_link", stand.account.link([price]))["url"]
        await stand.learn()
        stand.stripe.faults.delay = 600
        answer = await stand.buy(price)
        assert (answer.status, heading(answer)) == (503, "The payment page cannot be reached")
        assert f'href="{link}"' in answer.text


async def test_a_track_sold_while_stripe_opens_the_checkout_is_refused_and_the_checkout_closed(
    stand: Stand, price: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = SellingCalls.create_session

    async def while_sold(self: SellingCalls, **values: Any) -> Any:
        await stand.sell(make.paid("1", make.exclusive("Midnight Drive")))
        return await opening(self, **values)

    monkeypatch.setattr(SellingCalls, "create_session", while_sold)
    answer = await stand.buy(price)
    assert (answer.status, heading(answer)) == (410, "Sold exclusively")
    assert [session["status"] for session in sessions(stand)] == ["expired"]


async def test_with_a_key_that_may_only_read_the_payment_link_sells(
    stand: Stand, price: str
) -> None:
    stand.stripe.faults.read_only = {"checkout.session"}
    answer = await stand.buy(price)
    assert (answer.status, heading(answer)) == (503, "This cannot be bought here right now")
    link = stand.account.get("payment_link", stand.account.link([price]))["url"]
    await stand.learn()
    answer = await stand.buy(price)
    assert (answer.status, answer.headers["Location"]) == (303, link)


@pytest.mark.parametrize("lacking", [{"key": False}, {"home": None}])
async def test_without_a_key_or_an_address_the_payment_link_sells(
    tmp_path: Path, lacking: dict[str, Any]
) -> None:
    async with open_stand(tmp_path, **lacking) as stand:
        await stand.offer("Midnight Drive")
        answer = await stand.buy(stand.prices()[0])
        assert (answer.status, heading(answer)) == (503, "This cannot be bought here right now")
        assert "PUBLIC_URL" not in answer.text
        link = stand.account.link(stand.prices())
        await stand.learn()
        answer = await stand.buy(stand.prices()[0])
        assert answer.headers["Location"] == stand.account.get("payment_link", link)["url"]


async def test_a_payment_page_elsewhere_is_led_on_to(stand: Stand, price: str) -> None:
    """A shop may have its own domain at Stripe, which no form of ours may be sent on to."""
    link = stand.account.link([price])
    stand.account.change(link, url="https://pay.example.com/b/1?a=2")
    await stand.learn()
    stand.stripe.faults.read_only = {"checkout.session"}
    answer = await stand.buy(price)
    assert (answer.status, heading(answer)) == (200, "On to the payment")
    shown = stand.account.get("payment_link", link)["url"]
    assert answer.headers["Refresh"] == f"0; url={shown}"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
        {"Sec_Fetch_Site": "none"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "https://[broken"},
    ],
)
async def test_a_form_of_another_site_buys_nothing(
    stand: Stand, price: str, headers: dict[str, str]
) -> None:
    answer = await stand.buy(price, **headers)
    assert (answer.status, heading(answer)) == (403, "Please buy from the shop itself")
    assert sessions(stand) == []


async def test_a_form_of_ours_says_so_in_either_way(stand: Stand, price: str) -> None:
    own = stand.address.removeprefix("http://")
    for headers in ({"Origin": HOME}, {"Origin": f"https://{own}"}, {}):
        assert (await stand.buy(price, **headers)).status == 303


async def test_one_address_cannot_open_checkouts_without_end(stand: Stand, price: str) -> None:
    for _ in range(OF_AN_ADDRESS.at_once):
        assert (await stand.buy(price, X_Forwarded_For="203.0.113.7")).status == 303
    answer = await stand.buy(price, X_Forwarded_For="203.0.113.7")
    assert (answer.status, heading(answer)) == (429, "One moment, please")
    assert answer.headers["Retry-After"] == str(int(OF_AN_ADDRESS.rest))
    # Somebody else is not held up, and what a visitor claims of themselves does not count.
    assert (await stand.buy(price, X_Forwarded_For="203.0.113.8")).status == 303
    forged = await stand.buy(price, X_Forwarded_For="198.51.100.1, 203.0.113.7")
    assert forged.status == 429
    stand.seconds += OF_AN_ADDRESS.rest
    assert (await stand.buy(price, X_Forwarded_For="203.0.113.7")).status == 303
    assert (await stand.buy(price, X_Forwarded_For="203.0.113.7")).status == 429


def addresses() -> Iterator[dict[str, str]]:
    """Of one buyer after the other."""
    return ({"X_Forwarded_For": f"198.51.{n // 250}.{n % 250}"} for n in count())


async def test_many_addresses_cannot_open_checkouts_of_a_track_without_end(stand: Stand) -> None:
    await stand.offer("Midnight Drive", (2999, "Basic Lease"), (900, "MP3 Lease"))
    await stand.offer("Other", (1999, "Basic Lease"))
    lease, mp3, other = stand.prices()
    buyer = addresses()
    for _ in range(OF_A_TRACK.at_once // 2):
        assert (await stand.buy(lease, **next(buyer))).status == 303
        assert (await stand.buy(mp3, **next(buyer))).status == 303
    answer = await stand.buy(lease, **next(buyer))
    assert (answer.status, heading(answer)) == (429, "One moment, please")
    assert answer.headers["Retry-After"] == str(int(OF_A_TRACK.rest))
    assert (await stand.buy(other, **next(buyer))).status == 303
    stand.seconds += OF_A_TRACK.rest
    assert (await stand.buy(mp3, **next(buyer))).status == 303
    assert (await stand.buy(lease, **next(buyer))).status == 429


async def test_many_addresses_cannot_open_checkouts_of_all_tracks_without_end(
    stand: Stand,
) -> None:
    for number in range(3):
        await stand.offer(f"Track {number}", (2999, "Basic Lease"))
    prices, buyer = stand.prices(), addresses()
    for number in range(OF_ALL.at_once):
        assert (await stand.buy(prices[number % 3], **next(buyer))).status == 303
    assert (await stand.buy(prices[0], **next(buyer))).status == 429
    stand.seconds += OF_ALL.rest
    assert (await stand.buy(prices[0], **next(buyer))).status == 303


async def test_a_buyer_whom_a_full_track_refuses_is_led_to_its_payment_link(stand: Stand) -> None:
    await stand.offer("Midnight Drive", (2999, "Basic Lease"))
    (price,) = stand.prices()
    link = stand.account.get("payment_link", stand.account.link([price]))["url"]
    await stand.learn()
    buyer = addresses()
    for _ in range(OF_A_TRACK.at_once):
        await stand.buy(price, **next(buyer))
    answer = await stand.buy(price, **next(buyer))
    assert answer.status == 429
    assert f'href="{link}"' in answer.text


@pytest.mark.parametrize("jump", [timedelta(hours=-3), timedelta(hours=3), timedelta(days=-400)])
async def test_a_clock_that_jumps_refuses_no_honest_buyer(
    stand: Stand, price: str, jump: timedelta
) -> None:
    for _ in range(OF_AN_ADDRESS.at_once - 1):
        await stand.buy(price)
    stand.off = jump
    assert (await stand.buy(price)).status == 303
    stand.seconds += OF_AN_ADDRESS.rest
    assert (await stand.buy(price)).status == 303


async def test_the_address_of_a_button_opened_as_a_page_leads_to_the_shop(stand: Stand) -> None:
    answer = await stand.get("/buy/price_1")
    assert (answer.status, answer.headers["Location"]) == (303, "../")


def _link(stand: Stand, price: str, **shown: Any) -> str:
    return stand.account.link([price], **shown)


async def test_a_checkout_does_what_the_link_of_its_price_does(stand: Stand, price: str) -> None:
    _link(
        stand,
        price,
        adjustable={"enabled": True, "minimum": 1, "maximum": 5},
        allow_promotion_codes=True,
        automatic_tax={"enabled": True, "liability": {"type": "self"}},
        billing_address_collection="required",
        phone_number_collection={"enabled": True},
        tax_id_collection={"enabled": True, "required": "if_supported"},
        consent_collection={
            "payment_method_reuse_agreement": None,
            "promotions": "auto",
            "terms_of_service": "required",
        },
        custom_fields=[
            {
                "key": "artist",
                "label": {"type": "custom", "custom": "Artist name"},
                "type": "text",
                "text": {"maximum_length": 60, "minimum_length": None, "default_value": None},
                "optional": True,
                "dropdown": None,
                "numeric": None,
            }
        ],
        shipping_address_collection={"allowed_countries": ["US", "CA"]},
    )
    await stand.learn()
    assert (await stand.buy(price)).status == 303
    (session,) = sessions(stand)
    assert session["allow_promotion_codes"] is True
    assert session["automatic_tax"]["enabled"] is True
    assert session["billing_address_collection"] == "required"
    assert session["phone_number_collection"] == {"enabled": True}
    assert session["tax_id_collection"] == {"enabled": True, "required": "if_supported"}
    assert session["consent_collection"] == {"promotions": "auto", "terms_of_service": "required"}
    assert session["shipping_address_collection"] == {"allowed_countries": ["US", "CA"]}
    (field,) = session["custom_fields"]
    assert (field["label"]["custom"], field["text"]) == ("Artist name", {"maximum_length": 60})
    (item,) = items(stand, session)
    assert item["adjustable_quantity"] == {"enabled": True, "minimum": 1, "maximum": 5}


def items(stand: Stand, session: dict[str, Any]) -> list[dict[str, Any]]:
    books = stand.account.books
    return [books.get("item", id_) for id_ in books.grouped("item", "session", session["id"])]


async def test_a_price_without_a_link_is_sold_as_the_newest_link_is(stand: Stand) -> None:
    await stand.offer("Midnight Drive", (2999, "Basic Lease"), (4999, "Premium Lease"))
    lease, premium = stand.prices()
    many = {"enabled": True, "minimum": 1, "maximum": 5}
    _link(stand, lease)
    _link(stand, lease, adjustable=many, automatic_tax={"enabled": True})
    _link(stand, lease, allow_promotion_codes=True, active=False)
    await stand.learn()
    await stand.buy(premium)
    (session,) = sessions(stand)
    assert session["automatic_tax"]["enabled"] is True
    assert not session["allow_promotion_codes"]
    (item,) = items(stand, session)
    assert item["adjustable_quantity"] is None


async def test_the_link_of_the_price_alone_counts_before_one_of_several(stand: Stand) -> None:
    await stand.offer("Midnight Drive", (2999, "Basic Lease"), (4999, "Premium Lease"))
    lease, premium = stand.prices()
    stand.account.link([lease, premium], phone_number_collection={"enabled": True})
    _link(stand, lease, allow_promotion_codes=True)
    await stand.learn()
    await stand.buy(lease)
    await stand.buy(premium)
    alone, several = sessions(stand)
    assert (alone["allow_promotion_codes"], alone["phone_number_collection"]) == (
        True,
        {"enabled": False},
    )
    assert several["phone_number_collection"] == {"enabled": True}


async def test_without_any_link_a_checkout_is_a_plain_one(stand: Stand, price: str) -> None:
    await stand.buy(price)
    (session,) = sessions(stand)
    assert session["automatic_tax"]["enabled"] is False
    assert session["allow_promotion_codes"] is False
    (item,) = items(stand, session)
    assert (item["quantity"], item["adjustable_quantity"]) == (1, None)
