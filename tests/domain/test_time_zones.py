"""Time zones by the names that people type."""

from zoneinfo import available_timezones

import pytest

from bot.domain.time_zones import COMMON, similar_zones, zone_named, zones_like

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


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("berlin", "Europe/Berlin"),
        ("New York", "America/New_York"),
        ("europe/berlin", "Europe/Berlin"),
        ("Sao Paolo", "America/Sao_Paulo"),
        ("PST", "America/Los_Angeles"),
        ("est5", "America/New_York"),
        ("nyc", "America/New_York"),
        ("Las Vegas", "America/Los_Angeles"),
        ("Atlanta", "America/New_York"),
        ("Germany", "Europe/Berlin"),
        ("UK", "Europe/London"),
        ("Europe/Berlim", "Europe/Berlin"),
        ("usa", "America/Chicago"),
    ],
)
def test_similar_zones_begin_with_the_one_that_was_meant(typed: str, meant: str) -> None:
    assert similar_zones(typed, available_timezones())[0] == meant


@pytest.mark.parametrize("typed", ["", " ", "zzzzz", "../passwd", "x" * 10_000, "\x00"])
def test_similar_zones_of_nonsense_are_none(typed: str) -> None:
    assert similar_zones(typed, available_timezones()) == []
