"""The command line. Each command reads its options and hands over; what it does lives elsewhere.

Exit status: 0 all went well, 2 a setting or an option is missing or wrong.
"""

from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

app = typer.Typer(
    name="producer-bot",
    help="Beat sales from Stripe, told and answered for in Discord.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    # Its tracebacks can show local variables: secrets and buyers.
    pretty_exceptions_enable=False,
)

WRONG_USE = 2


@app.command()
def run() -> None:
    """Run the bot, until it is told to stop."""
    with _settings_named():
        from bot.settings import read_settings

        settings = read_settings()
        from bot.app import run as run_bot
        from bot.logs import configure_logs

        configure_logs(settings.log_format, secrets=settings.secrets)
        _run(run_bot(settings))


@app.command()
def demo(
    seconds: Annotated[
        float | None, typer.Option(min=0, help="Stop after so many; else on Ctrl-C.")
    ] = None,
    browser: Annotated[
        bool, typer.Option("--browser/--no-browser", help="Show the channel in a browser.")
    ] = True,
) -> None:
    """Try it: the real bot with a simulated Discord and a simulated Stripe. Needs no account."""
    from bot.demo import main as run_demo

    run_demo(seconds=seconds, browser=browser)


@app.command()
def check() -> None:
    """Say whether the settings are complete."""
    with _settings_named():
        from bot.settings import read_settings

        read_settings()
    typer.echo("The settings are complete.")


@app.command("import")
def import_(
    since: Annotated[  # noqa: ARG001
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The first day, as 2026-01-31.")
    ] = None,
) -> None:
    """Take in the sales that were made before the bot was there."""
    _not_yet("import")


@app.command()
def audit(
    as_json: Annotated[  # noqa: ARG001
        bool, typer.Option("--json", help="For programs.")
    ] = False,
) -> None:
    """Compare the books with Stripe's."""
    _not_yet("audit")


@app.command()
def backup(
    file: Annotated[  # noqa: ARG001
        Path, typer.Argument(help="Where to write it; must not be there yet.")
    ],
) -> None:
    """Write a copy of the store to a file, while the bot runs."""
    _not_yet("backup")


def main() -> None:
    """Run the command line: the `producer-bot` script."""
    app()


@contextmanager
def _settings_named() -> Iterator[None]:
    """Say which settings are missing or wrong, at the start or in use, and exit with status 2."""
    from bot.settings import SettingsWrong

    try:
        yield
    except SettingsWrong as wrong:
        for line in wrong.lines:
            typer.echo(line, err=True)
        raise typer.Exit(WRONG_USE) from None


def _run(main: Coroutine[Any, Any, None]) -> None:
    import asyncio

    try:
        import uvloop
    except ImportError:  # it is not made for Windows
        asyncio.run(main)
    else:
        uvloop.run(main)


def _not_yet(command: str) -> NoReturn:
    typer.echo(f"producer-bot {command}: not yet", err=True)
    raise typer.Exit(WRONG_USE)
