"""A folder with a wheel of everything that is installed here, to install from without an index."""

import hashlib
import os
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from email.parser import HeaderParser
from importlib.metadata import Distribution, distribution
from pathlib import Path
from subprocess import run
from zipfile import ZIP_STORED, ZipFile

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
NOT_IN_A_WHEEL = {"INSTALLER", "RECORD", "REQUESTED", "direct_url.json"}
"""Of what pip notes when it installs."""


def fill(folder: Path, requirements: Iterable[str]) -> None:
    """Make wheels of the installed packages that these requirements come to."""
    ahead, seen = [Requirement(entry) for entry in requirements], set()
    while ahead:
        requirement = ahead.pop()
        key = (canonicalize_name(requirement.name), *sorted(requirement.extras))
        if key in seen:
            continue
        seen.add(key)
        found = distribution(requirement.name)
        pack(found, folder)
        ahead += _needs(found, requirement.extras)


def _needs(found: Distribution, extras: Iterable[str]) -> Iterator[Requirement]:
    for entry in found.requires or []:
        needed = Requirement(entry)
        environments = [{"extra": extra} for extra in ("", *extras)]
        if needed.marker is None or any(needed.marker.evaluate(each) for each in environments):
            yield needed


def pack(found: Distribution, folder: Path) -> Path:
    """The wheel that this package was installed from, but for scripts, which pip makes again."""
    made = HeaderParser().parsestr(found.read_text("WHEEL") or "")
    tags = [tag.split("-") for tag in made.get_all("Tag", [])]
    tag = "-".join(".".join(sorted({*part})) for part in zip(*tags, strict=True))
    name = canonicalize_name(found.metadata["Name"]).replace("-", "_")
    wheel = folder / f"{name}-{found.version}-{tag}.whl"
    if wheel.exists():
        return wheel
    rows: list[str] = []
    with ZipFile(wheel, "w", ZIP_STORED) as archive:
        for file in found.files or []:
            noted = len(file.parts) == 2 and file.parts[0].endswith(".dist-info")
            if ".." in file.parts or file.suffix == ".pyc":
                continue
            if noted:
                info = file.parts[0]
                if file.name in NOT_IN_A_WHEEL:
                    continue
            content = file.read_binary()
            digest = urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            archive.writestr(file.as_posix(), content)
            rows.append(f'"{file.as_posix()}",sha256={digest},{len(content)}')
        archive.writestr(f"{info}/RECORD", "\n".join([*rows, f"{info}/RECORD,,"]))
    return wheel


def copy_of_the_source(folder: Path) -> Path:
    """What a clone of this state would hold: all that git does not ignore."""
    listed = run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes((ROOT / name).read_bytes())
    return folder


def pip(*arguments: str, cwd: Path | None = None) -> None:
    """Run a command of this environment's pip, which knows of no index and of no configuration."""
    run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments],
        cwd=cwd,
        env={"PATH": os.defpath, "PIP_CONFIG_FILE": os.devnull, "PIP_NO_INDEX": "1"},
        check=True,
    )
