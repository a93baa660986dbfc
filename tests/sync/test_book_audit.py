"""The audit finds equal books equal, and each way in which they can differ."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, delete, func, select, update

from bot.domain.reconciliation import Comparison
from bot.store import tables
from bot.store.books import payment_rows
from tests.journey.live_bot import LiveBot, live_bot
from tests.sync import actions
from tests.sync.world import BEGINNING, World

pytestmark = pytest.mark.no_cover


@pytest.fixture
async def bot(tmp_path: Path, world: World) -> AsyncIterator[LiveBot]:
    """Everything is imported."""
    async with live_bot(tmp_path, time=world.time, account=world.account) as opened:
        await actions.backfill_task_of(opened).work()
        yield opened


async def change(bot: LiveBot, table: Table, which: Any = None, /, **values: Any) -> None:
    """Tamper with the first row (of those that `which` says)."""
    first = tables.metadata.tables[table.name].c.id
    row = select(func.min(first)).where(*([] if which is None else [which])).scalar_subquery()
    async with bot.app.store.write() as connection:
        await connection.execute(update(table).where(first == row).values(**values))


def found(comparison: Comparison) -> set[tuple[str, str]]:
    return {(difference.kind, difference.what) for difference in comparison.differences}


async def test_imported_books_are_stripes_books(bot: LiveBot, world: World) -> None:
    comparison = await actions.audit(bot)
    assert comparison.equal
    assert comparison.stripe == comparison.here
    kinds = {kind for _, kind in comparison.stripe}
    assert kinds >= {"sale", "refund", "dispute", "payout"}
    assert {code for code, _ in comparison.stripe} == {"usd", "eur"}


async def test_an_audit_takes_few_calls(bot: LiveBot, world: World) -> None:
    bot.stripe.calls.reset()
    await actions.audit(bot)
    assert bot.stripe.calls.total < 40


async def test_other_business_is_counted_apart(bot: LiveBot, world: World) -> None:
    comparison = await actions.audit(bot)
    world.account.bill(1200)
    world.account.subscribe(world.prices["usd"][0])
    paid = world.account.pay(10_000, description="An hour in the studio")
    world.account.refund(paid, 4000)
    world.time.pass_(days=1)
    later = await actions.audit(bot)
    assert later.equal
    assert later.stripe == comparison.stripe

    def gained(kind: str) -> tuple[int, int]:
        sums = [each.others.get(("usd", kind)) for each in (comparison, later)]
        return tuple(  # type: ignore[return-value]
            (getattr(sums[1], name, 0)) - (getattr(sums[0], name, 0)) for name in ("count", "gross")
        )

    assert gained("stripe_fee") == (1, -1200)
    assert gained("charge") == (2, 12_999)
    assert gained("refund") == (1, -4000)


async def test_a_sale_that_is_missing_here_is_found(bot: LiveBot, world: World) -> None:
    world.time.pass_(hours=1)
    world.account.buy(world.prices["usd"][0])
    world.account.pay(3500, metadata={"track": "Neon Rain"})
    comparison = await actions.audit(bot)
    assert [(each.kind, each.what, each.here) for each in comparison.differences] == [
        ("sale", "missing", None)
    ] * 2
    assert comparison.stripe != comparison.here


async def test_a_refund_that_is_missing_here_is_found(bot: LiveBot, world: World) -> None:
    world.time.pass_(hours=1)
    paid = world.account.buy(world.prices["usd"][0])
    world.time.pass_(hours=1)
    await actions.look(bot)
    world.time.pass_(hours=1)
    await actions.look(bot)
    assert (await actions.audit(bot)).equal
    world.account.refund(paid, 1000)
    comparison = await actions.audit(bot)
    assert found(comparison) == {("refund", "missing"), ("sale", "state")}


@pytest.mark.parametrize("column", ["gross", "stripe_fee", "net"])
async def test_a_wrong_amount_is_found(bot: LiveBot, column: str) -> None:
    wrong = {column: getattr(tables.entries.c, column) + 1}
    await change(bot, tables.entries, tables.entries.c.kind == "sale", **wrong)
    comparison = await actions.audit(bot)
    what = "fee" if column == "stripe_fee" else column
    # The sums that are kept ready are not those of the entries any more.
    assert found(comparison) == {("sale", what), ("total", column)}


async def test_a_movement_that_is_not_stripes_is_found(bot: LiveBot) -> None:
    refunds = sorted(
        {row[0] for row in await bot.rows(tables.entries, "source", "kind") if row[1] == "refund"}
    )
    async with bot.app.store.write() as connection:
        await connection.execute(
            update(tables.entries)
            .where(tables.entries.c.source == refunds[0])
            .values(source="txn_unheard_of")
        )
    comparison = await actions.audit(bot)
    assert found(comparison) == {("refund", "missing")}
    assert {each.stripe is None for each in comparison.differences} == {True, False}


async def test_a_wrong_currency_and_kind_are_found(bot: LiveBot) -> None:
    await change(bot, tables.entries, tables.entries.c.kind == "sale", currency="sek")
    assert ("sale", "currency") in found(await actions.audit(bot))


async def test_a_wrong_time_is_no_difference_of_money(bot: LiveBot) -> None:
    at = BEGINNING + timedelta(days=20)
    await change(bot, tables.entries, tables.entries.c.kind == "sale", at=at)
    assert (await actions.audit(bot)).equal


async def test_a_wrong_state_is_found(bot: LiveBot) -> None:
    [refunded] = [each for each in await bot.payments() if each.refunds][:1]
    refund = replace(refunded.refunds[0], status="pending")
    wrong = replace(refunded, refunds=(refund, *refunded.refunds[1:]))
    async with bot.app.store.write() as connection:
        await connection.execute(
            update(tables.payments)
            .where(tables.payments.c.key == refunded.key)
            .values(document=payment_rows.payment_to_json(wrong))
        )
    assert ("refund", "state") in found(await actions.audit(bot))


async def test_wrong_and_missing_payouts_are_found(bot: LiveBot) -> None:
    await change(bot, tables.payouts, amount=tables.payouts.c.amount + 1)
    assert found(await actions.audit(bot)) == {("payout", "gross"), ("payout", "net")}
    await change(bot, tables.payouts, amount=tables.payouts.c.amount - 1)
    await change(bot, tables.payouts, tables.payouts.c.status == "paid", status="in_transit")
    assert found(await actions.audit(bot)) == {("payout", "state")}
    async with bot.app.store.write() as connection:
        await connection.execute(delete(tables.payouts))
    assert found(await actions.audit(bot)) == {("payout", "missing")}


async def test_a_sum_kept_ready_that_is_wrong_is_found(bot: LiveBot) -> None:
    async with bot.app.store.write() as connection:
        await connection.execute(
            update(tables.day_totals).values(refunded=tables.day_totals.c.refunded + 5)
        )
    comparison = await actions.audit(bot)
    assert {(each.what, each.kind) for each in comparison.differences} == {("refunded", "total")}


async def test_only_what_was_booked_in_the_range_is_compared(bot: LiveBot, world: World) -> None:
    middle = BEGINNING + timedelta(days=14)
    whole = await actions.audit(bot)
    early, late = (
        await actions.audit(bot, until=middle - timedelta(seconds=1)),
        await actions.audit(bot, since=middle),
    )
    assert early.equal
    assert late.equal
    for key, sums in whole.stripe.items():
        parts = [part.stripe[key].net for part in (early, late) if key in part.stripe]
        assert sum(parts) == sums.net
    await change(bot, tables.entries, tables.entries.c.kind == "sale", gross=1)
    assert not (await actions.audit(bot, until=middle - timedelta(seconds=1))).equal


async def test_what_stripe_has_not_booked_is_counted(bot: LiveBot, world: World) -> None:
    before = (await actions.audit(bot)).unbooked
    world.time.pass_(hours=1)
    world.account.buy(world.prices["usd"][0], settled=False)
    await bot.deliver(world.account.take_events())
    await bot.work()
    comparison = await actions.audit(bot)
    assert comparison.unbooked == before + 1
    assert comparison.equal
