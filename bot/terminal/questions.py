"""The set-up's questions: each answer is checked at once, and asked for again until it is right."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from getpass import getpass
from typing import TypeAlias, TypeVar

from rich.console import Console
from rich.text import Text

from bot.logs import Redaction
from bot.settings import WHERE, problem_with
from bot.terminal.env_file import Answers

T = TypeVar("T")
Check: TypeAlias = Callable[[str], Awaitable[T]]
Read: TypeAlias = Callable[[str, bool], str]
"""Prints a prompt and reads a line, which is hidden if it is a secret."""


class Trouble(Exception):
    """An answer that is wrong, or a step that failed: a plain line, and lines with the cure."""

    def __init__(self, *lines: str, meant: str | None = None) -> None:
        """`meant`: the answer that was probably meant, which Enter then gives."""
        super().__init__("\n".join(lines))
        self.lines = lines
        self.meant = meant


class Unusable(Trouble):
    """An answer that can never be right, which is not shown again: it may be a secret that belongs
    elsewhere."""


class Unanswered(Exception):
    """A question that nobody can be asked has no right answer: the set-up ends here."""


class Skipped(Exception):
    """The user does without a step."""


class Questions:
    """Asks in the terminal; with `scripted` nobody is asked, and only given answers count.

    Prompts must block the main thread outside of any event loop: only then does Ctrl-C end them.
    So each check runs in a loop of its own.
    """

    def __init__(
        self,
        answers: Answers,
        *,
        scripted: bool,
        console: Console | None = None,
        read: Read | None = None,
    ) -> None:
        """`read` gives what is typed after a prompt; by default it is typed in the terminal."""
        self.answers = answers
        self.scripted = scripted
        self._console = console or Console()
        self._read = read or self._from_terminal
        self._hidden = Redaction()

    @property
    def draws(self) -> bool:
        """Whether the terminal has the characters that a QR code is drawn with."""
        return self._console.encoding.startswith("utf")

    def say(self, *lines: str, style: str = "") -> None:
        """Print lines, without anything in them that looks like a secret.

        Nothing is wrapped: a link that is broken cannot be clicked.
        """
        for line in lines:
            safe = self._hidden.text(line).encode(self._console.encoding, "replace")
            shown = Text(safe.decode(self._console.encoding))
            shown.stylize(style, 0, 1)
            self._console.print(shown, soft_wrap=True)

    def done(self, line: str) -> None:
        """Say that something is right."""
        self.say(f"✓ {line}", style="green")

    def note(self, *lines: str) -> None:
        """Say something that is not wrong and worth knowing."""
        self.say(f"! {lines[0]}", style="yellow")
        self.say(*(f"  {line}" for line in lines[1:]))

    def wrong(self, trouble: Trouble) -> None:
        """Say what is wrong, and the cure."""
        first, *cure = trouble.lines
        self.say(f"✗ {first}", style="bold red")
        self.say(*(f"  {line}" for line in cure))

    def ask(
        self,
        name: str,
        prompt: str,
        check: Check[T],
        *,
        before: Sequence[str] = (),
        secret: bool = False,
        default: str | None = None,
    ) -> T:
        """A setting's value, and what its check has found.

        `before` is explained before the first question; `default` is what Enter means at first.
        After a failure whose cause may be gone by now, Enter tries the same answer again.
        """
        value = self.answers[name]
        if value is None and self.scripted:
            value = default
        while True:
            if value is None:
                self.say("", *before)
                before = ()
                value = self._typed(name, prompt, secret=secret, default=default)
            try:
                found = asyncio.run(_awaited(check(value)))
            except Trouble as trouble:
                self.wrong(trouble)
                self._may_ask(name)
                again = default if isinstance(trouble, Unusable) else value
                default, value = trouble.meant or again, None
                continue
            return found

    def retry(self, name: str, step: Callable[[], Awaitable[T]], *, without: str = "") -> T:
        """A step that asks nothing, until it works; `name` is the setting that it depends on.

        `without`: what happens without it, if the bot can do without. Raises Skipped.
        """
        skip = f", or type none ({without})" if without else ""
        while True:
            try:
                return asyncio.run(_awaited(step()))
            except Trouble as trouble:
                self.wrong(trouble)
                self._may_ask(name)
            typed = self._read(f"Enter to try again{skip}: ", False)
            if without and typed.strip().casefold() == "none":
                raise Skipped

    def refused(self, name: str, trouble: Trouble) -> None:
        """Say what is wrong with an answer, which is to be asked for again. Raises Unanswered."""
        self.wrong(trouble)
        self._may_ask(name)

    def _may_ask(self, name: str) -> None:
        """Raises Unanswered if an answer would change nothing."""
        if self.scripted:
            raise Unanswered
        if name in self.answers.environment:
            self.say(f"  {name} is set in the environment: correct it there, then run this again.")
            raise Unanswered

    def _typed(self, name: str, prompt: str, *, secret: bool, default: str | None) -> str:
        if self.scripted:
            self.wrong(Trouble(f"{name} is not set, and --yes asks no questions."))
            raise Unanswered
        shown = ""
        if default is not None:
            shown = " [Enter: the same again]" if secret else f" [{default or 'none'}]"
        while True:
            typed = self._read(f"{prompt}{shown}: ", secret).strip()
            if typed or default is not None:
                return typed or default or ""

    def _from_terminal(self, prompt: str, secret: bool) -> str:
        if not sys.stdin.isatty():
            self.say(
                "There is no terminal to ask questions in. Put the answers into .env and use --yes."
            )
            raise Unanswered
        safe = prompt.encode(self._console.encoding, "replace").decode(self._console.encoding)
        if secret:
            # Not rich's: it prints the prompt while the terminal still shows what is typed.
            return getpass(safe)
        return self._console.input(Text(safe))


def usable(name: str, value: str) -> None:
    """Raises Unusable for a value that the bot would not start with."""
    problem = problem_with(name, value)
    if problem is not None:
        raise Unusable(f"{name} can't be that: {problem}.", WHERE[name])


async def _awaited(step: Awaitable[T]) -> T:
    return await step
