"""`producer-bot update`: whether a newer version is there, and how to get it. It changes nothing.

Where to ask follows from how the bot was installed, which pip, pipx and uv note next to it.
https://packaging.python.org/en/latest/specifications/direct-url/
"""

import asyncio
import json
import re
import sys
from dataclasses import dataclass
from enum import Enum
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any, Self
from urllib.parse import unquote, urlsplit

import aiohttp
from rich.console import Console

PACKAGE = "producer-bot"
NEWEST, NEWER_THERE, UNKNOWN = 0, 1, 3
PATIENCE = 20.0
"""Seconds that an index or a repository may take."""
LARGEST_ANSWER = 10_000_000
CONTAINERS = (Path("/.dockerenv"), Path("/run/.containerenv"))
"""Files that tell a program of Docker or Podman that it is in a container."""
AFTERWARDS = (
    "The bot backs up its database before it changes its tables, and goes on where it stopped."
)


class Way(Enum):
    """What the bot was installed from."""

    INDEX = "a package index"
    GIT = "a git repository"
    CLONE = "a clone"
    FILE = "a file"
    CONTAINER = "an image"


COMMANDS = {
    ("pipx", Way.INDEX): "pipx upgrade producer-bot",
    ("pipx", Way.GIT): "pipx reinstall producer-bot",
    ("pipx", Way.FILE): "pipx install --force THE_NEWER.whl",
    ("uv", Way.INDEX): "uv tool upgrade producer-bot",
    ("uv", Way.GIT): "uv tool upgrade --reinstall producer-bot",
    ("uv", Way.FILE): "uv tool install --force THE_NEWER.whl",
    ("pip", Way.INDEX): "{python} -m pip install --upgrade producer-bot",
    ("pip", Way.GIT): "{python} -m pip install --force-reinstall git+{url}",
    ("pip", Way.FILE): "{python} -m pip install THE_NEWER.whl",
}
"""By what installed it, and from what."""


class CannotTell(Exception):
    """It is not known whether a newer version is there. The message is one line that says why."""


@dataclass(frozen=True, slots=True)
class Installed:
    """How the bot got here."""

    version: str
    way: Way
    url: str = ""
    """Of the repository, or the folder of the clone."""
    commit: str = ""
    revision: str = "HEAD"
    """The branch or tag that was asked for."""
    prefix: str = sys.prefix
    """The environment that it is installed in."""

    @classmethod
    def here(cls) -> Self:
        """The installation that is running. Raises CannotTell if the bot is not installed."""
        try:
            found = distribution(PACKAGE)
        except PackageNotFoundError:
            raise CannotTell("This is not an installed copy of the bot.") from None
        note = json.loads(found.read_text("direct_url.json") or "{}")
        noted = cls.noted(found.version, note)
        # The Dockerfile installs a folder, which is not in the image.
        from_folder = noted.way is Way.FILE and "dir_info" in note
        in_image = from_folder and any(file.exists() for file in CONTAINERS)
        return cls(found.version, Way.CONTAINER) if in_image else noted

    @classmethod
    def noted(cls, version: str, direct_url: dict[str, Any]) -> Self:
        """By the installer's note, which an index leaves out."""
        url = str(direct_url.get("url", ""))
        if git := direct_url.get("vcs_info"):
            revision = git.get("requested_revision") or "HEAD"
            return cls(version, Way.GIT, url, git.get("commit_id", ""), revision)
        folder = unquote(urlsplit(url).path)
        if direct_url.get("dir_info") is not None and Path(folder, ".git").exists():
            return cls(version, Way.CLONE, folder)
        return cls(version, Way.FILE if direct_url else Way.INDEX)

    @property
    def how(self) -> str:
        """The command that gets a newer version."""
        if self.way is Way.CONTAINER:
            return "git pull && docker compose up --build --detach"
        if self.way is Way.CLONE:
            return f"cd {self.url} && git pull && make install"
        parts = Path(self.prefix).parts
        installer = "pipx" if "pipx" in parts else "uv" if "uv" in parts else "pip"
        return COMMANDS[installer, self.way].format(python=sys.executable, url=self.url)


def in_image() -> bool:
    """Whether this is the bot of a container's image."""
    try:
        return Installed.here().way is Way.CONTAINER
    except CannotTell:
        return False


async def update(index: str) -> int:
    """Say whether a newer version is there; the exit status, 1 if it is, 3 if that is not known."""
    console = Console(highlight=False, markup=False, soft_wrap=True)
    try:
        installed = Installed.here()
    except CannotTell as trouble:
        console.print(str(trouble))
        return UNKNOWN
    return await compare(installed, index, console)


async def compare(installed: Installed, index: str, console: Console) -> int:
    """As `update`, for any installation."""
    console.print(f"Installed: {PACKAGE} {installed.version}, from {installed.way.value}.")
    status = NEWER_THERE
    try:
        newer = await _newer(installed, index)
    except CannotTell as trouble:
        console.print(f"{trouble} To install a newer version once you have found one:")
        status = UNKNOWN
    else:
        if newer is None:
            console.print("There is no newer version.")
            return NEWEST
        console.print(f"There is a newer version{newer}. To install it:")
    # The command for a container has restarted it already.
    restart = "" if installed.way is Way.CONTAINER else "Then restart the bot. "
    console.print("", f"    {installed.how}", "", f"{restart}{AFTERWARDS}", sep="\n")
    return status


async def _newer(installed: Installed, index: str) -> str | None:
    """The number of a newer version, if it has one; None if there is none. Raises CannotTell."""
    match installed.way:
        case Way.INDEX:
            version = await _on_index(index)
            return f": {version}" if _order(version) > _order(installed.version) else None
        case Way.GIT:
            head = await _head(installed.url, installed.revision)
            return None if head == installed.commit else ""
        case Way.CLONE:
            return await _newer_than_clone(installed.url)
        case Way.CONTAINER:
            raise CannotTell("An image does not know what it was built from.")
        case Way.FILE:
            raise CannotTell("A file does not say where newer ones are.")


def _order(version: str) -> tuple[list[int], bool]:
    """Its numbers, and whether it is final: 1.0.0rc1 comes before 1.0.0."""
    numbers = re.match(r"[\d.]*", version)
    release = numbers[0] if numbers else ""
    return [int(number) for number in release.split(".") if number], release == version


async def _on_index(index: str) -> str:
    """The newest release that a package index has. Raises CannotTell."""
    if not index:
        raise CannotTell("No package index is named: --index URL asks one.")
    timeout = aiohttp.ClientTimeout(total=PATIENCE)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(f"{index.rstrip('/')}/pypi/{PACKAGE}/json") as answer,
        ):
            answer.raise_for_status()
            said = b""
            async for part in answer.content.iter_any():
                said += part
                if len(said) > LARGEST_ANSWER:
                    raise ValueError("too much")
            version = json.loads(said)["info"]["version"]
    except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError):
        raise CannotTell(f"{_host(index)} did not say what is newest.") from None
    if not re.fullmatch(r"[\w.+!-]{1,50}", str(version)):
        raise CannotTell(f"{_host(index)} named no version.")
    return str(version)


def _host(index: str) -> str:
    """What may be shown of an address that may hold a password."""
    return urlsplit(index).hostname or "The index"


async def _newer_than_clone(folder: str) -> str | None:
    _, remote = await _git("-C", folder, "remote")
    if not remote:
        raise CannotTell("The clone has no remote repository.")
    _, address = await _git("-C", folder, "remote", "get-url", remote.split()[0])
    head = await _head(address, "HEAD")
    # A commit that this clone has not seen is newer than all that it has.
    status, _ = await _git("-C", folder, "merge-base", "--is-ancestor", head, "HEAD")
    return "" if status else None


async def _head(url: str, revision: str) -> str:
    """The commit that a branch or tag of a repository is at."""
    status, said = await _git("ls-remote", "--", url, revision)
    commit = said.partition("\t")[0]
    if status or not re.fullmatch(r"[0-9a-f]{40,64}", commit):
        raise CannotTell("The repository did not say what is newest.")
    return commit


async def _git(*arguments: str) -> tuple[int, str]:
    """A git command's exit status and what it says. Raises CannotTell if there is none to ask."""
    try:
        process = await asyncio.create_subprocess_exec(
            *("git", *arguments),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # without a terminal, in which it would ask for a password
        )
    except OSError:
        raise CannotTell("git is not on this machine.") from None
    try:
        said, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise CannotTell("The repository did not respond.") from None
    return process.returncode or 0, said.decode(errors="replace").strip()
