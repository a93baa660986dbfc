"""The import next to the running bot: it leaves alone what events are to announce."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.domain.import_progress import EventsSeen
from bot.domain.payment import DisputeState
from bot.domain.sale import SaleState
from bot.sync.cutover import by_command
from fakes.stripe import Purchase
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import ANA, BEN, Shop
from tests.sync import actions
from tests.sync.world import World

# The sale, and of each of its tracks that it is the first.
ANNOUNCED = ["announce:payment:1", "reply:first_sale", "reply:first_sale"]


@pytest.fixture
def world() -> World:
    """A shop that has sold nothing yet, made so long ago that Stripe lists no event of it."""
    world = World()
    world.time.pass_(days=31)
    return world


@pytest.fixture
def shop(bot: LiveBot) -> Shop:
    return Shop(bot.account)


@pytest.fixture
async def running(bot: LiveBot) -> LiveBot:
    """The bot has been there for a while, and nothing was sold."""
    await actions.backfill_task_of(bot).work()
    bot.time.pass_(days=10)
    bot.account.take_events()
    await actions.look(bot)
    return bot


def sell(bot: LiveBot, shop: Shop) -> Purchase:
    return bot.account.buy(shop.lease, shop.neon_lease, buyer=ANA)


async def told(bot: LiveBot) -> list[str]:
    """The keys of all that is told, but for the number that a track has."""
    keys = [key for _, key in await bot.outbox()]
    return [key.rpartition(":")[0] if ":first_sale:" in key else key for key in keys]


async def caught_up(bot: LiveBot) -> None:
    """As if all events until now had come, those that were taken away among them."""
    noted = await actions.seen(bot)
    await actions.set_seen(bot, EventsSeen(begin=noted.begin, until=bot.time()))


async def test_a_sale_whose_event_is_on_its_way_is_left_to_it(running: LiveBot, shop: Shop) -> None:
    running.time.pass_(minutes=40)
    sell(running, shop)
    running.time.pass_(seconds=10)
    summary = await actions.import_by_command(running)
    assert summary.payments.new == 0
    await running.happen()
    assert await told(running) == ANNOUNCED


async def test_sale_waiting_in_the_inbox_is_left_to_it(running: LiveBot, shop: Shop) -> None:
    sell(running, shop)
    await running.deliver(running.account.take_events())
    running.time.pass_(minutes=90)
    await caught_up(running)
    summary = await actions.import_by_command(running)
    assert (summary.payments.new, summary.payments.left) == (0, 1)
    await running.work()
    assert await told(running) == ANNOUNCED


async def test_free_sale_after_the_cutover_is_left_to_its_event(bot: LiveBot, shop: Shop) -> None:
    early = bot.account.buy(shop.lease, discount=2999, buyer=ANA)
    bot.time.pass_(hours=2)
    await actions.catch_up_of(bot).look()
    bot.time.pass_(minutes=10)
    late = bot.account.buy(shop.lease, discount=2999, buyer=BEN)
    # It was opened before events began to tell, and completed after.
    assert late.session is not None
    opened = bot.time() - timedelta(hours=1)
    bot.account.books.change(late.session, created=int(opened.timestamp()))
    await actions.backfill_task_of(bot).work()
    assert [payment.key for payment in await bot.payments()] == [early.session]
    bot.time.pass_(minutes=10)
    await actions.look(bot)
    assert len(await bot.payments()) == 2


async def test_what_was_read_later_is_not_overwritten(running: LiveBot, shop: Shop) -> None:
    sell(running, shop)
    await running.happen()
    running.time.pass_(days=2)
    await actions.look(running)
    before = await running.payments()
    history = actions.history_of(running)
    began = running.time() - timedelta(days=3)
    history.clock = lambda: began  # a reading that was begun long ago
    running.account.rename(shop.midnight_drive, "Midnight Ride")
    plan, _ = await by_command(
        running.app.store, history.beginning, running.time, livemode=False, since=None
    )
    summary = await history.walk(plan)
    assert summary.payments.changed == 0
    assert await running.payments() == before


async def test_missed_refund_changes_books_and_message(running: LiveBot, shop: Shop) -> None:
    bought = sell(running, shop)
    await running.happen()
    await running.hear()
    running.account.refund(bought, 1000)
    running.account.take_events()
    running.time.pass_(days=2)
    await caught_up(running)
    summary = await actions.import_by_command(running)
    assert summary.payments.changed == 1
    assert (await running.payments())[0].refunded == 1000
    # The message is put right, and nobody is notified of what is long past.
    assert await running.hear() == [("edit", "edit:payment:1")]


async def test_a_refund_of_an_imported_sale_changes_no_message(bot: LiveBot, shop: Shop) -> None:
    bought = sell(bot, shop)
    bot.time.pass_(days=2)
    await actions.backfill_task_of(bot).work()
    bot.account.refund(bought, 1000)
    bot.time.pass_(days=2)
    await caught_up(bot)
    await actions.import_by_command(bot)
    assert (await bot.payments())[0].refunded == 1000
    assert await bot.outbox() == []


async def test_refund_whose_event_is_coming_is_left_to_it(running: LiveBot, shop: Shop) -> None:
    bought = sell(running, shop)
    await running.happen()
    await running.hear()
    running.time.pass_(minutes=50)
    refund = running.account.refund(bought, 1000)
    summary = await actions.import_by_command(running)
    assert summary.payments.changed == 0
    await running.happen()
    assert ("reply", f"reply:refund:{refund}") in await running.hear()


async def test_outcome_of_a_told_dispute_is_left_to_news(running: LiveBot, shop: Shop) -> None:
    dispute = running.account.dispute(sell(running, shop))
    await running.happen()
    await running.hear()
    running.account.lose(dispute)
    running.account.take_events()
    running.time.pass_(minutes=30)
    await caught_up(running)
    await actions.import_by_command(running)
    assert (await running.payments())[0].disputes[0].state is DisputeState.OPEN
    running.time.pass_(days=1)
    await running.work()  # looks at what is open
    assert ("reply", f"reply:dispute_lost:{dispute}") in await running.hear()


async def test_the_outcome_of_an_imported_dispute_is_imported(bot: LiveBot, shop: Shop) -> None:
    dispute = bot.account.dispute(sell(bot, shop))
    bot.time.pass_(days=1)
    await actions.import_by_command(bot)
    bot.account.lose(dispute)
    bot.time.pass_(days=1)
    await actions.import_by_command(bot)
    (sale, other) = await bot.sales()
    assert sale.state is other.state is SaleState.DISPUTE_LOST


async def test_a_sale_known_from_events_alone_is_completed(tmp_path: Path, world: World) -> None:
    shop = Shop(world.account)
    async with live_bot(tmp_path, time=world.time, account=world.account, key=False) as keyless:
        sell(keyless, shop)
        await keyless.happen()
        await keyless.hear()
    world.time.pass_(days=1)
    async with live_bot(tmp_path, time=world.time, account=world.account) as bot:
        await actions.backfill_task_of(bot).work()
        assert {sale.track for sale in await bot.sales()} == {"Midnight Drive", "Neon Rain"}
        assert await bot.hear() == [("edit", "edit:payment:1")]
        assert (await actions.audit(bot)).differences == ()


async def test_a_payment_with_something_open_is_checked_again(bot: LiveBot, shop: Shop) -> None:
    bought = bot.account.buy(shop.lease, buyer=ANA, settled=False)
    bot.time.pass_(days=1)
    await actions.backfill_task_of(bot).work()
    assert (await bot.sale()).share is None
    bot.account.settle(bought)
    bot.time.pass_(hours=2)
    await bot.work()
    assert (await bot.sale()).share is not None


async def test_payout_failed_without_an_event_is_announced(running: LiveBot, shop: Shop) -> None:
    sell(running, shop)
    await running.happen()
    running.time.pass_(days=3)
    payout = running.account.pay_out()
    running.account.payout_paid(payout)
    running.time.pass_(seconds=1)
    await actions.import_by_command(running)
    await running.happen()
    await running.hear()
    running.account.fail_payout(payout)
    running.account.take_events()
    running.time.pass_(days=1)
    await caught_up(running)
    await actions.import_by_command(running)
    assert ("reply", f"reply:payout_failed:{payout}") in await running.hear()


async def test_payouts_of_the_past_are_not_announced(bot: LiveBot, shop: Shop) -> None:
    sell(bot, shop)
    bot.time.pass_(days=3)
    payout = bot.account.pay_out()
    bot.account.payout_paid(payout)
    bot.account.fail_payout(payout)
    bot.time.pass_(days=3)
    await actions.backfill_task_of(bot).work()
    assert await bot.outbox() == []
    assert (await actions.audit(bot)).differences == ()
