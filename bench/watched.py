"""A loop that watches itself: `python -m bench.watched bot|idle`.

`bot` is the whole bot, `idle` a loop with nothing else to do. A task sleeps a millisecond at a time;
by how much each sleep was too long, something else had the loop. How much of that the thread was
ready to run but another process had the processor, Linux says, and is noted too:
https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat
The first SIGUSR1 begins, the second ends and says what was noted in one line of JSON.
"""

import asyncio
import json
import os
import signal
import sys
import time

import uvloop

from bot.app import run
from bot.logs import configure_logs
from bot.settings import read_settings

STEP = 0.001


class Watch:
    """Notes by how many milliseconds the loop was late, and how many of these the machine took."""

    def __init__(self) -> None:
        self._late: list[tuple[float, float]] = []
        self._task: asyncio.Task[None] | None = None
        self._statistics = os.open(f"/proc/self/task/{os.getpid()}/schedstat", os.O_RDONLY)

    def turn(self) -> None:
        """Begin; or end and say what was noted."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
        else:
            self._task.cancel()
            print(json.dumps(self._late), flush=True)

    async def _run(self) -> None:
        while True:
            began, waited = time.perf_counter(), self._waited()
            await asyncio.sleep(STEP)
            late = time.perf_counter() - began - STEP
            self._late.append((late * 1000, (self._waited() - waited) * 1000))

    def _waited(self) -> float:
        """Seconds so far in which this thread could have run, but had no processor."""
        return int(os.pread(self._statistics, 100, 0).split()[1]) / 1e9


async def main(kind: str) -> None:
    """Run until the process is ended."""
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, Watch().turn)
    if kind == "idle":
        print("ready", flush=True)
        await asyncio.Event().wait()
    else:
        settings = read_settings()
        configure_logs(settings.log_format, secrets=settings.secrets)
        await run(settings)


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
