"""The public page: a part of what a bare aiohttp handler does; how soon a sold track is gone.

Both servers run at the same time, each in its process, and are visited in turn. Then a whole bot
is told of exclusive sales while somebody looks at its page all the time; the simulated Stripe
answers at once.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import aiohttp

from bench.bot import running_bot
from bench.deliveries import SECRET
from bench.page_server import stock
from bench.process import line, python
from bench.processor import Use
from bench.quiet_discord import QuietDiscord
from bench.report import Figure, median, percentile
from bench.shop import TRACKS
from bench.visitors import ask_all
from bot.domain.event_types import TYPES
from fakes.stripe import StripeAccount, StripeServer, Webhooks

ROUNDS = 5
VISITS = 6_000
"""In a round, to each server; and a tenth of it beforehand, to warm up."""
PART = 0.5
WARM_UP, SOLD = 3, 40
"""Sales; those of the warm-up wait until the bot has caught up with all that happened before."""
MOST_MILLISECONDS = 100
READ_SECONDS = 30.0
PAUSE = 0.002
"""Seconds between two looks."""
REST = 0.3
"""Seconds from one sale to the next: two at once are not what is measured."""


async def measure() -> list[Figure]:
    """Requests a second of both and their ratio; milliseconds until a sold track is gone."""
    with tempfile.TemporaryDirectory() as folder:
        file = str(Path(folder) / "store.db")
        async with (
            python("bench.page_server", "bare", file) as bare,
            python("bench.page_server", "ours", file) as ours,
        ):
            rates = await _rounds(int(await line(bare)), int(await line(ours)))
    gone = await _sell()
    own, whole = [one.own for one in gone], [one.whole for one in gone]
    return [
        Figure("bare aiohttp handler", median(bare for bare, _ in rates), "{:,.0f} requests/s"),
        Figure("ours, 200 tracks", median(ours for _, ours in rates), "{:,.0f} requests/s"),
        Figure(
            "ours as a part of the bare one",
            median(ours / bare for bare, ours in rates),
            "{:.2f}",
            at_least=PART,
        ),
        Figure("from a webhook to the page without the track, p50", percentile(own, 50)),
        Figure("the same, p95", percentile(own, 95), at_most=MOST_MILLISECONDS),
        Figure("with waits for a processor, p50", percentile(whole, 50)),
        Figure("with waits for a processor, p95", percentile(whole, 95)),
    ]


async def _rounds(bare: int, ours: int) -> list[tuple[float, float]]:
    rates = []
    for number in range(ROUNDS + 1):
        visits = VISITS if number else VISITS // 10
        both = [visits / await ask_all(port, "/", visits) for port in (bare, ours)]
        if number:
            rates.append((both[0], both[1]))
    return rates


class _Gone(NamedTuple):
    """Milliseconds until a sold track was off the page."""

    whole: float
    own: float
    """Without what the bot's loop, or ours, waited for a processor that other programs had."""


async def _sell() -> Sequence[_Gone]:
    """Sell tracks exclusively, one after the other."""
    account = StripeAccount(clock=lambda: datetime.now(UTC))
    prices = stock(account)[: WARM_UP + SOLD]
    async with (
        QuietDiscord() as discord,
        StripeServer(account) as stripe,
        running_bot(discord, stripe) as bot,
        Webhooks(bot.webhooks, SECRET, clock=lambda: datetime.now(UTC)) as webhooks,
        aiohttp.ClientSession(f"http://127.0.0.1:{bot.port}") as visitor,
    ):
        await _read(visitor)
        account.take_events()
        loops = Use(loop_only=True), Use(bot.process.pid, loop_only=True)
        taken = [await _sold(account, webhooks, visitor, price, loops) for price in prices]
        return taken[WARM_UP:]


async def _read(visitor: aiohttp.ClientSession) -> None:
    """Wait until the bot has read the catalogue."""
    async with asyncio.timeout(READ_SECONDS):
        while (await _look(visitor)).tracks < TRACKS:  # noqa: ASYNC110 - it is another process
            await asyncio.sleep(0.1)


async def _sold(
    account: StripeAccount,
    webhooks: Webhooks,
    visitor: aiohttp.ClientSession,
    price: str,
    loops: Sequence[Use],
) -> _Gone:
    before = await _look(visitor)
    account.buy(price, settled=False)
    events = [event for event in account.take_events() if event["type"] in TYPES]
    completed = next(one for one in events if one["type"] == "checkout.session.completed")
    began, waited = time.perf_counter(), _waited(loops)
    assert await webhooks.send(completed) == 200
    while (await _look(visitor, before)).tracks == before.tracks:  # noqa: ASYNC110 - as above
        await asyncio.sleep(PAUSE)
    whole = (time.perf_counter() - began) * 1000
    own = max(whole - (_waited(loops) - waited) * 1000, 0.0)
    for event in events:
        await webhooks.send(event)
    await asyncio.sleep(REST)
    return _Gone(whole, own)


def _waited(loops: Sequence[Use]) -> float:
    return sum(loop.waited() for loop in loops)


class _Page(NamedTuple):
    tracks: int
    tag: str


async def _look(visitor: aiohttp.ClientSession, known: _Page | None = None) -> _Page:
    """The page as it is now. As a browser does, this asks only whether it is still the same."""
    headers = {"If-None-Match": known.tag} if known else {}
    async with visitor.get("/", headers=headers) as answer:
        if answer.status == 304 and known:
            return known
        return _Page((await answer.read()).count(b'<li class="card"'), answer.headers["ETag"])
