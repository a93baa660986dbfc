"""The wheel as a user gets it: built, installed without an index, and used far from this folder."""

import asyncio
import os
import subprocess
import sys
import tomllib
import venv
from collections.abc import Mapping
from pathlib import Path
from zipfile import ZipFile

import pytest

from fakes.discord.server import TOKEN, FakeDiscord
from fakes.simulation import CHANNEL, free_port, now
from fakes.stripe import StripeAccount, StripeServer
from tests.distribution import wheelhouse
from tests.distribution.wheelhouse import ROOT, pip

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NOT_PACKED = {".py", ".pyc"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bot's wheel, alone in its folder."""
    source = wheelhouse.copy_of_the_source(tmp_path_factory.mktemp("source"))
    folder = tmp_path_factory.mktemp("dist")
    pip("wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), ".", cwd=source)
    [made] = folder.iterdir()
    return made


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of a new environment, for which pip had nothing but wheels."""
    wheels = tmp_path_factory.mktemp("wheels")
    wheelhouse.fill(wheels, [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["demo"]])
    clean = tmp_path_factory.mktemp("clean")
    venv.create(clean)
    options = ("--no-compile", f"--find-links={wheels}")
    pip("--python", str(clean), "install", *options, f"{wheel}[demo]")
    return clean / "bin"


def environment(**settings: str) -> Mapping[str, str]:
    """Nothing of this one but where the system's own programs are."""
    return {"PATH": os.defpath, **settings}


def test_wheel_holds_every_file_that_the_bot_reads(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        held = {name for name in archive.namelist() if not name.endswith(".py")}
    read = {
        path.relative_to(ROOT).as_posix()
        for folder in ("bot", "cogs", "webhooks", "terms", "demo", "fakes")
        for path in (ROOT / folder).rglob("*")
        if path.is_file() and path.suffix not in NOT_PACKED
    }
    assert read <= held
    licenses = {name.partition("/licenses/")[2] for name in held if "/licenses/" in name}
    assert licenses == {"LICENSE", "bot/text/fonts/OFL.txt"}
    assert {name.partition("/")[0] for name in held} == {
        *("bot", "terms", "webhooks"),
        f"producer_bot-{PROJECT['version']}.dist-info",
    }


def test_demo_runs_from_the_installed_wheel(installed: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [installed / "producer-bot", "demo", "--seconds", "5", "--no-browser"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "/sales" in done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    assert not list(tmp_path.iterdir())


def test_demo_without_its_extra_names_it(wheel: Path, tmp_path: Path) -> None:
    with ZipFile(wheel) as archive:
        archive.extractall(tmp_path)
    program = "import sys; sys.modules['simcord'] = None; import demo; demo.main(1, browser=False)"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("The demo needs simcord, which comes with the extra [demo]")


async def test_setup_and_check_run_from_the_installed_wheel(
    installed: Path, tmp_path: Path
) -> None:
    account = StripeAccount(clock=now, seed=7)
    async with FakeDiscord(now) as discord, StripeServer(account) as stripe:
        discord.guild.add_channel(CHANNEL)
        simulated = {"DISCORD_API_URL": discord.url, "STRIPE_API_URL": stripe.url}
        answers = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_ALERTS_CHANNEL": str(CHANNEL),
            "STRIPE_API_KEY": stripe.key,
            "TIMEZONE": "Europe/Berlin",
        }
        port = {"PORT": str(free_port())}
        status, said = await ran(
            installed, "setup", "--yes", folder=tmp_path, **simulated, **answers, **port
        )
        assert status == 0, said
        assert "producer-bot setup --live" in said
        status, said = await ran(installed, "check", folder=tmp_path, **simulated, **port)
    assert "Nothing is wrong" in said, said
    assert status == 0


async def ran(programs: Path, *command: str, folder: Path, **settings: str) -> tuple[int, str]:
    """A command's exit status, and what it says."""
    process = await asyncio.create_subprocess_exec(
        *(str(programs / "producer-bot"), *command),
        cwd=folder,
        env=environment(**settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode().strip()
