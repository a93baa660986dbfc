"""A sold license, and what proves that it came from us: a code anyone can check, and links.

Both are HMACs, by the store's own random key, of what never changes about a sale: Stripe's name of
its payment, and its line. So they mean the same license as long as the key is kept, even after a
backup was restored and sales got other numbers, and cannot be made without the key.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from calendar import isleap
from dataclasses import dataclass
from datetime import MAXYEAR, UTC, date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bot.domain.license_facts import NO_FACTS, Fact
from bot.domain.license_terms import Terms
from bot.domain.payment import Payment
from bot.domain.sale import PaymentRecord, Producer, Sale, SaleState


class LicenseState(StrEnum):
    """What a license is worth, in one word."""

    VALID = "valid"
    REFUNDED = "refunded"
    """Its price went back to the buyer, by a refund or by the bank."""
    UNPAID = "unpaid"
    """Not paid yet, or never: there is no license."""
    CONFLICT = "conflict"
    """Paid after the track had been sold exclusively: the producer has nothing to license."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriorLease:
    """A lease that an exclusive's buyer should know of; never whose it is."""

    number: int
    sold: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldLicense:
    """A sale with all that its license document says."""

    record: PaymentRecord
    sale: Sale
    """One of the record's."""
    terms: Terms | None
    """What it was sold under; None if nothing was fixed."""
    prior: tuple[PriorLease, ...] = ()
    """For an exclusive: the leases sold before it that stay valid, oldest first; those of the
    same payment are its buyer's own. At most `SHOWN_LEASES` in the store."""
    prior_count: int = 0
    """How many there are in all."""
    replaced: bool = False
    """Whether its buyer holds the track exclusively by another sale."""

    @property
    def state(self) -> LicenseState:
        if self.sale.state in (SaleState.REFUNDED, SaleState.DISPUTE_LOST):
            return LicenseState.REFUNDED
        if not self.sale.state.holds_rights:
            return LicenseState.UNPAID
        return LicenseState.CONFLICT if self.sale.conflict else LicenseState.VALID

    @property
    def ends(self) -> date | None:
        """The last day on which it runs, where it was sold; None if it has no end."""
        facts = self.terms.facts(self.sale.license) if self.terms else NO_FACTS
        years = facts.numbers.get(Fact.YEARS)
        day = self.local_day(self.sale.sold)
        if years is None or day.year + years > MAXYEAR:
            return None
        # From a leap day to the last of February.
        leap = (day.month, day.day) == (2, 29) and not isleap(day.year + years)
        return day.replace(year=day.year + years, day=28 if leap else day.day)

    def local_day(self, at: datetime) -> date:
        """The day that it is then for the producer."""
        return at.astimezone(ZoneInfo(self.record.producer.timezone)).date()


LINK_LIFE = timedelta(days=30)
"""For how long a download link works that the producer mails, or that a buyer is shown."""

# Without I, L, O and U, which are misread. https://www.crockford.com/base32.html
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")
_GROUPS, _GROUP = 3, 4
_LONGEST_TYPED = 100

_CODE = re.compile(rf"[0-9A-Z]{{{_GROUPS * _GROUP}}}")
_TOKEN = re.compile(r"([0-9A-Z-]{14})\.([1-9][0-9]{0,11})\.([\w-]{32})", re.A)


class Download(NamedTuple):
    """What a download token was made for."""

    code: str
    """The license's."""
    expires: datetime


def license_code(key: bytes, producer: Producer, payment: Payment, position: int) -> str:
    """The code of a license, such as `7XK3-M9QA-52HD`: of a payment's line at this position.

    60 bits: with a million licenses sold, half a million years at a thousand guesses a minute find
    one, and a hit never says whose it is. So guessing need not be slowed down.
    """
    # As its events name it: a session may become known later, these do not change.
    name = payment.intent or payment.session or payment.charge or payment.key
    mode = "live" if producer.livemode else "test"
    bits = int.from_bytes(_digest(key, "license", mode, producer.account, name, position), "big")
    letters = [_ALPHABET[bits >> 5 * place & 31] for place in range(_GROUPS * _GROUP)]
    return _grouped("".join(letters))


def read_code(typed: str) -> str | None:
    """Read a code as people type it: any case, with spaces or without the dashes, O for 0.

    None for what cannot be one.
    """
    letters = re.sub(r"[#\s-]", "", typed[:_LONGEST_TYPED]).upper()
    return _grouped(letters.translate(_MISREAD)) if _CODE.fullmatch(letters) else None


def download_token(key: bytes, code: str, expires: datetime) -> str:
    """What opens the license with this code until it expires (to the second): safe within an
    address."""
    until = int(expires.timestamp())
    return f"{code}.{until}.{_signature(key, code, until)}"


def read_token(key: bytes, token: str) -> Download | None:
    """What a token was made for, also one that has expired; None for what is not one of ours."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    code, expires = match[1], int(match[2])
    if not hmac.compare_digest(match[3].encode(), _signature(key, code, expires).encode()):
        return None
    return Download(code, datetime.fromtimestamp(expires, UTC))


def license_url(public_url: str, key: bytes, code: str, expires: datetime) -> str:
    """The address at which the license with this code can be had as a PDF, until it expires.

    `public_url` is the address of our pages. Anyone who has the address has the license; it stops
    working when the sale is refunded.
    """
    return f"{public_url.rstrip('/')}/license/{download_token(key, code, expires)}"


def verify_url(public_url: str, code: str) -> str:
    """The page that says what the license with this code is, and if it is valid."""
    return f"{public_url.rstrip('/')}/verify/{code}"


def _grouped(letters: str) -> str:
    return "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))


def _signature(key: bytes, code: str, expires: int) -> str:
    return urlsafe_b64encode(_digest(key, "download", code, expires)[:24]).decode()


def _digest(key: bytes, purpose: str, *parts: str | int) -> bytes:
    message = ":".join([purpose, *map(str, parts)])
    return hmac.digest(key, message.encode(), hashlib.sha256)
