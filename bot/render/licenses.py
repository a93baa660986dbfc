"""How a license of a track is named, and what its being exclusive means."""

import re

from bot.ledger.records import PaymentRecord, Sale, SaleRights
from bot.render.words import plain, plural, safe

_SAYS_EXCLUSIVE = re.compile(r"(?<!non)(?<!non-)(?<!non )\bexclusive\b", re.IGNORECASE)


def license_name(sale: Sale, limit: int, *, markup: bool = True) -> str:
    """The license, with the word Exclusive on every exclusive sale, at most about `limit` long."""
    name = safe(sale.license, limit) if markup else plain(sale.license, limit)
    if not sale.exclusive:
        return _times(name, sale)
    word = "**Exclusive**" if markup else "Exclusive"
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
        return "no earlier leases"
    return f"{plural(leases, 'earlier lease')} {'stays' if leases == 1 else 'stay'} valid"


def exclusive_line(record: PaymentRecord, sale: Sale) -> str:
    """`★ **Exclusive** · 3 earlier leases stay valid`, for an exclusive that holds its track."""
    rights = rights_of(record, sale)
    leases = f" · {stay_valid(rights.earlier_leases)}" if rights is not None else ""
    return f"★ **Exclusive**{leases}"
