"""What the commands ask of the store, at a million sales of one producer and at ten thousand.

A call is all that a command does there: take a connection, ask, and make the records. The two
stores are asked in turn, with arguments drawn at random from each one's own sales. What other
programs took of the processor meanwhile is taken off.
"""

import gc
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import Any, TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from bench.report import Figure, percentile
from bench.seed import (
    FIRST_NUMBER,
    LICENSES,
    NOW,
    TRACKS,
    Seeded,
    buyer_of,
    seeded_store,
    track_name,
)
from bench.watch import Use
from bot.domain.period import Period, parse_period
from bot.domain.sale import BuyerSort, SaleFilter, SaleSort, SaleState
from bot.store.queries import buyers, sales, stats

FEW, MANY = 10_000, 1_000_000
CALLS = 300
WARM_UP = 30
SLOWEST = 25.0
GROWTH = 3.0
PAGES = 20
"""As far as anybody leafs."""
YEARS = 3

Call: TypeAlias = Callable[[AsyncConnection, Seeded, Random], Awaitable[Any]]


async def _sales(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    page = dice.randrange(PAGES)
    return await sales.page(connection, of.producer, SaleFilter(), page, NOW)


async def _sales_filtered(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    listed = [state.value for state in SaleState if state.is_sale]
    day = (NOW - timedelta(days=dice.randrange(365 * YEARS))).date()
    all_filters: dict[str, Any] = {
        "track": track_name(dice.randint(1, TRACKS)),
        "license": dice.choice(list(LICENSES)),
        "buyer": buyer_of(dice.randint(1, of.sales // 3)).email,
        "status": dice.choice([*listed, "conflict"]),
        "since": day,
    }
    chosen = dice.sample(list(all_filters), dice.choice((1, 1, 2)))
    wanted = SaleFilter(**{name: all_filters[name] for name in chosen})
    return await sales.page(connection, of.producer, wanted, dice.randrange(3), NOW)


async def _sales_by_size(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    day = (NOW - timedelta(days=dice.randrange(365 * YEARS))).date()
    wanted = dice.choice(
        [
            SaleFilter(),
            SaleFilter(track=track_name(dice.randint(1, TRACKS))),
            SaleFilter(license=dice.choice(list(LICENSES))),
            SaleFilter(status="refunded"),
            SaleFilter(since=day),
            SaleFilter(license=dice.choice(list(LICENSES)), since=day),
        ]
    )
    wanted, page = replace(wanted, sort=SaleSort.LARGEST), dice.randrange(PAGES)
    return await sales.page(connection, of.producer, wanted, page, NOW)


async def _sale(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    return await sales.by_number(connection, of.producer, _number(of, dice), NOW)


async def _buyer(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    return await buyers.of_sale(connection, of.producer, _number(of, dice), NOW)


async def _buyers(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    sort, page = dice.choice(list(BuyerSort)), dice.randrange(PAGES)
    return await buyers.page(connection, of.producer, None, sort, page)


async def _buyers_found(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    called = buyer_of(dice.randint(1, of.sales // 3)).email
    return await buyers.page(connection, of.producer, called, BuyerSort.SPEND, 0)


async def _stats(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    span = parse_period(dice.choice(list(Period)), NOW, of.producer.timezone)
    return await stats.statistics(connection, of.producer, span)


def _number(of: Seeded, dice: Random) -> int:
    return dice.randrange(FIRST_NUMBER, FIRST_NUMBER + of.sales)


COMMANDS: dict[str, Call] = {
    "/sales": _sales,
    "/sales with filters": _sales_filtered,
    "/sales by size": _sales_by_size,
    "/sale": _sale,
    "/buyer": _buyer,
    "/buyers": _buyers,
    "/buyers with a search": _buyers_found,
    "/stats": _stats,
}


async def measure() -> list[Figure]:
    """Of each command how long it takes, and how that grows with the sales."""
    async with seeded_store(FEW) as few, seeded_store(MANY) as many:
        gc.collect()
        gc.freeze()  # as the bot does once it has started
        return [
            figure
            for name, call in COMMANDS.items()
            for figure in await _command(name, call, few, many)
        ]


async def _command(name: str, call: Call, few: Seeded, many: Seeded) -> list[Figure]:
    dice, use = Random(name), Use()
    taken: dict[int, list[tuple[float, float]]] = {few.sales: [], many.sales: []}
    for turn in range(-WARM_UP, CALLS):
        for of in (few, many):
            milliseconds = await _timed(call, of, dice, use)
            if turn >= 0:
                taken[of.sales].append(milliseconds)
    own = {sales: [own for own, _ in each] for sales, each in taken.items()}
    at_few, at_many = (percentile(own[of.sales], 50) for of in (few, many))
    with_waits = percentile([taken for _, taken in taken[many.sales]], 99)
    return [
        Figure(f"{name}, p50", at_many),
        Figure(f"{name}, p50 in terms of {FEW:,} sales'", at_many / at_few, "{:.1f}", GROWTH),
        Figure(f"{name}, p99", percentile(own[many.sales], 99), at_most=SLOWEST),
        Figure(f"{name}, p99 with waits for a processor", with_waits),
    ]


async def _timed(call: Call, of: Seeded, dice: Random, use: Use) -> tuple[float, float]:
    """Milliseconds that a call took, without waits for a processor and with them."""
    waited, began = use.waited(), time.perf_counter()
    async with of.store.read() as connection:
        await call(connection, of, dice)
    taken = time.perf_counter() - began
    return max(taken - (use.waited() - waited), 0.0) * 1000, taken * 1000
