"""The command line: each command reads its options and calls the module that does the work.

Exit status: 0 everything went well, 1 an audit or a check found something wrong, or an update is
there, 2 a setting or an option is missing or wrong, 3 Stripe, or who knows of updates, did not
respond: the same command may work later.
"""

import sys
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from bot.settings import Settings

app = typer.Typer(
    name="producer-bot",
    help="Beat sales from Stripe, announced and answered for in Discord.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    # Its tracebacks show local variables, such as secrets and buyers.
    pretty_exceptions_enable=False,
)

WRONG_USE = 2
DAY = "%Y-%m-%d"


@app.command()
def run() -> None:
    """Run the bot until SIGTERM or Ctrl-C."""
    with _settings_named():
        settings = _prepared()
        from bot.app import run as run_bot

        _run(run_bot(settings))


@app.command()
def demo(
    seconds: Annotated[
        float | None, typer.Option(min=0, help="Stop after so many seconds, not on Ctrl-C.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Show the channel in a browser.")
    ] = True,
) -> None:
    """Try it: the real bot with a simulated Discord and a simulated Stripe. Needs no account."""
    from demo import main as run_demo

    run_demo(seconds=seconds, browser=browser)


@app.command()
def setup(
    yes: Annotated[
        bool, typer.Option("--yes", help="Ask nothing: the settings are the answers.")
    ] = False,
    live: Annotated[bool, typer.Option("--live", help="From a test key to a live one.")] = False,
    service: Annotated[
        bool, typer.Option("--service", help="Let the system start the bot, and keep it running.")
    ] = False,
) -> None:
    """Set the bot up: asks for two secrets, and does the rest. Run it again at any time."""
    with _settings_named():
        from bot.app import send_test_sale, system_clock
        from bot.terminal.setup import set_up

        status = set_up(
            Path(), system_clock, send_test_sale, scripted=yes, live=live, service=service
        )
    if status:
        raise typer.Exit(status)


@app.command()
def check(
    everything: Annotated[
        bool, typer.Option("--all", help="Show also what is fine, and what cannot be tested.")
    ] = False,
) -> None:
    """Check the setup, and show what is wrong. Exit status 0 only if nothing is."""
    with _settings_named():
        settings = _prepared(misspelt_logged=False)
        from bot.app import system_clock
        from bot.templates import read_templates
        from bot.terminal.check import check as run_check

        read_templates()
        _run(run_check(settings, system_clock, everything=everything))


@app.command("import")
def import_(
    since: Annotated[
        datetime | None, typer.Option(formats=[DAY], help="The first day, such as 2026-01-31.")
    ] = None,
) -> None:
    """Import the sales that were made before the bot ran."""
    with _settings_named():
        settings = _prepared()
        from bot.app import system_clock
        from bot.terminal.books_commands import import_history

        _run(import_history(settings, since, system_clock))


@app.command()
def audit(
    since: Annotated[
        datetime | None, typer.Option(formats=[DAY], help="The first day, such as 2026-01-31.")
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=[DAY], help="The last day, such as 2026-12-31.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="JSON, for programs.")] = False,
) -> None:
    """Compare the books with Stripe's. Exit status 0 if they are equal, 1 if not."""
    with _settings_named():
        settings = _prepared()
        from bot.app import system_clock
        from bot.terminal.books_commands import audit as run_audit

        _run(run_audit(settings, since, until, system_clock, as_json=as_json))


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist yet.")],
) -> None:
    """Write a copy of the store to a file, while the bot runs."""
    with _settings_named():
        settings = _prepared()
        from bot.terminal.books_commands import back_up_to

        _run(back_up_to(settings, file))


@app.command()
def update(
    index: Annotated[
        str, typer.Option(help="The package index to ask, if the bot came from one.")
    ] = "",
) -> None:
    """Say whether there is a newer version, and how to get it. Exit status 1 if there is one."""
    from bot.terminal.update import update as run_update

    _run(run_update(index))


def main() -> None:
    """Run the command line: the `producer-bot` script."""
    if sys.platform == "win32":
        raise SystemExit("Windows can't run this bot by itself: use WSL or Docker.")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without Unicode has no arrows
    app()


@contextmanager
def _settings_named() -> Iterator[None]:
    """Name the settings that are missing or wrong, and exit with status 2."""
    from bot.settings import SettingsWrong

    try:
        yield
    except SettingsWrong as wrong:
        for line in wrong.lines:
            typer.echo(_for_a_reader(line), err=True)
        raise typer.Exit(WRONG_USE) from None


def _for_a_reader(line: str) -> str:
    """In a terminal a link has a line of its own, so that it can be clicked."""
    from bot.terminal.findings import link_apart

    words, link = link_apart(line) if sys.stderr.isatty() else (line, "")
    return f"{words}\n  {link}" if link else line


def _prepared(*, misspelt_logged: bool = True) -> "Settings":
    """The settings, with the log set up by them."""
    import structlog

    from bot.logs import configure_logs
    from bot.settings import misspelt, read_settings

    settings = read_settings()
    configure_logs(settings.log_format, secrets=settings.secrets)
    for one in misspelt() if misspelt_logged else ():
        structlog.get_logger().warning(
            "no such setting", name=one.name, source=one.source, meant=one.meant
        )
    return settings


def _run(main: Coroutine[Any, Any, int | None]) -> None:
    """Run a command, and exit with the status it returns, if any."""
    import asyncio

    try:
        import uvloop
    except ImportError:  # it does not run on Windows
        status = asyncio.run(main)
    else:
        status = uvloop.run(main)
    if status:
        raise typer.Exit(status)
