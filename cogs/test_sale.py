"""`/settings test`: a test sale through the whole bot, told step by step to who has asked."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from discord import app_commands

from bot.domain.period import Clock
from bot.domain.sale import Producer
from bot.domain.test_sale import Progress, TooSoon
from bot.store.engine import Store
from bot.text.test_sale import report_of_test
from cogs.kit.permission import Say, producer_of
from cogs.kit.respond import Asked, change
from cogs.settings import SettingsCog

Report: TypeAlias = Callable[[Progress], Awaitable[None]]
RunTestSale: TypeAlias = Callable[[Producer, Report], Awaitable[None]]
"""Makes a test sale, reports after each step, and leaves nothing of it. Raises TooSoon."""


def settings_cog(
    store: Store, clock: Clock, run: RunTestSale | None, **options: Any
) -> SettingsCog:
    """`/settings`, with `test` among its commands; `options` as of SettingsCog.

    `run` is None for a bot that takes no webhooks.
    """
    cog = SettingsCog(store, clock, **options)
    command: app_commands.Command[Any, ..., None] = app_commands.Command(
        name="test",
        description="Send a test sale through everything, then remove it",
        callback=_Test(store, run).test,
    )
    cog.settings.add_command(command)
    return cog


class _Test:
    def __init__(self, store: Store, run: RunTestSale | None) -> None:
        self._store = store
        self._run = run

    async def test(self, interaction: Asked) -> None:
        """Make one, and say how far it is as it goes."""
        if self._run is None:
            raise Say("I take no webhooks at the moment, so there is nothing to test.")
        async with self._store.read() as connection:
            producer = await producer_of(connection, interaction)

        async def report(progress: Progress) -> None:
            await change(interaction, report_of_test(progress, producer))

        try:
            await self._run(producer, report)
        except TooSoon as wait:
            raise Say(
                "One test a minute: try again in {seconds} s.", seconds=_whole(wait)
            ) from None


def _whole(wait: TooSoon) -> int:
    return max(1, round(wait.seconds))
