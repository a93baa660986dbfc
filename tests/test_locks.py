"""The two lock files are complete: exactly what they list is installed, and nothing is missing."""

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import Distribution, distributions
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parent.parent
PYTHONS = ("3.11", "3.12", "3.13")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Pin:
    """One package of a lock file, with the SHA-256 of each of its archives."""

    requirement: Requirement
    hashes: frozenset[str]


def _entries(path: Path) -> Iterator[str]:
    """What pip reads as one requirement each, without comments."""
    lines = [
        line for line in path.read_text("utf-8").splitlines() if not line.lstrip().startswith("#")
    ]
    yield from "\n".join(lines).replace("\\\n", " ").splitlines()


@cache
def _lock(name: str) -> dict[str, Pin]:
    pins: dict[str, Pin] = {}
    for entry in _entries(ROOT / name):
        requirement = Requirement(entry.partition("--hash")[0])
        pins[canonicalize_name(requirement.name)] = Pin(requirement, frozenset(HASH.findall(entry)))
    return pins


@cache
def _installed() -> dict[str, Distribution]:
    return {canonicalize_name(found.metadata["Name"]): found for found in distributions()}


def _asked_for(group: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    asked = [*project["project"]["dependencies"], *project["dependency-groups"]["build"]]
    if group == "dev":
        asked += project["dependency-groups"]["dev"]
        asked += project["project"]["optional-dependencies"]["demo"]
    return [Requirement(entry) for entry in asked]


def _environment(python: str) -> dict[str, str]:
    """That Python on this machine's Linux, as markers see it."""
    this = {name: str(value) for name, value in default_environment().items()}
    return this | {"python_version": python, "python_full_version": f"{python}.0"}


def _holds(requirement: Requirement, environment: dict[str, str], extra: str = "") -> bool:
    return requirement.marker is None or requirement.marker.evaluate(environment | {"extra": extra})


def _needs(name: str, extras: Iterable[str], environment: dict[str, str]) -> Iterator[Requirement]:
    """What a package needs there by its metadata; nothing for one that is not installed here."""
    found = _installed().get(name)
    for entry in (found.requires or []) if found else []:
        requirement = Requirement(entry)
        if any(_holds(requirement, environment, extra) for extra in ("", *extras)):
            yield requirement


def _walk(asked: list[Requirement], environment: dict[str, str]) -> Iterator[Requirement]:
    """All that is needed there, directly or by what is needed."""
    ahead = [requirement for requirement in asked if _holds(requirement, environment)]
    seen: set[str] = set()
    while ahead:
        requirement = ahead.pop()
        yield requirement
        if str(requirement) not in seen:
            seen.add(str(requirement))
            ahead += _needs(canonicalize_name(requirement.name), requirement.extras, environment)


LOCKS = [("requirements.lock", "build"), ("requirements-dev.lock", "dev")]


@pytest.mark.parametrize(("lock", "group"), LOCKS)
@pytest.mark.parametrize("python", PYTHONS)
def test_lock_for_each_python_lists_all_that_is_needed(lock: str, group: str, python: str) -> None:
    environment = _environment(python)
    pins = {name: pin for name, pin in _lock(lock).items() if _holds(pin.requirement, environment)}
    missing = []
    for needed in _walk(_asked_for(group), environment):
        pin = pins.get(canonicalize_name(needed.name))
        version = str(pin.requirement.specifier).removeprefix("==") if pin else ""
        if not version or not needed.specifier.contains(version, prereleases=True):
            missing.append(str(needed))
    assert not missing


def test_pythons_of_the_metadata_are_those_that_are_tried() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    kinds = " ".join(project["classifiers"])
    assert tuple(re.findall(r":: Python :: (3\.\d+)", kinds)) == PYTHONS
    tried = (ROOT / ".ci/other_pythons").read_text("utf-8")
    assert f"for version in {' '.join(PYTHONS)};" in tried


@pytest.mark.parametrize("python", PYTHONS)
def test_locked_packages_run_on_each_python(python: str) -> None:
    environment = _environment(python)
    pins = _lock("requirements-dev.lock")
    refusing = [
        name
        for name, found in _installed().items()
        if name in pins and _holds(pins[name].requirement, environment)
        for said in found.metadata.get_all("Requires-Python", [])
        if f"{python}.0" not in SpecifierSet(said)
    ]
    assert not refusing


def test_what_is_installed_is_what_is_locked() -> None:
    environment = _environment(
        ".".join(default_environment()["python_full_version"].split(".")[:2])
    )
    locked = {
        name: str(pin.requirement.specifier).removeprefix("==")
        for name, pin in _lock("requirements-dev.lock").items()
        if _holds(pin.requirement, environment)
    }
    installed = {name: found.version for name, found in _installed().items()}
    assert {name: installed.get(name) for name in locked} == locked
    # pip came with the virtual environment.
    assert installed.keys() - locked.keys() <= {"pip", "producer-bot"}


@pytest.mark.parametrize(("lock", "_group"), LOCKS)
def test_lock_pins_versions_with_hashes_and_names_no_index(lock: str, _group: str) -> None:
    pins = _lock(lock)
    assert pins
    assert not [name for name, pin in pins.items() if not pin.hashes]
    assert all(re.fullmatch(r"==[^,*]+", str(pin.requirement.specifier)) for pin in pins.values())
    text = (ROOT / lock).read_text("utf-8")
    assert not re.findall(r"://|^\s*--(?!hash)|^-", text, re.MULTILINE)


def test_second_lock_agrees_with_the_first() -> None:
    first, second = _lock("requirements.lock"), _lock("requirements-dev.lock")
    assert {name: second.get(name) for name in first} == first
