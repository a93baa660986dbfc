"""What fails around the bot: a disk that cannot be written, a connection that falls silent."""

import asyncio
import resource
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Self

MOST = 8192
"""Bytes: what a process prints in a test stays below, and each change in SQLite does not."""


class FailingDisk:
    """The disk as one process meets it: what it may write into a file can be limited.

    https://docs.python.org/3/library/resource.html#resource.prlimit
    """

    def __init__(self, process_id: int) -> None:
        self._process_id = process_id

    def fail(self) -> None:
        """From now on each write beyond a file's beginning is an I/O error."""
        self._limit(MOST)

    def recover(self) -> None:
        self._limit(None)

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Let it fail until the block ends."""
        self.fail()
        try:
            yield
        finally:
            self.recover()

    def _limit(self, size: int | None) -> None:
        _, hard = resource.prlimit(self._process_id, resource.RLIMIT_FSIZE)
        soft = hard if size is None else size
        resource.prlimit(self._process_id, resource.RLIMIT_FSIZE, (soft, hard))


class SilentProxy:
    """Passes bytes on both ways until it is stopped.

    With nothing behind it (`behind` is None), it accepts connections and never says a word.
    """

    def __init__(self, behind: tuple[str, int] | None) -> None:
        self._behind = behind
        self._speaking = asyncio.Event()
        self._speaking.set()
        self._server: asyncio.Server | None = None
        self._connections: set[asyncio.StreamWriter] = set()
        self.port = 0

    @classmethod
    @asynccontextmanager
    async def open(cls, behind: tuple[str, int] | None) -> AsyncIterator[Self]:
        proxy = cls(behind)
        await proxy.listen()
        try:
            yield proxy
        finally:
            proxy.shut()

    async def listen(self) -> None:
        """Be there, at the same port as before."""
        self._server = await asyncio.start_server(self._pass_on, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    def fall_silent(self) -> None:
        """Stop passing bytes on. New connections are accepted, and get no answer either."""
        self._speaking.clear()

    def speak(self) -> None:
        """Pass on again, also what has come meanwhile."""
        self._speaking.set()

    def reset(self) -> None:
        """Break every connection off; new ones are accepted."""
        for writer in list(self._connections):
            writer.transport.abort()

    def shut(self) -> None:
        """Be gone: connections are broken off, and new ones are refused."""
        if self._server is not None:
            self._server.close()
        self.reset()

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._connections.add(writer)
        try:
            if self._behind is None:
                await reader.read()
                return
            await self._speaking.wait()
            there, back = await asyncio.open_connection(*self._behind)
            self._connections.add(back)
            await asyncio.gather(self._copy(reader, back), self._copy(there, writer))
        except (OSError, asyncio.CancelledError):
            return
        finally:
            self._connections.discard(writer)
            writer.transport.abort()

    async def _copy(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65536):
                await self._speaking.wait()
                writer.write(data)
                await writer.drain()
        writer.transport.abort()
        self._connections.discard(writer)
