"""The bot as a process of its own, as a supervisor or a person would start it."""

import asyncio
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

ROOT = Path(__file__).parents[1]
STOPS_WITHIN = 10.0
"""Seconds: what the README promises, and what supervisors wait before they kill."""


@dataclass(frozen=True)
class BotProcess:
    """One run of the bot, or of another of its commands.

    What it says goes to files, so that it never waits for a reader.
    """

    process: asyncio.subprocess.Process
    out: Path
    err: Path

    @classmethod
    async def start(
        cls, folder: Path, name: str, settings: Mapping[str, str], command: Sequence[str] = ("run",)
    ) -> Self:
        """Start it in `folder`, with these settings and nothing else of the environment.

        What it says goes to files of that `name`.
        """
        out, err = folder / f"{name}.out", folder / f"{name}.err"
        environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), **settings}
        with out.open("wb") as stdout, err.open("wb") as stderr:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "bot", *command),
                cwd=folder,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
            )
        return cls(process, out, err)

    @property
    def running(self) -> bool:
        return self.process.returncode is None

    @property
    def said(self) -> str:
        """All it has written so far."""
        return self.out.read_text("utf-8") + self.err.read_text("utf-8")

    def kill(self) -> None:
        """As a power cut would: nothing more is done, not even the answer under way."""
        if self.running:
            os.kill(self.process.pid, signal.SIGKILL)

    async def ended(self) -> int:
        """Wait for its end, however long it takes; its exit status."""
        return await self.process.wait()

    async def stop(self, by: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to stop; its exit status. Raises TimeoutError when it takes too long."""
        self.process.send_signal(by)
        return await asyncio.wait_for(self.ended(), STOPS_WITHIN)
