"""Payouts: kept as they stand, told once, and what is in them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.payout import Payout, PayoutItem, PayoutRecord
from bot.store import outbox
from bot.store.books import payouts
from bot.store.books.bulk import NewPayment, record_new
from bot.store.engine import Store
from bot.store.inbox import Inbox
from tests.factories import lease, line, paid, pending, settled
from tests.store.samples import Books
from tests.store.test_inbox import incoming

FIRST_EVENT = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)
NOW = FIRST_EVENT + timedelta(days=3)
PAYOUT = Payout(
    id="po_1",
    amount=123_456,
    currency="usd",
    status="in_transit",
    automatic=True,
    created=FIRST_EVENT + timedelta(days=1),
    arrival=FIRST_EVENT + timedelta(days=2),
    failure=None,
    reconciled=False,
)
PAID = replace(PAYOUT, status="paid")
FAILED = replace(PAYOUT, status="failed", failure="account_closed")
LONG_AGO = FIRST_EVENT - timedelta(days=30)
OLD = replace(PAYOUT, created=LONG_AGO, arrival=LONG_AGO + timedelta(days=2), status="paid")


@pytest.fixture(autouse=True)
async def first_event(store: Store) -> None:
    async with Inbox(store) as inbox:
        await inbox.put(incoming("evt_1")._replace(received=FIRST_EVENT))


async def record(books: Books, *versions: Payout, **extra: Any) -> list[str]:
    """Record a payout as it changes; the keys of what is to be told after each, all told then."""
    keys: list[str] = []
    given: dict[str, Any] = {"due": None, "now": NOW, **extra}
    for version in versions:
        async with books.store.write() as connection:
            await payouts.record(connection, books.producer, version, **given)
            rows = await outbox.open_rows(connection, books.id, 100)
            ids = [row.id for row in rows]
            await outbox.begin(connection, ids, NOW)
            await outbox.sent(connection, ids)
            keys += [row.key for row in rows]
    return keys


async def load(books: Books, payout_id: str = "po_1") -> PayoutRecord | None:
    return await books.read(payouts.load, payout_id)


async def test_a_payout_is_kept_as_it_stands(books: Books) -> None:
    await record(books, PAYOUT, FAILED, due=NOW, checks=3)
    assert await load(books) == PayoutRecord(
        id="po_1",
        amount=Money(123_456, "usd"),
        status="failed",
        automatic=True,
        created=PAYOUT.created,
        arrival=PAYOUT.arrival,
        failure="account_closed",
        payments=None,
        sales=None,
        refunds=None,
    )
    stored = await books.read_id(payouts.find, "po_1")
    assert stored == payouts.StoredPayout(books.id, FAILED, None, NOW, 3)


async def test_it_is_remembered_when_stripe_was_last_asked(books: Books) -> None:
    await record(books, PAYOUT, read=NOW)
    await record(books, PAID)
    stored = await books.read_id(payouts.find, "po_1")
    assert stored is not None
    assert stored.read == NOW


async def test_a_payout_of_another_producer_is_not_found(books: Books) -> None:
    await record(books, PAYOUT)
    async with books.store.read() as connection:
        assert await payouts.find(connection, books.id + 1, "po_1") is None
        assert await payouts.find(connection, books.id, "po_2") is None
        assert await payouts.load(connection, books.producer, "po_2") is None


async def test_a_payout_is_announced_once_and_edited_when_it_changes(books: Books) -> None:
    assert await record(books, PAYOUT) == ["announce:payout:po_1"]
    assert await record(books, PAYOUT) == []
    assert await record(books, PAID) == ["edit:payout:po_1"]
    assert await record(books, PAID) == []


async def test_a_payout_that_fails_is_edited_and_replied_to_once(books: Books) -> None:
    assert await record(books, PAYOUT, PAID, FAILED, FAILED) == [
        "announce:payout:po_1",
        "edit:payout:po_1",
        "edit:payout:po_1",
        "reply:payout_failed:po_1",
    ]


async def test_a_payout_first_seen_failed_is_announced_as_it_is(books: Books) -> None:
    assert await record(books, FAILED) == ["announce:payout:po_1"]


async def test_a_payout_that_was_over_before_the_bot_came_is_not_told(books: Books) -> None:
    assert await record(books, OLD, replace(OLD, amount=1)) == []


async def test_a_payout_under_way_when_the_bot_came_is_told(books: Books) -> None:
    under_way = replace(PAYOUT, created=LONG_AGO)
    assert await record(books, under_way) == ["announce:payout:po_1"]


async def test_an_old_payout_that_fails_after_all_is_told(books: Books) -> None:
    failed = replace(OLD, status="failed", failure="account_closed")
    assert await record(books, OLD, failed) == ["announce:payout:po_1"]


async def test_a_payout_known_from_the_import_is_told_when_it_arrives(books: Books) -> None:
    await record(books, PAYOUT, quiet=True)
    assert await record(books, PAYOUT) == []
    assert await record(books, PAID) == ["announce:payout:po_1"]


async def test_an_import_is_quiet(books: Books) -> None:
    assert await record(books, PAYOUT, PAID, quiet=True) == []


def charges(*movements: str) -> list[PayoutItem]:
    return [PayoutItem(movement=name, kind="charge", net=100) for name in movements]


def refunds(count: int) -> list[PayoutItem]:
    return [PayoutItem(movement=f"txn_r{n}", kind="refund", net=-100) for n in range(count)]


async def test_a_payment_read_after_its_payout_is_in_it_all_the_same(books: Books) -> None:
    await record(books, PAID)
    await books.change_id(payouts.attach, "po_1", charges("txn_1"))
    await books.write(settled(paid("1")))
    after = await load(books)
    assert after is not None
    assert after.payments == 1


async def told_now(books: Books) -> list[str]:
    """What is to be told of payouts; all is told then."""
    async with books.store.write() as connection:
        rows = await outbox.open_rows(connection, books.id, 100)
        ids = [row.id for row in rows]
        await outbox.begin(connection, ids, NOW)
        await outbox.sent(connection, ids)
    return [row.key for row in rows if row.subject.startswith("payout:")]


async def test_alert_told_before_its_sales_were_known_is_edited_when_they_are(books: Books) -> None:
    await record(books, replace(PAYOUT, reconciled=True))
    await books.change_id(payouts.attach, "po_1", charges("txn_1", "txn_2"))
    await books.write(settled(paid("1")))
    assert await told_now(books) == ["edit:payout:po_1"]
    async with books.store.write() as connection:
        new = NewPayment(settled(paid("2")), None)
        await record_new(connection, books.producer, [new], read=NOW)
    assert await told_now(books) == ["edit:payout:po_1"]
    await books.write(settled(paid("1")))
    assert await told_now(books) == []


async def test_alert_of_a_payout_is_not_edited_for_what_is_not_in_it(books: Books) -> None:
    await record(books, replace(PAYOUT, reconciled=True))
    await books.change_id(payouts.attach, "po_1", charges("txn_9"))
    await books.write(settled(paid("1")))
    assert await told_now(books) == []


async def test_what_is_in_a_payout_is_counted_once_it_was_read(books: Books) -> None:
    inside = [settled(paid("1", lease(), line("Other Beat", amount=3000))), settled(paid("2"))]
    outside = settled(paid("3"))
    await books.write(*inside, outside, pending(paid("4")))
    await record(books, PAID)
    before = await load(books)
    assert before is not None
    assert (before.payments, before.sales, before.refunds) == (None, None, None)
    names = [payment.movement.id for payment in inside if payment.movement]
    told = await record(books, replace(PAID, reconciled=True))
    await books.change_id(payouts.attach, "po_1", charges(*names, "txn_of_another") + refunds(4))
    after = await load(books)
    assert after is not None
    assert (after.payments, after.sales, after.refunds) == (2, 3, 4)
    assert told == ["edit:payout:po_1"]
    assert await record(books, replace(PAID, reconciled=True)) == []


async def test_many_payments_are_attached_in_one_go(books: Books) -> None:
    await books.write(settled(paid("1")))
    await record(books, PAID)
    names = [f"txn_{number}" for number in range(1001)]
    await books.change_id(payouts.attach, "po_1", charges(*names))
    after = await load(books)
    assert after is not None
    assert (after.payments, after.sales, after.refunds) == (1, 1, 0)
