from dataclasses import replace
from datetime import UTC, datetime, timedelta

from bot.domain.import_progress import ImportProgress
from bot.sync.cutover import after_absence
from bot.sync.unbooked import CHECKOUT_LIVES

NOON = datetime(2026, 5, 1, 12, tzinfo=UTC)
DAY = timedelta(days=1)
DONE = ImportProgress(start=NOON - 900 * DAY, end=NOON, done_until=NOON, payments=12)


def test_a_plan_after_an_absence_imports_all_since_then() -> None:
    since, until = NOON + 10 * DAY, NOON + 20 * DAY
    for before in (None, DONE):
        plan = after_absence(before, since, until)
        # A Checkout that was opened before may have been paid since.
        assert (plan.start, plan.end) == (since - CHECKOUT_LIVES, until)
        assert plan.done_until == plan.start
        assert plan.away


def test_an_unfinished_plan_after_an_absence_goes_on_to_the_later_end() -> None:
    since, until = NOON + 10 * DAY, NOON + 20 * DAY
    half = replace(DONE, done_until=NOON - 300 * DAY)
    plan = after_absence(half, since, until)
    assert (plan.start, plan.done_until, plan.end) == (DONE.start, half.done_until, until)
    assert plan.payments == 12


def test_an_unfinished_plan_after_an_absence_repeats_what_may_have_changed() -> None:
    late = replace(DONE, end=NOON + 5 * DAY, done_until=NOON + 4 * DAY)
    plan = after_absence(late, NOON + 2 * DAY, NOON + 20 * DAY)
    assert plan.done_until == NOON + 2 * DAY - CHECKOUT_LIVES
