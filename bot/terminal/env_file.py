"""The answers to the set-up's questions: in `.env.setup` while it goes on, then in `.env`."""

import os
import re
import shutil
from pathlib import Path

from bot.settings import WHERE, given_values

DRAFT = ".env.setup"
KEPT = ".env.before-setup"
_PLAIN = re.compile(r"[\w.:/+,=@-]*")


class Answers:
    """What is answered so far. Each answer is kept at once, so that a later run goes on from it.

    The environment counts first, as for the bot, then earlier answers, then `.env`. An answer may
    be empty: the question was answered by "none".
    """

    def __init__(self, folder: Path) -> None:
        """Raises SettingsWrong for a file that can't be read."""
        self.file = folder / ".env"
        self._draft = folder / DRAFT
        self.environment = given_values()
        self.finished = {name: value for name, value in given_values(self.file).items() if value}
        """What `.env` says, which the bot may be running with."""
        self._kept = given_values(self._draft)
        self._forgotten: set[str] = set()

    @property
    def unfinished(self) -> bool:
        """Whether an earlier run was interrupted."""
        return bool(self._kept)

    def __getitem__(self, name: str) -> str | None:
        """The answer, if there is one."""
        for answers in (self.environment, self._kept):
            if name in answers:
                return answers[name]
        return None if name in self._forgotten else self.finished.get(name)

    def take_back(self, name: str) -> None:
        """Take an answer back that was wrong after all. Raises OSError."""
        self._kept.pop(name, None)
        self.forget(name)
        self.save()

    def forget(self, *names: str) -> None:
        """Take no answers to these from `.env`."""
        self._forgotten.update(names)

    def keep(self, name: str, value: str) -> None:
        """Keep an answer. Raises OSError if the folder can't be written."""
        self._kept[name] = value
        self.save()

    def save(self) -> None:
        """Write what was answered in this set-up. Raises OSError."""
        lines = (f"{name}={_quoted(value)}\n" for name, value in self._kept.items())
        write_privately(self._draft, "".join(lines))

    def write(self) -> Path | None:
        """Write all answers into `.env`; where the earlier file is kept, if it differs.

        What the environment says is written too: the bot is to start with what was tried out.
        """
        before = self.file.read_text("utf-8-sig") if self.file.exists() else ""
        answers = {name: value for name, value in self._kept.items() if value}
        answers |= self.environment
        after = _merged(before, answers, dropped=self._kept.keys() - answers.keys())
        if after == before:
            self.file.chmod(0o600)
            return None
        kept = _free(self.file.with_name(KEPT)) if before else None
        if kept is not None:
            write_privately(kept, before)
        write_privately(self.file.resolve(), after)
        return kept

    def finish(self) -> None:
        """All of it has worked: the next run begins with `.env`."""
        self._draft.unlink(missing_ok=True)


def write_privately(file: Path, text: str) -> None:
    """Write a whole file or none of it, for its owner's eyes alone. Raises OSError."""
    draft = file.with_name(f"{file.name}.new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(text.encode())
        opened.flush()
        os.fsync(opened.fileno())
    if file.exists() and os.geteuid() == 0:
        # The bot may run as its owner.
        shutil.chown(draft, file.stat().st_uid, file.stat().st_gid)
    draft.replace(file)


def _merged(text: str, answers: dict[str, str], *, dropped: set[str]) -> str:
    """The file's lines, each answer in the place of its first line; new ones at the end."""
    lines, left = [], dict(answers)
    for line in text.splitlines():
        match = re.match(r"\s*(?:export\s+)?(\w+)\s*=", line)
        name = match[1] if match else ""
        if name in left:
            lines.append(f"{name}={_quoted(left.pop(name))}")
        elif name not in answers and name not in dropped:
            lines.append(line)
    lines += [f"{name}={_quoted(left[name])}" for name in WHERE if name in left]
    return "".join(f"{line}\n" for line in lines)


def _quoted(value: str) -> str:
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _free(file: Path) -> Path:
    """A name that no file has yet."""
    number, free = 1, file
    while free.exists():
        number += 1
        free = file.with_name(f"{file.name}-{number}")
    return free
