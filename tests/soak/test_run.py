"""The whole bot, killed over and over while events are shuffled, doubled and lost; a small run."""

from pathlib import Path

from soak.run import run
from soak.tally import Size, Tally


async def test_nothing_is_lost_told_twice_or_counted_wrong(tmp_path: Path) -> None:
    tally = Tally()
    await run(5, Size(payments=50, kills=3), tmp_path, tally)
    assert tally.findings == []
    assert (tally.kills, tally.differences) == (3, 0)
    assert tally.payments >= 50
    assert tally.lost
    assert tally.doubled
    assert tally.messages
