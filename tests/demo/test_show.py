"""What the demo does to the machine it runs on."""

import sys
import webbrowser

import pytest

from demo import main
from demo.show import open_browser


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
    monkeypatch.delitem(sys.modules, "demo.show")
    monkeypatch.setitem(sys.modules, "simcord", None)
    for name in [name for name in sys.modules if name.startswith("demo.discord_side")]:
        monkeypatch.delitem(sys.modules, name)

    with pytest.raises(SystemExit) as left:
        main(0, browser=False)

    assert "make install" in str(left.value)
