"""Runs the demo from its first line to its last."""

import asyncio
import contextlib
import logging
import signal
import webbrowser
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from zoneinfo import available_timezones

from babel.localtime import get_localzone

from bot.app import system_clock
from bot.logs import configure_logs
from demo.answers import ask_everything
from demo.discord_side import DiscordSide
from demo.listener import Listener
from demo.markup import Markup
from demo.narrator import Narrator
from demo.pace import Pace
from demo.stage import Stage
from demo.story import BEATS, play_on, play_story
from demo.world import SECRET, open_world


async def show(seconds: float | None, *, browser: bool) -> None:
    """Play the demo in a folder of its own, which is gone afterwards.

    It lasts `seconds`, or until Ctrl-C, and ends with the answers; the story is always told whole
    unless it is stopped. `browser`: open the page, if this machine has a browser.
    """
    timezone = _timezone()
    narrator = Narrator(Markup(timezone, system_clock))
    pace = Pace(seconds, BEATS)
    narrator.say("Making up a few months of sales …", "dim")
    with TemporaryDirectory(prefix="producer-bot-demo-") as name:
        folder = Path(name)
        with _logging_to(folder / "bot.log", narrator), _stopping(pace):
            async with open_world(folder, timezone, narrator, pace) as (stage, side):
                shop = stage.app.settings.public_url or ""
                narrator.opening(side.page.url, shop, str(folder / "bot.log"))
                async with _followed(side, narrator):
                    await _play(stage, side, narrator, browser=browser)
    narrator.say("\nThat was the demo. README.md says how to use it for real.", "green")


async def _play(stage: Stage, side: DiscordSide, narrator: Narrator, *, browser: bool) -> None:
    if browser:
        await asyncio.to_thread(open_browser, side.page.url)
    await play_story(stage, narrator)
    await play_on(stage, narrator, Random())
    narrator.chapter("And now the producer asks", "Every command can be typed in the channel.")
    await ask_everything(side, narrator, stage.app.store, system_clock)


@asynccontextmanager
async def _followed(side: DiscordSide, narrator: Narrator) -> AsyncIterator[None]:
    following = asyncio.create_task(Listener(side, narrator).run())
    try:
        yield
    finally:
        following.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await following


@contextlib.contextmanager
def _stopping(pace: Pace) -> Iterator[None]:
    """The first Ctrl-C (or SIGTERM) ends the story, a second one everything."""
    loop = asyncio.get_running_loop()
    signals = (signal.SIGINT, signal.SIGTERM)

    def stop() -> None:
        pace.stop()
        for each in signals:
            loop.remove_signal_handler(each)

    for each in signals:
        loop.add_signal_handler(each, stop)
    try:
        yield
    finally:
        for each in signals:
            loop.remove_signal_handler(each)


@contextlib.contextmanager
def _logging_to(path: Path, narrator: Narrator) -> Iterator[None]:
    """The bot's log goes to a file; what is a warning or worse is shown as well."""
    with path.open("w", encoding="utf-8") as stream:
        configure_logs("console", stream=stream, secrets=[SECRET])
        root = logging.getLogger()
        troubles = _Troubles(narrator)
        troubles.setFormatter(root.handlers[0].formatter)
        root.addHandler(troubles)
        try:
            yield
        finally:
            configure_logs("console")


class _Troubles(logging.Handler):
    def __init__(self, narrator: Narrator) -> None:
        super().__init__(logging.WARNING)
        self._narrator = narrator

    def emit(self, record: logging.LogRecord) -> None:
        self._narrator.trouble(self.format(record))


def _timezone() -> str:
    """The IANA name of this machine's time zone; UTC where it has none of a place."""
    name = str(getattr(get_localzone(), "key", "UTC"))
    return name if name in available_timezones() and not name.startswith("Etc/") else "UTC"


def open_browser(url: str) -> None:
    """Open a window, if there is one to open: a text browser would take the terminal away."""
    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    in_terminal = isinstance(browser, webbrowser.GenericBrowser) and not isinstance(
        browser, webbrowser.BackgroundBrowser
    )
    if not in_terminal:
        browser.open(url)
