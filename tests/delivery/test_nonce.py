"""The nonce that makes a repeat harmless."""

from hypothesis import given
from hypothesis import strategies as st

from bot.delivery.nonce import LONGEST, nonce


@given(st.integers(0, 2**63), st.lists(st.text(max_size=300), min_size=1, max_size=10))
def test_it_is_never_longer_than_discord_takes(channel: int, keys: list[str]) -> None:
    assert 0 < len(nonce(channel, keys)) <= LONGEST


def test_it_is_the_same_after_a_restart() -> None:
    assert nonce(1000, ["announce:payment:1"]) == "7825079212544743180"


def test_it_differs_by_channel_by_news_and_by_company() -> None:
    nonces = {
        nonce(1, ["announce:payment:1"]),
        nonce(2, ["announce:payment:1"]),
        nonce(1, ["announce:payment:2"]),
        nonce(1, ["announce:payment:1", "announce:payment:2"]),
        nonce(1, ["announce:payment:2", "announce:payment:1"]),
        nonce(1, ["reply:refund:re_1"]),
    }
    assert len(nonces) == 6
