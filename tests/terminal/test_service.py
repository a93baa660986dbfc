"""`producer-bot setup --service`: the unit for systemd, and what to do where there is none."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from bot.terminal.questions import Trouble
from bot.terminal.service import Machine, install_service, run_command, unit


def machine(folder: Path, ran: list[str], *, fails: str = "", **other: Any) -> Machine:
    """A Linux machine with systemd; commands that begin with `fails` do."""

    def run(command: Sequence[str]) -> str | None:
        ran.append(" ".join(command))
        return "Access denied" if fails and ran[-1].startswith(fails) else None

    given: dict[str, Any] = {
        "platform": "linux",
        "systemd": True,
        "root": False,
        "home": folder / "home",
    }
    given |= {"system_units": folder / "units", "command": ("/opt/my bot/producer-bot",)}
    return Machine(**(given | {"run": run} | other))


def test_service_of_a_user_is_enabled_and_outlives_the_session(tmp_path: Path) -> None:
    ran: list[str] = []
    lines = install_service(tmp_path, machine(tmp_path, ran))
    text = (tmp_path / "home/.config/systemd/user/producer-bot.service").read_text()
    assert f"WorkingDirectory={tmp_path}\n" in text
    assert 'ExecStart="/opt/my bot/producer-bot" "run"\n' in text
    assert "WantedBy=default.target" in text
    assert "User=" not in text
    assert ran == [
        "systemctl --user daemon-reload",
        "systemctl --user enable producer-bot.service",
        "systemctl --user restart producer-bot.service",
        "loginctl enable-linger",
    ]
    assert "and the bot runs" in lines[0]


def test_service_of_root_is_the_systems_and_runs_as_the_folders_owner(tmp_path: Path) -> None:
    ran: list[str] = []
    install_service(tmp_path, machine(tmp_path, ran, root=True))
    text = (tmp_path / "units/producer-bot.service").read_text()
    owner = tmp_path.owner()
    assert ("User=" in text) == (owner != "root")
    assert "WantedBy=multi-user.target" in text
    assert ran[0] == "systemctl daemon-reload"


def test_service_in_a_folder_whose_owner_has_no_name_names_the_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nameless(_: Path) -> str:
        raise KeyError

    monkeypatch.setattr(Path, "owner", nameless)
    install_service(tmp_path, machine(tmp_path, [], root=True))
    assert f"User={os.getuid()}\n" in (tmp_path / "units/producer-bot.service").read_text()


def test_service_of_a_copy_in_uvs_cache_is_refused(tmp_path: Path) -> None:
    cached = "/home/beats/.cache/uv/archive-v0/x1/bin/producer-bot"
    with pytest.raises(Trouble, match="uv's cache"):
        install_service(tmp_path, machine(tmp_path, [], command=(cached,)))


def test_service_that_systemd_refuses_says_which_command_failed(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match=r"Access denied\nTry it by hand: systemctl --user enable"):
        install_service(tmp_path, machine(tmp_path, [], fails="systemctl --user enable"))
    (tmp_path / "home/.config/systemd/user/producer-bot.service").unlink()
    (tmp_path / "home/.config/systemd/user").rmdir()
    (tmp_path / "home/.config/systemd/user").touch()
    with pytest.raises(Trouble, match="can't be written"):
        install_service(tmp_path, machine(tmp_path, []))


def test_service_that_may_not_linger_says_what_to_run(tmp_path: Path) -> None:
    lines = install_service(tmp_path, machine(tmp_path, [], fails="loginctl"))
    assert lines[-1].endswith("sudo loginctl enable-linger $USER")


@pytest.mark.parametrize(
    ("platform", "systemd", "said"),
    [
        ("linux", False, "This machine has no systemd"),
        ("darwin", False, "launchctl load"),
    ],
)
def test_service_where_there_is_no_systemd_says_how_to_keep_it_running(
    tmp_path: Path, platform: str, systemd: bool, said: str
) -> None:
    ran: list[str] = []
    lines = install_service(tmp_path, machine(tmp_path, ran, platform=platform, systemd=systemd))
    assert said in "\n".join(lines)
    assert str(tmp_path) in "\n".join(lines)
    assert "/opt/my bot/producer-bot" in "\n".join(lines)
    assert ran == []


def test_unit_escapes_what_systemd_would_read_otherwise() -> None:
    text = unit(Path('/srv/50% "off"'), ("/srv/a$b%c",), "beats", system=True)
    assert 'WorkingDirectory=/srv/50%% "off"\n' in text
    assert 'ExecStart="/srv/a$$b%%c" "run"\nUser=beats\n' in text


def test_run_command_says_what_went_wrong_or_nothing() -> None:
    assert run_command(["true"]) is None
    assert run_command(["false"]) == "exit status 1"
    assert run_command(["ls", "/nowhere"]) is not None
    assert run_command(["/no/such/program"]) == "FileNotFoundError"
