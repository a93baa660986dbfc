"""What a buyer gets: the terms they bought under, whatever happens to these afterwards."""

import aiohttp

from bot.domain.sold_license import LINK_LIFE, LicenseState, SoldLicense
from bot.store.key_value import ensure_key
from bot.store.queries import license as licenses
from bot.text.license_document import LicensePrinter
from tests.journey.house import House
from tests.journey.shop import ANA, Shop
from tests.text.pdf import text_of


async def license_of(home: House, number: int = 1001) -> SoldLicense:
    producer = await home.producer()
    async with home.app.store.read() as connection:
        found = await licenses.by_number(connection, producer, number, home.time())
    assert found is not None
    return found


async def terms_of(home: House, number: int = 1001) -> str:
    found = await license_of(home, number)
    assert found.terms is not None
    return found.terms.name


async def test_each_license_has_the_terms_that_its_name_and_price_say(
    home: House, shop: Shop
) -> None:
    wav = home.account.price(shop.neon_rain, 4000, nickname="WAV Lease")
    named = home.account.price(
        shop.paper_moon, 4000, nickname="Gold", metadata={"terms": "unlimited-lease"}
    )
    written = home.account.price(
        shop.paper_moon, 4000, metadata={"terms": "For one video.\n\nNo more."}
    )
    home.account.buy(shop.lease, shop.exclusive, wav, named, written, buyer=ANA)
    await home.happen()
    names = [await terms_of(home, number) for number in range(1001, 1006)]
    assert names == ["lease", "exclusive", "wav-lease", "unlimited-lease", "price"]
    last = (await license_of(home, 1005)).terms
    assert last is not None
    assert last.text == "For one video.\n\nNo more."


async def test_terms_changed_at_stripe_change_nothing_sold(home: House, shop: Shop) -> None:
    price = home.account.price(shop.neon_rain, 4000, nickname="Gold", metadata={"terms": "lease"})
    bought = home.account.buy(price, buyer=ANA, settled=False)
    await home.happen()
    before = (await license_of(home)).terms
    home.account.change(price, metadata={"terms": "exclusive"}, nickname="Exclusive")
    home.account.settle(bought)
    await home.happen()
    await home.catch_up()
    assert (await license_of(home)).terms == before
    home.account.buy(price)
    await home.happen()
    assert await terms_of(home, 1002) == "exclusive"


async def test_while_stripe_is_silent_terms_wait_for_what_was_bought(
    home: House, shop: Shop
) -> None:
    home.stripe.faults.down = True
    home.account.buy(shop.exclusive, buyer=ANA)
    await home.happen()
    assert not (await license_of(home)).record.payment.detailed
    home.stripe.faults.clear()
    await home.catch_up()
    assert (await license_of(home)).record.payment.detailed
    assert await terms_of(home) == "exclusive"


async def test_a_refund_ends_a_license(home: House, shop: Shop) -> None:
    bought = home.account.buy(shop.lease, buyer=ANA)
    await home.happen()
    assert (await license_of(home)).state is LicenseState.VALID
    home.account.refund(bought)
    await home.happen()
    assert (await license_of(home)).state is LicenseState.REFUNDED


async def test_it_is_sold_under_the_accounts_business_name(home: House) -> None:
    await home.app.account.run()
    assert (await home.producer()).name == home.account.get("account", home.account.id)[
        "business_profile"
    ]["name"]


async def test_the_whole_bot_serves_it_by_its_link(home: House, shop: Shop) -> None:
    home.account.buy(shop.exclusive, buyer=ANA)
    await home.happen()
    async with home.app.store.write() as connection:
        printer = LicensePrinter(
            await ensure_key(connection), home.hook._url.removesuffix("/webhooks/stripe")
        )
    link = printer.link(await license_of(home), home.time() + LINK_LIFE)
    assert link
    async with aiohttp.ClientSession() as session, session.get(link) as response:
        assert response.status == 200
        text = text_of(await response.read())
    assert "EXCLUSIVE LICENSE" in text
    assert "Ana Lima" in text
