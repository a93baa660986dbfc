"""When a digest is due, and which period it covers.

A digest covers a period that is over: a day, a week from Monday to Sunday, or a month. It is due at
the producer's hour on the day after. If a clock change skips that hour, it is due at the moment of
the change; if the hour occurs twice, at the first. After an outage only the newest is sent.
"""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.domain.insight import Insight
from bot.domain.payout import PayoutRecord, StripeBalance
from bot.domain.period import day_start
from bot.domain.preferences import Cadence
from bot.domain.sale import Producer
from bot.domain.totals import Statistics

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDigest:
    """One digest."""

    cadence: Cadence
    first: date
    last: date
    """The days of the period it covers."""
    due: datetime

    @property
    def period(self) -> str:
        """As `bot.domain.period.parse_period` reads it."""
        match self.cadence:
            case Cadence.MONTHLY:
                return f"{self.first:%Y-%m}"
            case Cadence.WEEKLY:
                return f"{self.first}..{self.last}"
            case _:
                return self.first.isoformat()

    @property
    def key(self) -> str:
        """Unique in the outbox, so the same digest is never sent twice."""
        return f"digest:{self.cadence.value}:{self.first}"


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleState:
    """What is remembered of a producer's digests from one look to the next."""

    cadence: Cadence
    since: datetime
    """When this cadence was first seen: digests due before that are not sent."""
    done: date | None = None
    """The first day of the newest period that was decided on, sent or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actions:
    """What waits for the producer."""

    conflicts: int = 0
    disputes: int = 0
    """Not answered yet."""
    answer_by: datetime | None = None
    """When the first of them has to be answered."""
    steps: int = 0
    """Open steps that take tracks off sale."""
    failed: int = 0
    """Alerts that could not be delivered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """Everything a digest shows."""

    cadence: Cadence
    statistics: Statistics
    """Of a period that is over."""
    waiting: tuple[StripeBalance, ...]
    on_the_way: tuple[PayoutRecord, ...]
    actions: Actions
    insights: tuple[Insight, ...]


def next_digest(
    memory: ScheduleState | None, producer: Producer, now: datetime
) -> tuple[ScheduleState | None, DueDigest | None]:
    """What is to be remembered from now on, and the digest that is due, if one is.

    After digests are switched on, or their cadence changes, the first one comes when the next
    period is over.
    """
    cadence = producer.preferences.digest
    if cadence is Cadence.OFF:
        return None, None
    if memory is None or memory.cadence is not cadence:
        return ScheduleState(cadence=cadence, since=now), None
    turn = newest(producer, now)
    # In another time zone the newest period can be one that was decided on long ago.
    old = memory.done is not None and turn.first <= memory.done
    if old or turn.due <= memory.since:
        return memory, None
    return replace(memory, done=turn.first), turn


def newest(producer: Producer, now: datetime) -> DueDigest:
    """The last digest that was due by now; the cadence is not `off`."""
    zone = producer.timezone
    today = now.astimezone(ZoneInfo(zone)).date()
    turn = _turn(producer, _begin(producer.preferences.digest, today))
    # A day that never existed (a zone that moved over the date line) has nothing to show.
    while turn.due > now or day_start(turn.first, zone) >= day_start(turn.last + _DAY, zone):
        turn = _turn(producer, turn.first)
    return turn


def _turn(producer: Producer, after: date) -> DueDigest:
    """The digest of the period that ends before a day."""
    chosen, last = producer.preferences, after - _DAY
    hour = datetime.combine(after, time(chosen.digest_hour), ZoneInfo(producer.timezone))
    return DueDigest(
        cadence=chosen.digest,
        first=_begin(chosen.digest, last),
        last=last,
        due=hour.astimezone(UTC),
    )


def _begin(cadence: Cadence, day: date) -> date:
    """The first day of the period that a day is in."""
    if cadence is Cadence.MONTHLY:
        return day.replace(day=1)
    return day - _DAY * day.weekday() if cadence is Cadence.WEEKLY else day
