"""`/stats` with its chart, at a million sales: all that the bot does for the answer.

Each asks for another period and currency. What other programs took of the processor meanwhile is
taken off. Beside it a task watches whether the event loop is held (see `watched`).
"""

import gc
import time
from random import Random

from bench.answers import MANY
from bench.processor import Use
from bench.report import Figure, percentile
from bench.seeded import NOW, Seeded, seeded_store
from bench.watched import Watch
from bot.domain.insights import insights
from bot.domain.periods import Period, parse_period
from bot.store.queries.insight_facts import insight_facts
from bot.store.queries.stats import statistics
from bot.text.answers.statistics import statistics_message
from bot.text.chart import ChartPainter
from bot.text.parts.insights import insight_lines

WARM_UP, ANSWERS = 10, 100
SLOWEST = 150.0
"""Milliseconds, at the median."""
LONGEST = 20.0

PERIODS = (*Period, "2026-06", "2025", "2026-05-10..2026-06-20")


async def measure() -> list[Figure]:
    """How long an answer takes, and for how long the loop was held meanwhile."""
    dice, use, watch, painter = Random("charts"), Use(), Watch(), ChartPainter()
    async with seeded_store(MANY) as many:
        first = await _timed(many, dice, use, painter)
        for _ in range(WARM_UP):
            await _timed(many, dice, use, painter)
        gc.collect()
        gc.freeze()  # as the bot does once it has started
        watch.begin()
        taken = [await _timed(many, dice, use, painter) for _ in range(ANSWERS)]
        noted = watch.end()
    computed = [min(late, computed) for late, computed, _ in noted]
    return [
        Figure(
            "/stats with its chart, p50", percentile([own for own, _ in taken], 50), at_most=SLOWEST
        ),
        Figure("/stats with its chart, p99", percentile([own for own, _ in taken], 99)),
        Figure(
            "/stats with its chart, p50 with waits", percentile([all_ for _, all_ in taken], 50)
        ),
        Figure("the very first one", first[0]),
        Figure("the loop held at a stretch, the longest", max(computed), at_most=LONGEST),
        Figure("the loop late for whatever reason, the longest", max(late for late, _, _ in noted)),
    ]


async def _timed(of: Seeded, dice: Random, use: Use, painter: ChartPainter) -> tuple[float, float]:
    """Milliseconds that an answer took, without waits for a processor and with them."""
    waited, began = use.waited(), time.perf_counter()
    span = parse_period(dice.choice(PERIODS), NOW, of.producer.timezone)
    async with of.store.read() as connection:
        found = await statistics(connection, of.producer, span, dice.choice(("usd", "eur")))
        known = insights(await insight_facts(connection, of.producer, NOW))
    by_count = dice.random() < 1 / 4
    picture = await painter.statistics(found, by_count=by_count)
    lines = insight_lines(known)
    statistics_message(found, of.producer, by_count=by_count, picture=picture, insights=lines)
    taken = time.perf_counter() - began
    return max(taken - (use.waited() - waited), 0.0) * 1000, taken * 1000
