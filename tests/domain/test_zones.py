"""Time zones by what people type."""

import pytest

from bot.domain.zones import COMMON, zone_named, zones_like

ZONES = {*COMMON, "America/Kentucky/Louisville", "America/Louisville", "Asia/Calcutta", "Etc/UTC"}


def test_the_usual_ones_stand_there_before_anything_is_typed() -> None:
    assert len(zones_like("", ZONES)) == 25


def test_places_that_begin_so_come_first() -> None:
    assert zones_like("lo", ZONES)[:4] == [
        "America/Kentucky/Louisville",
        "America/Los_Angeles",
        "America/Louisville",
        "Europe/London",
    ]


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("europe/berlin", "Europe/Berlin"),
        (" new york ", "America/New_York"),
        ("utc", "UTC"),
        ("Louisville", None),
        ("Mars", None),
        ("", None),
    ],
)
def test_a_zone_is_meant_or_none(typed: str, zone: str | None) -> None:
    assert zone_named(typed, ZONES) == zone
