"""For how long threads computed and waited for a processor, and for how long a loop was held.

`python -m bench.watch bot|idle` is a process that watches its own loop: `bot` is the whole bot,
`idle` a loop with nothing else to do. The first SIGUSR1 begins, the second ends and prints all
notes in one line of JSON.

A task sleeps two milliseconds at a time; by how much each sleep was too long, the loop was late.
On a machine that does other things too, it may be late because there was no processor for it. So
two more times are noted of each sleep: how long the loop's thread computed, and how long threads
of the process were ready to run but had no processor.
https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat, so on Linux; elsewhere
nothing is told apart.
"""

import asyncio
import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import NamedTuple

import uvloop

from bot.app import run
from bot.logs import configure_logs
from bot.settings import read_settings


class Use:
    """Of one process's threads: for how long they computed, and waited for a processor."""

    def __init__(self, pid: int | None = None, *, loop_only: bool = False) -> None:
        """`pid`: None for this process. `loop_only`: of its first thread, where its loop runs."""
        process = Path("/proc") / str(pid or os.getpid())
        self._tasks = str(process / "task")
        self._only = [process.name] if loop_only else None
        self._files: dict[str, int] = {}
        """Kept open, so that reading is quick."""

    def computed(self) -> float:
        """Seconds so far in which threads computed; summed up."""
        return self._sum(0)

    def waited(self) -> float:
        """Seconds so far in which threads could have computed, but had no processor; summed up."""
        return self._sum(1)

    def _sum(self, column: int) -> float:
        try:
            threads = self._only or os.listdir(self._tasks)  # noqa: PTH208 - the quickest
            return sum(self._read(thread, column) for thread in threads) / 1e9
        except FileNotFoundError:
            return 0.0

    def _read(self, thread: str, column: int) -> int:
        if thread not in self._files:
            file = f"{self._tasks}/{thread}/schedstat"
            self._files[thread] = os.open(file, os.O_RDONLY)
        try:
            return int(os.pread(self._files[thread], 100, 0).split()[column])
        except ProcessLookupError:  # it has ended
            return 0


STEP = 0.002


class Note(NamedTuple):
    """Of one short sleep, in milliseconds: how late it ended, how long was computed and waited."""

    late: float
    computed: float
    waited: float

    @property
    def stood_still(self) -> float:
        """What of the delay is neither computing nor the want of a processor."""
        return max(self.late - self.computed - self.waited, 0.0)


class Watch:
    """Notes each sleep while it watches."""

    def __init__(self) -> None:
        self._notes: list[Note] = []
        self._task: asyncio.Task[None] | None = None
        self._use = Use()

    def turn(self) -> None:
        """Begin; or end and print the notes."""
        if self._task is None:
            self.begin()
        else:
            print(json.dumps(self.end()), flush=True)

    def begin(self) -> None:
        """Watch from now on."""
        self._task = asyncio.create_task(self._run())

    def end(self) -> list[Note]:
        """Stop; all notes."""
        assert self._task is not None
        self._task.cancel()
        return self._notes

    async def _run(self) -> None:
        while True:
            before = self._times()
            await asyncio.sleep(STEP)
            passed, computed, waited = (
                (after - earlier) * 1000
                for after, earlier in zip(self._times(), before, strict=True)
            )
            self._notes.append(Note(passed - STEP * 1000, computed, waited))

    def _times(self) -> tuple[float, float, float]:
        """Seconds so far: passed, computed by this thread, waited for a processor by any."""
        return time.perf_counter(), time.thread_time(), self._use.waited()


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
