"""How long processes have waited for a processor, so that what other programs do can be told apart.

https://docs.kernel.org/scheduler/sched-stats.html#proc-pid-schedstat, so on Linux; elsewhere
nothing is told apart.
"""

import os
from pathlib import Path


class Waits:
    """Reads the waits of one process. Keeps the files open, so that it is quick."""

    def __init__(self, pid: int | None = None, *, loop_only: bool = False) -> None:
        """`pid`: None for this process. `loop_only`: of its first thread, where its loop runs."""
        process = Path("/proc") / str(pid or os.getpid())
        self._tasks = str(process / "task")
        self._loop_only = process.name if loop_only else None
        self._threads: dict[str, int] = {}

    def seconds(self) -> float:
        """For how long threads were ready to run so far, but had no processor; summed up."""
        try:
            names = [self._loop_only] if self._loop_only else os.listdir(self._tasks)  # noqa: PTH208
            return sum(map(self._of, names)) / 1e9
        except FileNotFoundError:
            return 0.0

    def _of(self, thread: str) -> int:
        if thread not in self._threads:
            file = f"{self._tasks}/{thread}/schedstat"
            self._threads[thread] = os.open(file, os.O_RDONLY)
        try:
            return int(os.pread(self._threads[thread], 100, 0).split()[1])
        except ProcessLookupError:  # it has ended
            return 0
