"""Which name somebody means."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.spelling import Meant, meant

TRACKS = ["Midnight Drive", "Neon Rain", "Café Noir", "Don't Stop", "Midnight City", "Rain"]


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("neon", "Neon Rain"),
        ("NEON RAIN!", "Neon Rain"),
        ("rain", "Rain"),
        ("cafe noir", "Café Noir"),
        ("CAFÉ", "Café Noir"),
        ("dont stop", "Don't Stop"),
        ("midnight d", "Midnight Drive"),
        ("midnight-city", "Midnight City"),
    ],
)
def test_only_name_that_begins_so_is_meant_for_sure(typed: str, name: str) -> None:
    assert meant(typed, TRACKS) == Meant(TRACKS.index(name), ())


@pytest.mark.parametrize(
    ("typed", "names"),
    [
        ("midnight", ["Midnight Drive", "Midnight City"]),
        ("nein rain", ["Neon Rain"]),
        ("neonrain", ["Neon Rain"]),
        ("neno rian", ["Neon Rain"]),
        ("midnigt drive", ["Midnight Drive"]),
        ("drvie", ["Midnight Drive"]),
        ("city", ["Midnight City"]),
        ("xyz", []),
        ("", []),
        ("***", []),
    ],
)
def test_near_miss_may_mean_what_is_spelled_nearly_so(typed: str, names: list[str]) -> None:
    found = meant(typed, TRACKS)
    assert found.surely is None
    assert [TRACKS[place] for place in found.perhaps] == names


def test_names_to_choose_from_are_five_at_most() -> None:
    assert len(meant("track", [f"Track {number}" for number in range(40)]).perhaps) == 5


@given(st.text(max_size=200), st.lists(st.text(max_size=200), max_size=8))
def test_whatever_is_typed_means_a_name_that_is_there(typed: str, names: list[str]) -> None:
    surely, perhaps = meant(typed, names)
    assert all(
        0 <= place < len(names) for place in (*perhaps, *([] if surely is None else [surely]))
    )
    assert surely is None or not perhaps
