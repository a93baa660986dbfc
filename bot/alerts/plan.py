"""What to do next with the open rows of a producer's outbox. Pure: rows and a moment in.

A unit of work is one call to Discord. Rows go in the order of their ids; a row that was begun
before, with its outcome unknown, goes again together with exactly those it was begun with.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from itertools import takewhile

from bot.render.news.alerts import BURST
from bot.store.queues.outbox import OutboxRow

CROWD = 5
"""When more announcements than this wait in a row, they share messages: about as many messages
as a channel takes in five seconds."""
STALE = timedelta(hours=72)
"""Payments that waited longer are told together, in one summary."""


class Act(Enum):
    """What is done at Discord for rows of the outbox."""

    ANNOUNCE = auto()
    """Post the first message of one payment or payout, or of up to ten payments."""
    SUMMARY = auto()
    """Post one message about payments that waited too long."""
    EDIT = auto()
    """Bring a message up to date."""
    REPLY = auto()
    """Post a short message under an alert."""
    NOTICE = auto()
    """Post a message of its own about the bot itself."""


_ALONE = {"reply": Act.REPLY, "notice": Act.NOTICE}
"""Kinds of rows that are told one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """One call to Discord to make."""

    act: Act
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
    def subjects(self) -> list[str]:
        return [row.subject for row in self.rows]


def next_unit(
    rows: Sequence[OutboxRow], now: datetime, alone: Collection[int] = frozenset()
) -> Unit | None:
    """Choose what comes next of the open `rows`; None when there are none.

    `alone`: ids of announcements to be told one by one, since Discord refused them together.
    """
    if not rows:
        return None
    first = rows[0]
    if first.kind == "edit":
        return Unit(act=Act.EDIT, rows=(first,))
    if first.state == "sending":
        return _again(first, rows)
    if first.kind in _ALONE:
        return Unit(act=_ALONE[first.kind], rows=(first,))
    return _announce(first, rows, now, alone)


def edits_of(rows: Sequence[OutboxRow], subjects: Collection[str]) -> tuple[OutboxRow, ...]:
    """The open edits of these subjects."""
    return tuple(row for row in rows if row.kind == "edit" and row.subject in subjects)


def _again(first: OutboxRow, rows: Sequence[OutboxRow]) -> Unit:
    """What was begun in the same moment was one call, and its nonce is that of the whole."""
    assert first.begun is not None
    group = [row for row in rows if row.state == "sending" and row.begun == first.begun]
    told = tuple(row for row in group if row.kind == first.kind)
    merged = edits_of(group, [row.subject for row in told])
    stale = _is_stale(first, first.begun)
    act = _ALONE.get(first.kind) or (Act.SUMMARY if stale else Act.ANNOUNCE)
    return Unit(act=act, rows=told, merged=merged, begun=first.begun, channel_id=first.channel_id)


def _announce(
    first: OutboxRow, rows: Sequence[OutboxRow], now: datetime, alone: Collection[int]
) -> Unit:
    together = [row for row in rows if row.state == "pending" and row.id not in alone]
    act = Act.ANNOUNCE
    told: tuple[OutboxRow, ...] = (first,)
    if first in together and _is_stale(first, now):
        act, told = Act.SUMMARY, tuple(row for row in together if _is_stale(row, now))
    elif first in together:
        told = _crowd(first, rows, lambda row: row in together and not _is_stale(row, now))
    return Unit(act=act, rows=told, merged=edits_of(rows, [row.subject for row in told]))


def _crowd(
    first: OutboxRow, rows: Sequence[OutboxRow], may_share: Callable[[OutboxRow], bool]
) -> tuple[OutboxRow, ...]:
    """The announcements that share the next message: one, unless a crowd waits in a row.

    Edits do not break the row, everything else does.
    """
    news = [row for row in rows if row.kind != "edit"]
    waiting = list(takewhile(lambda row: _of_payment(row) and may_share(row), news))
    return tuple(waiting[:BURST]) if len(waiting) > CROWD else (first,)


def _of_payment(row: OutboxRow) -> bool:
    return row.kind == "announce" and row.subject.startswith("payment:")


def _is_stale(row: OutboxRow, moment: datetime) -> bool:
    """Payouts are few, and each counts: they are told one by one however late."""
    return _of_payment(row) and moment - row.created > STALE
