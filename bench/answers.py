"""What the commands ask of the store, at ten thousand sales of one producer and up to a million.

A call is all that a command does there: take a connection, ask, and make the records, with
arguments drawn at random from the store's own sales. It is what they compute that counts: the
stores are in memory, and other programs may take the processor meanwhile.
"""

import gc
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
from bench.watch import Use, Watch
from bot.domain.period import Period, Span, parse_period
from bot.domain.sale import BuyerSort, SaleFilter, SaleSort, SaleState
from bot.store.queries import buyers, sales, stats

SLOWEST = {10_000: 10.0, 100_000: 80.0, 1_000_000: 800.0}
"""Milliseconds in which 99 of 100 calls are answered, by the number of sales."""
HELD = 20.0
"""Milliseconds for which the event loop may be held meanwhile."""
CALLS = 100
WARM_UP = 10
PAGES = 20
"""As far as anybody leafs."""
YEARS = 3

Call: TypeAlias = Callable[[AsyncConnection, Seeded, Random], Awaitable[Any]]


async def _sales_filtered(connection: AsyncConnection, of: Seeded, dice: Random) -> object:
    listed = [state.value for state in SaleState if state.is_sale]
    day = (NOW - timedelta(days=dice.randrange(365 * YEARS))).date()
    all_filters: dict[str, Any] = {
        "track": track_name(dice.randint(1, TRACKS)),
        "license": dice.choice(list(LICENSES)),
        "buyer": _email(of, dice),
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


def _number(of: Seeded, dice: Random) -> int:
    return dice.randrange(FIRST_NUMBER, FIRST_NUMBER + of.sales)


def _email(of: Seeded, dice: Random) -> str | None:
    return buyer_of(dice.randint(1, of.sales // 3)).email


def _span(of: Seeded, dice: Random) -> Span:
    return parse_period(dice.choice(list(Period)), NOW, of.producer.timezone)


COMMANDS: dict[str, Call] = {
    "/sales": lambda c, of, dice: sales.page(
        c, of.producer, SaleFilter(), dice.randrange(PAGES), NOW
    ),
    "/sales with filters": _sales_filtered,
    "/sales by size": _sales_by_size,
    "/sale": lambda c, of, dice: sales.by_number(c, of.producer, _number(of, dice), NOW),
    "/buyer": lambda c, of, dice: buyers.of_sale(c, of.producer, _number(of, dice), NOW),
    "/buyers": lambda c, of, dice: buyers.page(
        c, of.producer, None, dice.choice(list(BuyerSort)), dice.randrange(PAGES)
    ),
    "/buyers with a search": lambda c, of, dice: buyers.page(
        c, of.producer, _email(of, dice), BuyerSort.SPEND, 0
    ),
    "/stats": lambda c, of, dice: stats.statistics(c, of.producer, _span(of, dice)),
}


async def measure() -> list[Figure]:
    """Of each command how long it takes at each size, and how long it holds the event loop."""
    found: list[Figure] = []
    for size, slowest in SLOWEST.items():
        async with seeded_store(size) as of:
            gc.collect()
            gc.freeze()  # as the bot does once it has started
            watch = Watch()
            watch.begin()
            for name, call in COMMANDS.items():
                taken = await _command(name, call, of)
                found.append(Figure(f"{name} at {size:,} sales, p50", percentile(taken, 50)))
                p99 = percentile(taken, 99)
                found.append(Figure(f"{name} at {size:,} sales, p99", p99, at_most=slowest))
            held = [note.computed for note in watch.end()]
            found.append(Figure(f"loop held at {size:,} sales", max(held), at_most=HELD))
    return found


async def _command(name: str, call: Call, of: Seeded) -> list[float]:
    """Milliseconds that each call computed, SQLite's threads included."""
    dice, use = Random(name), Use()
    taken = []
    for turn in range(-WARM_UP, CALLS):
        computed = use.computed()
        async with of.store.read() as connection:
            await call(connection, of, dice)
        if turn >= 0:
            taken.append((use.computed() - computed) * 1000)
    return taken
