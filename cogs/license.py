"""`/license`: the document of a sold license, and a link to it for the buyer."""

from discord import app_commands
from discord.app_commands import Transform

from bot.domain.sold_license import LINK_LIFE, LicenseState, SoldLicense
from bot.store.queries import license as licenses
from bot.text import ids
from bot.text.ids import SaleName, sale_name
from bot.text.language import phrase
from bot.text.license import license_reply
from bot.text.license_document import file_name
from bot.text.message import Attachment, Message
from cogs.kit.buttons import Click, on_click
from cogs.kit.command_bot import CommandBot, CommandCog
from cogs.kit.completion import SaleOption
from cogs.kit.near_miss import answering, sale_meant
from cogs.kit.permission import Interaction, Say, no_such_sale
from cogs.kit.respond import answer, answered

_NO_LICENSE = {
    LicenseState.UNPAID: phrase("Sale #{number} is not paid, so there is no license."),
    LicenseState.CONFLICT: phrase(
        "Sale #{number} was paid after the track had been sold exclusively, so there is nothing "
        "to license. `/sale` shows who holds the track; refund this sale."
    ),
}


class LicenseCog(CommandCog):
    """Licenses as documents."""

    @app_commands.command(
        name="license",
        description="A sale's license as a PDF",
        extras={"topic": "sales", "example": {"sale": "#1042"}},
    )
    @app_commands.describe(sale="#1042, or part of its track or buyer")
    @answered
    async def show_license(
        self, interaction: Interaction, sale: Transform[str, SaleOption]
    ) -> Message:
        """The license of a sale, with a link to mail."""
        return await self._typed(interaction, sale)

    @on_click(ids.LICENSE_OF, answer)
    async def license_of(self, interaction: Interaction, click: Click) -> Message:
        """License, under a sale's record."""
        return await self._license(interaction, sale_name(click.match))

    async def _typed(self, interaction: Interaction, sale: str) -> Message:
        async with self.reading(interaction) as (connection, producer):
            again = answering(self._typed)
            number = await sale_meant(connection, producer, sale, again, self.clock())
        return await self._license(interaction, SaleName(None, number))

    async def _license(self, interaction: Interaction, name: SaleName) -> Message:
        """The license of a sale. Raises Say if it has none, or not all of it is known yet."""
        async with self.reading(interaction, name.producer_id) as (connection, producer):
            sold = await licenses.by_number(connection, producer, name.number, self.clock())
        if sold is None:
            raise no_such_sale(name.number)
        self._require_license(sold)
        printer = self.bot.printer
        if printer is None:
            raise Say("I was started without what licenses need.")
        document = Attachment(file_name(sold), await printer.pdf(sold))
        expires = self.clock() + LINK_LIFE
        url = printer.link(sold, expires)
        return license_reply(sold, document, url, expires, printer.code(sold))

    def _require_license(self, sold: SoldLicense) -> None:
        words = _NO_LICENSE.get(sold.state)
        if words is not None:
            raise Say(words, number=sold.sale.number)
        # Without a key, no more will be known than what the event said.
        if self.bot.fees_possible and not sold.record.payment.detailed:
            raise Say(
                "Stripe has not said yet what sale #{number} is for. Try again in a minute.",
                number=sold.sale.number,
            )


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(LicenseCog(bot))
