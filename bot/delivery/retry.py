"""What a failure of Discord's means for what was to be told: rows of data, with a reason each.

Closed by default: a refusal of Discord's that no row names is not repeated soon, so that nothing
here can ever hammer Discord: 10,000 refused requests in ten minutes get an address banned. A
refusal that is not Discord's own says nothing about the message: it is no answer.
https://docs.discord.com/developers/topics/rate-limits#invalid-request-limit-aka-cloudflare-bans
"""

import asyncio
from dataclasses import dataclass
from enum import Enum, auto

import aiohttp
import discord

from bot.text.language import phrase


class Verdict(Enum):
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
    """A row of the policy: matches an HTTP status and a code of Discord's, None being any."""

    status: int | None
    code: int | None = None
    verdict: Verdict
    made: bool = False
    """Whether Discord may have made the message all the same."""
    reason: str


# The first row that matches decides. Codes:
# https://docs.discord.com/developers/topics/opcodes-and-status-codes#json
RULES = (
    # What is wrong with this message alone, or with what the server lets a message say.
    Rule(
        status=None, code=200000, verdict=Verdict.REFUSED, reason="the server's AutoMod blocks it"
    ),
    Rule(
        status=None, code=200001, verdict=Verdict.REFUSED, reason="the server's AutoMod blocks it"
    ),
    Rule(status=None, code=240000, verdict=Verdict.REFUSED, reason="Discord blocks a link in it"),
    Rule(status=None, code=160005, verdict=Verdict.REFUSED, reason="the thread is locked"),
    Rule(
        status=None,
        code=50024,
        verdict=Verdict.REFUSED,
        reason="Discord does not take it in this kind of channel",
    ),
    Rule(
        status=None,
        code=50005,
        verdict=Verdict.REFUSED,
        reason="another application wrote the message",
    ),
    Rule(status=401, verdict=Verdict.HALTED, reason="Discord does not accept the bot's token"),
    Rule(status=403, code=50001, verdict=Verdict.BLOCKED, reason="the bot cannot see the channel"),
    Rule(
        status=403,
        code=50013,
        verdict=Verdict.BLOCKED,
        reason="the bot lacks a permission in the channel",
    ),
    Rule(status=403, code=160002, verdict=Verdict.UNREFERENCED, reason="history is not readable"),
    # Any other 403 counts towards a ban, and comes from rights, not from what is said.
    Rule(status=403, verdict=Verdict.BLOCKED, reason="Discord forbids it"),
    Rule(status=404, code=10003, verdict=Verdict.BLOCKED, reason="the channel is gone"),
    Rule(status=404, code=10004, verdict=Verdict.BLOCKED, reason="the server is gone"),
    # Of a send too: the nonce is known, the message it made was deleted meanwhile.
    Rule(status=404, code=10008, verdict=Verdict.GONE, reason="the message was deleted"),
    Rule(status=404, verdict=Verdict.BLOCKED, reason="Discord does not know the channel"),
    Rule(status=400, code=160002, verdict=Verdict.UNREFERENCED, reason="history is not readable"),
    Rule(status=400, code=50083, verdict=Verdict.BLOCKED, reason="the thread is archived"),
    Rule(status=400, code=30046, verdict=Verdict.LATER, reason="old message edited too often"),
    Rule(status=429, code=30046, verdict=Verdict.LATER, reason="old message edited too often"),
    Rule(status=429, verdict=Verdict.RETRY, reason="rate limit"),
    # A request that came too slowly; Discord's proxies answer so too.
    Rule(status=408, verdict=Verdict.RETRY, reason="timeout"),
)

UNKNOWN_REFUSAL = Rule(status=400, verdict=Verdict.REFUSED, reason="Discord refused it")
SERVER_TROUBLE = Rule(status=500, verdict=Verdict.RETRY, made=True, reason="trouble at Discord")
NOT_CONNECTED = Rule(status=0, verdict=Verdict.RETRY, reason="Discord cannot be reached")
NO_ANSWER = Rule(status=0, verdict=Verdict.RETRY, made=True, reason="no answer from Discord")
NOT_DISCORD = Rule(
    status=0, verdict=Verdict.RETRY, made=True, reason="something that is not Discord answered"
)
RATE_LIMITED = Rule(status=429, verdict=Verdict.RETRY, reason="rate limit")


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
"""What `requests.request` may raise and `judge` understands. Anything else is a mistake of ours."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A failure, judged. The reason is one line, safe to log and to show."""

    verdict: Verdict
    reason: str
    made: bool
    """Whether the message may exist all the same."""
    wait: float = 0.0
    """Seconds that Discord wants us to stay away."""
    general: bool = False
    """Whether no other message would have passed either."""


MISTAKE = phrase("a mistake in the bot")
"""The reason where nobody foresaw one."""


def judge(error: BaseException) -> Failure:
    """Say what one of `FAILURES` means."""
    if isinstance(error, discord.HTTPException):
        rule = _rule(error)
        code = f", code {error.code}" if error.code else ""
        reason = f"{rule.reason} (HTTP {error.status}{code})"
        limited = error.status == 429 and rule.verdict is Verdict.RETRY
        return Failure(rule.verdict, reason, rule.made, _wanted_wait(error), general=limited)
    rule = next((rule for kind, rule in UNANSWERED if isinstance(error, kind)), NO_ANSWER)
    wait = error.retry_after if isinstance(error, discord.RateLimited) else 0.0
    general = rule in (RATE_LIMITED, NOT_CONNECTED)
    return Failure(rule.verdict, rule.reason, rule.made, wait, general=general)


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
