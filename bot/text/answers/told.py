"""What a message in the channel tells of, opened from the message itself."""

from collections.abc import Sequence

from bot.domain.records import PaymentRecord, Producer
from bot.text.language import gettext, ngettext
from bot.text.message import Buttons, Color, Message, card
from bot.text.parts.sale_lines import brief_sale
from bot.text.parts.sales_list import sales_menu
from bot.text.words import in_mode


def told_sales(records: Sequence[PaymentRecord], producer: Producer) -> Message:
    """The sales of a message that tells of several, with a menu that opens one."""
    sales = [sale for record in records for sale in record.sales]
    embed = card(
        Color.LEASE,
        author=in_mode(gettext("Sales of this alert"), livemode=producer.livemode),
        title=ngettext(
            "This message tells of {count} sale", "This message tells of {count} sales", len(sales)
        ),
        lines=[brief_sale(sale) for sale in sales],
    )
    menu = sales_menu(sales, producer)
    return Message(embeds=(embed,), view=Buttons(menu))
