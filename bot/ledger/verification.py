"""What proves that a license came from us: a code anybody can check, links that only we can make.

Nothing of it is stored. Both are HMACs of the store's own random key, so whoever has the key can
make them again, and nobody else can.
"""

import hashlib
import hmac
import re
from base64 import urlsafe_b64encode
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

LINK_LIFE = timedelta(days=30)
"""For how long a download link works that the producer mails, or that a buyer is shown."""

# Without I, L, O and U, which are misread. https://www.crockford.com/base32.html
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISREAD = str.maketrans("ILO", "110")
_MARK_LENGTH = 8
_LONGEST_TYPED = 100

_CODE = re.compile(rf"([1-9][0-9]{{0,8}})([0-9A-Z]{{{_MARK_LENGTH}}})")
_TOKEN = re.compile(r"([1-9][0-9]{0,8})\.([1-9][0-9]{0,8})\.([1-9][0-9]{0,11})\.([\w-]{32})", re.A)


class Code(NamedTuple):
    """A verification code as somebody typed it: it proves nothing before `proves` says so."""

    number: int
    """The sale's."""
    mark: str


class Download(NamedTuple):
    """What a download token was made for."""

    producer_id: int
    number: int
    """The sale's."""
    expires: datetime


def verification_code(key: bytes, producer_id: int, number: int) -> str:
    """The code on a sale's license: its number and 8 characters, such as `1042-7XK3M9QA`.

    40 bits: at a thousand guesses a second, half the codes of one number take 17 years, and a hit
    says only that this sale's license is valid. So guessing need not be slowed down.
    """
    return f"{number}-{_mark(key, producer_id, number)}"


def read_code(typed: str) -> Code | None:
    """Read a code as people type it: any case, with spaces or without the dash, O for 0.

    None for what cannot be one.
    """
    letters = re.sub(r"[#\s-]", "", typed[:_LONGEST_TYPED]).upper()
    match = _CODE.fullmatch(letters)
    return Code(int(match[1]), match[2].translate(_MISREAD)) if match else None


def proves(code: Code, key: bytes, producer_id: int) -> bool:
    """Whether the code is the one of this producer's sale; takes as long whether it is or not."""
    return hmac.compare_digest(code.mark.encode(), _mark(key, producer_id, code.number).encode())


def download_token(key: bytes, producer_id: int, number: int, expires: datetime) -> str:
    """What opens a sale's license until it expires (to the second): safe within an address."""
    return f"{producer_id}.{number}.{int(expires.timestamp())}." + _signature(
        key, producer_id, number, int(expires.timestamp())
    )


def read_token(key: bytes, token: str) -> Download | None:
    """What a token was made for, also one that has expired; None for what is not one of ours."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        return None
    producer_id, number, expires = (int(match[group]) for group in (1, 2, 3))
    expected = _signature(key, producer_id, number, expires)
    if not hmac.compare_digest(match[4].encode(), expected.encode()):
        return None
    return Download(producer_id, number, datetime.fromtimestamp(expires, UTC))


def license_url(
    public_url: str, key: bytes, producer_id: int, number: int, expires: datetime
) -> str:
    """The address at which a sale's license can be had as a PDF, until it expires.

    `public_url` is where our pages can be reached. Whoever has the address has the license; it
    stops working when the sale is refunded.
    """
    return f"{public_url.rstrip('/')}/license/{download_token(key, producer_id, number, expires)}"


def verify_url(public_url: str, code: str) -> str:
    """The address that tells anybody whether the license with this code is valid."""
    return f"{public_url.rstrip('/')}/verify/{code}"


def _mark(key: bytes, producer_id: int, number: int) -> str:
    bits = int.from_bytes(_digest(key, "code", producer_id, number), "big")
    return "".join(_ALPHABET[bits >> 5 * place & 31] for place in range(_MARK_LENGTH))


def _signature(key: bytes, producer_id: int, number: int, expires: int) -> str:
    return urlsafe_b64encode(_digest(key, "download", producer_id, number, expires)[:24]).decode()


def _digest(key: bytes, purpose: str, *numbers: int) -> bytes:
    message = ":".join([purpose, *map(str, numbers)])
    return hmac.digest(key, message.encode(), hashlib.sha256)
