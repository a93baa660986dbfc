"""`/forget`: a buyer's name and email are removed, after a question that shows what goes."""

import secrets
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from discord import app_commands
from discord.app_commands import Range

from bot.domain.redaction import Person, email_typed
from bot.store.backup import clear_unfinished
from bot.store.books import forget
from bot.text import ids
from bot.text.forget import forget_question, forgotten_message, kept_message
from bot.text.message import Message
from bot.text.words import safe
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.permission import Interaction, Say, producers_here
from cogs.kit.respond import answered, edit

log = structlog.get_logger()

PATIENCE = timedelta(minutes=5)
"""For how long a question can be answered."""
_MOST = 100
"""Questions kept at a time."""


class _Question(NamedTuple):
    """What was asked, of whom, and until when."""

    user_id: int
    guild_id: int | None
    found: Person
    until: datetime


class ForgetCog(CommandCog):
    """Removes buyers who ask for it, in live and in test mode."""

    def __init__(self, bot: CommandBot) -> None:
        super().__init__(bot)
        self._questions: dict[str, _Question] = {}

    @app_commands.command(
        name="forget",
        description="Permanently remove a buyer's name and email, if they ask for it",
        extras={"topic": "buyers", "example": {"email": "jordan@example.com"}},
    )
    @app_commands.describe(email="Their whole email")
    @answered
    async def forget(self, interaction: Interaction, email: Range[str, 1, 400]) -> Message:
        """Show what goes, and ask."""
        whole = email_typed(email)
        if whole is None:
            raise Say(
                "“{typed}” is not an email. Type all of it, such as jane@example.com.",
                typed=safe(email, 100),
            )
        async with self.store.read() as connection:
            owners = await producers_here(connection, interaction)
            found = await forget.look(connection, owners, whole)
        if found.nothing:
            raise Say("No purchases with this email, and nothing else mentions it.")
        return self._question(interaction, found)

    @on_click(ids.FORGET, edit)
    async def decide(self, interaction: Interaction, click: Click) -> Message:
        """The buttons under the question."""
        token = click.match["question"]
        question = self._questions.get(token)
        asked_here = question is not None and (question.user_id, question.guild_id) == (
            interaction.user.id,
            interaction.guild_id,
        )
        if question is None or not asked_here or self.clock() > question.until:
            raise Say("This question has expired; nothing was removed. Run `/forget` again.")
        del self._questions[token]
        if click.match["action"] == "yes":
            return await self._forget(interaction, question.found)
        return kept_message()

    def _question(
        self, interaction: Interaction, found: Person, *, changed: bool = False
    ) -> Message:
        token = secrets.token_hex(8)
        until = self.clock() + PATIENCE
        while len(self._questions) >= _MOST:
            self._questions.pop(next(iter(self._questions)))
        asked = _Question(interaction.user.id, interaction.guild_id, found, until)
        self._questions[token] = asked
        return forget_question(found, token, changed=changed)

    async def _forget(self, interaction: Interaction, found: Person) -> Message:
        try:
            async with self.store.write() as connection:
                owners = await producers_here(connection, interaction)
                await forget.forget(connection, owners, found, self.clock())
        except forget.Changed as changed:
            return self._question(interaction, changed.found, changed=True)
        await self.store.flush()
        await clear_unfinished(self.store.url)
        log.info(
            "buyer forgotten",
            by=interaction.user.id,
            payments=sum(traces.payments for traces in found.traces),
            events=len(found.events),
            messages=sum(traces.messages for traces in found.traces),
            sales=[number for traces in found.traces for number in traces.sales],
        )
        self.bot.wake()
        return forgotten_message(found)


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(ForgetCog(bot))
