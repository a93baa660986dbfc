"""What to do next with the open rows of a producer's outbox. Pure: rows and a moment in.

A batch of work is one call to Discord. Rows go in the order of their ids, but for a crowd: sales
that wait share messages before what is said under them, and milestones wait until every sale is
announced or many are gathered, so that a crowd's milestones share few messages. What has failed
goes after what is new, and while Discord takes nothing each goes alone. A row that was
begun before, with its outcome unknown, goes again together with exactly those it was begun with.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from bot.domain.news import is_milestone
from bot.store.outbox import OutboxRow
from bot.text.alert import BURST

CROWD = 5
"""When more announcements than this wait, they share messages: about as many messages as a channel
takes in five seconds. So do milestones."""
GATHERED = 100
"""This many milestones wait no longer: fewer than one look at the outbox finds."""
STALE = timedelta(hours=72)
"""Payments that waited longer are sent together, in one summary."""


class Action(Enum):
    """What is done at Discord for rows of the outbox."""

    ANNOUNCE = auto()
    """Send the first message of one payment or payout, or of up to ten payments."""
    SUMMARY = auto()
    """Send one message about payments that waited too long."""
    EDIT = auto()
    """Bring a message up to date."""
    REPLY = auto()
    """Send a short message under an alert."""
    MILESTONES = auto()
    """Send one message about the milestones that many sales have reached."""
    NOTICE = auto()
    """Send a message of its own about the bot itself."""


_ALONE = {"reply": Action.REPLY, "notice": Action.NOTICE}
"""Kinds of rows that are sent one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One call to Discord to make."""

    action: Action
    rows: tuple[OutboxRow, ...]
    """What it tells, in order."""
    merged: tuple[OutboxRow, ...] = ()
    """Edits that need no call of their own, as the message will show the newest state."""
    begun: datetime | None = None
    """When it was first tried, if nobody knows how that ended."""
    channel_id: int | None = None
    """Where that was."""

    @property
    def ids(self) -> list[int]:
        return [row.id for row in (*self.rows, *self.merged)]

    @property
    def keys(self) -> list[str]:
        return [row.key for row in self.rows]

    @property
    def news(self) -> list[str]:
        """What it tells, by names that are never given again: a store that was restored from a
        backup gives the same ids, and so the same keys, to other payments."""
        return [f"{row.key} {row.created.timestamp()}" for row in self.rows]

    @property
    def subjects(self) -> list[str]:
        return [row.subject for row in self.rows]

    @property
    def given_up_before(self) -> bool:
        """Whether any of it was set aside before."""
        return any(row.attempts for row in self.rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """Ids of rows that Discord did not take."""

    alone: Collection[int] = frozenset()
    """To be sent one by one, as they were refused together."""
    resting: Collection[int] = frozenset()
    """Not to be tried now."""
    behind: Collection[int] = frozenset()
    """To be tried when there is nothing else to do, in this order."""
    one_by_one: bool = False
    """Whether any may fail: then none shares a message with others."""
    newest_first: bool = False


NOTHING_HELD = Held()


def next_batch(rows: Sequence[OutboxRow], now: datetime, held: Held = NOTHING_HELD) -> Batch | None:
    """Choose what comes next of the open `rows`, edits apart; None when there is nothing."""
    ready = _ready(rows, held)
    if not ready:
        return None
    first = ready[0]
    if first.state == "sending":
        return _again(first, rows)
    if first.attempts:
        action = _ALONE.get(first.kind, Action.ANNOUNCE)
        return Batch(action=action, rows=(first,), merged=edits_of(rows, [first.subject]))
    free = [row for row in ready if _is_free(row, held)]
    if first in free and _is_stale(first, now):
        stale = [row for row in free if _is_stale(row, now)]
        return _announce(Action.SUMMARY, stale, rows)
    if held.one_by_one:
        return _single(first, rows)
    crowd = [row for row in free if _of_payment(row) and not _is_stale(row, now)]
    if len(crowd) > CROWD and (first in crowd or first.kind == "reply"):
        return _announce(Action.ANNOUNCE, crowd[:BURST], rows)
    unannounced = {row.subject for row in rows if row.kind == "announce"}
    milestones = [row for row in free if is_milestone(row.key) and row.subject not in unannounced]
    if first in milestones and len(milestones) > CROWD:
        return Batch(action=Action.MILESTONES, rows=tuple(milestones))
    return _single(first, rows)


def next_edit(rows: Sequence[OutboxRow], held: Held = NOTHING_HELD) -> Batch | None:
    """Choose the edit that comes next of open edits; None when there is nothing."""
    ready = _in_order([row for row in rows if row.id not in held.resting], held)
    return Batch(action=Action.EDIT, rows=(ready[0],)) if ready else None


def edits_of(rows: Sequence[OutboxRow], subjects: Collection[str]) -> tuple[OutboxRow, ...]:
    """The open edits of these subjects."""
    return tuple(row for row in rows if row.kind == "edit" and row.subject in subjects)


def _ready(rows: Sequence[OutboxRow], held: Held) -> list[OutboxRow]:
    """What may be sent now; replies come after their alert."""
    unannounced = {row.subject for row in rows if row.kind == "announce"}
    ready = [
        row
        for row in rows
        if row.kind != "edit"
        and row.id not in held.resting
        and not (row.kind == "reply" and row.subject in unannounced)
    ]
    return _in_order(ready, held)


def _in_order(rows: Sequence[OutboxRow], held: Held) -> list[OutboxRow]:
    """What is new by its ids, milestones last; then what is behind, by when it is to be tried."""
    place = {id_: number for number, id_ in enumerate(held.behind)}
    new = [row for row in rows if not _is_behind(row, held)]
    behind = [row for row in rows if _is_behind(row, held)]
    behind.sort(key=lambda row: place.get(row.id, -1))
    if held.newest_first:
        new.reverse()
    milestones = [row for row in new if is_milestone(row.key)]
    if len(milestones) < GATHERED:
        new = [row for row in new if not is_milestone(row.key)] + milestones
    return new + behind


def _is_behind(row: OutboxRow, held: Held) -> bool:
    return row.attempts > 0 or row.id in held.behind


def _is_free(row: OutboxRow, held: Held) -> bool:
    """Whether it may share a message."""
    known = row.state == "pending" and not _is_behind(row, held)
    return known and row.id not in held.alone


def _again(first: OutboxRow, rows: Sequence[OutboxRow]) -> Batch:
    """What was begun in the same moment was one call, and its nonce is that of the whole."""
    assert first.begun is not None
    group = [row for row in rows if row.state == "sending" and row.begun == first.begun]
    same = tuple(row for row in group if row.kind == first.kind)
    merged = edits_of(group, [row.subject for row in same])
    stale = _is_stale(first, first.begun) and not first.attempts
    action = _ALONE.get(first.kind) or (Action.SUMMARY if stale else Action.ANNOUNCE)
    if action is Action.REPLY and len(same) > 1:
        action = Action.MILESTONES
    return Batch(
        action=action, rows=same, merged=merged, begun=first.begun, channel_id=first.channel_id
    )


def _announce(action: Action, chosen: Sequence[OutboxRow], rows: Sequence[OutboxRow]) -> Batch:
    merged = edits_of(rows, [row.subject for row in chosen])
    return Batch(action=action, rows=tuple(chosen), merged=merged)


def _single(row: OutboxRow, rows: Sequence[OutboxRow]) -> Batch:
    if row.kind in _ALONE:
        return Batch(action=_ALONE[row.kind], rows=(row,))
    return _announce(Action.ANNOUNCE, [row], rows)


def _of_payment(row: OutboxRow) -> bool:
    return row.kind == "announce" and row.subject.startswith("payment:")


def _is_stale(row: OutboxRow, moment: datetime) -> bool:
    """Whether it waited too long. Payouts are few, and each counts: they are never stale."""
    return _of_payment(row) and moment - row.created > STALE
