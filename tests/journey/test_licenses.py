"""What a buyer gets: the terms they bought under, whatever happens to these afterwards."""

import aiohttp

from bot.domain.sold_license import LINK_LIFE, LicenseState, SoldLicense
from bot.store.key_value import ensure_key
from bot.store.queries import license as licenses
from bot.text.license_document import LicensePrinter
from tests.journey.live_bot import LiveBot
from tests.journey.shop import ANA, Shop
from tests.text.pdf import text_of


async def license_of(bot: LiveBot, number: int = 1001) -> SoldLicense:
    producer = await bot.producer()
    async with bot.app.store.read() as connection:
        found = await licenses.by_number(connection, producer, number, bot.time())
    assert found is not None
    return found


async def terms_of(bot: LiveBot, number: int = 1001) -> str:
    found = await license_of(bot, number)
    assert found.terms is not None
    return found.terms.name


async def test_each_license_has_the_terms_that_its_name_and_price_say(
    bot: LiveBot, shop: Shop
) -> None:
    wav = bot.account.price(shop.neon_rain, 4000, nickname="WAV Lease")
    named = bot.account.price(
        shop.paper_moon, 4000, nickname="Gold", metadata={"terms": "unlimited-lease"}
    )
    written = bot.account.price(
        shop.paper_moon, 4000, metadata={"terms": "For one video.\n\nNo more."}
    )
    await bot.happen(bot.account.buy(shop.lease, shop.exclusive, wav, named, written, buyer=ANA))
    names = [await terms_of(bot, number) for number in range(1001, 1006)]
    assert names == ["lease", "exclusive", "wav-lease", "unlimited-lease", "price"]
    last = (await license_of(bot, 1005)).terms
    assert last is not None
    assert last.text == "For one video.\n\nNo more."


async def test_terms_changed_at_stripe_change_nothing_sold(bot: LiveBot, shop: Shop) -> None:
    price = bot.account.price(shop.neon_rain, 4000, nickname="Gold", metadata={"terms": "lease"})
    bought = await bot.happen(bot.account.buy(price, buyer=ANA, settled=False))
    before = (await license_of(bot)).terms
    bot.account.change(price, metadata={"terms": "exclusive"}, nickname="Exclusive")
    await bot.happen(bot.account.settle(bought))
    await bot.catch_up()
    assert (await license_of(bot)).terms == before
    await bot.happen(bot.account.buy(price))
    assert await terms_of(bot, 1002) == "exclusive"


async def test_while_stripe_is_silent_terms_wait_for_what_was_bought(
    bot: LiveBot, shop: Shop
) -> None:
    bot.stripe.faults.down = True
    await bot.happen(bot.account.buy(shop.exclusive, buyer=ANA))
    assert not (await license_of(bot)).record.payment.detailed
    bot.stripe.faults.clear()
    await bot.catch_up()
    assert (await license_of(bot)).record.payment.detailed
    assert await terms_of(bot) == "exclusive"


async def test_a_refund_ends_a_license(bot: LiveBot, shop: Shop) -> None:
    bought = await bot.happen(bot.account.buy(shop.lease, buyer=ANA))
    assert (await license_of(bot)).state is LicenseState.VALID
    await bot.happen(bot.account.refund(bought))
    assert (await license_of(bot)).state is LicenseState.REFUNDED


async def test_it_is_sold_under_the_accounts_business_name(bot: LiveBot) -> None:
    await bot.app.account.run()
    assert (await bot.producer()).name == bot.account.get("account", bot.account.id)[
        "business_profile"
    ]["name"]


async def test_the_whole_bot_serves_it_by_its_link(bot: LiveBot, shop: Shop) -> None:
    await bot.happen(bot.account.buy(shop.exclusive, buyer=ANA))
    async with bot.app.store.write() as connection:
        printer = LicensePrinter(
            await ensure_key(connection), bot.hook.url.removesuffix("/webhooks/stripe")
        )
    link = printer.link(await license_of(bot), bot.time() + LINK_LIFE)
    assert link
    async with aiohttp.ClientSession() as session, session.get(link) as response:
        assert response.status == 200
        text = text_of(await response.read())
    assert "EXCLUSIVE LICENSE" in text
    assert "Ana Lima" in text
