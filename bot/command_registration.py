"""Keeps the commands that Discord shows equal to ours, in the background, for as long as it takes.

Alerts matter more than commands: nothing waits for this. Discord allows 200 new commands a day,
and each registration makes clients reload them, so they are sent only when they changed, or when
Discord has others than it was told of last: another program with the same token may have
overwritten them.
https://docs.discord.com/developers/interactions/application-commands#registering-a-command
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from typing import Any

import discord
import structlog
from discord import app_commands

from bot.loops import Backoff, Loop, Pause, Rest, wait_out
from bot.store import key_value
from bot.store.engine import Store
from bot.text.language import CommandWords

log = structlog.get_logger()

FIRST_DELAY = 6.0
LONGEST_DELAY = 600.0
"""Seconds between two tries, unless Discord asks for more."""
LOOK_AGAIN = 6 * 3600.0
"""Seconds between two looks at what Discord has. All of them overwritten each time is still less
than 200 new commands a day."""


class CommandRegistration(Loop):
    """Registers the commands of a tree, and has them come back when others overwrite them."""

    def __init__(
        self,
        tree: app_commands.CommandTree[Any],
        store: Store,
        *,
        always: bool = False,
        pause: Pause = wait_out,
    ) -> None:
        """`always`: register at each start, for a Discord that forgets commands. `pause` is for
        tests."""
        super().__init__(pause=pause)
        self._tree = tree
        self._store = store
        self._always = always
        self._backoff = Backoff(FIRST_DELAY, LONGEST_DELAY)

    async def step(self) -> Rest:
        """Look what Discord has, and register the commands if it has others."""
        try:
            await self._look()
        except Exception as error:  # noqa: BLE001 - a proxy's answers raise anything
            wait = self._backoff.next(_asked_wait(error))
            log.error("commands not registered", error=type(error).__name__, again_in=wait)
            return Rest(wait)
        self._always = False
        self._backoff.reset()
        return Rest(LOOK_AGAIN)

    async def _look(self) -> None:
        application_id = self._tree.client.application_id
        assert application_id is not None, "known once logged in"
        http, key = self._tree.client.http, f"commands:{application_id}"
        payload = await self._payload()
        ours = _fingerprint(payload)
        async with self._store.read() as connection:
            known = await key_value.get(connection, key)
        if not self._always:
            registered = await http.get_global_commands(application_id)
            if known == f"{ours} {_versions(registered)}":
                return
        registered = await http.bulk_upsert_global_commands(application_id, payload)
        async with self._store.write() as connection:
            await key_value.put(connection, key, f"{ours} {_versions(registered)}")
        overwritten = (known or "").startswith(f"{ours} ") and not self._always
        log.info("commands registered", overwritten_by_others=overwritten)

    async def _payload(self) -> list[Any]:
        """The commands as Discord is told of them, in all languages."""
        words = self._tree.translator or CommandWords()
        payload = [
            await command.get_translated_payload(self._tree, words)
            for command in self._tree.get_commands()
        ]
        return sorted(payload, key=lambda command: str(command["name"]))


def _versions(registered: Iterable[Mapping[str, Any]]) -> str:
    """Of what Discord has: a command's version changes with it."""
    return _fingerprint(sorted((one["id"], one.get("version")) for one in registered))


def _fingerprint(of: object) -> str:
    return hashlib.sha256(json.dumps(of, sort_keys=True).encode()).hexdigest()


def _asked_wait(error: Exception) -> float:
    """The seconds that Discord, or Cloudflare in front of it, asks us to stay away."""
    if isinstance(error, discord.RateLimited):
        return error.retry_after
    if not isinstance(error, discord.HTTPException):
        return 0.0
    try:
        return max(0.0, float(error.response.headers.get("Retry-After", 0)))
    except ValueError:
        return 0.0
