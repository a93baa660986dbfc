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
from tests.journey.house import House, house
from tests.journey.shop import ANA, BEN, Shop

pytestmark = pytest.mark.counted
SESSION = "/v1/checkout/sessions/{id}"


class SlowStripe:
    """Holds back its word on sessions until the test lets it out; no time passes meanwhile."""

    def __init__(self, home: House, path: str = SESSION) -> None:
        self._home = home
        self._answers = asyncio.Event()
        self._told = asyncio.Event()
        self.asked = asyncio.Event()
        home.stripe.faults.latency = lambda called: 1.5 if called == path else 0.0
        home.stripe._sleep = self._wait
        payments = home.app.worker._handlers["payment"]
        assert isinstance(payments, PaymentSync)
        self._changed, payments._announce = payments._announce, self._tell

    async def _wait(self, _: float) -> None:
        self.asked.set()
        await self._answers.wait()

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
            self._answers.set()
            self._home.app.worker.stop()
            await running

    async def told(self, payments: int = 1) -> None:
        """Wait until so many payments are announced."""
        while len(await self._home.told("announce")) < payments:
            await self._told.wait()
            self._told.clear()

    async def answer(self) -> None:
        """Let Stripe answer, and wait until all of that is written down."""
        self._answers.set()
        await asyncio.gather(*self._home.app.worker._running.values())


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[House]:
    """The event speaks for itself at once, unless Stripe is quicker."""
    async with house(tmp_path, patience=0.0) as opened:
        yield opened


async def read_catalogue(home: House) -> None:
    assert home.app.recovery is not None
    home.time.pass_(seconds=1)
    await home.app.recovery.catalogue.look()


async def sell(home: House, link: str | None, *prices: str, buyer: Customer = ANA) -> None:
    home.account.buy(*prices, link=link, buyer=buyer, settled=False)
    await home.deliver(home.account.take_events()[-1:])


def what(sale: Sale) -> tuple[str, str, bool]:
    return sale.track, sale.license, sale.exclusive


async def test_a_sale_by_a_link_is_named_by_the_catalogue_while_stripe_is_slow(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.exclusive])
    await read_catalogue(home)
    slow = SlowStripe(home)
    async with slow.at_work():
        await sell(home, link, shop.exclusive)
        await slow.told()
        assert what(await home.sale()) == ("Midnight Drive", "Exclusive", True)
        assert await home.hear() == [("announce", "announce:payment:1")]
        await slow.answer()
    assert what(await home.sale()) == ("Midnight Drive", "Exclusive", True)
    assert [kind for kind, _ in await home.hear()] == ["edit"]


async def test_the_call_that_was_slow_is_not_made_again(home: House, shop: Shop) -> None:
    slow = SlowStripe(home)
    async with slow.at_work():
        await sell(home, None, shop.lease)
        await slow.told()
        await slow.answer()
    assert (await home.sale()).track == "Midnight Drive"
    assert home.stripe.calls.paths[SESSION] == 1


async def test_a_sale_waits_for_stripe_that_takes_a_second(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        shop = Shop(home.account)
        slow = SlowStripe(home)
        async with slow.at_work():
            await sell(home, None, shop.exclusive)
            await slow.answer()
            await slow.told()
            assert what(await home.sale()) == ("Midnight Drive", "Exclusive", True)
            assert await home.hear() == [("announce", "announce:payment:1")]


@pytest.mark.parametrize("seconds", [0.5, 1.5, 2.0])
async def test_as_slow_as_stripe_is_the_first_message_says_all(
    tmp_path: Path, seconds: float
) -> None:
    async with house(tmp_path, patience=PATIENCE) as home:
        shop = Shop(home.account)
        home.stripe.faults.delay = seconds
        with leaping(home.stripe) as leaps:
            await sell(home, None, shop.exclusive)
            await home.work()
        assert what(await home.sale()) == ("Midnight Drive", "Exclusive", True)
        assert await home.hear() == [("announce", "announce:payment:1")]
        assert leaps.seconds == seconds


async def test_slower_than_that_the_first_message_does_not_wait(tmp_path: Path) -> None:
    async with house(tmp_path, patience=PATIENCE) as home:
        shop = Shop(home.account)
        home.stripe.faults.delay = 6.0
        with leaping(home.stripe):
            await sell(home, home.account.link([shop.lease]), shop.lease)
            await home.work()
        assert await home.hear() == [
            ("announce", "announce:payment:1"),
            ("edit", "edit:payment:1"),
        ]


async def test_slow_sales_hold_up_no_other_one(home: House, shop: Shop) -> None:
    slow = SlowStripe(home)
    sales = 2 * SALES_AT_ONCE + 1
    async with slow.at_work():
        for _ in range(sales):
            await sell(home, None, shop.lease)
        await slow.told(sales)
        assert {sale.track for sale in await home.sales()} == {UNNAMED_TRACK}
        await slow.answer()
    assert {sale.track for sale in await home.sales()} == {"Midnight Drive"}


async def test_an_exclusive_that_the_catalogue_knows_goes_off_sale_before_stripe_answers(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        shop = Shop(home.account)
        link = home.account.link([shop.exclusive])
        await read_catalogue(home)
        slow = SlowStripe(home)
        async with slow.at_work():
            await sell(home, link, shop.exclusive)
            await slow.told()
            assert what(await home.sale()) == ("Midnight Drive", "Exclusive", True)
            await home.app.off_sale.settle()
            assert not home.account.get("payment_link", link)["active"]
            assert (await home.sale()).share is None


async def test_an_exclusive_of_the_public_page_is_told_before_stripe_answers(
    tmp_path: Path,
) -> None:
    async with house(tmp_path) as home:
        shop = Shop(home.account)
        named = {"track": "Midnight Drive", "license": "Exclusive", "exclusive": "yes"}
        slow = SlowStripe(home)
        async with slow.at_work():
            home.account.buy(shop.exclusive, metadata=named, settled=False)
            await home.deliver(home.account.take_events()[-1:])
            await slow.told()
            assert what(await home.sale()) == ("Midnight Drive", "Exclusive", True)


async def test_what_only_a_links_metadata_calls_exclusive_waits_for_stripe(tmp_path: Path) -> None:
    async with house(tmp_path) as home:
        shop = Shop(home.account)
        metadata = {"track": "Midnight Drive", "exclusive": "true"}
        price = home.account.price(shop.midnight_drive, 900, metadata={"exclusive": "no"})
        link = home.account.link([price], metadata=metadata)
        slow = SlowStripe(home)
        async with slow.at_work():
            await sell(home, link, price)
            await slow.asked.wait()
            assert await home.told("announce") == []
            await slow.answer()
        assert not (await home.sale()).exclusive


async def test_a_checkout_that_was_open_for_long_is_paid_when_it_was_completed(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.exclusive])
    await read_catalogue(home)
    opened = home.account.open(link=link)
    home.time.pass_(minutes=10)
    home.account.buy(shop.lease)
    await home.happen()
    home.time.pass_(minutes=10)
    slow = SlowStripe(home)
    async with slow.at_work():
        home.account.complete(opened, settled=False)
        await home.deliver(home.account.take_events()[-1:])
        await slow.told(2)
        assert [sale.exclusive for sale in await home.sales()] == [False, True]
        assert [sale.conflict for sale in await home.sales()] == [False, False]
        assert (await home.sales())[1].sold == home.time()
    assert await home.told("reply") == []


async def test_a_sale_that_turns_out_exclusive_is_told_once_more(home: House, shop: Shop) -> None:
    slow = SlowStripe(home)
    async with slow.at_work():
        await sell(home, None, shop.exclusive)
        await slow.told()
        assert what(await home.sale()) == (UNNAMED_TRACK, "License", False)
        await home.hear()
        await slow.answer()
        assert await home.hear() == [
            ("edit", "edit:payment:1"),
            ("reply", "reply:exclusive:1"),
        ]
    await home.catch_up()
    assert await home.told("reply") == ["reply:exclusive:1"]


async def test_an_announcement_that_has_not_begun_says_itself_that_it_is_exclusive(
    home: House, shop: Shop
) -> None:
    slow = SlowStripe(home)
    async with slow.at_work():
        await sell(home, None, shop.exclusive)
        await slow.told()
        await slow.answer()
    assert await home.told("reply") == []


async def test_a_second_exclusive_that_turns_out_late_is_told_as_a_conflict(
    home: House, shop: Shop
) -> None:
    home.account.buy(shop.exclusive)
    await home.happen()
    home.time.pass_(minutes=1)
    slow = SlowStripe(home)
    async with slow.at_work():
        await sell(home, None, shop.exclusive, buyer=BEN)
        await slow.told(2)
        await home.hear()
        await slow.answer()
    assert await home.told("reply") == ["reply:conflict:2"]


async def test_a_restart_while_stripe_is_asked_asks_again_and_tells_nothing_twice(
    tmp_path: Path,
) -> None:
    async with house(tmp_path, patience=0.0) as home:
        shop, time, account = Shop(home.account), home.time, home.account
        slow = SlowStripe(home)
        running = asyncio.create_task(home.app.worker.run())
        await sell(home, None, shop.exclusive)
        await slow.told()
        await home.hear()
        for task in (*home.app.worker._running.values(), running):
            task.cancel()
        slow._answers.set()
    async with house(tmp_path, time=time, account=account) as home:
        await home.catch_up()
        assert what(await home.sale()) == ("Midnight Drive", "Exclusive", True)
        told = await home.outbox()
        assert told.count(("announce", "announce:payment:1")) == 1
        assert ("reply", "reply:exclusive:1") in told


async def test_an_event_that_comes_while_stripe_is_asked_is_not_lost(
    home: House, shop: Shop
) -> None:
    slow = SlowStripe(home)
    async with slow.at_work():
        bought = home.account.buy(shop.lease, buyer=ANA)
        charge, *_, session, settled = home.account.take_events()
        await home.deliver([session])
        await slow.told()
        home.account.refund(bought)
        await home.deliver([*home.account.take_events(), settled, charge])
        assert await home.told("reply") == []
        await slow.answer()
    await home.work()
    assert len(await home.told("reply")) == 1
    assert set(await home.rows(tables.events, "state")) == {("done",)}


async def test_stripe_that_never_answers_leaves_the_sale_as_the_catalogue_names_it(
    home: House, shop: Shop
) -> None:
    link = home.account.link([shop.lease])
    await read_catalogue(home)
    home.stripe.faults.down = True
    await sell(home, link, shop.lease)
    await home.catch_up()
    assert what(await home.sale()) == ("Midnight Drive", "Basic Lease", False)
    assert await home.told("announce") == ["announce:payment:1"]
