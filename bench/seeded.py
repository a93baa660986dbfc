"""Stores full of sales, made once and kept in build/ for as long as what makes them is the same."""

import hashlib
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from bench.seed import seed
from bot.domain.records import Producer
from bot.store.books import producers
from bot.store.engine import Store, open_store

NOW = datetime(2026, 7, 15, 17, 23, tzinfo=UTC)
"""The moment of the last sale."""
ZONE = "America/New_York"

_ROOT = Path(__file__).parent.parent
_KEPT = _ROOT / "build" / "bench"


@dataclass(frozen=True, slots=True)
class Seeded:
    """An open store with so many sales of one producer."""

    store: Store
    producer: Producer
    sales: int


@asynccontextmanager
async def seeded_store(sales: int) -> AsyncIterator[Seeded]:
    """Open the store with so many sales; make it first if need be."""
    _KEPT.mkdir(parents=True, exist_ok=True)
    file = _KEPT / f"{sales}-{_fingerprint()}.db"
    if not file.exists():
        await _make(file, sales)
    async with open_store(_url(file)) as store:
        async with store.read() as connection:
            producer = await producers.current(connection)
        assert producer is not None
        yield Seeded(store, producer, sales)


async def _make(file: Path, sales: int) -> None:
    for old in _KEPT.glob(f"{sales}-*"):
        old.unlink()
    print(f"making a store with {sales:,} sales, once …", file=sys.stderr, flush=True)
    unfinished = file.with_suffix(".unfinished")
    async with open_store(_url(unfinished)) as store:
        async with store.write() as connection:
            producer = await producers.ensure(connection, livemode=True, account="", timezone=ZONE)
        await seed(store, producer, sales, NOW)
    unfinished.rename(file)


def _url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


def _fingerprint() -> str:
    """Of all code that decides what is in such a store."""
    code = hashlib.sha256()
    sources = [Path(__file__).parent / "seed.py"]
    sources += sorted((_ROOT / "bot" / "store").rglob("*.py"))
    sources += sorted((_ROOT / "bot" / "ledger").rglob("*.py"))
    for source in sources:
        code.update(source.read_bytes())
    return code.hexdigest()[:12]
