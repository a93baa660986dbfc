"""`producer-bot update`: where it asks, what it says, and its exit status."""

import asyncio
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console

from bot.terminal.update import COMMANDS, Installed, Way, compare, in_image, update

NOWHERE = "http://127.0.0.1:9"
GIT = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "init.defaultBranch=main")


async def git(folder: Path, *arguments: str) -> str:
    """Run git without the configuration of this machine; what it says."""
    process = await asyncio.create_subprocess_exec(
        *("git", *GIT, "-C", str(folder), *arguments),
        env={"PATH": os.defpath, "GIT_CONFIG_GLOBAL": os.devnull},
        stdout=asyncio.subprocess.PIPE,
    )
    said, _ = await process.communicate()
    assert process.returncode == 0
    return said.decode().strip()


@pytest.fixture
async def repository(tmp_path: Path) -> Path:
    """A repository with one commit."""
    folder = tmp_path / "repository"
    folder.mkdir()
    await git(folder, "init", "--quiet")
    await git(folder, "commit", "--quiet", "--allow-empty", "--message=The first")
    return folder


@pytest.fixture
def answers() -> dict[str, Any]:
    """What the index says: its newest release is 0.10.0, or what a test says."""
    return {"info": {"version": "0.10.0"}}


@pytest.fixture
async def index(answers: dict[str, Any]) -> AsyncIterator[str]:
    """The address of a package index."""

    async def project(request: web.Request) -> web.StreamResponse:
        said = json.dumps(answers).encode()
        response = web.StreamResponse()
        await response.prepare(request)
        for part in (said[:9], said[9:]):
            await response.write(part)
            await asyncio.sleep(0)
        return response

    application = web.Application()
    application.router.add_get("/pypi/producer-bot/json", project)
    async with TestServer(application) as server:
        yield str(server.make_url(""))


async def asked(
    installed: Installed, capsys: pytest.CaptureFixture[str], index: str = NOWHERE
) -> tuple[int, str]:
    """The exit status, and all that is said."""
    status = await compare(installed, index, Console(width=200))
    return status, capsys.readouterr().out


@pytest.mark.parametrize(
    ("version", "status", "words"),
    [
        ("0.9.1", 1, "There is a newer version: 0.10.0."),
        ("0.10.0", 0, "There is no newer version."),
        ("1.0.0", 0, "There is no newer version."),
        ("0.10.0rc1", 1, "There is a newer version: 0.10.0."),
    ],
)
async def test_version_from_an_index_is_compared_with_its_newest(
    index: str, capsys: pytest.CaptureFixture[str], version: str, status: int, words: str
) -> None:
    found = await asked(Installed(version, Way.INDEX), capsys, index)
    assert found[0] == status
    assert words in found[1]
    assert ("restart the bot" in found[1]) == bool(status)


async def test_index_that_is_not_named_is_not_guessed(capsys: pytest.CaptureFixture[str]) -> None:
    status, said = await asked(Installed("0.1.0", Way.INDEX), capsys, "")
    assert status == 3
    assert "--index" in said


@pytest.mark.parametrize("answer", [{}, {"info": None}, {"info": {"version": "1\nrm -r"}}])
async def test_index_that_answers_nonsense_is_not_believed(
    index: str,
    answers: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    answer: dict[str, Any],
) -> None:
    answers.clear()
    answers.update(answer)
    status, said = await asked(Installed("0.1.0", Way.INDEX), capsys, index)
    assert status == 3
    assert "127.0.0.1" in said
    assert "rm" not in said


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (Way.INDEX, "127.0.0.1 did not say what is newest."),
        (Way.GIT, "The repository did not say what is newest."),
        (Way.FILE, "A file does not say where newer ones are."),
        (Way.CONTAINER, "An image does not know what it was built from."),
    ],
)
async def test_update_that_nobody_tells_of_is_unknown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], way: Way, words: str
) -> None:
    status, said = await asked(Installed("0.1.0", way, f"{tmp_path}/none"), capsys)
    assert status == 3
    assert words in said
    assert "To install a newer version" in said
    assert ("restart the bot" in said) == (way is not Way.CONTAINER)


async def test_commit_from_a_repository_is_compared_with_its_branch(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    vcs = {"vcs": "git", "commit_id": await git(repository, "rev-parse", "HEAD")}
    installed = Installed.noted("0.1.0", {"url": repository.as_uri(), "vcs_info": vcs})
    assert (await asked(installed, capsys))[0] == 0
    await git(repository, "commit", "--quiet", "--allow-empty", "--message=The second")
    status, said = await asked(installed, capsys)
    assert status == 1
    assert f"pip install --force-reinstall git+{repository.as_uri()}" in said


async def test_clone_is_compared_with_where_it_came_from(
    repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clone = tmp_path / "a clone"
    await git(tmp_path, "clone", "--quiet", str(repository), str(clone))
    installed = Installed.noted("0.1.0", {"url": clone.as_uri(), "dir_info": {"editable": True}})
    assert (await asked(installed, capsys))[0] == 0
    await git(clone, "commit", "--quiet", "--allow-empty", "--message=One of its own")
    assert (await asked(installed, capsys))[0] == 0
    await git(repository, "commit", "--quiet", "--allow-empty", "--message=The second")
    status, said = await asked(installed, capsys)
    assert status == 1
    assert f"cd {clone} && git pull && make install" in said


async def test_clone_without_a_remote_is_unknown(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    status, said = await asked(Installed("0.1.0", Way.CLONE, str(repository)), capsys)
    assert status == 3
    assert "no remote" in said


async def test_machine_without_git_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    status, said = await asked(Installed("0.1.0", Way.GIT, "https://example.com"), capsys)
    assert status == 3
    assert "git is not on this machine." in said


@pytest.mark.parametrize(
    ("prefix", "installer"),
    [
        ("/home/ana/.local/pipx/venvs/producer-bot", "pipx"),
        ("/home/ana/.local/share/uv/tools/producer-bot", "uv"),
        ("/home/ana/beats/.venv", "pip"),
    ],
)
@pytest.mark.parametrize("way", [Way.INDEX, Way.GIT, Way.FILE])
def test_command_is_that_of_what_installed_it(prefix: str, installer: str, way: Way) -> None:
    how = Installed("0.1.0", way, "https://example.com/bot", prefix=prefix).how
    first = COMMANDS[installer, way].split()[-3 if installer == "pip" else 0]
    assert first in how
    assert "{" not in how


@pytest.mark.parametrize(
    ("note", "way"),
    [
        ({}, Way.INDEX),
        ({"url": "file:///tmp/producer_bot.whl", "archive_info": {}}, Way.FILE),
        ({"url": "file:///nowhere/producer-bot", "dir_info": {}}, Way.FILE),
        ({"url": "https://example.com/bot", "vcs_info": {"commit_id": "a"}}, Way.GIT),
    ],
)
def test_way_is_read_from_the_installers_note(note: dict[str, Any], way: Way) -> None:
    assert Installed.noted("0.1.0", note).way is way


async def test_copy_that_is_not_installed_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("bot.terminal.update.PACKAGE", "no-such-package")
    assert await update(NOWHERE) == 3
    assert capsys.readouterr().out == "This is not an installed copy of the bot.\n"


@pytest.mark.parametrize(("made", "way"), [(True, Way.CONTAINER), (False, Way.FILE)])
def test_file_in_a_container_came_with_its_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: bool, way: Way
) -> None:
    class Found:
        version = "0.1.0"

        def read_text(self, _: str) -> str:
            return '{"url": "file:///src", "dir_info": {}}'

    if made:
        (tmp_path / ".dockerenv").touch()
    monkeypatch.setattr("bot.terminal.update.CONTAINERS", (tmp_path / ".dockerenv",))
    monkeypatch.setattr("bot.terminal.update.distribution", lambda _: Found())
    assert Installed.here().way is way
    assert in_image() is made
