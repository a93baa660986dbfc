"""The import of the past: whole, quiet, in few calls, to be broken off and repeated."""

import asyncio
from collections.abc import Sequence
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
from bot.sync import backfill_write, time_windows
from bot.sync import recovery as past_module
from bot.sync.cutover import by_command
from tests.journey.house import House, house
from tests.journey.shop import ANA, Shop
from tests.sync import ways
from tests.sync.world import BEGINNING, World

SESSIONS = "/v1/checkout/sessions"


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_the_import_leaves_the_books_that_all_events_leave(tmp_path: Path, seed: int) -> None:
    world = World(seed)
    world.live(45)
    if seed % 2:
        world.rest()
    world.time.pass_(days=2)
    (tmp_path / "imported").mkdir()
    (tmp_path / "told").mkdir()
    async with house(tmp_path / "imported", time=world.time, account=world.account) as home:
        await ways.backfill_task_of(home).work()
        imported = await ways.books(home)
        assert await home.outbox() == []
    async with house(tmp_path / "told", time=world.time, account=world.account) as home:
        await home.deliver(world.account.events)
        for _ in range(3):
            await home.work()
            world.time.pass_(seconds=6)
        told = await ways.books(home)
    assert imported == told
    assert len(imported["documents"]) == world.sold


async def test_sales_are_numbered_the_oldest_first(home: House, world: World) -> None:
    await ways.backfill_task_of(home).work()
    listed = [sale.sold for sale in await home.sales()]
    assert listed == sorted(listed)
    assert len(listed) > 9


async def test_nothing_changes_when_it_is_done_again(home: House, world: World) -> None:
    await ways.backfill_task_of(home).work()
    before = await ways.books(home)
    world.time.pass_(hours=2)
    summary = await ways.import_by_command(home)
    assert (summary.payments.new, summary.payments.changed, summary.payouts) == (0, 0, 0)
    assert await ways.books(home) == before


async def test_it_needs_few_calls_a_payment(home: House, world: World) -> None:
    world.live(60)
    home.stripe.calls.reset()
    await ways.backfill_task_of(home).work()
    assert home.stripe.calls.total <= 0.6 * world.sold
    assert home.stripe.calls.paths[f"{SESSIONS}/{{id}}"] == 0


async def test_done_once_it_is_not_begun_again(home: House) -> None:
    await ways.backfill_task_of(home).work()
    home.stripe.calls.reset()
    await ways.backfill_task_of(home).work()
    assert home.stripe.calls.total == 0


@pytest.mark.parametrize("calls", [0, 4, 11, 16, 21])
async def test_broken_off_anywhere_it_goes_on_from_there(
    home: House, world: World, calls: int
) -> None:
    home.stripe.faults.fail_next(50, after=calls)
    with pytest.raises(StripeDown):
        await ways.import_by_command(home)
    home.stripe.faults.clear()
    before = await ways.progress(home)
    home.stripe.calls.reset()
    await ways.import_by_command(home)
    after = await ways.progress(home)
    assert after is not None
    assert after.finished
    assert before is None or before.start <= before.done_until < after.done_until
    assert (await ways.audit(home)).differences == ()
    assert len(await home.payments()) == world.sold


async def test_stripe_out_of_reach_for_a_while_is_waited_for(home: House, world: World) -> None:
    home.stripe.faults.fail_next(9)
    await ways.import_by_command(home, tries=6)
    assert len(await home.payments()) == world.sold


async def test_too_many_requests_are_waited_out(home: House, world: World) -> None:
    home.stripe.faults.fail_next(3, status=429)
    await ways.import_by_command(home)
    assert len(await home.payments()) == world.sold


async def test_the_progress_can_be_followed(home: House, world: World) -> None:
    steps: list[ImportProgress] = []
    history = ways.history_of(home)
    history._watch = steps.append
    plan, _ = await by_command(
        home.app.store, history.beginning, home.time, livemode=False, since=None
    )
    await history.walk(plan)
    shares = [step.share for step in steps]
    assert shares[0] == 0
    assert shares[-1] == 1
    assert shares == sorted(shares)
    assert steps[-1].payments == world.sold
    assert steps[-1] == await ways.progress(home)


async def test_a_crowded_second_is_read_whole(
    home: House, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time_windows, "MOST", 2)
    monkeypatch.setattr(time_windows, "TARGET", 2)
    world.time.pass_(hours=1)
    shop = Shop(world.account)
    for _ in range(4):
        world.account.buy(shop.lease, buyer=ANA)
    world.time.pass_(hours=1)
    await ways.import_by_command(home, since=world.time() - timedelta(days=3))
    sold = [payment.lines[0].price for payment in await home.payments()]
    assert sold.count(shop.lease) == 4


async def test_since_a_day_what_came_after_is_there(home: House, world: World) -> None:
    day = BEGINNING + timedelta(days=14)
    await ways.import_by_command(home, since=day)
    older = [payment for payment in await home.payments() if payment.created < day]
    # Only where something happened to them since.
    assert all(latest_change(payment) >= day for payment in older)
    assert (await ways.audit(home, since=day)).differences == ()
    assert (await ways.audit(home)).differences != ()
    plan = await ways.progress(home)
    assert plan is not None
    assert plan.partial


async def test_since_a_day_first_and_everything_later(home: House, world: World) -> None:
    await ways.import_by_command(home, since=BEGINNING + timedelta(days=14))
    await ways.import_by_command(home)
    assert (await ways.audit(home)).differences == ()
    assert len(await home.payments()) == world.sold


async def test_a_part_of_it_does_not_pass_for_the_whole_that_is_not_finished(
    home: House, world: World
) -> None:
    await ways.import_by_command(home)
    plan = await ways.progress(home)
    assert plan is not None
    unfinished = replace(plan, done_until=plan.start)
    await ways.set_progress(home, unfinished)
    await ways.import_by_command(home, since=BEGINNING + timedelta(days=14))
    assert await ways.progress(home) == unfinished


async def test_an_import_from_before_the_first_start_is_brought_up_to_it(
    home: House, world: World
) -> None:
    await ways.import_by_command(home)
    world.live(15)
    world.account.take_events()
    world.time.pass_(hours=1)
    home.stripe.calls.reset()
    await ways.backfill_task_of(home).work()
    assert (await ways.audit(home)).differences == ()
    assert len(await home.payments()) == world.sold
    assert home.stripe.calls.total < 60


async def test_a_refund_that_fails_after_it_was_imported_is_found_by_the_next_run(
    home: House, world: World
) -> None:
    refund = world.account.refund(world.account.buy(Shop(world.account).lease, buyer=ANA), 1000)
    await ways.import_by_command(home)
    world.time.pass_(days=3)
    world.account.fail_refund(refund)
    world.account.take_events()
    world.time.pass_(hours=1)
    await ways.backfill_task_of(home).work()
    assert (await ways.audit(home)).differences == ()


async def test_a_broken_object_holds_nothing_up(home: House, world: World) -> None:
    session = world.account.books.all("checkout.session")[3]
    world.account.books.change(session, amount_total="a lot")
    summary = await ways.import_by_command(home)
    assert summary.broken == 1
    assert len(await home.payments()) == world.sold - 1


async def test_what_cannot_be_written_holds_nothing_up(
    home: House, world: World, monkeypatch: pytest.MonkeyPatch
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
    summary = await ways.import_by_command(home)
    assert summary.broken == 1
    assert len(await home.payments()) == world.sold - 1


async def test_a_payout_nobody_understands_holds_nothing_up(home: House, world: World) -> None:
    payouts = world.account.books.all("payout")
    world.account.books.change(payouts[0], currency=None)
    await ways.import_by_command(home)
    assert len(await home.rows(tables.payouts)) == len(payouts) - 1


async def test_a_payout_that_stripe_will_not_break_down_is_kept_even_so(
    home: House, world: World
) -> None:
    listed = "/v1/balance_transactions"
    home.stripe.faults.fail_next(2, status=404, path=listed, asking="payout")
    await ways.import_by_command(home)
    assert len(await home.rows(tables.payouts)) == len(world.account.books.all("payout"))


async def test_a_charge_that_is_gone_is_passed_over(home: House, world: World) -> None:
    day = BEGINNING + timedelta(days=14)
    home.stripe.faults.fail_next(1, status=404, path="/v1/charges/{id}")
    await ways.import_by_command(home, since=day)
    plan = await ways.progress(home)
    assert plan is not None
    assert plan.finished


async def test_free_sales_are_imported_with_a_key_that_may_not_list_events(
    home: House, world: World
) -> None:
    world.account.buy(world._prices["usd"][0], discount=2999)
    world.time.pass_(hours=1)
    home.stripe.faults.denied.add("event")
    await ways.import_by_command(home)
    assert len(await home.payments()) == world.sold + 1


class Finished:
    """Waits for the import of a house to come to its end."""

    def __init__(self, home: House) -> None:
        self._event = asyncio.Event()
        ways.backfill_task_of(home)._backfill._watch = self._watch

    def _watch(self, plan: ImportProgress) -> None:
        if plan.finished:
            self._event.set()

    async def wait(self) -> None:
        await self._event.wait()
        self._event.clear()


@pytest.fixture
def finished(home: House) -> Finished:
    return Finished(home)


async def test_the_first_start_with_a_key_imports_in_the_background(
    home: House, world: World, finished: Finished
) -> None:
    past = ways.backfill_task_of(home)
    running = asyncio.create_task(past.run())
    await finished.wait()
    past.stop()
    await running
    assert len(await home.payments()) == world.sold
    assert await home.outbox() == []


async def test_without_a_key_there_is_nothing_to_import(tmp_path: Path, world: World) -> None:
    async with house(tmp_path, time=world.time, account=world.account, key=False) as home:
        assert home.app.recovery is None


async def test_stopped_on_the_way_it_goes_on_at_the_next_start(
    tmp_path: Path, home: House, world: World
) -> None:
    world.live(40)
    world.time.pass_(days=2)
    past = ways.backfill_task_of(home)

    def stop_half_way(plan: object) -> None:
        if getattr(plan, "share", 0) > 0.3:
            past.stop()

    past._backfill._watch = stop_half_way
    await past.run()
    half = await ways.progress(home)
    assert half is not None
    assert not half.finished
    async with house(tmp_path, time=world.time, account=world.account) as again:
        again.stripe.calls.reset()
        await ways.backfill_task_of(again).work()
        assert len(await again.payments()) == world.sold
        assert (await ways.audit(again)).differences == ()


async def test_a_key_that_may_not_read_is_said_and_tried_again_later(
    home: House, world: World, finished: Finished, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(past_module, "REFUSED_DELAY", 0.0)
    home.stripe.faults.fail_next(1, status=403, path="/v1/disputes")
    past = ways.backfill_task_of(home)
    running = asyncio.create_task(past.run())
    await finished.wait()
    past.stop()
    await running
    assert len(await home.payments()) == world.sold


async def test_woken_it_does_what_was_added(home: House, finished: Finished) -> None:
    past = ways.backfill_task_of(home)
    running = asyncio.create_task(past.run())
    await finished.wait()
    plan = await ways.progress(home)
    assert plan is not None
    await ways.set_progress(home, replace(plan, done_until=plan.start))
    past.wake()
    await finished.wait()
    past.stop()
    await running


async def test_the_bot_imports_while_it_serves(
    home: House, world: World, finished: Finished
) -> None:
    async with home.app.serving():
        await finished.wait()
    assert len(await home.payments()) == world.sold


async def test_a_run_notes_when_it_began_and_where_it_is(home: House, world: World) -> None:
    began = home.time()
    await ways.backfill_task_of(home).work()
    plan = await ways.progress(home)
    assert plan is not None
    assert (plan.begun, plan.begun_from) == (began.replace(microsecond=0), plan.start)
    assert plan.noted is not None
    assert plan.payments == world.sold


async def test_while_stripe_is_down_that_is_noted_and_then_no_more(
    home: House, world: World
) -> None:
    asked: list[str] = []

    async def pause(_: float) -> None:
        plan = await ways.progress(home)
        asked.append(plan.trouble if plan else "")

    ways.api_of(home)._transport._sleep = pause
    home.stripe.faults.fail_next(60, status=500, after=12)
    await ways.backfill_task_of(home).work()
    assert "Stripe answered with status 500" in asked
    plan = await ways.progress(home)
    assert plan is not None
    assert plan.finished
    assert plan.trouble == ""


async def test_a_look_for_missed_events_is_noted_with_its_time(home: House) -> None:
    await ways.look(home)
    seen = await ways.seen(home)
    assert seen.looked == home.time().replace(microsecond=0)
    assert seen.trouble == ""


async def test_trouble_with_missed_events_is_noted_and_goes(home: House) -> None:
    await ways.look(home)
    home.stripe.faults.denied = {"event"}
    await ways.look(home)
    assert "rak_event_read" in (await ways.seen(home)).trouble
    home.stripe.faults.clear()
    await ways.look(home)
    assert (await ways.seen(home)).trouble == ""


async def test_an_import_by_command_gives_up_after_its_tries(home: House) -> None:
    home.stripe.faults.fail_next(50)
    with pytest.raises(StripeDown):
        await ways.import_by_command(home)
