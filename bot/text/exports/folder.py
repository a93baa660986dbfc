"""A folder for an export's files, which name buyers: nothing in it may outlive the export."""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = "producer-bot-export-"


@contextmanager
def folder_of_its_own() -> Iterator[Path]:
    """A new folder that nobody else can read, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix=PREFIX) as name, _locked(Path(name)):
        yield Path(name)


def clear_leftovers() -> None:
    """Remove the folders of exports that were killed, which could not clear up themselves.

    A lock goes with the process that holds it: what is locked is still written to.
    """
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError), _locked(folder):
            if folder.stat().st_uid == os.getuid():
                shutil.rmtree(folder)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder. Raises OSError where somebody else does, or it is none."""
    held = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    finally:
        os.close(held)
