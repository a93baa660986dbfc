from pathlib import Path

import pytest

from bot.settings import Settings
from bot.terminal.books_commands import back_up_to, import_history
from tests.journey.databases import POSTGRESQL
from tests.sync.world import World

pytestmark = pytest.mark.skipif(bool(POSTGRESQL), reason="copies SQLite's file")


async def test_a_copy_is_written_and_said(
    settings: Settings, world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await import_history(settings, None, world.time)
    capsys.readouterr()
    assert await back_up_to(settings, tmp_path / "copy.db") == 0
    assert capsys.readouterr().out.startswith(f"Written: {tmp_path / 'copy.db'} (")


async def test_what_cannot_be_done_is_status_2(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await back_up_to(settings, tmp_path / "copy.db") == 2
    assert capsys.readouterr().err.startswith("there is no store at")
