"""From a button to the payment page, and back to the license."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.domain.payment import Payment
from bot.domain.sold_license import LINK_LIFE
from bot.stripe_api import StripeApi
from tests import factories as make
from tests.text.pdf import text_of
from tests.webhooks.shop.conftest import HOME, Answer, ShopSite, open_site
from webhooks.shop.checkout import MOST_RELOADS
from webhooks.shop.rate_limit import ALL, PER_ADDRESS, PER_TRACK


def said(answer: Answer) -> tuple[int, str]:
    """The status of a page, and its heading."""
    heading = answer.text.partition('<h1 dir="auto">')[2].partition("</h1>")[0]
    return answer.status, heading


def sessions(site: ShopSite) -> list[dict[str, Any]]:
    """The Checkouts that were opened, oldest first."""
    books = site.account.books
    return [books.get("checkout.session", id_) for id_ in books.all("checkout.session")]


@pytest.fixture
async def price(site: ShopSite) -> str:
    await site.offer("Midnight Drive", (2999, "Basic Lease"))
    return site.prices()[0]


async def test_a_button_leads_to_stripes_payment_page(site: ShopSite, price: str) -> None:
    answer = await site.buy(price, Sec_Fetch_Site="same-origin")
    (session,) = sessions(site)
    assert (answer.status, answer.headers["Location"]) == (303, session["url"])
    assert answer.headers["Location"].startswith("https://checkout.stripe.com/")
    assert session["mode"] == "payment"
    assert session["amount_total"] == 2999
    named = {"track": "Midnight Drive", "license": "Basic Lease", "exclusive": "no"}
    assert session["metadata"] == named
    assert session["success_url"] == f"{HOME}/bought?session_id={{CHECKOUT_SESSION_ID}}"
    back = f"{HOME}{await site.page_of('Midnight Drive')}?currency=usd"
    assert session["cancel_url"] == back
    assert session["customer_email"] is None
    life = session["expires_at"] - session["created"]
    assert 30 * 60 <= life <= 40 * 60
    # Every buyer gets one of their own.
    assert (await site.buy(price)).headers["Location"] != session["url"]


async def test_a_long_or_strange_name_can_be_bought_too(site: ShopSite) -> None:
    name = "🔥<b>" * 300
    await site.offer(name, (2999, "x" * 600))
    assert (await site.buy(site.prices()[0])).status == 303
    (session,) = sessions(site)
    assert max(map(len, session["metadata"].values())) <= 500


@pytest.mark.parametrize("price", ["price_none", "x", "%00", "..%2F..%2Fetc", "a" * 300, "🔥"])
async def test_an_unknown_price_buys_nothing(site: ShopSite, price: str) -> None:
    answer = await site.buy(price)
    assert said(answer) == (404, "There is no such price")


async def test_a_track_sold_between_page_and_button_is_refused(site: ShopSite, price: str) -> None:
    await site.sell(make.paid("1", make.exclusive("Midnight Drive")))
    answer = await site.buy(price)
    assert said(answer) == (410, "Sold exclusively")
    assert sessions(site) == []


async def test_a_price_that_is_no_longer_offered_is_refused(site: ShopSite) -> None:
    page = await site.offer("Midnight Drive", (2999, "Basic Lease"), (900, "MP3 Lease"))
    lease, other = site.prices()
    site.account.archive(lease)
    await site.learn()
    answer = await site.buy(lease)
    assert said(answer) == (409, "This price is no longer offered")
    assert f'href="..{page}"' in answer.text
    site.account.archive(other)
    await site.learn()
    assert (await site.buy(other)).status == 409
    assert sessions(site) == []


async def test_what_only_stripe_knows_to_be_archived_is_refused(site: ShopSite, price: str) -> None:
    site.account.archive(price)
    answer = await site.buy(price)
    assert said(answer) == (409, "This price is no longer offered")


DOWN = (503, "The payment page cannot be reached")
NOT_SET_UP = (503, "This cannot be bought here right now")


@pytest.mark.parametrize(
    ("options", "faults", "words"),
    [
        ({}, {"down": True}, DOWN),
        ({"patience": 0.05}, {"delay": 600}, DOWN),
        ({}, {"read_only": {"checkout.session"}}, NOT_SET_UP),
        ({"key": False}, {}, NOT_SET_UP),
        ({"home": None}, {}, NOT_SET_UP),
    ],
)
async def test_price_without_a_checkout_is_sold_by_its_payment_link(
    tmp_path: Path, options: dict[str, Any], faults: dict[str, Any], words: tuple[int, str]
) -> None:
    async with open_site(tmp_path, **options) as site:
        await site.offer("Midnight Drive")
        [price] = site.prices()
        for fault, value in faults.items():
            setattr(site.stripe.faults, fault, value)
        answer = await site.buy(price)
        assert said(answer) == words
        assert not re.search("payment link|PUBLIC_URL", answer.text)
        link = await site.link(price)
        answer = await site.buy(price)
        if words == DOWN:
            assert said(answer) == words
            assert f'href="{link}"' in answer.text
        else:
            assert (answer.status, answer.headers["Location"]) == (303, link)


async def test_a_track_sold_while_stripe_opens_the_checkout_is_refused_and_the_checkout_closed(
    site: ShopSite, price: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opening = StripeApi.create_session

    async def while_sold(self: StripeApi, **values: Any) -> Any:
        await site.sell(make.paid("1", make.exclusive("Midnight Drive")))
        return await opening(self, **values)

    monkeypatch.setattr(StripeApi, "create_session", while_sold)
    answer = await site.buy(price)
    assert said(answer) == (410, "Sold exclusively")
    assert [session["status"] for session in sessions(site)] == ["expired"]


async def test_a_payment_page_elsewhere_is_led_on_to(site: ShopSite, price: str) -> None:
    """A shop may have its own domain at Stripe, which no form of ours may be sent on to."""
    link = site.account.link([price])
    site.account.change(link, url="https://pay.example.com/b/1?a=2")
    await site.learn()
    site.stripe.faults.read_only = {"checkout.session"}
    answer = await site.buy(price)
    assert said(answer) == (200, "On to the payment")
    shown = site.account.get("payment_link", link)["url"]
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
    site: ShopSite, price: str, headers: dict[str, str]
) -> None:
    answer = await site.buy(price, **headers)
    assert said(answer) == (403, "Please buy from the shop itself")
    assert sessions(site) == []


async def test_a_form_of_ours_says_so_in_either_way(site: ShopSite, price: str) -> None:
    own = site.address.removeprefix("http://")
    for headers in ({"Origin": HOME}, {"Origin": f"https://{own}"}, {}):
        assert (await site.buy(price, **headers)).status == 303


async def test_one_address_cannot_open_checkouts_without_end(site: ShopSite, price: str) -> None:
    for _ in range(PER_ADDRESS.burst):
        assert (await site.buy(price, X_Forwarded_For="203.0.113.7")).status == 303
    answer = await site.buy(price, X_Forwarded_For="203.0.113.7")
    assert said(answer) == (429, "One moment, please")
    assert answer.headers["Retry-After"] == str(int(PER_ADDRESS.interval))
    # Somebody else is not held up, and what a visitor claims of themselves does not count.
    assert (await site.buy(price, X_Forwarded_For="203.0.113.8")).status == 303
    forged = await site.buy(price, X_Forwarded_For="198.51.100.1, 203.0.113.7")
    assert forged.status == 429
    site.seconds += PER_ADDRESS.interval
    assert (await site.buy(price, X_Forwarded_For="203.0.113.7")).status == 303
    assert (await site.buy(price, X_Forwarded_For="203.0.113.7")).status == 429


def addresses() -> Iterator[dict[str, str]]:
    """Of one buyer after the other."""
    return ({"X_Forwarded_For": f"198.51.{n // 250}.{n % 250}"} for n in count())


async def test_many_addresses_cannot_open_checkouts_of_a_track_without_end(site: ShopSite) -> None:
    await site.offer("Midnight Drive", (2999, "Basic Lease"), (900, "MP3 Lease"))
    await site.offer("Other", (1999, "Basic Lease"))
    lease, mp3, other = site.prices()
    buyer = addresses()
    for _ in range(PER_TRACK.burst // 2):
        assert (await site.buy(lease, **next(buyer))).status == 303
        assert (await site.buy(mp3, **next(buyer))).status == 303
    answer = await site.buy(lease, **next(buyer))
    assert said(answer) == (429, "One moment, please")
    assert answer.headers["Retry-After"] == str(int(PER_TRACK.interval))
    link = await site.link(lease)
    assert f'href="{link}"' in (await site.buy(lease, **next(buyer))).text
    assert (await site.buy(other, **next(buyer))).status == 303
    site.seconds += PER_TRACK.interval
    assert (await site.buy(mp3, **next(buyer))).status == 303
    assert (await site.buy(lease, **next(buyer))).status == 429


async def test_many_addresses_cannot_open_checkouts_of_all_tracks_without_end(
    site: ShopSite,
) -> None:
    for number in range(3):
        await site.offer(f"Track {number}", (2999, "Basic Lease"))
    prices, buyer = site.prices(), addresses()
    for number in range(ALL.burst):
        assert (await site.buy(prices[number % 3], **next(buyer))).status == 303
    assert (await site.buy(prices[0], **next(buyer))).status == 429
    site.seconds += ALL.interval
    assert (await site.buy(prices[0], **next(buyer))).status == 303


@pytest.mark.parametrize("jump", [timedelta(hours=-3), timedelta(hours=3), timedelta(days=-400)])
async def test_a_clock_that_jumps_refuses_no_honest_buyer(
    site: ShopSite, price: str, jump: timedelta
) -> None:
    for _ in range(PER_ADDRESS.burst - 1):
        await site.buy(price)
    site.off = jump
    assert (await site.buy(price)).status == 303
    site.seconds += PER_ADDRESS.interval
    assert (await site.buy(price)).status == 303


async def test_the_address_of_a_button_opened_as_a_page_leads_to_the_shop(site: ShopSite) -> None:
    answer = await site.get("/buy/price_1")
    assert (answer.status, answer.headers["Location"]) == (303, "../")


async def test_a_checkout_does_what_the_link_of_its_price_does(site: ShopSite, price: str) -> None:
    await site.link(
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
    await site.learn()
    assert (await site.buy(price)).status == 303
    (session,) = sessions(site)
    assert session["allow_promotion_codes"] is True
    assert session["automatic_tax"]["enabled"] is True
    assert session["billing_address_collection"] == "required"
    assert session["phone_number_collection"] == {"enabled": True}
    assert session["tax_id_collection"] == {"enabled": True, "required": "if_supported"}
    assert session["consent_collection"] == {"promotions": "auto", "terms_of_service": "required"}
    assert session["shipping_address_collection"] == {"allowed_countries": ["US", "CA"]}
    (field,) = session["custom_fields"]
    assert (field["label"]["custom"], field["text"]) == ("Artist name", {"maximum_length": 60})
    (item,) = items(site, session)
    assert item["adjustable_quantity"] == {"enabled": True, "minimum": 1, "maximum": 5}


def items(site: ShopSite, session: dict[str, Any]) -> list[dict[str, Any]]:
    books = site.account.books
    return [books.get("item", id_) for id_ in books.grouped("item", "session", session["id"])]


async def test_a_price_without_a_link_is_sold_as_the_newest_link_is(site: ShopSite) -> None:
    await site.offer("Midnight Drive", (2999, "Basic Lease"), (4999, "Premium Lease"))
    lease, premium = site.prices()
    many = {"enabled": True, "minimum": 1, "maximum": 5}
    await site.link(lease)
    await site.link(lease, adjustable=many, automatic_tax={"enabled": True})
    await site.link(lease, allow_promotion_codes=True, active=False)
    await site.learn()
    await site.buy(premium)
    (session,) = sessions(site)
    assert session["automatic_tax"]["enabled"] is True
    assert not session["allow_promotion_codes"]
    (item,) = items(site, session)
    assert item["adjustable_quantity"] is None


async def test_the_link_of_the_price_alone_counts_before_one_of_several(site: ShopSite) -> None:
    await site.offer("Midnight Drive", (2999, "Basic Lease"), (4999, "Premium Lease"))
    lease, premium = site.prices()
    await site.link(lease, premium, phone_number_collection={"enabled": True})
    await site.link(lease, allow_promotion_codes=True)
    await site.learn()
    await site.buy(lease)
    await site.buy(premium)
    alone, several = sessions(site)
    assert (alone["allow_promotion_codes"], alone["phone_number_collection"]) == (
        True,
        {"enabled": False},
    )
    assert several["phone_number_collection"] == {"enabled": True}


async def test_without_any_link_a_checkout_is_a_plain_one(site: ShopSite, price: str) -> None:
    await site.buy(price)
    (session,) = sessions(site)
    assert session["automatic_tax"]["enabled"] is False
    assert session["allow_promotion_codes"] is False
    (item,) = items(site, session)
    assert (item["quantity"], item["adjustable_quantity"]) == (1, None)


PAGE = "/bought?session_id=cs_1"


def links(text: str) -> list[str]:
    return re.findall(r'href="\./(license/[^"]+)"', text)


async def test_it_shows_what_was_bought_and_the_licenses_to_download(site: ShopSite) -> None:
    await site.sell(make.paid("1", make.lease("Low Tide"), make.exclusive("Midnight Drive")))
    page = await site.get(PAGE)
    assert page.status == 200
    words = (
        "You bought 2 tracks",
        "Your licenses are ready",
        "Low Tide",
        "Basic Lease",
        "$30.00",
        "No. 1001",
        "$500.00",
    )
    for shown in words:
        assert shown in page.text
    assert not re.search(r"Ana|Lima|example\.com", page.text)
    assert page.headers["Cache-Control"] == "private, no-store"
    assert "Refresh" not in page.headers
    first, second = links(page.text)
    for link, track in ((first, "Low Tide"), (second, "Midnight Drive")):
        document = await site.get(f"/{link}")
        assert document.headers["Content-Type"] == "application/pdf"
        assert track in text_of(document.body)


async def test_until_the_sale_is_recorded_it_looks_again_by_itself(site: ShopSite) -> None:
    page = await site.get(PAGE)
    assert "Your payment is being confirmed" in page.text
    assert page.headers["Refresh"] == "2; url=bought?session_id=cs_1&looks=1"
    later = await site.get(f"{PAGE}&looks=9")
    assert later.headers["Refresh"] == "11; url=bought?session_id=cs_1&looks=10"
    last = await site.get(f"{PAGE}&looks={MOST_RELOADS}")
    assert "Refresh" not in last.headers
    assert "nothing is lost" in last.text
    assert (await site.get(f"{PAGE}&looks=-1x")).headers["Refresh"].startswith("2;")
    # While only an event told of the sale, its tracks are not known.
    await site.sell(replace(make.paid("1"), detailed=False))
    assert "Your payment is being confirmed" in (await site.get(PAGE)).text
    await site.sell(make.paid("1"))
    ready = await site.get(PAGE)
    assert said(ready) == (200, "You bought Midnight Drive")
    assert "Your license is ready" in ready.text


@pytest.mark.parametrize(
    "query", ["", "?session_id=", "?session_id=pi_1", "?session_id=cs_%3Cscript%3E"]
)
async def test_without_a_session_there_is_nothing_to_show(site: ShopSite, query: str) -> None:
    page = await site.get(f"/bought{query}")
    assert page.status == 404
    assert "Nothing to show here" in page.text
    assert "<script" not in page.text


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (make.pending, "Your payment is on its way"),
        (make.failed, "Your payment did not go through"),
        (lambda sold: make.refunded(make.settled(sold)), "no longer valid"),
    ],
)
async def test_what_is_not_paid_gives_no_license(
    site: ShopSite, changed: Callable[[Payment], Payment], words: str
) -> None:
    await site.sell(changed(make.paid("1")))
    page = (await site.get(PAGE)).text
    assert words in page
    assert links(page) == []


async def test_who_came_too_late_is_told_that_the_money_comes_back(site: ShopSite) -> None:
    await site.sell(
        make.paid("9", make.exclusive("Midnight Drive"), buyer=make.BEN),
        make.paid("1", at=make.NOON + timedelta(hours=1)),
    )
    page = (await site.get(PAGE)).text
    assert "bought this track exclusively" in page
    assert links(page) == []
    assert "Ben" not in page


async def test_its_links_end_some_time_after_the_sale(site: ShopSite) -> None:
    await site.sell(make.paid("1"))
    site.time.now = make.NOON + LINK_LIFE - timedelta(seconds=1)
    (link,) = links((await site.get(PAGE)).text)
    assert (await site.get(f"/{link}")).status == 200
    site.time.now += timedelta(seconds=1)
    page = (await site.get(PAGE)).text
    assert links(page) == []
    assert "has expired" in page


async def test_without_a_key_it_shows_what_events_told(tmp_path: Path) -> None:
    async with open_site(tmp_path, key=False) as site:
        await site.sell(replace(make.paid("1"), detailed=False))
        assert "Your license is ready" in (await site.get(PAGE)).text
