from datetime import UTC, datetime, timedelta

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.store.books.progress import events_seen, import_progress, note_events, note_import
from bot.store.engine import Store

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
PLAN = ImportProgress(start=NOON, end=NOON + timedelta(days=8), done_until=NOON)


async def test_what_is_noted_is_found_again_by_mode(store: Store) -> None:
    half = ImportProgress(
        start=NOON,
        end=NOON + timedelta(days=8),
        done_until=NOON + timedelta(days=2),
        payments=42,
        partial=True,
        away=True,
    )
    seen = EventsSeen(
        begin=NOON, until=NOON + timedelta(hours=3), trouble="a permission is missing"
    )
    async with store.write() as connection:
        await note_import(connection, True, half)
        await note_events(connection, False, seen)
    async with store.read() as connection:
        assert await import_progress(connection, True) == half
        assert await import_progress(connection, False) is None
        assert await events_seen(connection, False) == seen
        assert await events_seen(connection, True) is None


def test_the_share_that_is_done_is_one_of_time() -> None:
    assert PLAN.share == 0
    assert (
        ImportProgress(start=NOON, end=PLAN.end, done_until=NOON + timedelta(days=2)).share == 0.25
    )
    assert ImportProgress(start=NOON, end=NOON, done_until=NOON).share == 1


def test_it_is_finished_at_its_end() -> None:
    assert not PLAN.finished
    assert ImportProgress(start=NOON, end=PLAN.end, done_until=PLAN.end).finished
