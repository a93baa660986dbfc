"""The machine's time zone."""

from pathlib import Path

from bot.terminal.time_zone import machine_time_zone


def test_machine_time_zone_is_what_localtime_leads_to(tmp_path: Path) -> None:
    zones = tmp_path / "zoneinfo" / "America" / "Indiana"
    zones.mkdir(parents=True)
    (zones / "Knox").touch()
    (tmp_path / "localtime").symlink_to(zones / "Knox")
    assert machine_time_zone(tmp_path / "localtime", tmp_path / "none") == "America/Indiana/Knox"


def test_machine_time_zone_of_a_copied_file_is_the_one_that_is_written(tmp_path: Path) -> None:
    (tmp_path / "localtime").touch()
    (tmp_path / "timezone").write_text("Europe/Berlin\n")
    assert machine_time_zone(tmp_path / "localtime", tmp_path / "timezone") == "Europe/Berlin"


def test_machine_time_zone_that_is_not_known_is_none(tmp_path: Path) -> None:
    (tmp_path / "timezone").write_bytes(b"\xff")
    assert machine_time_zone(tmp_path / "localtime", tmp_path / "none") is None
    assert machine_time_zone(tmp_path / "localtime", tmp_path / "timezone") is None
