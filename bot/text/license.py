"""`/license`: a sale's license, to keep and to send on."""

from dataclasses import replace
from datetime import datetime

from bot.domain.sold_license import LicenseState, SoldLicense
from bot.text import ids
from bot.text.language import gettext, ngettext
from bot.text.message import Attachment, Color, Message, button, card
from bot.text.sale_lines import license_name
from bot.text.words import code, in_mode, safe, timestamp


def license_reply(
    sold: SoldLicense, document: Attachment, url: str | None, expires: datetime, mark: str
) -> Message:
    """The document, for the asker alone, and a link that they may mail to the buyer.

    `url` opens the document until `expires`; None without a public address. `mark`: the
    license's verification code.
    """
    sale = sold.sale
    color = Color.EXCLUSIVE if sale.exclusive else Color.LEASE
    embed = card(
        Color.REFUNDED if sold.state is LicenseState.REFUNDED else color,
        author=in_mode(
            gettext("License of sale #{number}", number=sale.number),
            sold.record.producer,
        ),
        title=f"{safe(sale.track, 140)} · {license_name(sale, 70).replace('**', '')}",
        lines=[
            *_link(sold, url, expires),
            gettext("Code {code}", code=code(mark, 40)),
            *_about(sold),
        ],
    )
    name = sold.record.producer.id, sale.number
    buttons = [
        button(gettext("Sale"), ids.SALE(*name)),
        button(gettext("Buyer"), ids.BUYER(*name)),
    ]
    return replace(Message.of(embed, buttons), attachment=document)


def _about(sold: SoldLicense) -> list[str]:
    if sold.terms is None:
        lines = [gettext("⚠️ No terms were saved with this sale, so the document has none.")]
    else:
        name, version = code(sold.terms.name, 80), sold.terms.version
        lines = [gettext("Terms {name}, version {version}", name=name, version=version)]
    if sold.sale.exclusive and sold.prior_count:
        lines.append(
            ngettext(
                "Lists {count} earlier lease, not its buyer",
                "Lists {count} earlier leases, not their buyers",
                sold.prior_count,
            )
        )
    return lines


def _link(sold: SoldLicense, url: str | None, expires: datetime) -> list[str]:
    if sold.state is LicenseState.REFUNDED:
        return [
            gettext("⚠️ **Refunded: no longer valid.** The document says so."),
            gettext("Its links no longer work."),
        ]
    if url is None:
        return [gettext("To get a link for the buyer, set `PUBLIC_URL` to my https address.")]
    until = gettext("Buyer's link, until {day}:", day=timestamp(expires, "D"))
    return [until, f"```\n{url}\n```"]
