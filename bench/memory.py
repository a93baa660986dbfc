"""How much memory the whole bot holds when it has started, is connected, and has nothing to do.

https://docs.kernel.org/filesystems/proc.html (VmRSS of /proc/PID/status), so on Linux only.
"""

import asyncio
import re
from pathlib import Path

from bench.processes import running_bot
from bench.report import Figure
from fakes.simulation import now
from fakes.stripe import StripeAccount

IDLE_SECONDS = 3.0
MOST = 110.0


async def measure() -> list[Figure]:
    """Resident memory in megabytes (MiB), and the most that it was while it started."""
    async with running_bot(StripeAccount(clock=now)) as bot:
        await asyncio.sleep(IDLE_SECONDS)
        status = _status(bot.process.pid)
    return [
        Figure("idle", _megabytes(status, "VmRSS"), "{:.0f} MB", at_most=MOST),
        Figure("the most while it started", _megabytes(status, "VmHWM"), "{:.0f} MB"),
    ]


def _status(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text()


def _megabytes(status: str, name: str) -> float:
    found = re.search(rf"^{name}:\s+(\d+) kB$", status, re.MULTILINE)
    assert found is not None
    return int(found[1]) / 1024
