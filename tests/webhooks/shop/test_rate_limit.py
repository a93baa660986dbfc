"""Who asks, and how often."""

from typing import Any
from unittest import mock

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from webhooks.shop import rate_limit
from webhooks.shop.rate_limit import Rate, RateLimit, address_of


def request(peer: str, *forwarded: str) -> Any:
    transport = mock.Mock()
    transport.get_extra_info = lambda name, default=None: (
        (peer, 1) if name == "peername" else default
    )
    headers = [("X-Forwarded-For", value) for value in forwarded]
    return make_mocked_request("POST", "/", headers=CIMultiDict(headers), transport=transport)


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("203.0.113.7", (), "203.0.113.7"),
        ("203.0.113.7", ("198.51.100.1",), "203.0.113.7"),
        ("127.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("::1", ("198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("10.0.0.1, 198.51.100.1",), "198.51.100.1"),
        ("127.0.0.1", ("10.0.0.1", "198.51.100.1"), "198.51.100.1"),
        ("127.0.0.1", (), "127.0.0.1"),
        ("127.0.0.1", ("unknown",), "127.0.0.1"),
        ("127.0.0.1", ("::ffff:198.51.100.1",), "198.51.100.1"),
        ("2001:db8:1:2:3::4", (), "20010db800010002::"),
        ("2001:db8:1:2:ffff::9", (), "20010db800010002::"),
        ("fe80::1%eth0", (), "fe80000000000000::"),
        ("", (), "unknown"),
    ],
)
def test_the_address_is_the_peers_or_what_our_own_proxy_says(
    peer: str, forwarded: tuple[str, ...], address: str
) -> None:
    assert address_of(request(peer, *forwarded)) == address


def go(limit: RateLimit, who: str) -> int:
    wait = limit.wait(who)
    if not wait:
        limit.count(who)
    return wait


def test_an_address_may_go_some_times_and_then_now_and_again() -> None:
    now, rate = [1000.0], Rate(10, 12.0)
    limit = RateLimit(rate, lambda: now[0])
    assert [go(limit, "a") for _ in range(10)] == [0] * 10
    assert go(limit, "a") == 12
    now[0] += 10.5
    assert go(limit, "a") == 2
    now[0] += 1.5
    assert go(limit, "a") == 0
    assert go(limit, "a") > 0
    now[0] += 240.0
    assert [go(limit, "a") for _ in range(10)] == [0] * 10
    assert go(limit, "b") == 0


def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_limit, "MOST_REMEMBERED", 3)
    limit = RateLimit(Rate(1, 12.0), lambda: 0.0)
    for address in "abcd":
        limit.count(address)
    assert limit.wait("a") == 0
    assert [limit.wait(address) for address in "bcd"] == [12, 12, 12]
