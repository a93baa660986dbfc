"""Who asks: from which address, from which page, and how often already."""

from collections import OrderedDict
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

from bot.ledger.clock import Clock

AT_ONCE = 10
"""How many Checkouts an address may open one after the other …"""
REST = timedelta(seconds=12)
"""… and after how long it may open one more."""
MOST_ADDRESSES = 10_000
"""Remembered at the same time: whoever came first is forgotten first."""

_UNKNOWN = "unknown"
_IPV6_OF_ONE_PLACE = 64
"""Bits: what is usually given to one household. https://www.rfc-editor.org/rfc/rfc6177"""


_Address: TypeAlias = IPv4Address | IPv6Address


def address_of(request: web.Request) -> str:
    """The address that a request comes from, with one word for those of the same IPv6 network.

    `X-Forwarded-For` is believed only from this very machine, where the proxy is, and only its
    last entry, which that proxy wrote: everything else in it can be made up by anybody.
    """
    peer = _known(request.remote or "")
    if peer is None or not peer.is_loopback:
        return _place(peer)
    forwarded = request.headers.getall("X-Forwarded-For", [])
    last = forwarded[-1].rpartition(",")[2] if forwarded else ""
    return _place(_known(last.strip()) or peer)


def from_our_pages(request: web.Request, public_url: str | None) -> bool:
    """Whether a form was sent from a page of ours, as far as the browser says.

    A browser says so by `Sec-Fetch-Site`, older ones by `Origin`; what sends neither is none, and
    cannot be tricked into sending. https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
    """
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    try:
        ours = {request.host, urlsplit(public_url or "").netloc} - {""}
        return urlsplit(origin).netloc in ours
    except ValueError:
        return False


class Turnstile:
    """Lets each address through `AT_ONCE` times, and then once for every `REST`."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._free: OrderedDict[str, datetime] = OrderedDict()
        """When an address will have rested from all it did."""

    def wait(self, address: str) -> int:
        """Count one more; the seconds to wait where it is one too many (which is not counted)."""
        now = self._clock()
        rested = max(self._free.get(address, now), now) + REST
        excess = rested - now - AT_ONCE * REST
        if excess > timedelta():
            return -(-excess // timedelta(seconds=1))
        self._free[address] = rested
        self._free.move_to_end(address)
        while len(self._free) > MOST_ADDRESSES:
            self._free.popitem(last=False)
        return 0


def _known(text: str) -> _Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _place(address: _Address | None) -> str:
    if address is None:
        return _UNKNOWN
    if isinstance(address, IPv6Address):
        return f"{int(address) >> (128 - _IPV6_OF_ONE_PLACE):x}::"
    return str(address)
