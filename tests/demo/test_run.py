"""The demo as a newcomer runs it: a process of its own."""

import asyncio
import signal
import sys
import webbrowser
from asyncio.subprocess import PIPE, STDOUT, Process
from pathlib import Path

import pytest

from demo import main
from demo.run import open_browser
from demo.story import CHAPTERS

ROOT = Path(__file__).parents[2]


async def start(*options: str) -> Process:
    command = [sys.executable, "-u", "-m", "bot", "demo", "--no-browser", *options]
    return await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE, stderr=STDOUT)


async def rest_of(process: Process) -> str:
    assert process.stdout is not None
    return (await process.stdout.read()).decode()


@pytest.mark.slow
async def test_it_tells_the_whole_story_and_answers_however_little_time_it_has() -> None:
    process = await start("--seconds", "0")

    told = await rest_of(process)

    assert await process.wait() == 0, told
    assert "http://127.0.0.1:" in told
    assert all(chapter.title in told for chapter in CHAPTERS)
    for command in ("/sales", "/stats", "/buyer sale:", "/exclusive track:"):
        assert command in told
    assert "Traceback" not in told


@pytest.mark.slow
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


class Window(webbrowser.BackgroundBrowser):
    """A browser with a window."""

    def __init__(self, opened: list[str]) -> None:
        super().__init__("a-browser")
        self.opened = opened

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        self.opened.append(url)
        return True


class InTerminal(webbrowser.GenericBrowser):
    """A browser that would take the terminal away from the story."""

    def __init__(self) -> None:
        super().__init__("a-text-browser")

    def open(self, url: str, new: int = 0, autoraise: bool = True) -> bool:
        pytest.fail("a browser in the terminal was opened")


def test_a_browser_is_opened_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "get", lambda: Window(opened))

    open_browser("http://127.0.0.1:1/")

    assert opened == ["http://127.0.0.1:1/"]


def test_a_browser_in_the_terminal_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "get", InTerminal)

    open_browser("http://127.0.0.1:1/")


def test_a_machine_without_a_browser_is_no_trouble(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing() -> None:
        raise webbrowser.Error("could not locate runnable browser")

    monkeypatch.setattr(webbrowser, "get", nothing)

    open_browser("http://127.0.0.1:1/")


def test_what_is_not_installed_is_said_in_plain_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "demo.run")
    monkeypatch.setitem(sys.modules, "simcord", None)
    for name in [name for name in sys.modules if name.startswith("demo.simulated_discord")]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(SystemExit) as left:
        main(0, browser=False)

    assert "make demo" in str(left.value)
