"""`producer-bot setup --service`: the system starts the bot, and starts it again when it stops."""

import os
import plistlib
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from bot.terminal.questions import Trouble

Run: TypeAlias = Callable[[Sequence[str]], str | None]
"""Runs a command; what it said if it failed, None if it worked."""

NAME = "producer-bot.service"
PATIENCE = 60.0


def run_command(command: Sequence[str]) -> str | None:
    """Run one command of the system's."""
    try:
        done = subprocess.run(  # noqa: S603 - our own words and paths
            command, capture_output=True, check=False, text=True, timeout=PATIENCE
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return type(error).__name__
    if done.returncode == 0:
        return None
    said = (done.stderr or done.stdout).strip().splitlines()
    return said[0] if said else f"exit status {done.returncode}"


def _own_command() -> tuple[str, ...]:
    """What starts the bot, wherever it is installed."""
    script = shutil.which("producer-bot", path=str(Path(sys.executable).parent))
    return (script,) if script else (sys.executable, "-m", "bot")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What this machine is, as far as it matters for a service."""

    platform: str = sys.platform
    systemd: bool = field(default_factory=lambda: Path("/run/systemd/system").is_dir())
    """Whether systemd started this machine."""
    root: bool = field(default_factory=lambda: os.name == "posix" and os.geteuid() == 0)
    home: Path = field(default_factory=Path.home)
    system_units: Path = Path("/etc/systemd/system")
    command: tuple[str, ...] = field(default_factory=_own_command)
    run: Run = run_command


def install_service(folder: Path, machine: Machine) -> list[str]:
    """Write and start the systemd unit; lines that say so, or how to do the same elsewhere.

    Raises Trouble.
    """
    if machine.platform == "linux" and machine.systemd:
        return _systemd(folder.absolute(), machine)
    if machine.platform == "darwin":
        return [
            "macOS can start it. Save the following as ~/Library/LaunchAgents/producer-bot.plist:",
            *_plist(folder.absolute(), machine.command).splitlines(),
            "Then run: launchctl load -w ~/Library/LaunchAgents/producer-bot.plist",
            "Keep the Mac from sleeping: System Settings → Energy → Prevent automatic sleeping.",
        ]
    return [
        "This machine has no systemd. Have its own service manager run this, and restart it",
        "whenever it ends:",
        f"  cd {shlex.quote(str(folder.absolute()))} && {shlex.join(machine.command)} run",
    ]


def _systemd(folder: Path, machine: Machine) -> list[str]:
    user = [] if machine.root else ["--user"]
    units = machine.system_units if machine.root else machine.home / ".config/systemd/user"
    owner = owner_of(folder) if machine.root else ""
    if any(part.startswith("archive-v") for part in Path(machine.command[0]).parts):
        cure = "Install it first: uv tool install"
        raise Trouble("This copy is in uv's cache, from which it may be removed at any time.", cure)
    try:
        units.mkdir(parents=True, exist_ok=True)
        text = unit(folder, machine.command, owner, system=machine.root)
        (units / NAME).write_text(text, "utf-8")
    except OSError as error:
        raise Trouble(f"{units / NAME} can't be written: {error.strerror}.") from None
    for command in (["daemon-reload"], ["enable", NAME], ["restart", NAME]):
        failed = machine.run(["systemctl", *user, *command])
        if failed is not None:
            cure = f"Try it by hand: systemctl {' '.join((*user, *command))}"
            raise Trouble(f"systemd reported an error: {failed}", cure)
    lines = [
        f"✓ {units / NAME} is written, and the bot runs",
        f"  Read its log: journalctl {'' if machine.root else '--user '}-u producer-bot -f",
        f"  To stop it: systemctl {'' if machine.root else '--user '}stop producer-bot",
    ]
    if not machine.root and machine.run(["loginctl", "enable-linger"]) is not None:
        lines.append(
            "! It stops when you log out, until you run: sudo loginctl enable-linger $USER"
        )
    return lines


def owner_of(folder: Path) -> str:
    """Whose a folder is: a user's name, or a number without one."""
    try:
        return folder.owner()
    except KeyError:
        return str(folder.stat().st_uid)


def unit(folder: Path, command: Sequence[str], owner: str = "", *, system: bool) -> str:
    """The unit's text. https://www.freedesktop.org/software/systemd/man/latest/systemd.service.html"""
    start = " ".join(_unit_word(word) for word in (*command, "run"))
    user = f"User={owner}\n" if owner not in ("", "root") else ""
    return f"""\
[Unit]
Description=Producer Bot
Wants=network-online.target
After=network-online.target
StartLimitIntervalSec=0

[Service]
WorkingDirectory={_escaped(str(folder))}
ExecStart={start}
{user}Restart=always
RestartSec=5

[Install]
WantedBy={"multi-user" if system else "default"}.target
"""


def _escaped(text: str) -> str:
    """A percent sign begins a specifier of systemd's."""
    return text.replace("%", "%%")


def _unit_word(word: str) -> str:
    quoted = word.replace("\\", "\\\\").replace('"', '\\"').replace("$", "$$")
    return f'"{_escaped(quoted)}"'


def _plist(folder: Path, command: Sequence[str]) -> str:
    job = {
        "Label": "producer-bot",
        "ProgramArguments": [*command, "run"],
        "WorkingDirectory": str(folder),
        "RunAtLoad": True,
        "KeepAlive": True,
    }
    return plistlib.dumps(job).decode()
