"""What anyone with a license's code may see of it: whether it is valid, and for what. Never whose
it is, and never its price.
"""

from dataclasses import dataclass
from datetime import datetime

from bot.domain.license_terms import Wording
from bot.domain.sold_license import LicenseState, SoldLicense
from bot.text.license_document import document_day, lasting_rows, void_notice
from bot.text.terms_text import allowance, facts_of
from bot.text.words import plain

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class LicenseCheck:
    """One license, checked. Plain text, no markup."""

    tone: str
    """`good`, `bad` for one that is no longer valid, or `else`."""
    state: str
    """In a word or two."""
    text: str
    track: str
    license: str
    exclusive: bool
    sold: str
    """The day."""
    rows: list[tuple[str, str]]
    """What it delivers and allows, in numbers."""
    points: tuple[str, ...]
    """What it allows, if its terms have no numbers."""


def license_check(sold: SoldLicense, shop: str, now: datetime) -> LicenseCheck:
    """What a license that was sold is worth at `now`. `shop`: the name of its seller's page."""
    sale = sold.sale
    tone, state, text = _worth(sold, shop, now)
    name = plain(sale.license, _LONGEST_NAME)
    points: tuple[str, ...] = ()
    rows = lasting_rows(sold)
    if sold.terms and not rows:
        wording = Wording(sold.terms.name, sold.terms.text)
        points = allowance(wording, facts_of(shop, "the track", name)).points
    return LicenseCheck(
        tone=tone,
        state=state,
        text=text,
        track=plain(sale.track, _LONGEST_NAME),
        license=name,
        exclusive=sale.exclusive,
        sold=document_day(sale.sold, sold.record.producer.timezone),
        rows=rows,
        points=points,
    )


def _worth(sold: SoldLicense, shop: str, now: datetime) -> tuple[str, str, str]:
    void = void_notice(sold)
    if void is not None:
        return "bad", "Refunded", f"This license is no longer valid. {void['body']}"
    if sold.state is not LicenseState.VALID:
        return "bad", "Not valid", "Nothing was licensed by this sale."
    if not sold.record.producer.livemode:
        text = "Made in test mode: no money was paid, and nothing is licensed."
        return "else", "Test license", text
    if sold.replaced:
        text = (
            "The same buyer has since bought the exclusive license of this track, which holds in "
            "its place."
        )
        return "else", "Replaced", text
    if sold.ends is not None and sold.ends < sold.local_day(now):
        text = "It has run its time. Its terms say what may stay released."
        return "else", "Expired", text
    return "good", "Valid", f"{shop} sold this license, and it is in force."
