"""Payouts line by line: what is in each adds up to it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from bot.domain.exports import PayoutHead, PayoutLine, PayoutSums
from bot.domain.payout import PayoutItem
from bot.domain.records import Producer
from bot.store.books import audit, payouts
from bot.store.engine import Store
from bot.store.exports.payouts import payout_heads, payout_lines
from tests.store.queries.test_payouts_overview import NET, PAYOUT
from tests.store.samples import NOON, disputed, lease, paid, refunded, settled, write

ITEMS = {
    "txn_1": ("charge", NET),
    "txn_2": ("charge", 5700),
    "txn_re_cs_1_1": ("refund", -1000),
    "txn_dp_cs_2": ("adjustment", -7500),
    "txn_fee": ("stripe_fee", -200),
}


@pytest.fixture
async def filled(store: Store, producer: Producer) -> Producer:
    """Two sales, a refund, a dispute and a fee of Stripe's in one payout, and two other payouts."""
    await write(
        store,
        producer,
        refunded(settled(paid("1")), 1000),
        disputed(settled(paid("2", lease("Neon Rain", 4000), lease("Low Tide", 2000)))),
    )
    made = [
        PAYOUT,
        replace(PAYOUT, id="po_2", automatic=False, created=NOON + timedelta(days=40)),
        replace(PAYOUT, id="po_3", status="failed", created=NOON + timedelta(days=41)),
    ]
    async with store.write() as connection:
        for payout in made:
            await payouts.record(connection, producer, payout, due=None, now=NOON)
        items = [
            PayoutItem(movement=name, kind=kind, net=net) for name, (kind, net) in ITEMS.items()
        ]
        await payouts.attach(connection, producer.id, PAYOUT.id, items)
    return producer


async def _exported(store: Store, producer: Producer) -> dict[PayoutHead, list[PayoutLine]]:
    async with store.read() as connection:
        return {
            head: [
                line
                async for some in payout_lines(connection, producer, head, page=2)
                for line in some
            ]
            for head in await payout_heads(connection, producer, None, None)
        }


async def test_what_is_in_each_adds_up_to_it(store: Store, filled: Producer) -> None:
    found = await _exported(store, filled)
    assert [head.payout for head in found] == ["po_1", "po_2", "po_3"]
    assert all(sum(line.net for line in lines) == head.amount for head, lines in found.items())
    told = next(iter(found.values()))
    assert [(line.kind, line.track, line.net) for line in told] == [
        ("sale", "Midnight Drive", NET),
        ("sale", "Neon Rain", 3860),
        ("sale", "Low Tide", 1930),
        ("refund", "Midnight Drive", -1000),
        ("dispute", "Neon Rain", -5000),
        ("dispute", "Low Tide", -2500),
        ("other", "stripe_fee", -200),
        ("untold", None, 4000 - NET - 5790 + 1000 + 7500 + 200),
    ]
    assert [line.number for line in told] == [1001, 1002, 1003, 1001, 1002, 1003, None, None]


async def test_what_stripe_does_not_tell_is_one_line(store: Store, filled: Producer) -> None:
    by_hand = list((await _exported(store, filled)).values())[1]
    assert [(line.kind, line.number, line.net) for line in by_hand] == [("untold", None, 4000)]


async def test_failed_ones_are_not_summed_up(store: Store, filled: Producer) -> None:
    sums = PayoutSums()
    for head, lines in (await _exported(store, filled)).items():
        sums.add(head)
        sums.add_lines(head, lines)
    (totals,) = sums.totals()
    assert (totals.payouts, totals.failed) == (2, 1)
    assert totals.amount == totals.net == 8000
    assert totals.gross == 9000
    assert totals.refunded == -1000
    assert totals.disputed == -6000


async def test_they_are_those_that_an_audit_compares(store: Store, filled: Producer) -> None:
    start, end = NOON, NOON + timedelta(days=40, hours=1)
    async with store.read() as connection:
        heads = await payout_heads(connection, filled, start, end)
        compared = await audit.payouts_created(connection, filled.id, start, end)
        stranger = replace(filled, id=filled.id + 1)
        assert await payout_heads(connection, stranger, None, None) == []
    assert [(head.payout, head.amount) for head in heads] == [
        (payout.id, payout.amount) for payout in compared
    ]
    assert len(heads) == 2
