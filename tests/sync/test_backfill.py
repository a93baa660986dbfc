"""The import of the past: whole, quiet, in few calls, to be broken off and repeated."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.import_progress import ImportProgress
from bot.domain.related_objects import latest_change
from bot.domain.sale import Producer
from bot.store import tables
from bot.store.books.bulk import NewPayment, record_new
from bot.stripe_api import StripeDown
from bot.sync import backfill_write, recovery, time_windows
from bot.sync.cutover import by_command
from tests.journey.live_bot import LiveBot, live_bot
from tests.journey.shop import ANA, Shop
from tests.sync import actions
from tests.sync.world import BEGINNING, World

SESSIONS = "/v1/checkout/sessions"


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_import_leaves_the_books_that_all_events_leave(tmp_path: Path, seed: int) -> None:
    world = World(seed)
    world.live(45)
    if seed % 2:
        world.rest()
    world.time.pass_(days=2)
    (tmp_path / "imported").mkdir()
    (tmp_path / "told").mkdir()
    async with live_bot(tmp_path / "imported", time=world.time, account=world.account) as bot:
        await actions.backfill_task_of(bot).work()
        imported = await actions.books(bot)
        assert await bot.outbox() == []
    async with live_bot(tmp_path / "told", time=world.time, account=world.account) as bot:
        await bot.deliver(world.account.events)
        for _ in range(3):
            await bot.work()
            world.time.pass_(seconds=6)
        told = await actions.books(bot)
    assert imported == told
    assert len(imported["documents"]) == world.sold


async def test_sales_are_numbered_the_oldest_first(bot: LiveBot, world: World) -> None:
    await actions.backfill_task_of(bot).work()
    listed = [sale.sold for sale in await bot.sales()]
    assert listed == sorted(listed)
    assert len(listed) > 9


async def test_an_import_done_again_changes_nothing(bot: LiveBot, world: World) -> None:
    await actions.backfill_task_of(bot).work()
    before = await actions.books(bot)
    world.time.pass_(hours=2)
    summary = await actions.import_by_command(bot)
    assert (summary.payments.new, summary.payments.changed, summary.payouts) == (0, 0, 0)
    assert await actions.books(bot) == before


async def test_an_import_needs_few_calls_a_payment(bot: LiveBot, world: World) -> None:
    world.live(60)
    bot.stripe.calls.reset()
    await actions.backfill_task_of(bot).work()
    assert bot.stripe.calls.total <= 0.6 * world.sold
    assert bot.stripe.calls.paths[f"{SESSIONS}/{{id}}"] == 0


async def test_a_finished_import_is_not_begun_again(bot: LiveBot) -> None:
    await actions.backfill_task_of(bot).work()
    bot.stripe.calls.reset()
    await actions.backfill_task_of(bot).work()
    assert bot.stripe.calls.total == 0


@pytest.mark.parametrize("calls", [0, 4, 11, 16, 21])
async def test_import_broken_off_anywhere_goes_on(bot: LiveBot, world: World, calls: int) -> None:
    bot.stripe.faults.fail_next(50, after=calls)
    with pytest.raises(StripeDown):
        await actions.import_by_command(bot)
    bot.stripe.faults.clear()
    before = await actions.progress(bot)
    bot.stripe.calls.reset()
    await actions.import_by_command(bot)
    after = await actions.progress(bot)
    assert after.finished
    assert before is None or before.start <= before.done_until < after.done_until
    assert (await actions.audit(bot)).differences == ()
    assert len(await bot.payments()) == world.sold


@pytest.mark.parametrize(("times", "status"), [(9, 500), (3, 429)])
async def test_import_while_stripe_fails_for_a_while_waits(
    bot: LiveBot, world: World, times: int, status: int
) -> None:
    bot.stripe.faults.fail_next(times, status)
    await actions.import_by_command(bot, tries=6)
    assert len(await bot.payments()) == world.sold


async def test_the_progress_can_be_followed(bot: LiveBot, world: World) -> None:
    steps: list[ImportProgress] = []
    history = actions.history_of(bot)
    history.watch = steps.append
    plan, _ = await by_command(
        bot.app.store, history.beginning, bot.time, livemode=False, since=None
    )
    await history.walk(plan)
    shares = [step.share for step in steps]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert steps[-1].payments == world.sold
    assert steps[-1] == await actions.progress(bot)


async def test_a_crowded_second_is_read_whole(
    bot: LiveBot, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_windows, "MOST", 2)
    monkeypatch.setattr(time_windows, "TARGET", 2)
    world.time.pass_(hours=1)
    shop = Shop(world.account)
    for _ in range(4):
        world.account.buy(shop.lease, buyer=ANA)
    world.time.pass_(hours=1)
    await actions.import_by_command(bot, since=world.time() - timedelta(days=3))
    sold = [payment.lines[0].price for payment in await bot.payments()]
    assert sold.count(shop.lease) == 4


async def test_since_a_day_what_came_after_is_there(bot: LiveBot, world: World) -> None:
    day = BEGINNING + timedelta(days=14)
    await actions.import_by_command(bot, since=day)
    older = [payment for payment in await bot.payments() if payment.created < day]
    # Only where something happened to them since.
    assert all(latest_change(payment) >= day for payment in older)
    assert (await actions.audit(bot, since=day)).differences == ()
    assert (await actions.audit(bot)).differences != ()
    assert (await actions.progress(bot)).partial


async def test_since_a_day_first_and_everything_later(bot: LiveBot, world: World) -> None:
    await actions.import_by_command(bot, since=BEGINNING + timedelta(days=14))
    await actions.import_by_command(bot)
    assert (await actions.audit(bot)).differences == ()
    assert len(await bot.payments()) == world.sold


async def test_partial_import_does_not_finish_the_whole_one(bot: LiveBot, world: World) -> None:
    await actions.import_by_command(bot)
    plan = await actions.progress(bot)
    assert plan is not None
    unfinished = replace(plan, done_until=plan.start)
    await actions.set_progress(bot, unfinished)
    await actions.import_by_command(bot, since=BEGINNING + timedelta(days=14))
    assert await actions.progress(bot) == unfinished


async def test_import_before_the_first_start_is_brought_up(bot: LiveBot, world: World) -> None:
    await actions.import_by_command(bot)
    world.live(15)
    world.account.take_events()
    world.time.pass_(hours=1)
    bot.stripe.calls.reset()
    await actions.backfill_task_of(bot).work()
    assert (await actions.audit(bot)).differences == ()
    assert len(await bot.payments()) == world.sold
    assert bot.stripe.calls.total < 60


async def test_refund_failing_after_the_import_is_found_later(bot: LiveBot, world: World) -> None:
    refund = world.account.refund(world.account.buy(Shop(world.account).lease, buyer=ANA), 1000)
    await actions.import_by_command(bot)
    world.time.pass_(days=3)
    world.account.fail_refund(refund)
    world.account.take_events()
    world.time.pass_(hours=1)
    await actions.backfill_task_of(bot).work()
    assert (await actions.audit(bot)).differences == ()


async def test_a_broken_object_holds_nothing_up(bot: LiveBot, world: World) -> None:
    session = world.account.books.all("checkout.session")[3]
    world.account.books.change(session, amount_total="a lot")
    summary = await actions.import_by_command(bot)
    assert summary.broken == 1
    assert len(await bot.payments()) == world.sold - 1


async def test_what_cannot_be_written_holds_nothing_up(
    bot: LiveBot, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    refused = world.account.books.all("charge")[0]
    write = record_new

    async def refusing(
        connection: AsyncConnection, producer: Producer, new: Sequence[NewPayment], **rest: Any
    ) -> None:
        if any(each.payment.charge == refused for each in new):
            raise OverflowError("more than a column holds")
        await write(connection, producer, new, **rest)

    monkeypatch.setattr(backfill_write, "record_new", refusing)
    summary = await actions.import_by_command(bot)
    assert summary.broken == 1
    assert len(await bot.payments()) == world.sold - 1


async def test_payout_that_is_odd_holds_nothing_up(bot: LiveBot, world: World) -> None:
    payouts = world.account.books.all("payout")
    # One is not understood; one cannot be broken down, and is kept even so.
    world.account.books.change(payouts[0], currency=None)
    listed = "/v1/balance_transactions"
    bot.stripe.faults.fail_next(1, status=404, path=listed, asking="payout")
    await actions.import_by_command(bot)
    assert len(await bot.rows(tables.payouts)) == len(payouts) - 1


async def test_a_charge_that_is_gone_is_passed_over(bot: LiveBot, world: World) -> None:
    day = BEGINNING + timedelta(days=14)
    bot.stripe.faults.fail_next(1, status=404, path="/v1/charges/{id}")
    await actions.import_by_command(bot, since=day)
    assert (await actions.progress(bot)).finished


async def test_free_sales_without_the_events_are_imported(bot: LiveBot, world: World) -> None:
    world.account.buy(world.prices["usd"][0], discount=2999)
    world.time.pass_(hours=1)
    bot.stripe.faults.denied.add("event")
    await actions.import_by_command(bot)
    assert len(await bot.payments()) == world.sold + 1


@asynccontextmanager
async def importing(bot: LiveBot) -> AsyncIterator[Callable[[], Awaitable[None]]]:
    """The import runs until the end of the block; yields what waits for it to be finished."""
    task, finished = actions.backfill_task_of(bot), asyncio.Event()

    def watch(plan: ImportProgress) -> None:
        if plan.finished:
            finished.set()

    async def wait() -> None:
        await finished.wait()
        finished.clear()

    task.backfill.watch = watch
    running = asyncio.create_task(task.run())
    yield wait
    task.stop()
    await running


async def test_import_at_the_first_start_runs_in_the_background(bot: LiveBot, world: World) -> None:
    async with importing(bot) as finished:
        await finished()
    assert len(await bot.payments()) == world.sold
    assert await bot.outbox() == []


async def test_without_a_key_there_is_nothing_to_import(tmp_path: Path, world: World) -> None:
    async with live_bot(tmp_path, time=world.time, account=world.account, key=False) as bot:
        assert bot.app.recovery is None


async def test_import_stopped_goes_on_when_restarted(
    tmp_path: Path, bot: LiveBot, world: World
) -> None:
    world.live(40)
    world.time.pass_(days=2)
    past = actions.backfill_task_of(bot)

    def stop_half_way(plan: object) -> None:
        if getattr(plan, "share", 0) > 0.3:
            past.stop()

    past.backfill.watch = stop_half_way
    await past.run()
    half = await actions.progress(bot)
    assert not half.finished
    async with live_bot(tmp_path, time=world.time, account=world.account) as again:
        again.stripe.calls.reset()
        await actions.backfill_task_of(again).work()
        assert len(await again.payments()) == world.sold
        assert (await actions.audit(again)).differences == ()


async def test_import_denied_to_the_key_is_tried_again(
    bot: LiveBot, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recovery, "REFUSED_DELAY", 0.0)
    bot.stripe.faults.fail_next(1, status=403, path="/v1/disputes")
    async with importing(bot) as finished:
        await finished()
    assert len(await bot.payments()) == world.sold


async def test_import_when_woken_does_what_was_added(bot: LiveBot) -> None:
    async with importing(bot) as finished:
        await finished()
        plan = await actions.progress(bot)
        assert plan is not None
        await actions.set_progress(bot, replace(plan, done_until=plan.start))
        actions.backfill_task_of(bot).wake()
        await finished()


async def test_bot_that_serves_imports_meanwhile(bot: LiveBot, world: World) -> None:
    finished = asyncio.Event()
    task = actions.backfill_task_of(bot)
    task.backfill.watch = lambda plan: finished.set() if plan.finished else None
    async with bot.app.serving():
        await finished.wait()
    assert len(await bot.payments()) == world.sold


async def test_a_run_notes_when_it_began_and_where_it_is(bot: LiveBot, world: World) -> None:
    began = bot.time()
    await actions.backfill_task_of(bot).work()
    plan = await actions.progress(bot)
    assert (plan.begun, plan.begun_from) == (began.replace(microsecond=0), plan.start)
    assert plan.noted is not None
    assert plan.payments == world.sold


async def test_import_while_stripe_is_down_notes_its_trouble(tmp_path: Path, world: World) -> None:
    asked: list[str] = []

    async def pause(_: float) -> None:
        plan = await actions.progress(bot)
        asked.append(plan.trouble if plan else "")

    async with live_bot(tmp_path, time=world.time, account=world.account, sleep=pause) as bot:
        bot.stripe.faults.fail_next(60, status=500, after=12)
        await actions.backfill_task_of(bot).work()
        assert "Stripe answered with status 500" in asked
        plan = await actions.progress(bot)
    assert (plan.finished, plan.trouble) == (True, "")


async def test_an_import_by_command_gives_up_after_its_tries(bot: LiveBot) -> None:
    bot.stripe.faults.fail_next(50)
    with pytest.raises(StripeDown):
        await actions.import_by_command(bot)
