"""The audit: equal books are called equal, and each way in which they can differ is found."""

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
from tests.journey.house import House, house
from tests.sync import ways
from tests.sync.world import BEGINNING, World

pytestmark = pytest.mark.no_cover


@pytest.fixture
async def home(tmp_path: Path, world: World) -> AsyncIterator[House]:
    """Everything is imported."""
    async with house(tmp_path, time=world.time, account=world.account) as opened:
        await ways.backfill_task_of(opened).work()
        yield opened


async def change(home: House, table: Table, which: Any = None, /, **values: Any) -> None:
    """Tamper with the first row (of those that `which` says)."""
    first = tables.metadata.tables[table.name].c.id
    row = select(func.min(first)).where(*([] if which is None else [which])).scalar_subquery()
    async with home.app.store.write() as connection:
        await connection.execute(update(table).where(first == row).values(**values))


def found(comparison: Comparison) -> set[tuple[str, str]]:
    return {(difference.kind, difference.what) for difference in comparison.differences}


async def test_imported_books_are_stripes_books(home: House, world: World) -> None:
    comparison = await ways.audit(home)
    assert comparison.equal
    assert comparison.stripe == comparison.here
    kinds = {kind for _, kind in comparison.stripe}
    assert kinds >= {"sale", "refund", "dispute", "payout"}
    assert {code for code, _ in comparison.stripe} == {"usd", "eur"}


async def test_it_takes_few_calls(home: House, world: World) -> None:
    home.stripe.calls.reset()
    await ways.audit(home)
    assert home.stripe.calls.total < 40


async def test_other_business_is_counted_apart(home: House, world: World) -> None:
    comparison = await ways.audit(home)
    world.account.bill(1200)
    world.account.subscribe(world._prices["usd"][0])
    paid = world.account.pay(10_000, description="An hour in the studio")
    world.account.refund(paid, 4000)
    world.time.pass_(days=1)
    later = await ways.audit(home)
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


async def test_a_sale_that_is_missing_here_is_found(home: House, world: World) -> None:
    world.time.pass_(hours=1)
    world.account.buy(world._prices["usd"][0])
    world.account.pay(3500, metadata={"track": "Neon Rain"})
    comparison = await ways.audit(home)
    assert [(each.kind, each.what, each.here) for each in comparison.differences] == [
        ("sale", "missing", None)
    ] * 2
    assert comparison.stripe != comparison.here


async def test_a_refund_that_is_missing_here_is_found(home: House, world: World) -> None:
    world.time.pass_(hours=1)
    paid = world.account.buy(world._prices["usd"][0])
    world.time.pass_(hours=1)
    await ways.look(home)
    world.time.pass_(hours=1)
    await ways.look(home)
    assert (await ways.audit(home)).equal
    world.account.refund(paid, 1000)
    comparison = await ways.audit(home)
    assert found(comparison) == {("refund", "missing"), ("sale", "state")}


@pytest.mark.parametrize("column", ["gross", "stripe_fee", "net"])
async def test_a_wrong_amount_is_found(home: House, column: str) -> None:
    wrong = {column: getattr(tables.entries.c, column) + 1}
    await change(home, tables.entries, tables.entries.c.kind == "sale", **wrong)
    comparison = await ways.audit(home)
    what = "fee" if column == "stripe_fee" else column
    # The sums that are kept ready are not those of the entries any more.
    assert found(comparison) == {("sale", what), ("total", column)}


async def test_a_movement_that_is_not_stripes_is_found(home: House) -> None:
    refunds = sorted(
        {row[0] for row in await home.rows(tables.entries, "source", "kind") if row[1] == "refund"}
    )
    async with home.app.store.write() as connection:
        await connection.execute(
            update(tables.entries)
            .where(tables.entries.c.source == refunds[0])
            .values(source="txn_unheard_of")
        )
    comparison = await ways.audit(home)
    assert found(comparison) == {("refund", "missing")}
    assert {each.stripe is None for each in comparison.differences} == {True, False}


async def test_a_wrong_currency_and_kind_are_found(home: House) -> None:
    await change(home, tables.entries, tables.entries.c.kind == "sale", currency="sek")
    assert ("sale", "currency") in found(await ways.audit(home))


async def test_a_wrong_time_is_no_difference_of_money(home: House) -> None:
    at = BEGINNING + timedelta(days=20)
    await change(home, tables.entries, tables.entries.c.kind == "sale", at=at)
    assert (await ways.audit(home)).equal


async def test_a_wrong_state_is_found(home: House) -> None:
    [refunded] = [each for each in await home.payments() if each.refunds][:1]
    refund = replace(refunded.refunds[0], status="pending")
    wrong = replace(refunded, refunds=(refund, *refunded.refunds[1:]))
    async with home.app.store.write() as connection:
        await connection.execute(
            update(tables.payments)
            .where(tables.payments.c.key == refunded.key)
            .values(document=payment_rows.payment_to_json(wrong))
        )
    assert ("refund", "state") in found(await ways.audit(home))


async def test_wrong_and_missing_payouts_are_found(home: House) -> None:
    await change(home, tables.payouts, amount=tables.payouts.c.amount + 1)
    assert found(await ways.audit(home)) == {("payout", "gross"), ("payout", "net")}
    await change(home, tables.payouts, amount=tables.payouts.c.amount - 1)
    await change(home, tables.payouts, tables.payouts.c.status == "paid", status="in_transit")
    assert found(await ways.audit(home)) == {("payout", "state")}
    async with home.app.store.write() as connection:
        await connection.execute(delete(tables.payouts))
    assert found(await ways.audit(home)) == {("payout", "missing")}


async def test_a_sum_kept_ready_that_is_wrong_is_found(home: House) -> None:
    async with home.app.store.write() as connection:
        await connection.execute(
            update(tables.totals).values(refunded=tables.totals.c.refunded + 5)
        )
    comparison = await ways.audit(home)
    assert {(each.what, each.kind) for each in comparison.differences} == {("refunded", "total")}


async def test_only_what_was_booked_in_the_range_is_compared(home: House, world: World) -> None:
    middle = BEGINNING + timedelta(days=14)
    whole = await ways.audit(home)
    early, late = (
        await ways.audit(home, until=middle - timedelta(seconds=1)),
        await ways.audit(home, since=middle),
    )
    assert early.equal
    assert late.equal
    for key, sums in whole.stripe.items():
        parts = [part.stripe[key].net for part in (early, late) if key in part.stripe]
        assert sum(parts) == sums.net
    await change(home, tables.entries, tables.entries.c.kind == "sale", gross=1)
    assert not (await ways.audit(home, until=middle - timedelta(seconds=1))).equal


async def test_what_stripe_has_not_booked_is_counted(home: House, world: World) -> None:
    before = (await ways.audit(home)).unbooked
    world.time.pass_(hours=1)
    world.account.buy(world._prices["usd"][0], settled=False)
    await home.deliver(world.account.take_events())
    await home.work()
    comparison = await ways.audit(home)
    assert comparison.unbooked == before + 1
    assert comparison.equal
