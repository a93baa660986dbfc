"""The import of the past as the bot runs it, in a process of its own: `python -m bench.importer`.

Takes the address and key of Stripe, the file of the store, the first and last second to import,
and whether its loop is `watched` or not (`alone`), which takes time of its own. Calls follow each
other at once, as fast as their answers come. Says in one line of JSON how many payments it read,
the seconds it took and computed, and how its loop was held (see `bench.watched`).
"""

import asyncio
import json
import sys
import time
from datetime import UTC, datetime

import uvloop

from bench.watched import Watch
from bot.app import calm_collector, system_clock
from bot.domain.progress import ImportProgress
from bot.store.engine import open_store
from bot.stripe_api import StripeApi
from bot.sync.account_scope import Books
from bot.sync.history import HistoryImport
from bot.sync.retry import Persistence


async def main(
    url: str, key: str, file: str, start: datetime, end: datetime, *, watched: bool
) -> None:
    """Import it all, once."""
    api = StripeApi(key, url, sleep=lambda _: asyncio.sleep(0))
    async with api, open_store(f"sqlite+aiosqlite:///{file}") as store:
        history = HistoryImport(
            store,
            api,
            Books(livemode=False, timezone="UTC"),
            system_clock,
            livemode=False,
            persistence=Persistence(api.pause, tries=1),
        )
        calm_collector()
        watch = Watch()
        if watched:
            watch.begin()
        began, computed = time.perf_counter(), time.process_time()
        summary = await history.walk(ImportProgress(start=start, end=end, done_until=start))
        took = time.perf_counter() - began
        said = {
            "payments": summary.payments.new,
            "took": took,
            "computed": time.process_time() - computed,
            "loop": watch.end() if watched else [],
        }
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    _url, _key, _file, _start, _end, _how = sys.argv[1:]
    _span = (datetime.fromtimestamp(float(each), UTC) for each in (_start, _end))
    uvloop.run(main(_url, _key, _file, *_span, watched=_how == "watched"))
