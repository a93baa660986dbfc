"""Limits for the server: on its connections, and on the log lines that strangers can cause.

aiohttp itself limits only how long a connection may rest between two requests.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

from aiohttp import web
from aiohttp.web_protocol import RequestHandler


@dataclass(frozen=True, slots=True)
class Limits:
    """How long things may take in seconds, and how many connections there may be."""

    header: float = 10.0
    """From a connection's start, or a request's first byte, until the end of its headers."""
    idle: float = 150.0
    """Between two requests. Longer than proxies keep a connection (Caddy: 120), so that they close
    it, and never send a request into one that we are closing."""
    answer: float = 30.0
    """For which a client may read nothing of an answer."""
    connections: int = 500
    """Fewer than the files that a process may have open, often 1,024: the store needs some."""


class LimitedRunner(web.AppRunner):
    """Serves an application over connections with limits. `options` as for `web.AppRunner`."""

    def __init__(
        self, app: web.Application, limits: Limits, *, shutdown_timeout: float, **options: Any
    ) -> None:
        self._options = {**options, "keepalive_timeout": limits.idle}
        self._limits = limits
        super().__init__(app, shutdown_timeout=shutdown_timeout, **self._options)

    @property
    def server(self) -> web.Server | None:
        """What makes the protocol of each connection, as sites need it."""
        server = super().server
        if server is None:
            return None
        loop = asyncio.get_running_loop()
        make = partial(_Connection, server, self._limits, loop=loop, **self._options)
        return cast("web.Server", make)


class _Connection(RequestHandler):
    __slots__ = ("_deadline", "_limits")

    def __init__(self, server: web.Server, limits: Limits, **options: Any) -> None:
        super().__init__(server, **options)
        self._limits = limits
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        assert self._manager is not None
        if len(self._manager.connections) > self._limits.connections:
            self.force_close()
        else:
            self._end_after(self._limits.header)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._messages or self._current_request is not None:
            self._go_on()
        elif data and self._deadline is None:
            self._end_after(self._limits.header)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._end_after(self._limits.answer)

    def resume_writing(self) -> None:
        super().resume_writing()
        self._go_on()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._go_on()
        super().connection_lost(exc)

    def _end_after(self, seconds: float) -> None:
        self._go_on()
        self._deadline = self._loop.call_later(seconds, self._end)

    def _go_on(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _end(self) -> None:
        # Aborted, since the rest of the answer would never go out.
        if self.transport is not None:
            self.transport.abort()


INTERVAL = 60.0
"""Seconds between two lines about the same thing."""


def _loop_time() -> float:
    return asyncio.get_running_loop().time()


class LogLimit:
    """Counts events, and says when a log line about them is due."""

    def __init__(self, seconds: Callable[[], float] = _loop_time) -> None:
        """`seconds`: a monotonic clock."""
        self._seconds = seconds
        self._said: dict[str, float] = {}
        self._unsaid: dict[str, int] = {}

    def due(self, what: str) -> int | None:
        """Count one more. How often it happened since the last line, if a line is due.

        `what` is a word of our own, so there are few.
        """
        now, last = self._seconds(), self._said.get(what)
        count = self._unsaid.get(what, 0) + 1
        if last is not None and now - last < INTERVAL:
            self._unsaid[what] = count
            return None
        self._said[what], self._unsaid[what] = now, 0
        return count
