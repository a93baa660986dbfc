"""Limits on requests: from which address and page they come, and how often."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import ceil
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

MOST_REMEMBERED = 10_000
"""Addresses or tracks at a time: the oldest is forgotten first."""


class Rate(NamedTuple):
    """How often something may be done."""

    burst: int
    """So many times in a row …"""
    interval: float
    """… and then once more every so many seconds."""


PER_ADDRESS = Rate(10, 12.0)
# A Checkout stays open for half an hour: at most about a thousand are open for a track, which can
# all be closed within a minute or so when it is sold exclusively.
PER_TRACK = Rate(60, 2.0)
ALL = Rate(120, 1.0)

_UNKNOWN = "unknown"
_IPV6_NETWORK = 64
"""Bits: what a household usually gets. https://www.rfc-editor.org/rfc/rfc6177"""

_Address: TypeAlias = IPv4Address | IPv6Address


def address_of(request: web.Request) -> str:
    """The address that a request comes from; the same one for a whole IPv6 network.

    `X-Forwarded-For` is trusted only from this machine, where the proxy runs, and only its last
    entry, which that proxy wrote: anybody can make up the others.
    """
    peer = _parsed(request.remote or "")
    if peer is None or not peer.is_loopback:
        return _network(peer)
    forwarded = request.headers.getall("X-Forwarded-For", [])
    last = forwarded[-1].rpartition(",")[2] if forwarded else ""
    return _network(_parsed(last.strip()) or peer)


def from_our_pages(request: web.Request, public_url: str | None) -> bool:
    """Whether a form was sent from a page of ours, according to the browser.

    Browsers send `Sec-Fetch-Site`, older ones `Origin`. A client that sends neither is no browser,
    so no other site can make it send the form. https://developer.mozilla.org/en-US/docs/Web/HTTP/Reference/Headers/Sec-Fetch-Site
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


class RateLimit:
    """Counts per key (an address, a track), and says how long the next one must wait."""

    def __init__(self, rate: Rate, seconds: Callable[[], float]) -> None:
        """`seconds`: a monotonic clock, so that a changed system time refuses nobody."""
        self._rate = rate
        self._seconds = seconds
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def wait(self, key: str) -> int:
        """Whole seconds until one more is allowed; 0 if it is now. Counts nothing."""
        excess = self._next(key) - self._seconds() - self._rate.burst * self._rate.interval
        return max(ceil(excess), 0)

    def count(self, key: str) -> None:
        """Count one more."""
        self._free_at[key] = self._next(key)
        self._free_at.move_to_end(key)
        while len(self._free_at) > MOST_REMEMBERED:
            self._free_at.popitem(last=False)

    def _next(self, key: str) -> float:
        """When all intervals will be over, with one more."""
        now = self._seconds()
        return max(self._free_at.get(key, now), now) + self._rate.interval


def _parsed(text: str) -> _Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _network(address: _Address | None) -> str:
    if address is None:
        return _UNKNOWN
    if isinstance(address, IPv6Address):
        return f"{int(address) >> (128 - _IPV6_NETWORK):x}::"
    return str(address)
