"""The demo as a newcomer runs it: a process of its own."""

import asyncio
import signal
import sys
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path

from demo.story import CHAPTERS

ROOT = Path(__file__).parents[2]


async def start(*options: str) -> Process:
    command = [sys.executable, "-u", "-m", "bot", "demo", "--no-browser", *options]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=STDOUT)


async def rest_of(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.read()).decode()


async def test_it_tells_the_whole_story_and_answers_however_little_time_it_has() -> None:
    process = await start("--seconds", "0")

    told = await rest_of(process)

    assert await process.wait() == 0, told
    assert "http://127.0.0.1:" in told
    assert all(chapter.title in told for chapter in CHAPTERS)
    for command in ("/sales", "/stats", "/buyer sale:", "/exclusive track:"):
        assert command in told
    assert "Traceback" not in told


async def test_ctrl_c_ends_it_with_the_answers() -> None:
    process = await start("--seconds", "30")
    assert process.stdout is not None
    async for line in process.stdout:
        if CHAPTERS[0].title.encode() in line:
            break
    process.send_signal(signal.SIGINT)

    told = await rest_of(process)

    assert await process.wait() == 0, told
    assert CHAPTERS[-1].title not in told
    assert "/exclusive track:" in told
    assert "Traceback" not in told
