"""What an export writes is gone after it, also when it was killed."""

import subprocess
import sys
from pathlib import Path

import pytest

from bot.text.exports import folder

KILLED = """
import os, signal
from bot.text.exports.folder import folder_of_its_own
with folder_of_its_own() as folder:
    (folder / "buyers.csv").write_text("ana@x.example")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_export_leaves_is_cleared_up_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    subprocess.run([sys.executable, "-c", KILLED], env={"TMPDIR": str(tmp_path)}, check=False)
    (kept,) = tmp_path.iterdir()
    elsewhere = kept.rename(tmp_path / f"{folder.PREFIX}of somebody else's")
    (tmp_path / f"{folder.PREFIX}link").symlink_to(tmp_path)
    (tmp_path / f"{folder.PREFIX}file").touch()
    with folder.folder_of_its_own() as written_to:
        folder.clear_leftovers()
        assert written_to.is_dir()
        assert not elsewhere.exists()
    assert sorted(path.name.rpartition("-")[2] for path in tmp_path.iterdir()) == ["file", "link"]
