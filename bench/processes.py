"""Other processes of a bench: started, waited for, and ended with it.

The whole bot as a process of its own, between a simulated Stripe and a Discord that listens.
"""

import asyncio
import os
import socket
import sys
import tempfile
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import aiohttp

from bench.deliveries import PATH, SECRET
from bench.quiet_discord import CHANNEL, QuietDiscord
from bot.settings import Settings
from fakes.stripe import StripeServer

START_SECONDS = 60.0
STOP_SECONDS = 15.0
LONGEST_LINE = 2**25


@asynccontextmanager
async def python(
    *arguments: str,
    environment: Mapping[str, str] | None = None,
    folder: Path | None = None,
    log: TextIO | None = None,
) -> AsyncIterator[Process]:
    """Run `python -m` with these arguments; SIGTERM at the end, and SIGKILL where that is not
    heeded. Its standard output can be read; its standard error goes to `log`, else to ours."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        *arguments,
        stdout=PIPE,
        limit=LONGEST_LINE,
        stderr=log,
        cwd=folder,
        env={**os.environ, **(environment or {})},
    )
    try:
        yield process
    finally:
        await stop(process)


async def stop(process: Process) -> None:
    """Ask a process to end, and wait until it has."""
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


async def line(process: Process) -> str:
    """The next line a process says. RuntimeError when it says nothing (in time)."""
    assert process.stdout is not None
    async with asyncio.timeout(START_SECONDS):
        said = (await process.stdout.readline()).decode().strip()
    if not said:
        raise RuntimeError("a process of the bench ended early: see above")
    return said


ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class RunningBot:
    """A bot that is ready: its store is open, and Discord has told it of its server."""

    process: Process
    port: int

    @property
    def webhooks(self) -> str:
        """Where it takes Stripe's webhooks."""
        return f"http://127.0.0.1:{self.port}{PATH}"


@asynccontextmanager
async def running_bot(
    discord: QuietDiscord, stripe: StripeServer, *module: str
) -> AsyncIterator[RunningBot]:
    """Run `python -m bot run`, or another `module` that does as much, until the block ends.

    In a folder of its own, with a new SQLite store. RuntimeError, with what it logged, when it
    does not become ready.
    """
    port = _free_port()
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        settings = _environment(discord, stripe, folder, port)
        # In memory: a log on the disk would have the bot wait for the very flushes it asks for.
        log = stack.enter_context(os.fdopen(os.memfd_create("log"), "w+"))
        run = module or ("bot", "run")
        process = await stack.enter_async_context(
            python(*run, environment=settings, folder=folder, log=log)
        )
        try:
            await _ready(process, f"http://127.0.0.1:{port}/readyz")
        except TimeoutError:
            log.seek(0)
            raise RuntimeError(log.read()) from None
        yield RunningBot(process, port)


def _environment(
    discord: QuietDiscord, stripe: StripeServer, folder: Path, port: int
) -> Mapping[str, str]:
    """The settings, and no others that may be set here."""
    others = {key: "" for key in map(str.upper, Settings.model_fields) if key in os.environ}
    return others | {
        "PYTHONPATH": str(ROOT),
        "DISCORD_TOKEN": "simulated",
        "DISCORD_ALERTS_CHANNEL": str(CHANNEL),
        "DISCORD_API_URL": discord.url,
        "STRIPE_API_KEY": stripe.key,
        "STRIPE_API_URL": stripe.url,
        "STRIPE_WEBHOOK_SECRET": SECRET,
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'store.db'}",
        "PORT": str(port),
        "TIMEZONE": "UTC",
        "LOG_FORMAT": "json",
    }


def _free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        port: int = some.getsockname()[1]
    return port


async def _ready(process: Process, url: str) -> None:
    async with asyncio.timeout(START_SECONDS), aiohttp.ClientSession() as session:
        while process.returncode is None:
            try:
                async with session.get(url) as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            await asyncio.sleep(0.1)
    raise TimeoutError
