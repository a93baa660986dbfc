"""The page after the payment, in words: what was bought, and the license to download."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bot.domain.license import LicenseState, SoldLicense
from bot.domain.payment import PaymentState
from bot.domain.records import PaymentRecord, Sale
from bot.domain.verification import LINK_LIFE, download_token, license_code
from bot.text.words import money, plain
from webhooks.shop.view_model import FREE, LONGEST_NAME, names_exclusive

PATIENT = 20
"""Looks for a sale that is not recorded yet, before it says that this takes long."""

_NOTES = {
    LicenseState.REFUNDED: "Refunded: this license is no longer valid.",
    LicenseState.UNPAID: "The license is ready once your payment has arrived.",
    LicenseState.CONFLICT: (
        "Somebody else had bought this track exclusively a moment before. The producer has been "
        "told, and gives your money back."
    ),
}
_EXPIRED = "The link for downloading it has expired: ask the producer for a new one."


@dataclass(frozen=True, slots=True)
class Item:
    """One license that was bought."""

    track: str
    license: str
    exclusive: bool
    number: int
    price: str
    download: str | None
    """Where its document is; None where there is none."""
    note: str

    @property
    def says_so(self) -> bool:
        """Whether its name has the word that marks an exclusive one."""
        return names_exclusive(self.license)


def bought_page(record: PaymentRecord, key: bytes, *, expired: bool, root: str) -> dict[str, Any]:
    """What the page shows of a payment. `key` signs the links; `expired`: their time is over."""
    items = list(_items(record, key, expired=expired, root=root))
    ready = any(item.download for item in items)
    return {**_head(record, ready=ready), "items": items}


def confirming_page(looks: int) -> dict[str, Any]:
    """What it shows while the payment is not recorded: after so many looks."""
    paragraphs = ["This page looks again by itself and shows your license as soon as it is there."]
    if looks >= PATIENT:
        paragraphs = [
            "This takes longer than it should. If you have paid, nothing is lost: come back to "
            "this very address later, or answer the receipt that Stripe has mailed to you."
        ]
    return {
        "status": "Thank you",
        "title": "Your payment is being confirmed",
        "paragraphs": paragraphs,
        "items": (),
    }


def seconds_until_next_look(looks: int) -> int | None:
    """When the page looks again, more and more seldom; None: not by itself any more."""
    return None if looks >= PATIENT else min(2 + looks, 30)


def _head(record: PaymentRecord, *, ready: bool) -> dict[str, Any]:
    state = record.payment.state
    if state is PaymentState.FAILED:
        title, said = "Your payment did not arrive", "Nothing was taken from you."
    elif state is PaymentState.PENDING:
        title = "Your payment is on its way"
        said = "It may take some days. Keep this address: your license will be here."
    elif ready:
        title, said = "It is yours", "Download your license and keep it with your files."
    else:
        title, said = "Your purchase", ""
    return {"status": "Thank you", "title": title, "paragraphs": [said] if said else []}


def _items(record: PaymentRecord, key: bytes, *, expired: bool, root: str) -> Iterator[Item]:
    for sale in record.sales:
        state = SoldLicense(record=record, sale=sale, terms=None).state
        valid = state is LicenseState.VALID
        yield Item(
            track=plain(sale.track, LONGEST_NAME),
            license=_license(sale),
            exclusive=sale.exclusive,
            number=sale.number,
            price=money(sale.price) if sale.price.amount else FREE,
            download=_link(record, sale, key, root) if valid and not expired else None,
            note=_EXPIRED if valid and expired else _NOTES.get(state, ""),
        )


def _license(sale: Sale) -> str:
    name = plain(sale.license, LONGEST_NAME)
    return f"{sale.quantity} × {name}" if sale.quantity > 1 else name


def _link(record: PaymentRecord, sale: Sale, key: bytes, root: str) -> str:
    """The same whenever it is shown: it ends so long after the sale."""
    expires = sale.sold + LINK_LIFE
    code = license_code(key, record.producer, record.payment, sale.position)
    return f"{root}license/{download_token(key, code, expires)}"
