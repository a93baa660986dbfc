"""What a failure of Discord's means, and when what failed is tried again.

Closed by default: a refusal of Discord's that no rule names is not repeated soon, so that nothing
can hammer Discord: 10,000 refused requests in ten minutes get an address banned. A refusal that
does not come from Discord itself says nothing about the message: it counts as no answer.
https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import NamedTuple

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
    """The message was sent and then deleted: there is nothing left to do."""
    UNREFERENCED = auto()
    """A reply to the alert is refused: the same again as a message of its own."""
    REFUSED = auto()
    """This message does not pass: it is set aside with its reason and tried again every hour."""
    HALTED = auto()
    """Nothing will pass until the bot is started again with a token that is valid."""


RETRY, REFUSED, BLOCKED = FailureKind.RETRY, FailureKind.REFUSED, FailureKind.BLOCKED
LATER, GONE, HALTED = FailureKind.LATER, FailureKind.GONE, FailureKind.HALTED
UNREFERENCED = FailureKind.UNREFERENCED


class Rule(NamedTuple):
    """What an HTTP status and a code of Discord's mean, None being any."""

    status: int | None
    code: int | None
    kind: FailureKind
    reason: str
    made: bool = False
    """Whether Discord may have made the message all the same."""


# The first row that matches decides. Codes:
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
RULES = (
    # What is wrong with this message alone, or with what the server lets a message say.
    Rule(None, 200000, REFUSED, phrase("the server's AutoMod blocks it")),
    Rule(None, 200001, REFUSED, phrase("the server's AutoMod blocks it")),
    Rule(None, 240000, REFUSED, phrase("Discord blocks a link in it")),
    Rule(None, 160005, REFUSED, phrase("the thread is locked")),
    Rule(None, 50024, REFUSED, phrase("Discord does not take it in this kind of channel")),
    Rule(None, 50005, REFUSED, phrase("another application wrote the message")),
    Rule(401, None, HALTED, phrase("Discord does not accept the bot's token")),
    Rule(403, 50001, BLOCKED, phrase("the bot cannot see the channel")),
    Rule(403, 50013, BLOCKED, phrase("the bot lacks a permission in the channel")),
    Rule(403, 160002, UNREFERENCED, phrase("history is not readable")),
    # Any other 403 counts towards a ban, and comes from rights, not from what is said.
    Rule(403, None, BLOCKED, phrase("Discord forbids it")),
    Rule(404, 10003, BLOCKED, phrase("the channel is gone")),
    Rule(404, 10004, BLOCKED, phrase("the server is gone")),
    # Also when sending: the nonce is known, and the message it made was deleted meanwhile.
    Rule(404, 10008, GONE, phrase("the message was deleted")),
    Rule(404, None, BLOCKED, phrase("Discord does not know the channel")),
    Rule(400, 160002, UNREFERENCED, phrase("history is not readable")),
    Rule(400, 50083, BLOCKED, phrase("the thread is archived")),
    Rule(400, 30046, LATER, phrase("old message edited too often")),
    Rule(429, 30046, LATER, phrase("old message edited too often")),
    Rule(429, None, RETRY, phrase("rate limit")),
    # A request that came too slowly; Discord's proxies answer so too.
    Rule(408, None, RETRY, phrase("timeout")),
)

UNKNOWN_REFUSAL = Rule(400, None, REFUSED, phrase("Discord refused it"))
SERVER_TROUBLE = Rule(500, None, RETRY, phrase("trouble at Discord"), made=True)
NOT_CONNECTED = Rule(None, None, RETRY, phrase("Discord cannot be reached"))
NO_ANSWER = Rule(None, None, RETRY, phrase("no answer from Discord"), made=True)
NOT_DISCORD = Rule(None, None, RETRY, phrase("something that is not Discord answered"), made=True)
RATE_LIMITED = Rule(429, None, RETRY, phrase("rate limit"))


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
    """What went wrong. The reason is one line, safe to log and to show."""

    kind: FailureKind
    reason: str
    made: bool
    """Whether the message may exist all the same."""
    wait: float = 0.0
    """Seconds that Discord wants us to stay away."""
    general: bool = False
    """Whether no other message would have passed either."""
    final: bool = False
    """Whether Discord itself says so: the message exists by now, or never will by this try. A
    gateway that gave up waiting does not know."""
    others_wait: bool = False
    """Whether a message waits that was not tried since, and may pass."""


MISTAKE = phrase("a mistake in the bot")
"""The reason for errors that nobody foresaw."""


def failure_of(error: BaseException) -> Failure:
    """What one of `FAILURES` means."""
    if isinstance(error, discord.HTTPException):
        rule = _rule(error)
        code = f", code {error.code}" if error.code else ""
        reason = f"{rule.reason} (HTTP {error.status}{code})"
        limited = error.status == 429 and rule.kind is RETRY
        wait, final = _wanted_wait(error), error.status == 500
        return Failure(rule.kind, reason, rule.made, wait, general=limited, final=final)
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
    """Which messages Discord does not take while it takes others, by the ids of their rows.

    Whether one message fails or all of Discord shows only once another was tried, and each try may
    take half a minute: so a message that failed lets all others go first until it passes. While
    nothing passes, each new message is tried once, the newest and the oldest in turn: a good one is
    soon sent, however many fail before it or come after it. Kept in memory: after a restart it
    shows again.
    """

    def __init__(self) -> None:
        self._failing: dict[int, _Failing] = {}
        self._passed: datetime | None = None
        self._in_vain = 0
        """Tries since a message went through."""

    def passed(self, ids: Sequence[int], now: datetime) -> None:
        """A message went through."""
        self._passed = now
        self._in_vain = 0
        self.forget(ids)

    def failed(
        self, ids: Sequence[int], began: datetime, now: datetime, *, suspect: bool = False
    ) -> bool:
        """There was no answer to a message whose try `began` then. Whether to set it aside.

        `suspect`: it failed before, together with others. Then, and while another fails, it keeps
        its place no longer.
        """
        suspect = suspect or bool(self.behind)
        one = self._noted(ids, began)
        others_pass = self._passed is not None and self._passed > one.failed
        one.failed = now
        self._in_vain += 1
        if now - one.since < IN_ORDER and not suspect:
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

    def is_behind(self, ids: Sequence[int]) -> bool:
        """Whether others go before these, as they failed."""
        return any(id_ in self._failing and self._failing[id_].behind for id_ in ids)

    @property
    def behind(self) -> list[int]:
        """Which are tried only when there is nothing else to tell: the one that failed longest ago
        comes first."""
        behind = (id_ for id_, one in self._failing.items() if one.behind)
        return sorted(behind, key=lambda id_: self._failing[id_].failed)

    @property
    def newest_first(self) -> bool:
        """Whether it is the newest message's turn while nothing passes."""
        return self.none_passed_since and self._in_vain % 2 == 1

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
