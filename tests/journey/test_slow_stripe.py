"""Stripe slow or silent: the first message still names the sale, and the one call is let finish."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.domain.item_names import UNNAMED_TRACK
from bot.domain.sale import Sale
from bot.store import tables
from bot.sync.payment_sync import PaymentSync
from bot.sync.stripe_calls import PATIENCE
from bot.sync.worker import SALES_AT_ONCE
from fakes.stripe import Customer
from tests.fakes.stripe.leaps import leaping
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import ANA, BEN, Shop

pytestmark = pytest.mark.counted
SESSION = "/v1/checkout/sessions/{id}"


class SlowStripe:
    """Holds back its word on sessions until the test lets it out; no time passes meanwhile."""

    def __init__(self, bot: LiveBot, path: str = SESSION) -> None:
        self._home = bot
        self.answers = asyncio.Event()
        self._told = asyncio.Event()
        self.asked = asyncio.Event()
        bot.stripe.faults.latency = lambda called: 1.5 if called == path else 0.0
        bot.stripe.sleep = self._wait
        payments = bot.app.worker.handlers["payment"]
        assert isinstance(payments, PaymentSync)
        self._changed, payments.announce = payments.announce, self._tell

    async def _wait(self, _: float) -> None:
        self.asked.set()
        await self.answers.wait()

    def _tell(self) -> None:
        self._told.set()
        self._changed()

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """The bot works on what comes; Stripe answers at the end."""
        running = asyncio.create_task(self._home.app.worker.run())
        try:
            yield
        finally:
            self.answers.set()
            self._home.app.worker.stop()
            await running

    async def told(self, payments: int = 1) -> None:
        """Wait until so many payments are announced."""
        while len(await self._home.told("announce")) < payments:
            await self._told.wait()
            self._told.clear()

    async def answer(self) -> None:
        """Let Stripe answer, and wait until all of that is written down."""
        self.answers.set()
        await asyncio.gather(*self._home.app.worker.running.values())


@pytest.fixture
async def bot(tmp_path: Path) -> AsyncIterator[LiveBot]:
    """The event speaks for itself at once, unless Stripe is quicker."""
    async with live_bot(tmp_path, patience=0.0) as opened:
        yield opened


async def read_catalogue(bot: LiveBot) -> None:
    assert bot.app.recovery is not None
    bot.time.pass_(seconds=1)
    await bot.app.recovery.catalogue.look()


async def sell(bot: LiveBot, link: str | None, *prices: str, buyer: Customer = ANA) -> None:
    bot.account.buy(*prices, link=link, buyer=buyer, settled=False)
    await bot.deliver(bot.account.take_events()[-1:])


def what(sale: Sale) -> tuple[str, str, bool]:
    return sale.track, sale.license, sale.exclusive


async def test_a_sale_by_a_link_is_named_by_the_catalogue_while_stripe_is_slow(
    bot: LiveBot, shop: Shop
) -> None:
    link = bot.account.link([shop.exclusive])
    await read_catalogue(bot)
    slow = SlowStripe(bot)
    async with slow.at_work():
        await sell(bot, link, shop.exclusive)
        await slow.told()
        assert what(await bot.sale()) == ("Midnight Drive", "Exclusive", True)
        assert await bot.hear() == [("announce", "announce:payment:1")]
        await slow.answer()
    assert what(await bot.sale()) == ("Midnight Drive", "Exclusive", True)
    assert [kind for kind, _ in await bot.hear()] == ["edit"]


async def test_the_call_that_was_slow_is_not_made_again(bot: LiveBot, shop: Shop) -> None:
    slow = SlowStripe(bot)
    async with slow.at_work():
        await sell(bot, None, shop.lease)
        await slow.told()
        await slow.answer()
    assert (await bot.sale()).track == "Midnight Drive"
    assert bot.stripe.calls.paths[SESSION] == 1


async def test_a_sale_waits_for_stripe_that_takes_a_second(tmp_path: Path) -> None:
    async with live_bot(tmp_path) as bot:
        shop = Shop(bot.account)
        slow = SlowStripe(bot)
        async with slow.at_work():
            await sell(bot, None, shop.exclusive)
            await slow.answer()
            await slow.told()
            assert what(await bot.sale()) == ("Midnight Drive", "Exclusive", True)
            assert await bot.hear() == [("announce", "announce:payment:1")]


@pytest.mark.parametrize("seconds", [0.5, 1.5, 2.0])
async def test_as_slow_as_stripe_is_the_first_message_says_all(
    tmp_path: Path, seconds: float
) -> None:
    async with live_bot(tmp_path, patience=PATIENCE) as bot:
        shop = Shop(bot.account)
        bot.stripe.faults.delay = seconds
        with leaping(bot.stripe) as leaps:
            await sell(bot, None, shop.exclusive)
            await bot.work()
        assert what(await bot.sale()) == ("Midnight Drive", "Exclusive", True)
        assert await bot.hear() == [("announce", "announce:payment:1")]
        assert leaps.seconds == seconds


async def test_slower_than_that_the_first_message_does_not_wait(tmp_path: Path) -> None:
    async with live_bot(tmp_path, patience=PATIENCE) as bot:
        shop = Shop(bot.account)
        bot.stripe.faults.delay = 6.0
        with leaping(bot.stripe):
            await sell(bot, bot.account.link([shop.lease]), shop.lease)
            await bot.work()
        assert await bot.hear() == [
            ("announce", "announce:payment:1"),
            ("edit", "edit:payment:1"),
        ]


async def test_slow_sales_hold_up_no_other_one(bot: LiveBot, shop: Shop) -> None:
    slow = SlowStripe(bot)
    sales = 2 * SALES_AT_ONCE + 1
    async with slow.at_work():
        for _ in range(sales):
            await sell(bot, None, shop.lease)
        await slow.told(sales)
        assert {sale.track for sale in await bot.sales()} == {UNNAMED_TRACK}
        await slow.answer()
    assert {sale.track for sale in await bot.sales()} == {"Midnight Drive"}


async def test_an_exclusive_that_the_catalogue_knows_goes_off_sale_before_stripe_answers(
    tmp_path: Path,
) -> None:
    async with live_bot(tmp_path) as bot:
        shop = Shop(bot.account)
        link = bot.account.link([shop.exclusive])
        await read_catalogue(bot)
        slow = SlowStripe(bot)
        async with slow.at_work():
            await sell(bot, link, shop.exclusive)
            await slow.told()
            assert what(await bot.sale()) == ("Midnight Drive", "Exclusive", True)
            await bot.app.off_sale.settle()
            assert not bot.account.get("payment_link", link)["active"]
            assert (await bot.sale()).share is None


async def test_an_exclusive_of_the_public_page_is_told_before_stripe_answers(
    tmp_path: Path,
) -> None:
    async with live_bot(tmp_path) as bot:
        shop = Shop(bot.account)
        named = {"track": "Midnight Drive", "license": "Exclusive", "exclusive": "yes"}
        slow = SlowStripe(bot)
        async with slow.at_work():
            bot.account.buy(shop.exclusive, metadata=named, settled=False)
            await bot.deliver(bot.account.take_events()[-1:])
            await slow.told()
            assert what(await bot.sale()) == ("Midnight Drive", "Exclusive", True)


async def test_what_only_a_links_metadata_calls_exclusive_waits_for_stripe(tmp_path: Path) -> None:
    async with live_bot(tmp_path) as bot:
        shop = Shop(bot.account)
        metadata = {"track": "Midnight Drive", "exclusive": "true"}
        price = bot.account.price(shop.midnight_drive, 900, metadata={"exclusive": "no"})
        link = bot.account.link([price], metadata=metadata)
        slow = SlowStripe(bot)
        async with slow.at_work():
            await sell(bot, link, price)
            await slow.asked.wait()
            assert await bot.told("announce") == []
            await slow.answer()
        assert not (await bot.sale()).exclusive


async def test_a_checkout_that_was_open_for_long_is_paid_when_it_was_completed(
    bot: LiveBot, shop: Shop
) -> None:
    link = bot.account.link([shop.exclusive])
    await read_catalogue(bot)
    opened = bot.account.open(link=link)
    bot.time.pass_(minutes=10)
    await bot.happen(bot.account.buy(shop.lease))
    bot.time.pass_(minutes=10)
    slow = SlowStripe(bot)
    async with slow.at_work():
        bot.account.complete(opened, settled=False)
        await bot.deliver(bot.account.take_events()[-1:])
        await slow.told(2)
        assert [sale.exclusive for sale in await bot.sales()] == [False, True]
        assert [sale.conflict for sale in await bot.sales()] == [False, False]
        assert (await bot.sales())[1].sold == bot.time()
    assert await bot.told("reply") == []


async def test_a_sale_that_turns_out_exclusive_is_told_once_more(bot: LiveBot, shop: Shop) -> None:
    slow = SlowStripe(bot)
    async with slow.at_work():
        await sell(bot, None, shop.exclusive)
        await slow.told()
        assert what(await bot.sale()) == (UNNAMED_TRACK, "License", False)
        await bot.hear()
        await slow.answer()
        assert await bot.hear() == [
            ("edit", "edit:payment:1"),
            ("reply", "reply:exclusive:1"),
        ]
    await bot.catch_up()
    assert await bot.told("reply") == ["reply:exclusive:1"]


async def test_an_announcement_that_has_not_begun_says_itself_that_it_is_exclusive(
    bot: LiveBot, shop: Shop
) -> None:
    slow = SlowStripe(bot)
    async with slow.at_work():
        await sell(bot, None, shop.exclusive)
        await slow.told()
        await slow.answer()
    assert await bot.told("reply") == []


async def test_a_second_exclusive_that_turns_out_late_is_told_as_a_conflict(
    bot: LiveBot, shop: Shop
) -> None:
    await bot.happen(bot.account.buy(shop.exclusive))
    bot.time.pass_(minutes=1)
    slow = SlowStripe(bot)
    async with slow.at_work():
        await sell(bot, None, shop.exclusive, buyer=BEN)
        await slow.told(2)
        await bot.hear()
        await slow.answer()
    assert await bot.told("reply") == ["reply:conflict:2"]


async def test_a_restart_while_stripe_is_asked_asks_again_and_tells_nothing_twice(
    tmp_path: Path,
) -> None:
    async with live_bot(tmp_path, patience=0.0) as bot:
        shop, time, account = Shop(bot.account), bot.time, bot.account
        slow = SlowStripe(bot)
        running = asyncio.create_task(bot.app.worker.run())
        await sell(bot, None, shop.exclusive)
        await slow.told()
        await bot.hear()
        for task in (*bot.app.worker.running.values(), running):
            task.cancel()
        slow.answers.set()
    async with live_bot(tmp_path, time=time, account=account) as bot:
        await bot.catch_up()
        assert what(await bot.sale()) == ("Midnight Drive", "Exclusive", True)
        told = await bot.outbox()
        assert told.count(("announce", "announce:payment:1")) == 1
        assert ("reply", "reply:exclusive:1") in told


async def test_an_event_that_comes_while_stripe_is_asked_is_not_lost(
    bot: LiveBot, shop: Shop
) -> None:
    slow = SlowStripe(bot)
    async with slow.at_work():
        bought = bot.account.buy(shop.lease, buyer=ANA)
        charge, *_, session, settled = bot.account.take_events()
        await bot.deliver([session])
        await slow.told()
        bot.account.refund(bought)
        await bot.deliver([*bot.account.take_events(), settled, charge])
        assert await bot.told("reply") == []
        await slow.answer()
    await bot.work()
    assert len(await bot.told("reply")) == 1
    assert set(await bot.rows(tables.events, "state")) == {("done",)}


async def test_stripe_that_never_answers_leaves_the_sale_as_the_catalogue_names_it(
    bot: LiveBot, shop: Shop
) -> None:
    link = bot.account.link([shop.lease])
    await read_catalogue(bot)
    bot.stripe.faults.down = True
    await sell(bot, link, shop.lease)
    await bot.catch_up()
    assert what(await bot.sale()) == ("Midnight Drive", "Basic Lease", False)
    assert await bot.told("announce") == ["announce:payment:1"]
