"""Who asks: from which address, from which page, and how often already."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address
from math import ceil
from typing import NamedTuple, TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

MOST_REMEMBERED = 10_000
"""Addresses or tracks at the same time: the one that came first is forgotten first."""


class Rate(NamedTuple):
    """How often something may be done."""

    at_once: int
    """So many times one after the other …"""
    rest: float
    """… and then once more after so many seconds."""


OF_AN_ADDRESS = Rate(10, 12.0)
# A Checkout stays open for half an hour: at the most some thousand are open for a track, which can
# all be closed within a minute or so when it is sold exclusively.
OF_A_TRACK = Rate(60, 2.0)
OF_ALL = Rate(120, 1.0)

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
    """Lets each through as often as the rate says."""

    def __init__(self, rate: Rate, seconds: Callable[[], float]) -> None:
        """`seconds`: a clock that nobody sets, so that no jump of the time refuses anybody."""
        self._rate = rate
        self._seconds = seconds
        self._free: OrderedDict[str, float] = OrderedDict()
        """When each will have rested from all it did."""

    def wait(self, who: str) -> int:
        """The whole seconds until one more may come; 0 if it may now. Nothing is counted."""
        excess = self._rested(who) - self._seconds() - self._rate.at_once * self._rate.rest
        return max(ceil(excess), 0)

    def count(self, who: str) -> None:
        """Count one more."""
        self._free[who] = self._rested(who)
        self._free.move_to_end(who)
        while len(self._free) > MOST_REMEMBERED:
            self._free.popitem(last=False)

    def _rested(self, who: str) -> float:
        """When it will have rested from one more."""
        now = self._seconds()
        return max(self._free.get(who, now), now) + self._rate.rest


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
