"""A Dockerfile built without Docker: the same commands, in a folder that stands for the image."""

import json
import os
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from subprocess import run

PLACES = ("/opt/producer-bot", "/src", "/data")
"""The absolute paths of the Dockerfile, each of which is a folder of the image's."""


@dataclass
class Image:
    """What a Dockerfile makes. `root` stands for `/`; the steps of each stage find it empty."""

    context: Path
    root: Path
    pip: dict[str, str]
    """Where pip finds packages, by its environment variables."""
    env: dict[str, str] = field(default_factory=dict)
    words: dict[str, str] = field(default_factory=dict)
    """USER, ENTRYPOINT and the other words that only note something."""
    folder: str = "/"
    _stages: int = 0

    def build(self) -> None:
        """Do each step in turn. Raises what a failing one raises."""
        for word, rest in steps((self.context / "Dockerfile").read_text("utf-8")):
            match word:
                case "FROM":
                    self._begin()
                case "RUN":
                    self.run(["sh", "-c", self.here(rest)])
                case "COPY":
                    self._copy(*shlex.split(rest))
                case "WORKDIR":
                    self.folder = rest
                    self.path(rest).mkdir(parents=True, exist_ok=True)
                case "ENV":
                    name, _, value = rest.partition("=")
                    self.env[name] = self.here(value).replace("$PATH", self.env["PATH"])
                case _:
                    self.words[word] = rest

    def path(self, inside: str) -> Path:
        return self.root / inside.lstrip("/")

    def here(self, command: str) -> str:
        """A command of the image's, as it can be run outside of it."""
        for place in PLACES:
            command = re.sub(rf"(?<![\w.]){place}\b", str(self.path(place)), command)
        if os.geteuid():  # only root may give files away
            command = re.sub(r" --(?:owner|group)=\d+", "", command)
        return command

    def run(self, command: list[str]) -> None:
        run(command, cwd=self.path(self.folder), env=self.env | self.pip, check=True)

    def command(self, word: str) -> list[str]:
        """The words of an ENTRYPOINT, a CMD or a HEALTHCHECK."""
        words: list[str] = json.loads("[" + self.words[word].partition("[")[2])
        return words

    def _begin(self) -> None:
        """A new stage: what the last one made is kept next to it, for `COPY --from`."""
        last = self.root.with_name("last stage")
        if self.root.exists():
            self.root.rename(last)
        (self.root / "bin").mkdir(parents=True)
        base = Path(sys.base_prefix) / "bin"
        (self.root / "bin" / "python").symlink_to(base / f"python3.{sys.version_info.minor}")
        self.env = {"PATH": f"{self.root / 'bin'}:{os.defpath}"}
        self.folder = "/"

    def _copy(self, *arguments: str) -> None:
        *options, source, target = arguments
        if options:
            assert options == ["--from=build"]
            # Moved, since what stays behind is not in the image.
            self.path(target).parent.mkdir(parents=True)
            self.root.with_name("last stage").joinpath(source.lstrip("/")).rename(self.path(target))
            return
        into = self.path(self.folder) / target
        for file in sorted(allowed(self.context)):
            name = file.relative_to(self.context)
            if source == "." or name.as_posix() == source:
                (into / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, into / name)


def steps(dockerfile: str) -> Iterator[tuple[str, str]]:
    """Each step's word and the rest of it."""
    lines = [line for line in dockerfile.splitlines() if not line.startswith("#")]
    for line in "\n".join(lines).replace("\\\n", " ").splitlines():
        word, _, rest = line.partition(" ")
        if word:
            yield word, rest.strip()


def allowed(context: Path) -> Iterator[Path]:
    """The files that .dockerignore, which here excludes all but what it names, lets through."""
    rules = (context / ".dockerignore").read_text("utf-8").split("\n")
    names = [rule[1:] for rule in rules if rule.startswith("!")]
    never = [rule.removeprefix("**/") for rule in rules if rule.startswith("**/")]
    assert "*" in rules
    for file in context.rglob("*"):
        parts = file.relative_to(context).parts
        kept = parts[0] in names and not any(
            fnmatch(part, rule) for part in parts for rule in never
        )
        if kept and file.is_file():
            yield file
