"""`/buyer`: who somebody is and all they bought. For the asker alone."""

import discord

from bot.ledger.answers import BuyerRecord
from bot.ledger.records import Producer
from bot.render.contact import contact_lines, email_lines, named
from bot.render.ids import RECORDS
from bot.render.language import gettext, ngettext
from bot.render.message import Buttons, Color, Message, card
from bot.render.money import monies
from bot.render.sale_lines import brief_sale
from bot.render.sales_list import sale_option
from bot.render.words import country_name, in_mode, timestamp


def buyer_record(record: BuyerRecord, producer: Producer) -> Message:
    """Contact, what they spent by currency, and their purchases with dates, newest first."""
    lines = [*_contact(record), *_habits(record), ""]
    missing = record.count - len(record.sales)
    if missing > 0:
        lines.append(
            gettext(
                "The newest {count}; `/sales buyer:` with their email has all:",
                count=len(record.sales),
            )
        )
    lines += [brief_sale(sale) for sale in record.sales]
    embed = card(
        Color.LEASE,
        author=in_mode(gettext("Buyer"), livemode=producer.livemode),
        title=named(record.buyer, 200) or gettext("Buyer"),
        lines=lines,
    )
    return Message(embeds=(embed,), view=_menu(record, producer))


def _contact(record: BuyerRecord) -> list[str]:
    """What the title does not say already."""
    if not record.buyer.email and not record.buyer.country:
        return contact_lines(record.buyer, 0) if not record.buyer.name else []
    return [*email_lines(record.buyer), *filter(None, [country_name(record.buyer.country)]), ""]


def _habits(record: BuyerRecord) -> list[str]:
    since = timestamp(record.first, "D")
    if record.payments > 1:
        kind = ngettext(
            "**Repeat buyer** · {count} payment since {day}",
            "**Repeat buyer** · {count} payments since {day}",
            record.payments,
            day=since,
        )
    else:
        kind = gettext("**First-time buyer** · {day}", day=since)
    spent = gettext("Spent **{amount}**", amount=monies(record.spent))
    return [kind, f"{spent} · {ngettext('{count} license', '{count} licenses', record.count)}"]


def _menu(record: BuyerRecord, producer: Producer) -> discord.ui.View | None:
    options = [sale_option(sale, producer) for sale in record.sales[:25]]
    if not options:
        return None
    menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=RECORDS, placeholder=gettext("Open a sale"), options=options
    )
    return Buttons([menu])
