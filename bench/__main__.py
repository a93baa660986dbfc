"""`python -m bench [NAME …]`: measures what is promised, and prints if each promise holds.

Exit status: 0 every promise holds, 1 one is broken by more than noise, 2 there is no such bench.
"""

import os
import sys
from collections.abc import Awaitable, Callable, Sequence

import uvloop

from bench import (
    answers,
    exports,
    ingest,
    latency,
    loop,
    memory,
    off_sale,
    page,
)
from bench.report import NOISE, Figure, table

BENCHES: dict[str, tuple[str, Callable[[], Awaitable[list[Figure]]]]] = {
    "ingest": ("taking webhooks in, durable before 200 (5 kB, 64 connections)", ingest.measure),
    "latency": ("from a webhook to the alert, at 5 sales a second", latency.measure),
    "off_sale": (
        "from an exclusive's webhook until Stripe no longer sells its track",
        off_sale.measure,
    ),
    "answers": ("what commands ask of the store, at up to 1,000,000 sales", answers.measure),
    "page": ("the public page, with 200 tracks (64 connections)", page.measure),
    "memory": ("the whole bot, started and idle", memory.measure),
    "loop": ("the event loop, while 500 buy at once", loop.measure),
    "exports": ("100,000 sales as CSV and XLSX", exports.measure),
}


async def _run(names: Sequence[str]) -> int:
    load, processors = os.getloadavg()[0], os.cpu_count() or 1
    print(f"load before it begins: {load:.1f} on {processors} processors (best on an idle machine)")
    broken = 0
    for name in names:
        title, measure = BENCHES[name]
        figures = await measure()
        print(table(f"\n{name} – {title}", figures), flush=True)
        broken += sum(figure.broken for figure in figures)
    said = f"{broken} broken" if broken else "all hold"
    print(f"\n{said} (noise of {NOISE:.0%} allowed for)")
    return 1 if broken else 0


def main(names: Sequence[str]) -> int:
    """Run the benches named, or all; the exit status."""
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        print(f"no such bench: {', '.join(unknown)}; there are {', '.join(BENCHES)}")
        return 2
    return uvloop.run(_run(names or list(BENCHES)))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
