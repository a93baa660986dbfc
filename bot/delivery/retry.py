"""What a failure of Discord's means for what was to be told: rows of data, with a reason each.

Closed by default: a refusal of Discord's that no row names is not repeated soon, so that nothing
here can ever hammer Discord: 10,000 refused requests in ten minutes get an address banned. A
refusal that is not Discord's own says nothing about the message: it is no answer.
https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans

How long to wait before the next try: longer each time, never quite the same.

Which messages Discord does not take while it takes others, and when each is tried again.

Whether a message fails or all of Discord does shows only once another message was tried. Each try
may take half a minute: so one that failed lets all others have a go, until it passes, and while the
last try failed the newest goes first. A new message waits for one try at most, however many fail.
Kept in memory: after a restart it shows again.
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

import aiohttp
import discord

from bot.loops import Backoff, delay_after
from bot.text.language import phrase


class FailureKind(Enum):
    """What to do after a failure."""

    RETRY = auto()
    """It can pass: the same again after a while, order kept."""
    BLOCKED = auto()
    """The channel takes nothing: all rows wait until it does, or another is chosen."""
    LATER = auto()
    """Only this message takes no edit for now: others go on."""
    GONE = auto()
    """The message was sent once and somebody deleted it: there is nothing left to do."""
    UNREFERENCED = auto()
    """A reply to the alert is refused: the same again as a message of its own."""
    REFUSED = auto()
    """This message does not pass: set aside with its reason, said loudly, tried again at times."""
    HALTED = auto()
    """Nothing will pass until the bot is started anew with a token that is valid."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """Matches an HTTP status and a code of Discord's, None being any."""

    status: int | None
    code: int | None = None
    kind: FailureKind
    made: bool = False
    """Whether Discord may have made the message all the same."""
    reason: str


# The first row that matches decides. Codes:
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
RULES = (
    # What is wrong with this message alone, or with what the server lets a message say.
    Rule(
        status=None, code=200000, kind=FailureKind.REFUSED, reason="the server's AutoMod blocks it"
    ),
    Rule(
        status=None, code=200001, kind=FailureKind.REFUSED, reason="the server's AutoMod blocks it"
    ),
    Rule(status=None, code=240000, kind=FailureKind.REFUSED, reason="Discord blocks a link in it"),
    Rule(status=None, code=160005, kind=FailureKind.REFUSED, reason="the thread is locked"),
    Rule(
        status=None,
        code=50024,
        kind=FailureKind.REFUSED,
        reason="Discord does not take it in this kind of channel",
    ),
    Rule(
        status=None,
        code=50005,
        kind=FailureKind.REFUSED,
        reason="another application wrote the message",
    ),
    Rule(status=401, kind=FailureKind.HALTED, reason="Discord does not accept the bot's token"),
    Rule(status=403, code=50001, kind=FailureKind.BLOCKED, reason="the bot cannot see the channel"),
    Rule(
        status=403,
        code=50013,
        kind=FailureKind.BLOCKED,
        reason="the bot lacks a permission in the channel",
    ),
    Rule(status=403, code=160002, kind=FailureKind.UNREFERENCED, reason="history is not readable"),
    # Any other 403 counts towards a ban, and comes from rights, not from what is said.
    Rule(status=403, kind=FailureKind.BLOCKED, reason="Discord forbids it"),
    Rule(status=404, code=10003, kind=FailureKind.BLOCKED, reason="the channel is gone"),
    Rule(status=404, code=10004, kind=FailureKind.BLOCKED, reason="the server is gone"),
    # Of a send too: the nonce is known, the message it made was deleted meanwhile.
    Rule(status=404, code=10008, kind=FailureKind.GONE, reason="the message was deleted"),
    Rule(status=404, kind=FailureKind.BLOCKED, reason="Discord does not know the channel"),
    Rule(status=400, code=160002, kind=FailureKind.UNREFERENCED, reason="history is not readable"),
    Rule(status=400, code=50083, kind=FailureKind.BLOCKED, reason="the thread is archived"),
    Rule(status=400, code=30046, kind=FailureKind.LATER, reason="old message edited too often"),
    Rule(status=429, code=30046, kind=FailureKind.LATER, reason="old message edited too often"),
    Rule(status=429, kind=FailureKind.RETRY, reason="rate limit"),
    # A request that came too slowly; Discord's proxies answer so too.
    Rule(status=408, kind=FailureKind.RETRY, reason="timeout"),
)

UNKNOWN_REFUSAL = Rule(status=400, kind=FailureKind.REFUSED, reason="Discord refused it")
SERVER_TROUBLE = Rule(status=500, kind=FailureKind.RETRY, made=True, reason="trouble at Discord")
NOT_CONNECTED = Rule(status=0, kind=FailureKind.RETRY, reason="Discord cannot be reached")
NO_ANSWER = Rule(status=0, kind=FailureKind.RETRY, made=True, reason="no answer from Discord")
NOT_DISCORD = Rule(
    status=0, kind=FailureKind.RETRY, made=True, reason="something that is not Discord answered"
)
RATE_LIMITED = Rule(status=429, kind=FailureKind.RETRY, reason="rate limit")


class Unreadable(Exception):
    """What came in the place of an answer was not written by Discord."""


# What is raised where Discord has not answered; the first that fits decides.
# discord.py lets aiohttp's errors through as they are.
UNANSWERED: tuple[tuple[type[BaseException], Rule], ...] = (
    (discord.RateLimited, RATE_LIMITED),
    (Unreadable, NOT_DISCORD),
    (aiohttp.ClientConnectorError, NOT_CONNECTED),
    (aiohttp.ConnectionTimeoutError, NOT_CONNECTED),
    (aiohttp.ClientError, NO_ANSWER),
    (asyncio.TimeoutError, NO_ANSWER),
    (OSError, NO_ANSWER),
)

FAILURES: tuple[type[BaseException], ...] = (
    discord.HTTPException,
    *(kind for kind, _ in UNANSWERED),
)
"""What `discord_api.request` may raise and `failure_of` understands; all else is our mistake."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure, judged. The reason is one line, safe to log and to show."""

    kind: FailureKind
    reason: str
    made: bool
    """Whether the message may exist all the same."""
    wait: float = 0.0
    """Seconds that Discord wants us to stay away."""
    general: bool = False
    """Whether no other message would have passed either."""


MISTAKE = phrase("a mistake in the bot")
"""The reason where nobody foresaw one."""


def failure_of(error: BaseException) -> Failure:
    """Say what one of `FAILURES` means."""
    if isinstance(error, discord.HTTPException):
        rule = _rule(error)
        code = f", code {error.code}" if error.code else ""
        reason = f"{rule.reason} (HTTP {error.status}{code})"
        limited = error.status == 429 and rule.kind is FailureKind.RETRY
        return Failure(rule.kind, reason, rule.made, _wanted_wait(error), general=limited)
    rule = next((rule for kind, rule in UNANSWERED if isinstance(error, kind)), NO_ANSWER)
    wait = error.retry_after if isinstance(error, discord.RateLimited) else 0.0
    general = rule in (RATE_LIMITED, NOT_CONNECTED)
    return Failure(rule.kind, rule.reason, rule.made, wait, general=general)


def _rule(error: discord.HTTPException) -> Rule:
    if error.status >= 500:
        return SERVER_TROUBLE
    if error.status not in (408, 429) and not _is_discords(error):
        return NOT_DISCORD
    for rule in RULES:
        if rule.status in (None, error.status) and rule.code in (None, error.code):
            return rule
    return UNKNOWN_REFUSAL


def _is_discords(error: discord.HTTPException) -> bool:
    """Whether Discord itself refused: in JSON, with a code or a message. A proxy sends a page."""
    kind = error.response.headers.get("Content-Type")
    return kind == "application/json" and bool(error.code or error.text)


def _wanted_wait(error: discord.HTTPException) -> float:
    """What Retry-After says, in seconds. Cloudflare's own refusals carry it too."""
    try:
        return max(0.0, float(error.response.headers.get("Retry-After", 0)))
    except (TypeError, ValueError):
        return 0.0


PAUSES = 1.0, 60.0
"""Seconds until Discord is asked again after a failure: the first and the longest pause."""


def pauses() -> Backoff:
    """How long to wait after each failure in a row.

    Up to half is taken off by chance, so that several bots do not come back in the same moment.
    """
    return Backoff(*PAUSES, jitter=0.5)


IN_ORDER = timedelta(seconds=10)
"""A message that fails for no longer than this is simply tried again, so that order is kept."""
FIRST_REST, LONGEST_REST = 30.0, 300.0
"""Seconds that a message rests which fails while others pass: twice as long each time."""
ALONE_FOR = timedelta(minutes=5)
"""A message that fails for longer, while others pass, is set aside."""
REFUSED_FOR = timedelta(hours=1)
"""An edit that is refused for longer is set aside."""


@dataclass
class _Failing:
    since: datetime
    """When its first try in a row of failures began."""
    failed: datetime
    """When it failed last."""
    behind: bool = False
    """Whether others go first."""
    rests: int = 0
    """How often it rested."""
    until: datetime | None = None
    """Not to be tried before; None: at any time."""


class FailingMessages:
    """Known by the ids of their rows of the outbox."""

    def __init__(self) -> None:
        self._failing: dict[int, _Failing] = {}
        self._passed: datetime | None = None

    def passed(self, ids: Sequence[int], now: datetime) -> None:
        """A message went through."""
        self._passed = now
        self.forget(ids)

    def failed(self, ids: Sequence[int], began: datetime, now: datetime) -> bool:
        """There was no answer to a message whose try `began` then. Whether to set it aside."""
        one = self._noted(ids, began)
        others_pass = self._passed is not None and self._passed > one.failed
        one.failed = now
        if now - one.since < IN_ORDER:
            return False
        one.behind = True
        if not others_pass:
            return False
        one.until = now + timedelta(seconds=delay_after(one.rests, FIRST_REST, LONGEST_REST))
        one.rests += 1
        return now - one.since > ALONE_FOR

    def refused(self, ids: Sequence[int], began: datetime, now: datetime, wait: float) -> bool:
        """An edit is refused for now, for `wait` seconds at least. Whether to set it aside."""
        one = self._noted(ids, began)
        one.failed, one.behind = now, True
        one.until = now + timedelta(seconds=max(LONGEST_REST, wait))
        return now - one.since > REFUSED_FOR

    def forget(self, ids: Sequence[int]) -> None:
        """A message passed, or was set aside."""
        for id_ in ids:
            self._failing.pop(id_, None)

    def resting(self, now: datetime) -> frozenset[int]:
        """Which are not to be tried now."""
        return frozenset(id_ for id_, until in self._untils() if until > now)

    @property
    def behind(self) -> list[int]:
        """Which are tried only when there is nothing else to tell: the one that failed longest ago
        comes first."""
        behind = (id_ for id_, one in self._failing.items() if one.behind)
        return sorted(behind, key=lambda id_: self._failing[id_].failed)

    @property
    def none_passed_since(self) -> bool:
        """Whether nothing went through since one failed, so that any other may fail as well."""
        failed = [one.failed for one in self._failing.values() if one.behind]
        return bool(failed) and (self._passed is None or max(failed) >= self._passed)

    def soonest(self) -> datetime | None:
        """When the first rest is over."""
        return min((until for _, until in self._untils()), default=None)

    def _noted(self, ids: Sequence[int], began: datetime) -> _Failing:
        one = next((self._failing[id_] for id_ in ids if id_ in self._failing), None)
        one = one or _Failing(since=began, failed=began)
        self._failing |= dict.fromkeys(ids, one)
        return one

    def _untils(self) -> Iterator[tuple[int, datetime]]:
        return ((id_, one.until) for id_, one in self._failing.items() if one.until is not None)
