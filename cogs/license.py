"""`/license`: the document of a sold license, and a link to it for the buyer."""

from discord import app_commands
from discord.app_commands import Choice, Range
from discord.ext import commands

from bot.domain.period import Clock
from bot.domain.sold_license import LINK_LIFE, LicenseState, SoldLicense
from bot.store.engine import Store
from bot.store.queries import license as licenses
from bot.text import ids
from bot.text.ids import SaleName, sale_name
from bot.text.language import phrase
from bot.text.license import license_reply
from bot.text.license_document import LicensePrinter, file_name
from bot.text.message import Attachment, Message
from cogs.kit import completion
from cogs.kit.buttons import Click, cog_of
from cogs.kit.permission import (
    Say,
    money_command,
    no_such_sale,
    producer_named,
    producer_of,
    require_manager,
    sale_number,
)
from cogs.kit.respond import Asked, answer

_NO_LICENSE = {
    LicenseState.UNPAID: phrase("Sale #{number} is not paid, so there is no license."),
    LicenseState.CONFLICT: phrase(
        "Sale #{number} was paid after the track had been sold exclusively, so there is nothing "
        "to license. `/sale` shows who holds the track; refund this sale."
    ),
}


class LicensesCog(commands.Cog):
    """Licenses as documents."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        printer: LicensePrinter | None = None,
        *,
        details_come: bool = True,
    ) -> None:
        """`details_come`: whether Stripe will be asked for what events left out."""
        self.store = store
        self.clock = clock
        self.printer = printer
        self.details_come = details_come

    @app_commands.command(name="license", description="A sale's license as a PDF")
    @app_commands.describe(sale="Its number, such as #1042")
    @money_command
    async def show_license(self, interaction: Asked, sale: Range[str, 1, 100]) -> None:
        """The license of a sale, with a link to mail."""
        await answer(interaction, self._typed(interaction, sale))

    @show_license.autocomplete("sale")
    async def complete_sale(self, interaction: Asked, typed: str) -> list[Choice[str]]:
        return await completion.sales_like(self.store, interaction, typed, self.clock())

    async def pressed(self, interaction: Asked, name: SaleName) -> None:
        """The License button of a sale."""
        require_manager(interaction)
        await answer(interaction, self._named(interaction, name))

    async def _typed(self, interaction: Asked, typed: str) -> Message:
        number = sale_number(typed)
        async with self.store.read() as connection:
            producer = await producer_of(connection, interaction)
            sold = await licenses.by_number(connection, producer, number, self.clock())
        return await self._license(sold, number)

    async def _named(self, interaction: Asked, name: SaleName) -> Message:
        async with self.store.read() as connection:
            producer = await producer_named(connection, interaction, name.producer_id)
            sold = await licenses.by_number(connection, producer, name.number, self.clock())
        return await self._license(sold, name.number)

    async def _license(self, sold: SoldLicense | None, number: int) -> Message:
        if sold is None:
            raise no_such_sale(number)
        self._require_license(sold)
        if self.printer is None:
            raise Say("I was started without what licenses need.")
        document = Attachment(file_name(sold), await self.printer.pdf(sold))
        expires = self.clock() + LINK_LIFE
        url = self.printer.link(sold, expires)
        return license_reply(sold, document, url, expires, self.printer.code(sold))

    def _require_license(self, sold: SoldLicense) -> None:
        """Raises Say where there is none, or not all of it is known yet."""
        words = _NO_LICENSE.get(sold.state)
        if words is not None:
            raise Say(words, number=sold.sale.number)
        if self.details_come and not sold.record.payment.detailed:
            raise Say(
                "Stripe has not told me yet what exactly sale #{number} is for. "
                "Try again in a minute.",
                number=sold.sale.number,
            )


class LicenseButton(Click, template=ids.LICENSE_OF):
    """License, under a sale's record."""

    async def clicked(self, interaction: Asked) -> None:
        await cog_of(interaction, LicensesCog).pressed(interaction, sale_name(self.match))


CLICKS = (LicenseButton,)
