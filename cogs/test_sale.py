"""`/settings test`: a test sale through the whole bot, reported step by step to the asker."""

from bot.domain.test_sale import Progress, TooSoon
from bot.text.test_sale import report_of_test
from cogs.kit.command_bot import CommandBot, CommandCog, settings_group
from cogs.kit.permission import Interaction, Say
from cogs.kit.respond import change


class TestSaleCog(CommandCog):
    """Tries out everything between Stripe and the channel."""

    __test__ = False
    settings = settings_group()

    @settings.command(
        name="test",
        description="Send a test sale through everything, then remove it",
        extras={"topic": "settings", "example": {}},
    )
    async def test(self, interaction: Interaction) -> None:
        """Make one, and say how far it is as it goes."""
        run = self.bot.run_test_sale
        if run is None:
            raise Say("I take no webhooks right now, so there is nothing to test.")
        producer = await self.producer(interaction)

        async def report(progress: Progress) -> None:
            await change(interaction, report_of_test(progress, producer))

        try:
            await run(producer, report)
        except TooSoon as wait:
            seconds = max(1, round(wait.seconds))
            raise Say("One test a minute: try again in {seconds} s.", seconds=seconds) from None


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(TestSaleCog(bot))
