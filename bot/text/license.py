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
            *_about(sold),
            gettext("Verification code {code}", code=code(mark, 40)),
            *_link(sold, url, expires),
        ],
    )
    name = sold.record.producer.id, sale.number
    buttons = [
        button(gettext("Sale"), ids.SALE(*name)),
        button(gettext("Buyer"), ids.BUYER(*name)),
    ]
    return replace(Message.of(embed, buttons), attachment=document)


def _about(sold: SoldLicense) -> list[str]:
    lines = []
    if sold.state is LicenseState.REFUNDED:
        lines.append(gettext("⚠️ **Refunded: no longer valid.** The document says so."))
    if sold.terms is None:
        lines.append(gettext("⚠️ No terms were saved with this sale, so the document has none."))
    else:
        lines.append(
            gettext(
                "Terms {name}, version {version}, as of the sale",
                name=code(sold.terms.name, 80),
                version=sold.terms.version,
            )
        )
    if sold.sale.exclusive and sold.prior_count:
        lines.append(
            ngettext(
                "It lists {count} earlier lease by number and date, not by buyer",
                "It lists {count} earlier leases by number and date, not by buyer",
                sold.prior_count,
            )
        )
    return lines


def _link(sold: SoldLicense, url: str | None, expires: datetime) -> list[str]:
    if sold.state is LicenseState.REFUNDED:
        return ["", gettext("Its links no longer work.")]
    if url is None:
        return [
            "",
            gettext(
                "To get a link that you can mail to the buyer, set `PUBLIC_URL` to my public "
                "https address."
            ),
        ]
    works = gettext(
        "A link for the buyer; works until {day}, or until the sale is refunded:",
        day=timestamp(expires, "D"),
    )
    return ["", works, f"```\n{url}\n```"]
