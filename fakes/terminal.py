"""A command in a pseudo-terminal, and a user who types there."""

import asyncio
import fcntl
import os
import pty
import sys
import termios
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Self

from fakes.simulation import ROOT, until


class Terminal:
    """`async with Terminal.open(folder, settings, ("setup",)) as terminal:` runs one command."""

    def __init__(self, process: asyncio.subprocess.Process, master: int) -> None:
        self.process = process
        self.text = ""
        """All that stands on the screen."""
        self.answers = 0
        """How many lines were typed."""
        self._master = master
        self._read = 0

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, settings: Mapping[str, str], command: Sequence[str]
    ) -> AsyncIterator[Self]:
        """Start it in `folder`, with these settings and nothing else of the environment."""
        master, slave = pty.openpty()
        environment = {"PATH": os.defpath, "PYTHONPATH": str(ROOT), "TERM": "xterm", **settings}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "bot", *command),
            cwd=folder,
            env=environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            # Passwords are read from the terminal of the session.
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
        )
        os.close(slave)
        terminal = cls(process, master)
        loop = asyncio.get_running_loop()
        loop.add_reader(master, terminal._receive)
        try:
            yield terminal
        finally:
            loop.remove_reader(master)
            if process.returncode is None:
                process.kill()
                await process.wait()
            os.close(master)

    async def answer(self, prompt: str, typed: str = "") -> None:
        """Wait for a prompt that has not been answered yet, and type a line."""
        await until(
            lambda: prompt in self.text[self._read :] or self.process.returncode is not None
        )
        assert prompt in self.text[self._read :], self.text
        self._read = len(self.text)
        self.answers += 1
        os.write(self._master, f"{typed}\n".encode())

    async def interrupt(self, prompt: str) -> None:
        """Wait for a prompt, and press Ctrl-C."""
        await self._until_it_asks(prompt)
        os.write(self._master, b"\x03")

    async def ended(self) -> int:
        """Wait for its end; its exit status."""
        return await self.process.wait()

    async def _until_it_asks(self, prompt: str) -> None:
        def asks() -> bool:
            return prompt in self.text[self._read :]

        await until(lambda: asks() or self.process.returncode is not None)
        assert asks(), self.text

    def _receive(self) -> None:
        # Reading fails once the last process has closed the terminal.
        with suppress(OSError):
            self.text += os.read(self._master, 65536).decode("utf-8", "replace")
