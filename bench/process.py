"""Other processes of a bench: started, waited for, and ended with it."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TextIO

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
