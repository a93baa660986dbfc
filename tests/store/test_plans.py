"""No statement reads a table from end to end, nor all that a producer has in it."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from itertools import combinations_with_replacement
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.export_lines import PayoutHead
from bot.domain.period import parse_period
from bot.domain.sale import BuyerSort, Producer, SaleFilter, SaleSort
from bot.domain.track import TrackSort
from bot.store.books import forget, payments, payouts
from bot.store.books.off_sale_tracks import left_on_sale
from bot.store.books.record import record
from bot.store.engine import Store
from bot.store.queries import buyers, digest, sales, tracks
from bot.store.queries import exclusive as rights
from bot.store.queries import payouts as payout_queries
from bot.store.queries.export import (
    buyer_lines,
    count_sale_lines,
    payout_heads,
    payout_lines,
    sale_lines,
)
from bot.store.queries.insight_facts import insight_facts
from bot.store.queries.payouts import waiting
from bot.store.queries.stats import statistics
from tests.factories import ANA, BEN, NOON, exclusive, lease, paid, refunded, settled
from tests.store.books.test_milestones import days_before, note_past
from tests.store.queries.test_payouts import PAYOUT
from tests.store.samples import Books

pytestmark = pytest.mark.no_cover

# The tables that grow with the sales, and the names that queries give them.
LARGE = (
    "payments|sales|own|held|holding|leases|entries|buyers|earlier|holders|buyer_words"
    "|outbox|messages|payout_items"
)
# Of the outbox, what is open or has failed is few.
FEW = "ix_outbox_(open|failed)"
WHOLE = re.compile(
    rf"SCAN ({LARGE})\b|SEARCH ({LARGE})\b(?!.*{FEW}).*\(producer_id=\?( AND movement>\?)?\)"
)

# What may read everything of a producer's, as an index covers it: a second for a million sales.
SUMS = {
    "lists of sales",
    "a month",
    "a range",
    "all time",
    "buyers by what they spent",
    "buyers by how often",
    "buyers by when",
    "some buyers",
    "insights",
}

Step = Callable[[AsyncConnection, Producer], Awaitable[Any]]


async def _waiting(connection: AsyncConnection, producer: Producer) -> Any:
    """Only what came after the last payout is read; before the first that is all."""
    await payouts.record(connection, producer, PAYOUT, due=None, now=NOON)
    return await waiting(connection, producer, NOON)


async def _mark(connection: AsyncConnection, producer: Producer) -> None:
    """A first sale, on the best day of many."""
    await note_past(connection, producer, NOON)
    for payment in (*days_before(10), settled(paid("new", lease("New", 9000)))):
        await _record(connection, producer, payment)


async def _lists(connection: AsyncConnection, producer: Producer) -> None:
    """Of sales, in every order, by all filters alone and two together."""
    filters: dict[str, Any] = {
        "track": "A",
        "license": "Basic Lease",
        "buyer": "ana",
        "status": "disputed",
        "since": NOON.date(),
    }
    for one, other in combinations_with_replacement(filters, 2):
        for sort in SaleSort:
            wanted = SaleFilter(**{one: filters[one], other: filters[other]}, sort=sort)
            await sales.page(connection, producer, wanted, 0, NOON)


async def _lines(pages: AsyncIterator[list[Any]]) -> None:
    async for _ in pages:
        pass


async def _payout_lines(connection: AsyncConnection, producer: Producer) -> None:
    await payout_heads(connection, producer, None, NOON)
    head = PayoutHead("po_1", NOON, NOON, "paid", "usd", 100)
    await _lines(payout_lines(connection, producer, head))


STEPS: dict[str, Step] = {
    "a new payment": lambda c, p: _record(c, p, settled(paid("new", lease(), exclusive("B")))),
    "the same again": lambda c, p: _record(c, p, settled(paid("a", lease("A")))),
    "a refund": lambda c, p: _record(c, p, refunded(settled(paid("a", lease("A"))))),
    "another buyer": lambda c, p: _record(c, p, settled(paid("a", lease("A"), buyer=BEN))),
    "fewer lines": lambda c, p: _record(c, p, settled(paid("x", exclusive("A")))),
    "lists of sales": _lists,
    "a sale": lambda c, p: sales.by_number(c, p, 1002, NOON),
    "a buyer": lambda c, p: buyers.of_sale(c, p, 1001, NOON),
    "a number typed": lambda c, p: sales.suggest(c, p, "10", NOON),
    "a month": lambda c, p: statistics(c, p, parse_period("month", NOON, p.timezone)),
    "a range": lambda c, p: statistics(c, p, parse_period("2025..2026", NOON, p.timezone)),
    "all time": lambda c, p: statistics(c, p, parse_period("all", NOON, p.timezone)),
    "a track": lambda c, p: rights.track_rights(c, p, "A", NOON),
    "held tracks": lambda c, p: rights.held(c, p, 0, NOON),
    "a payment by its names": lambda c, p: payments.find(c, p.id, session="cs_a", charge="ch_a"),
    "what waits": _waiting,
    "a payout": lambda c, p: payout_queries.contents(c, p, "po_1", 0),
    "payouts": payout_queries.over,
    "tracks by income": lambda c, p: tracks.catalogue(c, p, 0, TrackSort.INCOME),
    "what is due": lambda c, p: payments.due(c, NOON, 10),
    "buyers by what they spent": lambda c, p: buyers.page(c, p, None, BuyerSort.SPEND, 0),
    "buyers by how often": lambda c, p: buyers.page(c, p, None, BuyerSort.COUNT, 0),
    "buyers by when": lambda c, p: buyers.page(c, p, None, BuyerSort.RECENT, 0),
    "some buyers": lambda c, p: buyers.page(c, p, "ana", BuyerSort.SPEND, 0),
    "who is to be forgotten": lambda c, p: forget.look(c, [p], ANA.email or ""),
    "a mark": _mark,
    "insights": lambda c, p: insight_facts(c, p, NOON),
    "what is to be done": lambda c, p: digest.actions(c, p, NOON),
    "deadlines": lambda c, p: digest.disputes_due(c, NOON, NOON),
    "left on sale": left_on_sale,
    "a track's sales": lambda c, p: sales.of_track(c, p, "A", NOON),
    "a payout's sales": lambda c, p: sales.of_payout(c, p, "po_1", NOON),
    "sales to export": lambda c, p: _lines(sale_lines(c, p, None, NOON)),
    "how many to export": lambda c, p: count_sale_lines(c, p, NOON, NOON),
    "buyers to export": lambda c, p: _lines(buyer_lines(c, p, None, None)),
    "payouts to export": _payout_lines,
}


@pytest.mark.parametrize("name", STEPS)
async def test_everything_is_found_by_an_index(books: Books, name: str) -> None:
    if books.store.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by its statistics")
    await books.write(settled(paid("a", lease("A"))), paid("x", exclusive("A"), lease("C")))
    async with books.store.write() as connection:
        with _statements(connection) as statements:
            await STEPS[name](connection, books.producer)
        plans = [await _plan(connection, *one) for one in dict(statements).items()]
    assert plans
    whole = [step for plan in plans for step in plan if WHOLE.search(step)]
    assert [step for step in whole if name not in SUMS or "COVERING" not in step] == []


async def _record(connection: AsyncConnection, producer: Producer, payment: Any) -> None:
    await record(connection, producer, payment, complete=True, read=NOON, due=None, now=NOON)


@contextmanager
def _statements(connection: AsyncConnection) -> Iterator[list[tuple[str, Any]]]:
    """What is executed meanwhile, with its parameters."""
    seen: list[tuple[str, Any]] = []

    def note(_: Any, __: Any, statement: str, parameters: Any, ___: Any, many: bool) -> None:
        if statement.startswith("INSERT"):
            return  # its plan shows checks of other tables that are only made after a violation
        rows = many and parameters and isinstance(parameters[0], tuple)
        seen.append((statement, parameters[0] if rows else parameters))

    event.listen(connection.sync_connection, "before_cursor_execute", note)
    yield seen
    event.remove(connection.sync_connection, "before_cursor_execute", note)


async def _plan(connection: AsyncConnection, statement: str, parameters: Any) -> list[str]:
    found = await connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    return [row.detail for row in found]


async def test_a_whole_table_would_be_noticed(store: Store) -> None:
    if store.dialect != "sqlite":
        pytest.skip("PostgreSQL plans by its statistics")
    async with store.read() as connection:
        for query in ("SELECT * FROM sales", "SELECT * FROM sales WHERE producer_id = 1"):
            (row,) = await connection.execute(text(f"EXPLAIN QUERY PLAN {query}"))
            assert WHOLE.search(row.detail)
