"""What comes next."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from bot.delivery.batching import STALE, Action, Batch, Held, edits_of, next_batch, next_edit
from bot.store.outbox import OutboxRow

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
BEGUN = NOON - timedelta(minutes=1)
ids = count(1)


def row(
    kind: str,
    subject: str,
    *,
    age: timedelta = timedelta(0),
    begun: datetime | None = None,
) -> OutboxRow:
    number = next(ids)
    key = f"{kind}:{subject}" if kind != "reply" else f"reply:refund:re_{number}"
    state = "sending" if begun else "pending"
    return OutboxRow(number, 1, kind, subject, key, None, state, NOON - age, begun, None, 0, None)


def announce(number: int, age: timedelta = timedelta(0)) -> OutboxRow:
    return row("announce", f"payment:{number}", age=age)


def milestone(number: int) -> OutboxRow:
    return row("reply", f"payment:{number}")._replace(key=f"reply:first_sale:{number}")


def announces(count: int) -> list[OutboxRow]:
    return [announce(number) for number in range(1, count + 1)]


def plan(rows: list[OutboxRow], alone: Iterable[int] = ()) -> Batch:
    batch = next_batch(rows, NOON, Held(alone=frozenset(alone)))
    assert batch is not None
    return batch


def test_an_empty_outbox_asks_for_nothing() -> None:
    assert next_batch([], NOON) is None


def test_a_single_sale_goes_alone() -> None:
    rows = announces(1)
    assert plan(rows) == Batch(action=Action.ANNOUNCE, rows=(rows[0],))


def test_five_in_a_row_still_go_one_by_one() -> None:
    rows = announces(5)
    assert plan(rows).rows == (rows[0],)


def test_six_in_a_row_share_a_message() -> None:
    rows = announces(6)
    assert plan(rows).rows == tuple(rows)


def test_a_message_is_shared_by_ten_at_most() -> None:
    rows = announces(25)
    assert plan(rows).rows == tuple(rows[:10])


def test_crowd_with_replies_between_shares_a_message_before_them() -> None:
    rows = [one for number in range(1, 8) for one in (announce(number), milestone(number))]
    assert plan(rows).rows == tuple(one for one in rows if one.kind == "announce")
    assert plan(rows[1:]).action is Action.ANNOUNCE


def test_crowd_with_a_payout_and_a_notice_between_shares_a_message() -> None:
    between = [row("announce", "payout:po_1"), row("notice", "notice:webhooks")]
    rows = [*announces(3), *between, announce(4), announce(5), announce(6)]
    assert len(plan(rows).rows) == 6


def test_milestones_of_a_crowd_share_a_message() -> None:
    rows = [milestone(number) for number in range(1, 8)]
    assert plan(rows) == Batch(action=Action.MILESTONES, rows=tuple(rows))
    assert plan(rows[:5]) == Batch(action=Action.REPLY, rows=(rows[0],))


def test_milestones_wait_until_every_sale_is_announced() -> None:
    late = announce(9)
    rows = [*(milestone(number) for number in range(1, 8)), late, milestone(9)]
    assert plan(rows).rows == (late,)
    rows.remove(late)
    assert plan(rows) == Batch(action=Action.MILESTONES, rows=tuple(rows))


def test_first_sales_that_keep_coming_share_few_messages() -> None:
    waiting, acts, sold = list[OutboxRow](), list[Action](), 0
    while sold < 300 or waiting:
        for _ in range(min(24, 300 - sold)):  # between two messages
            sold += 1
            waiting += [announce(sold), milestone(sold)]
        batch = plan(waiting)
        acts.append(batch.action)
        waiting = [one for one in waiting if one not in batch.rows]
    assert len(acts) <= 40
    assert acts.count(Action.MILESTONES) <= 4


def test_milestones_begun_together_go_again_together() -> None:
    begun = [milestone(number)._replace(state="sending", begun=BEGUN) for number in range(7)]
    batch = plan(begun)
    assert (batch.action, batch.rows, batch.begun) == (Action.MILESTONES, tuple(begun), BEGUN)


def test_what_was_set_aside_goes_after_what_is_new_and_alone() -> None:
    aside = [announce(number)._replace(attempts=1) for number in range(1, 8)]
    fresh = announce(9)
    assert plan([*aside, fresh]).rows == (fresh,)
    assert plan(aside).rows == (aside[0],)


def test_what_rests_is_left_out_with_the_replies_to_it() -> None:
    rows = [announce(1), row("reply", "payment:1"), announce(2)]
    resting = Held(resting={rows[0].id}, behind={rows[0].id})
    for held in (resting, Held(behind={rows[0].id})):
        batch = next_batch(rows, NOON, held)
        assert batch is not None
        assert batch.rows == (rows[2],)
    assert next_batch(rows[:2], NOON, Held(resting={rows[0].id})) is None


def test_next_edit_passes_over_what_rests_and_leaves_for_last_what_failed() -> None:
    rows = [row("edit", f"payment:{number}") for number in range(3)]
    held = Held(resting={rows[0].id}, behind={rows[0].id, rows[1].id})
    batch = next_edit(rows, held)
    assert batch == Batch(action=Action.EDIT, rows=(rows[2],))
    assert next_edit(rows[:1], held) is None


@pytest.mark.parametrize(("newest_first", "first"), [(True, 7), (False, 1)])
def test_each_goes_alone_while_any_may_fail(newest_first: bool, first: int) -> None:
    rows = announces(9)
    behind = (rows[4].id, rows[8].id, rows[0].id)
    held = Held(behind=behind, one_by_one=True, newest_first=newest_first)
    batch = next_batch(rows, NOON, held)
    assert batch is not None
    assert batch.rows == (rows[first],)
    failed = next_batch([rows[0], rows[4], rows[8]], NOON, held)
    assert failed is not None
    assert failed.rows == (rows[4],)


def test_a_payout_goes_alone() -> None:
    rows = [row("announce", "payout:po_1"), *announces(10)]
    assert plan(rows).rows == (rows[0],)


def test_an_edit_does_not_end_the_row() -> None:
    rows = [*announces(3), row("edit", "payment:99"), announce(4), announce(5), announce(6)]
    assert [one.kind for one in plan(rows).rows] == ["announce"] * 6


def test_an_edit_of_what_is_not_told_yet_is_merged_into_it() -> None:
    rows = [announce(1), announce(2), row("edit", "payment:2"), row("edit", "payment:1")]
    batch = plan(rows)
    assert batch.rows == (rows[0],)
    assert batch.merged == (rows[3],)
    assert batch.ids == [rows[0].id, rows[3].id]


def test_a_reply_goes_before_a_sale_that_is_no_crowd() -> None:
    rows = [row("reply", "payment:9"), *announces(5)]
    assert plan(rows) == Batch(action=Action.REPLY, rows=(rows[0],))


def test_what_waited_too_long_is_told_together() -> None:
    old = [announce(number, age=STALE + timedelta(seconds=1)) for number in range(3)]
    fresh = announce(9, age=STALE)
    batch = plan([*old, row("reply", "payment:0"), fresh])
    assert batch.action is Action.SUMMARY
    assert batch.rows == tuple(old)


def test_an_old_payout_is_told_all_the_same() -> None:
    rows = [row("announce", "payout:po_1", age=timedelta(days=30))]
    assert plan(rows).action is Action.ANNOUNCE


def test_what_was_begun_together_goes_again_together() -> None:
    begun = [announce(number) for number in range(7)]
    begun = [one._replace(state="sending", begun=BEGUN) for one in begun]
    edit = row("edit", "payment:0", begun=BEGUN)
    batch = plan([*begun, edit, *announces(6)])
    assert batch == Batch(action=Action.ANNOUNCE, rows=tuple(begun), merged=(edit,), begun=BEGUN)


def test_what_was_begun_does_not_take_newer_edits_with_it() -> None:
    """The message that exists, perhaps, does not show what they tell of."""
    begun = row("announce", "payment:1", begun=BEGUN)
    assert plan([begun, row("edit", "payment:1")]).merged == ()


def test_what_was_begun_as_a_summary_goes_again_as_one() -> None:
    begun = [
        announce(number, age=STALE + timedelta(hours=1))._replace(state="sending", begun=BEGUN)
        for number in range(3)
    ]
    assert plan(begun).action is Action.SUMMARY


def test_what_was_begun_one_by_one_is_no_summary_even_if_it_is_old_by_now() -> None:
    begun = announce(1, age=STALE + timedelta(seconds=30))
    begun = begun._replace(state="sending", begun=NOON - timedelta(minutes=2))
    assert plan([begun]).action is Action.ANNOUNCE


def test_a_reply_that_was_begun_goes_again() -> None:
    begun = row("reply", "payment:1", begun=BEGUN)
    assert plan([begun]) == Batch(action=Action.REPLY, rows=(begun,), begun=BEGUN)


def test_what_was_refused_together_goes_alone() -> None:
    rows = announces(7)
    assert plan(rows, alone=[rows[0].id]).rows == (rows[0],)
    old = [announce(number, age=STALE * 2) for number in range(3)]
    batch = plan(old, alone=[old[0].id])
    assert (batch.action, batch.rows) == (Action.ANNOUNCE, (old[0],))


def test_edits_are_found_by_subject() -> None:
    rows = [announce(1), row("edit", "payment:1"), row("edit", "payment:2")]
    assert edits_of(rows, ["payment:2", "payment:3"]) == (rows[2],)


def test_a_notice_goes_alone_and_before_what_comes_after_it() -> None:
    rows = [row("notice", "notice:webhooks"), *announces(6)]
    assert plan(rows) == Batch(action=Action.NOTICE, rows=(rows[0],))


def test_a_notice_that_broke_off_goes_again() -> None:
    broken = row("notice", "notice:webhooks", begun=BEGUN)
    assert plan([broken]) == Batch(action=Action.NOTICE, rows=(broken,), begun=BEGUN)
