"""What processes do with the processors, so that what other programs do can be told apart.

https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat, so on Linux; elsewhere
nothing is told apart.
"""

import os
from pathlib import Path


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
