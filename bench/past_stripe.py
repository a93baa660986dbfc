"""A Stripe account with years behind it, in a process of its own: `python -m bench.past_stripe N`.

It has N sales. Says its address, its key, when it began and ended, and how many sales it has, in
one line of JSON. The same question gets the same answer, from memory: asked a second time, it
takes next to nothing of the machine.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

import uvloop
from aiohttp import web

from fakes.business import Business
from fakes.stripe import StripeAccount, StripeServer, Terms

BEGINNING = datetime(2015, 1, 1, tzinfo=UTC)
AT_ONCE = 100
"""Things that happen between two looks at how many sales there are."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class _Time:
    """The account's clock."""

    def __init__(self) -> None:
        self.now = BEGINNING

    def __call__(self) -> datetime:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class _Memory:
    """Answers that were given before."""

    def __init__(self) -> None:
        self._answers: dict[str, bytes] = {}

    @web.middleware
    async def answered(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer as before, or ask and keep the answer."""
        if request.path_qs not in self._answers:
            answer = await handler(request)
            if not isinstance(answer, web.Response) or answer.status != 200:
                return answer
            assert isinstance(answer.body, bytes)
            self._answers[request.path_qs] = answer.body
        return web.Response(body=self._answers[request.path_qs], content_type="application/json")


async def main(sales: int) -> None:
    """Serve until the process is ended."""
    time = _Time()
    account = StripeAccount(clock=time, terms=Terms(balances=frozenset({"eur"}), tax=300))
    business = Business(account, 1, time.pass_)
    while business.sold < sales:
        business.live(AT_ONCE)
    business.rest()
    time.pass_(2 * 86_400)
    server = StripeServer(account)
    server.app.middlewares.append(_Memory().answered)
    async with server:
        about = {
            "url": server.url,
            "key": server.key,
            "start": BEGINNING.timestamp(),
            "end": time.now.timestamp(),
            "sales": business.sold,
        }
        print(json.dumps(about), flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1])))
