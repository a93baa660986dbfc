"""Calls spaced out, so that reading the past never takes what the present needs."""

import asyncio

from bot.stripe_api.transport import Sleep

# Stripe allows an account 100 calls a second in live mode and 25 in test mode: part of it is left
# to the bot that runs beside us. https://docs.stripe.com/rate-limits
LIVE = 40.0
TEST = 10.0
# What cannot wait: taking a track off sale. It is seldom, and over soon.
URGENT_LIVE = 60.0
URGENT_TEST = 15.0


class Pace:
    """Lets one call a time begin, at most so many a second."""

    def __init__(self, per_second: float, sleep: Sleep = asyncio.sleep) -> None:
        self._gap = 1 / per_second
        self._sleep = sleep
        self._next = 0.0

    async def turn(self) -> None:
        """Wait until the next call may begin."""
        now = asyncio.get_running_loop().time()
        begin = max(now, self._next)
        self._next = begin + self._gap
        if begin > now:
            await self._sleep(begin - now)
