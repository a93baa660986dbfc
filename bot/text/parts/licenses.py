"""How a license of a track is named, and what its being exclusive means."""

import re

from bot.domain.records import PaymentRecord, Sale, SaleRights
from bot.text.language import gettext, ngettext
from bot.text.words import plain, safe

_SAYS_EXCLUSIVE = re.compile(r"(?<!non)(?<!non-)(?<!non )\bexclusive\b", re.IGNORECASE)


def license_name(sale: Sale, limit: int, *, markup: bool = True) -> str:
    """The license, with the word Exclusive on every exclusive sale, at most about `limit` long."""
    name = safe(sale.license, limit) if markup else plain(sale.license, limit)
    if not sale.exclusive:
        return _times(name, sale)
    exclusive = gettext("Exclusive")
    word = f"**{exclusive}**" if markup else exclusive
    if sale.license.strip().casefold() == "exclusive":
        return _times(word, sale)
    if _SAYS_EXCLUSIVE.search(name):
        return _times(f"**{name}**" if markup else name, sale)
    return _times(f"{word} · {name}", sale)


def _times(name: str, sale: Sale) -> str:
    return f"{name} × {sale.quantity:,}" if sale.quantity > 1 else name


def rights_of(record: PaymentRecord, sale: Sale) -> SaleRights | None:
    """What a sale means for its track, where that is more than a lease."""
    return next((rights for rights in record.rights if rights.number == sale.number), None)


def stay_valid(leases: int) -> str:
    """`3 earlier leases stay valid`."""
    if leases == 0:
        return gettext("no earlier leases")
    return ngettext(
        "{count} earlier lease stays valid", "{count} earlier leases stay valid", leases
    )


def exclusive_line(record: PaymentRecord, sale: Sale) -> str:
    """`★ **Exclusive** · 3 earlier leases stay valid`, for an exclusive that holds its track."""
    rights = rights_of(record, sale)
    leases = f" · {stay_valid(rights.earlier_leases)}" if rights is not None else ""
    return f"★ **{gettext('Exclusive')}**{leases}"
