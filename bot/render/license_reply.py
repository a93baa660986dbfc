"""`/license`: a sale's license, to keep and to send on."""

from datetime import datetime

from bot.ledger.license import LicenseState, SoldLicense
from bot.render.licenses import license_name
from bot.render.message import Attachment, Color, Message, card
from bot.render.words import code, plural, safe, timestamp

_COLORS = {LicenseState.REFUNDED: Color.REFUNDED}


def license_reply(
    sold: SoldLicense, document: Attachment, url: str | None, expires: datetime, mark: str
) -> Message:
    """The document, for the asker alone, and a link they may mail to the buyer.

    `url` opens the document until `expires`; None where there is no public address. `mark`: the
    license's verification code.
    """
    sale = sold.sale
    test = "" if sold.record.producer.livemode else "TEST MODE · "
    otherwise = Color.EXCLUSIVE if sale.exclusive else Color.LEASE
    embed = card(
        _COLORS.get(sold.state, otherwise),
        author=f"{test}License of sale #{sale.number}",
        title=f"{safe(sale.track, 140)} · {license_name(sale, 70).replace('**', '')}",
        lines=[*_about(sold), f"Verification code {code(mark, 40)}", *_link(sold, url, expires)],
    )
    return Message(embeds=(embed,), attachment=document)


def _about(sold: SoldLicense) -> list[str]:
    lines = []
    if sold.state is LicenseState.REFUNDED:
        lines.append("⚠️ **Refunded: no longer valid.** The document says so.")
    if sold.terms is None:
        lines.append("⚠️ No terms were fixed when this sale was recorded: the document has none.")
    else:
        name = code(sold.terms.name, 80)
        lines.append(f"Terms {name}, version {sold.terms.version}, fixed when it was sold")
    if sold.sale.exclusive and sold.prior_count:
        lines.append(
            f"It names {plural(sold.prior_count, 'earlier lease')} by number and date, not by buyer"
        )
    return lines


def _link(sold: SoldLicense, url: str | None, expires: datetime) -> list[str]:
    if sold.state is LicenseState.REFUNDED:
        return ["", "Links to it have stopped working."]
    if url is None:
        return [
            "",
            "To have a link that you can mail to the buyer, set `PUBLIC_URL` to the https address "
            "at which the internet reaches me.",
        ]
    until = f"{timestamp(expires, 'D')}, or until the sale is refunded"
    return ["", f"A link for the buyer; it works until {until}:", f"```\n{url}\n```"]
