"""The image and its composition, as far as they can be tried without Docker: step by step."""

import asyncio
import hashlib
import os
import signal
import subprocess
from importlib.metadata import distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement

from fakes.discord.server import TOKEN, FakeDiscord
from fakes.simulation import CHANNEL, STOPS_WITHIN, free_port, now, until
from fakes.stripe import StripeAccount, StripeServer
from tests.distribution import wheelhouse
from tests.distribution.image import Image, allowed
from tests.distribution.wheelhouse import ROOT

pytestmark = [pytest.mark.slow, pytest.mark.no_cover]

COMPOSE = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
SECRETS = {".env", "producer-bot.db", "producer-bot.db-wal", ".git/config"}


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Image:
    """The image, built from a copy of this folder with a producer's secrets in it."""
    folder = tmp_path_factory.mktemp("image")
    context = wheelhouse.copy_of_the_source(folder / "context")
    for name in SECRETS:
        (context / name).parent.mkdir(exist_ok=True)
        (context / name).write_text("secret", "utf-8")
    wheels = folder / "wheels"
    wheels.mkdir()
    lock_to(context / "requirements.lock", wheels)
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
    image = Image(context, folder / "root", pip)
    image.build()
    return image


def lock_to(lock: Path, wheels: Path) -> None:
    """Give a lock the hashes of wheels made here, of the same packages and versions."""
    lines = []
    for line in lock.read_text("utf-8").splitlines():
        if "==" not in line:
            continue
        pin = Requirement(line.rstrip("\\ "))
        if pin.marker is not None and not pin.marker.evaluate():
            continue
        wheel = wheelhouse.pack(distribution(pin.name), wheels)
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        lines.append(f"{pin.name}{pin.specifier} --hash=sha256:{digest}")
    lock.write_text("\n".join(lines), "utf-8")


def test_image_is_built_from_what_the_wheel_is_made_of(image: Image) -> None:
    let_in = {file.relative_to(image.context).as_posix() for file in allowed(image.context)}
    assert {name.partition("/")[0] for name in let_in} == {
        *("bot", "cogs", "demo", "fakes", "terms", "webhooks"),
        *("LICENSE", "README.md", "pyproject.toml", "requirements.lock"),
    }
    assert not let_in & SECRETS


def test_image_runs_without_root_rights_in_a_folder_of_its_own(image: Image) -> None:
    user, _, group = image.words["USER"].partition(":")
    assert int(user) > 0
    assert int(group) > 0
    assert image.folder == image.words["VOLUME"] == "/data"
    assert image.path("/data").stat().st_mode & 0o777 == 0o700
    if os.geteuid() == 0:
        assert image.path("/data").stat().st_uid == int(user)
    assert not image.path("/src").exists()


async def test_image_is_set_up_and_runs_and_writes_only_its_data(
    image: Image, tmp_path: Path
) -> None:
    account = StripeAccount(clock=now, seed=7)
    async with FakeDiscord(now) as discord, StripeServer(account) as stripe:
        discord.guild.add_channel(CHANNEL)
        answers = {
            "DISCORD_TOKEN": TOKEN,
            "DISCORD_ALERTS_CHANNEL": str(CHANNEL),
            "DISCORD_API_URL": discord.url,
            "STRIPE_API_KEY": stripe.key,
            "STRIPE_API_URL": stripe.url,
            "TIMEZONE": "UTC",
        }
        # As compose.yaml sets it, but for the port, which may be taken here.
        environment = image.env | {
            **dict.fromkeys(COMPOSE["services"]["bot"]["environment"], ""),
            "HOST": "127.0.0.1",
            "PORT": str(free_port()),
            "TMPDIR": str(tmp_path),
            "HOME": "/",
        }
        before = contents(image)
        setup = await started(image, "setup", "--yes", **environment, **answers)
        assert await setup.wait() == 0
        bot = await started(image, *image.command("CMD"), **environment)
        try:
            await until(lambda: healthy(image, environment))
            await until(lambda: discord.gateway.connected)
        finally:
            bot.send_signal(signal.SIGTERM)
            status = await asyncio.wait_for(bot.wait(), STOPS_WITHIN)
    assert status == 0
    assert contents(image) == before
    assert {".env", "producer-bot.db"} <= {path.name for path in image.path("/data").iterdir()}


async def started(image: Image, *command: str, **environment: str) -> asyncio.subprocess.Process:
    """A container of the image, as `docker run IMAGE COMMAND` starts one."""
    return await asyncio.create_subprocess_exec(
        *(*image.command("ENTRYPOINT"), *command), cwd=image.path(image.folder), env=environment
    )


async def healthy(image: Image, environment: dict[str, str]) -> bool:
    command = image.command("HEALTHCHECK")
    probe = await asyncio.create_subprocess_exec(
        *command, env=environment, stderr=subprocess.DEVNULL
    )
    return await probe.wait() == 0


def contents(image: Image) -> dict[Path, float]:
    """When each file was written that the image keeps as it was built."""
    files = (path for path in image.root.rglob("*") if path.is_file())
    data = image.path("/data")
    return {path: path.stat().st_mtime for path in files if data not in path.parents}


def test_composition_gives_the_bot_no_more_than_it_needs() -> None:
    bot = COMPOSE["services"]["bot"]
    assert bot["read_only"] is True
    assert bot["cap_drop"] == ["ALL"]
    assert bot["security_opt"] == ["no-new-privileges:true"]
    assert bot["tmpfs"] == ["/tmp"]
    assert bot["volumes"] == ["data:/data"]
    assert "ports" not in bot
    assert int(bot["stop_grace_period"].removesuffix("s")) > STOPS_WITHIN


def test_composition_starts_the_bot_alone_unless_asked_for_more() -> None:
    profiles = {name: each.get("profiles") for name, each in COMPOSE["services"].items()}
    assert profiles == {"bot": None, "caddy": ["address"], "postgres": ["postgres"]}
    named = {
        volume.partition(":")[0]
        for each in COMPOSE["services"].values()
        for volume in each["volumes"]
    }
    assert named == {*COMPOSE["volumes"], "./Caddyfile"}


def test_proxy_of_the_composition_hides_what_is_for_monitoring() -> None:
    caddy = (ROOT / "Caddyfile").read_text("utf-8")
    assert "{$DOMAIN} {" in caddy
    assert "DOMAIN" in COMPOSE["services"]["caddy"]["environment"]
    assert "@inside path /healthz /readyz /metrics" in caddy
    assert "reverse_proxy bot:8080" in caddy
