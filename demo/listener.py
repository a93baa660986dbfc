"""Hears what the bot says in the channel: tells it in the terminal, and shows it in the page."""

import asyncio
from collections.abc import Mapping
from typing import Any

import structlog
from simcord import SetupError

from demo.discord_side import DiscordSide
from demo.narrator import Narrator

log = structlog.get_logger()

REST = 0.8
"""Seconds between two refreshes at least. A page somebody is typing in should not be disturbed
more often than there is something new.
"""


class Listener:
    """Follows the channel until it is cancelled."""

    def __init__(self, side: DiscordSide, narrator: Narrator) -> None:
        self._side = side
        self._narrator = narrator
        self._news = asyncio.Event()
        side.listen(self._heard)

    async def run(self) -> None:
        """Refresh the page once for all that was said since the last time."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                await self._side.refresh()
            except (SetupError, TimeoutError) as trouble:
                log.info("page not refreshed", reason=str(trouble))
            await asyncio.sleep(REST)

    def _heard(self, payload: Mapping[str, Any], edited: bool) -> None:
        self._narrator.heard(payload, edited=edited)
        self._news.set()
