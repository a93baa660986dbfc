"""The command line: what it hands over, and its exit status."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.cli import app
from bot.settings import WHERE
from fakes.simulation import free_port

COMMANDS = ["run", "demo", "setup", "check", "import", "audit", "backup", "update"]
ENOUGH = {"DISCORD_TOKEN": "a.discord.token", "STRIPE_WEBHOOK_SECRET": "whsec_first"}


@pytest.fixture(autouse=True)
def _nothing_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in WHERE:
        monkeypatch.delenv(name, raising=False)


def invoke(*arguments: str, **settings: str) -> Result:
    return CliRunner().invoke(app, arguments, env=settings)


@pytest.mark.parametrize("command", COMMANDS)
def test_each_command_explains_itself(command: str) -> None:
    result = invoke(command, "--help")
    assert result.exit_code == 0
    assert "Usage:" in result.output


def test_the_list_of_commands_is_the_contracts() -> None:
    result = invoke("--help")
    assert result.exit_code == 0
    listed = result.output.partition("Commands:")[2]
    names = [
        line.split()[0] for line in listed.splitlines() if line.startswith("  ") and line[2] != " "
    ]
    assert names == COMMANDS


def test_setup_ends_with_its_own_status(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    result = invoke("setup", "--yes")
    assert result.exit_code == 1
    assert "DISCORD_TOKEN is not set, and --yes asks no questions." in result.stdout


def test_the_check_goes_beyond_the_settings_and_hides_what_is_secret() -> None:
    nowhere = {"DISCORD_API_URL": "http://127.0.0.1:9", "STRIPE_API_URL": "http://127.0.0.1:9"}
    result = invoke("check", **ENOUGH, **nowhere, PORT=str(free_port()))
    assert result.exit_code == 1
    assert "3 wrong, 12 fine (--all)" in result.stdout
    assert not [secret for secret in ENOUGH.values() if secret in result.output]


@pytest.mark.parametrize("command", ["run", "check"])
def test_what_is_missing_is_named_one_a_line_with_status_2(command: str) -> None:
    result = invoke(command)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"{name} is missing: {WHERE[name]}" for name in ("DISCORD_TOKEN", "STRIPE_API_KEY")
    ]
    assert result.stdout == ""


def test_settings_are_read_from_the_file_here(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(f"DISCORD_TOKEN={ENOUGH['DISCORD_TOKEN']}", "utf-8")
    [line] = invoke("check").stderr.splitlines()
    assert line.startswith("STRIPE_API_KEY is missing")


def test_a_misspelt_setting_is_logged_with_what_was_meant(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TIMEZON=Europe/Berlin", "utf-8")
    said = invoke("backup", "copy.db", **ENOUGH).output
    assert "no such setting" in said
    assert "TIMEZONE" in said


@pytest.mark.parametrize("command", ["import", "audit"])
def test_what_asks_stripe_needs_a_key(command: str, tmp_path: Path) -> None:
    result = invoke(command, **ENOUGH)
    assert result.exit_code == 2
    assert result.stderr == f"STRIPE_API_KEY is missing: {WHERE['STRIPE_API_KEY']}\n"
    assert not list(tmp_path.iterdir())


def test_a_backup_of_nothing_is_status_2(tmp_path: Path) -> None:
    result = invoke("backup", "copy.db", **ENOUGH)
    assert result.exit_code == 2
    assert result.stderr == "there is no store at producer-bot.db\n"
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "arguments",
    [
        ["import", "--since", "yesterday"],
        ["audit", "--until", "1 May"],
        ["demo", "--seconds", "-1"],
        ["backup"],
        ["nothing"],
        [],
    ],
)
def test_wrong_use_is_status_2(arguments: list[str]) -> None:
    assert invoke(*arguments).exit_code == 2


def loaded_after(program: str, *names: str) -> str:
    """Which of these modules a program has loaded when it ends."""
    program = f"import sys\n{program}\nprint([n for n in {names} if sys.modules.get(n)])"
    done = in_python("-c", program)
    return done.splitlines()[-1]


def in_python(*arguments: str) -> str:
    root = Path(__file__).parent.parent
    command = [sys.executable, *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=root).stdout


def test_help_needs_none_of_the_heavy_libraries() -> None:
    program = (
        "from bot.cli import main\nsys.argv[1:] = ['--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass"
    )
    heavy = ("discord", "sqlalchemy", "stripe", "aiohttp", "pydantic", "simcord", "babel")
    assert loaded_after(program, *heavy) == "[]"


def test_the_running_bot_loads_no_library_before_it_is_needed() -> None:
    rare = (
        "requests",
        "rich",
        "jinja2",
        "xlsxwriter",
        "typst",
        "markdown_it",
        "alembic",
        "demo",
        "fakes",
    )
    assert loaded_after("import bot.logs, bot.app", *rare, "demo", "fakes") == "[]"


def test_the_package_runs_as_a_module() -> None:
    assert "Usage: python -m bot" in in_python("-m", "bot", "--help")
