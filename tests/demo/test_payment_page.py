"""The page that stands in for Stripe's in the demo."""

from datetime import UTC, datetime

import aiohttp

from demo.payment_page import PaymentPage
from fakes.stripe import StripeAccount

NOON = datetime(2026, 3, 10, 12, tzinfo=UTC)


async def test_paying_there_completes_the_checkout_and_leads_back_to_the_shop() -> None:
    account = StripeAccount(clock=lambda: NOON)
    price = account.price(account.product("Midnight <Drive>"), 2999)
    told = []

    async def paid() -> None:
        told.append(account.get("checkout.session", session["id"])["payment_status"])

    async with PaymentPage(account, paid) as page, aiohttp.ClientSession() as buyer:
        account.books.checkout_url = page.url
        session = account.open_session(
            [price],
            metadata={"track": "Midnight <Drive>"},
            success_url="http://127.0.0.1:1/bought?session_id={CHECKOUT_SESSION_ID}",
        )
        async with buyer.get(session["url"]) as shown:
            text = await shown.text()
        assert "$29.99" in text
        assert "Midnight &lt;Drive&gt;" in text
        async with buyer.post(session["url"], allow_redirects=False) as answer:
            back = f"http://127.0.0.1:1/bought?session_id={session['id']}"
            assert (answer.status, answer.headers["Location"]) == (303, back)
        assert told == ["paid"]
        async with buyer.post(session["url"], allow_redirects=False) as again:
            assert again.status == 410
        async with buyer.get(f"{page.url}/c/pay/cs_none") as unknown:
            assert unknown.status == 404
