"""Whatever the order, however often, and however little at first: the same books in the end."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.ledger.entries import EntryKind, entries
from bot.ledger.naming import license_key, track_key
from bot.ledger.payment import Buyer, Consent, DisputeState, Line, Payment, PaymentState
from bot.ledger.periods import day_number
from bot.ledger.records import Producer
from bot.ledger.states import sale_states
from bot.store import producers
from bot.store.engine import Store
from bot.store.rebuilding import rebuild
from bot.store.tables import (
    buyer_counts,
    buyer_totals,
    buyers,
    licenses,
    list_totals,
    payments,
    purchase_totals,
    sales,
    totals,
    tracks,
)
from bot.store.tables import entries as entries_table
from tests.store.samples import (
    ANA,
    BEN,
    disputed,
    failed,
    free,
    line,
    paid,
    pending,
    refunded,
    settled,
    write,
)

TIMEZONE = "America/New_York"
# Two hours before a local midnight that begins a month and a week.
EVENING = datetime(2026, 6, 1, 2, 0, tzinfo=UTC)

_accounts = count()

lines_of_sales = st.builds(
    line,
    st.sampled_from(["Midnight Drive", "Neon Rain"]),
    st.sampled_from(["Basic Lease", "Premium Lease"]),
    st.sampled_from([1000, 3333]),
    exclusive=st.booleans(),
)


@st.composite
def histories(draw: st.DrawFn, key: str) -> list[Payment]:
    """What is known of one payment, at first and at last."""
    lines: list[Line] = draw(st.lists(lines_of_sales, min_size=1, max_size=3))
    at = EVENING + timedelta(hours=draw(st.integers(0, 3)))
    buyer = draw(st.sampled_from([ANA, BEN, replace(ANA, name=None), _asked(ANA), Buyer()]))
    currency = draw(st.sampled_from(["usd", "eur"]))
    bare = paid(key, *lines, at=at, buyer=buyer, currency=currency)
    if draw(st.integers(0, 9)) == 0:
        return [free(key, *(replace(one, amount=0) for one in lines), at=at, buyer=buyer)]
    first = draw(st.lists(st.sampled_from([_unseen, _provisional, pending]), max_size=2))
    last = draw(st.lists(st.sampled_from(_LATER), max_size=3))
    return [*(step(bare) for step in first), *_in_turn(bare, last)]


def _asked(buyer: Buyer) -> Buyer:
    return replace(buyer, promotions=Consent.OPT_IN)


def _unseen(payment: Payment) -> Payment:
    """Before its Checkout is known it goes by its intent."""
    return replace(payment, key=str(payment.intent), session=None, buyer=Buyer())


def _provisional(payment: Payment) -> Payment:
    whole = line("Midnight Drive", "License", payment.amount)
    return replace(payment, lines=(whole,), detailed=False)


def _in_turn(payment: Payment, steps: Sequence[Any]) -> Iterator[Payment]:
    yield payment
    for step in steps:
        payment = step(payment)
        yield payment
        if payment.state is PaymentState.FAILED:
            return


_LATER = [
    settled,
    lambda payment: settled(payment, "gbp", rate=2, tax=7),
    lambda payment: refunded(payment, min(500, payment.amount), name="part"),
    lambda payment: (
        refunded(payment, payment.amount - payment.refunded, name="rest")
        if payment.amount > payment.refunded
        else payment
    ),
    lambda payment: refunded(payment, min(500, payment.amount), name="part", status="failed"),
    lambda payment: (
        refunded(payment, 300, name="soon", booked=False)
        if payment.amount - payment.refunded >= 300
        else payment
    ),
    disputed,
    lambda payment: disputed(payment, DisputeState.LOST),
    lambda payment: disputed(payment, DisputeState.WON),
    failed,
    lambda payment: replace(payment, lines=payment.lines[::-1]),
]


@st.composite
def schedules(draw: st.DrawFn) -> list[Payment]:
    """Several payments' histories told in turns, with repetitions."""
    told = [draw(histories(str(number))) for number in range(draw(st.integers(1, 4)))]
    turns = draw(st.permutations([i for i, one in enumerate(told) for _ in one]))
    following = [iter(one) for one in told]
    shown = [next(following[i]) for i in turns]
    again = draw(st.lists(st.sampled_from(range(len(told))), max_size=3))
    return [*shown, *(told[i][-1] for i in again)]


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(schedule=schedules(), order=st.randoms(use_true_random=False))
async def test_every_order_ends_in_the_same_books(
    store: Store, schedule: list[Payment], order: Any
) -> None:
    final = list({payment.charge or payment.key: payment for payment in schedule}.values())
    order.shuffle(final)
    told, straight = await _new_producer(store), await _new_producer(store)
    await write(store, told, *schedule)
    await write(store, straight, *final)
    async with store.read() as connection:
        books = await _books(connection, told)
        assert books == await _books(connection, straight)
    assert books["sales"] == _expected_sales(final)
    assert books["totals"] == _expected_totals(final)
    assert books["list_totals"] == _expected_list_totals(books["sales"])
    assert books["purchase_totals"] == _expected_purchase_totals(final)
    assert books["buyer_totals"] == _expected_buyer_totals(final)
    assert books["buyer_counts"] == _expected_buyer_counts(books["buyer_totals"])
    async with store.write() as connection:
        await rebuild(connection, told.id, TIMEZONE)
        assert await _books(connection, told) == books


async def _new_producer(store: Store) -> Producer:
    async with store.write() as connection:
        return await producers.ensure(
            connection, livemode=False, account=f"acct_{next(_accounts)}", timezone=TIMEZONE
        )


async def _books(connection: AsyncConnection, producer: Producer) -> dict[str, Any]:
    """All that must not depend on the order: no ids, no numbers, no rows of zeros."""
    names: dict[str, dict[int, Any]] = {
        "track": {0: "*"} | await _by_id(connection, tracks.c.key, producer),
        "license": {0: "*"} | await _by_id(connection, licenses.c.key, producer),
        "buyer": await _by_id(connection, buyers.c.key, producer),
    }
    return {
        "sales": await _sales(connection, producer),
        "totals": await _sums(connection, totals, producer, names),
        "list_totals": await _sums(connection, list_totals, producer, names),
        "purchase_totals": await _sums(connection, purchase_totals, producer, names),
        "entries": await _entries(connection, producer),
        "buyers": await _buyers(connection, producer),
        "buyer_totals": await _sums(connection, buyer_totals, producer, names),
        "buyer_counts": await _sums(connection, buyer_counts, producer, names),
    }


async def _by_id(connection: AsyncConnection, column: Any, producer: Producer) -> dict[int, Any]:
    table = column.table
    found = await connection.execute(
        select(table.c.id, column).where(table.c.producer_id == producer.id)
    )
    return {row[0]: row[1] for row in found}


_SALE = [
    payments.c.key.label("payment"),
    sales.c.position,
    tracks.c.key.label("track"),
    licenses.c.key.label("license"),
    sales.c.exclusive,
    sales.c.sold,
    sales.c.state,
    sales.c.amount,
    sales.c.refunded,
    sales.c.settled,
    sales.c.settled_currency,
    sales.c.gross,
    (sales.c.stripe_fee + sales.c.fee_tax + sales.c.platform_fee).label("fees"),
    sales.c.remaining,
    sales.c.conflict,
    (tracks.c.holder_sale_id == sales.c.id).label("holds"),
]


async def _sales(connection: AsyncConnection, producer: Producer) -> dict[Any, dict[str, Any]]:
    found = await connection.execute(
        select(*_SALE)
        .select_from(sales)
        .join(payments, payments.c.id == sales.c.payment_id)
        .join(tracks, tracks.c.id == sales.c.track_id)
        .join(licenses, licenses.c.id == sales.c.license_id)
        .where(sales.c.producer_id == producer.id)
    )
    rows = [dict(row._mapping) for row in found]
    return {(row["payment"], row["position"]): row | {"holds": bool(row["holds"])} for row in rows}


async def _sums(
    connection: AsyncConnection, table: Any, producer: Producer, names: dict[str, Any]
) -> dict[Any, dict[str, int]]:
    found = await connection.execute(select(table).where(table.c.producer_id == producer.id))
    keys = [column.name for column in table.primary_key][1:]
    sums = {}
    for row in found.mappings():
        amounts = {name: row[name] for name in row if name not in {"producer_id", *keys}}
        place = dict.fromkeys(keys) | {name: row[name] for name in keys}
        for what in ("track", "license", "buyer"):
            if f"{what}_id" in place:
                place[f"{what}_id"] = names[what][row[f"{what}_id"]]
        if any(amounts.values()):
            sums[tuple(place.values())] = {name: n for name, n in amounts.items() if n}
    return sums


async def _entries(connection: AsyncConnection, producer: Producer) -> Counter[Any]:
    left_out = {"id", "producer_id", "payment_id", "sale_id", "track_id"}
    columns = [column for column in entries_table.c if column.name not in left_out]
    found = await connection.execute(
        select(payments.c.key, sales.c.position, *columns)
        .select_from(entries_table)
        .join(payments, payments.c.id == entries_table.c.payment_id)
        .join(sales, sales.c.id == entries_table.c.sale_id)
        .where(entries_table.c.producer_id == producer.id)
    )
    return Counter(tuple(row) for row in found)


async def _buyers(connection: AsyncConnection, producer: Producer) -> Counter[Any]:
    found = await connection.execute(
        select(
            *(buyers.c[name] for name in ("key", "email", "name", "country")),
            *(buyers.c.promotions, buyers.c.latest),
        ).where(buyers.c.producer_id == producer.id)
    )
    return Counter(tuple(row) for row in found)


def _expected_sales(final: Sequence[Payment]) -> dict[Any, dict[str, Any]]:
    """Each sale judged by the rules as they are written, one by one."""
    rows = {
        (payment.key, position): _expected_sale(payment, position)
        for payment in final
        for position in range(len(payment.lines))
    }
    for row in rows.values():
        claims = [
            (one["sold"], one["payment"], one["position"])
            for one in rows.values()
            if one["track"] == row["track"] and one["exclusive"] and _holds_rights(one)
        ]
        rank = (row["sold"], row["payment"], row["position"])
        first = min(claims, default=None)
        row["holds"] = rank == first
        row["conflict"] = bool(
            first and _holds_rights(row) and rank > first and row["payment"] != first[1]
        )
    return rows


def _holds_rights(row: dict[str, Any]) -> bool:
    return row["state"] in ("paid", "partly_refunded", "disputed")


def _expected_sale(payment: Payment, position: int) -> dict[str, Any]:
    own = [entry for entry in entries(payment) if entry.position == position]
    sale = next((entry for entry in own if entry.kind is EntryKind.SALE), None)
    one = payment.lines[position]
    return {
        "payment": payment.key,
        "position": position,
        "track": track_key(one.track),
        "license": license_key(one.license),
        "exclusive": one.exclusive,
        "sold": payment.paid or payment.created,
        "state": sale_states(payment)[position],
        "amount": one.amount,
        "refunded": _given_back(payment, position),
        "settled": sale.booked if sale else False,
        "settled_currency": sale.currency if sale else payment.currency,
        "gross": sale.gross if sale else 0,
        "fees": sale.stripe_fee + sale.fee_tax + sale.platform_fee if sale else 0,
        "remaining": sum(entry.net for entry in own if sale and entry.currency == sale.currency),
    }


def _given_back(payment: Payment, position: int) -> int:
    from bot.ledger.entries import refund_shares

    return sum(share[position] for share in refund_shares(payment))


def _expected_totals(final: Sequence[Payment]) -> dict[Any, dict[str, int]]:
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    refunds: dict[Any, set[tuple[str, str]]] = defaultdict(set)
    for payment in final:
        for entry in entries(payment):
            for place in _places(entry.at):
                for track in ("*", track_key(payment.lines[entry.position].track)):
                    key = (*place, track, entry.currency)
                    row = sums[key]
                    row["net"] += entry.net
                    row["stripe_fee"] += entry.stripe_fee
                    row["fee_tax"] += entry.fee_tax
                    row["platform_fee"] += entry.platform_fee
                    if entry.kind is EntryKind.SALE:
                        row["sales"] += 1
                        row["gross"] += entry.gross
                        row["unsettled"] += not entry.booked
                    elif entry.kind is EntryKind.DISPUTE:
                        row["disputed"] -= entry.gross
                    else:
                        row["refunded"] -= entry.gross
                        if entry.gross:
                            refunds[key].add((entry.kind.value, entry.source))
    for key, kinds in refunds.items():
        counts = Counter(kind for kind, _ in kinds)
        sums[key]["refunds"] = counts["refund"] - counts["refund_reversal"]
    return _without_zeros(sums)


def _places(at: datetime) -> list[tuple[str, int]]:
    day = day_number(at, TIMEZONE)
    return [("day", day), ("month", day // 100 * 100 + 1), ("ever", 0)]


def _expected_list_totals(rows: dict[Any, dict[str, Any]]) -> dict[Any, dict[str, int]]:
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows.values():
        if row["state"] == "failed":
            continue
        for track in ("*", row["track"]):
            for license_name in ("*", row["license"]):
                for span, start in _places(row["sold"]):
                    if span == "day" and track != "*":
                        continue
                    place = (track, license_name, span, start)
                    total = sums[(*place, row["state"], row["conflict"], row["settled_currency"])]
                    total["sales"] += 1
                    total["gross"] += row["gross"]
                    total["fees"] += row["fees"]
                    total["remaining"] += row["remaining"]
                    total["unsettled"] += row["state"] != "pending" and not row["settled"]
    return _without_zeros(sums)


def _expected_purchase_totals(final: list[Payment]) -> dict[Any, dict[str, int]]:
    bought: dict[str, list[datetime]] = defaultdict(list)
    for payment in final:
        if payment.state is PaymentState.PAID and payment.paid is not None:
            bought[payment.buyer.key or payment.key].append(payment.paid)
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for times in map(sorted, bought.values()):
        for place, at in enumerate(times):
            for span in _places(at):
                sums[span]["purchases"] += 1
                sums[span]["new_buyers"] += place == 0
                sums[span]["repeat_buyers"] += place == 1
    return _without_zeros(sums)


def _expected_buyer_totals(final: Sequence[Payment]) -> dict[Any, dict[str, int]]:
    sums: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for payment in (one for one in final if one.state is PaymentState.PAID):
        buyer = payment.buyer.key or payment.key
        rows = [_expected_sale(payment, position) for position in range(len(payment.lines))]
        kept = [row for row in rows if row["state"] != "dispute_lost"]
        spent = sum(row["amount"] - row["refunded"] for row in kept)
        for currency, amount in ((payment.currency, spent), ("", 0)):
            row = sums[buyer, currency]
            row["payments"] += 1
            row["licenses"] += len(rows)
            row["spent"] += amount
    return _without_zeros(sums)


def _expected_buyer_counts(rows: dict[Any, dict[str, int]]) -> dict[Any, dict[str, int]]:
    counts: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for (_, currency), row in rows.items():
        counts[(currency,)]["buyers"] += row["payments"] > 0
        counts[(currency,)]["repeats"] += row["payments"] > 1
    return _without_zeros(counts)


def _without_zeros(sums: dict[Any, dict[str, int]]) -> dict[Any, dict[str, int]]:
    rows = {key: {name: n for name, n in row.items() if n} for key, row in sums.items()}
    return {key: row for key, row in rows.items() if row}
