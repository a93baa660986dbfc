import pytest

from bot.domain.endings import ending, title


@pytest.mark.parametrize(
    ("name", "track", "license_name"),
    [
        ("Midnight Drive – Basic Lease", "Midnight Drive", "Basic Lease"),
        ("Midnight Drive — Basic Lease", "Midnight Drive", "Basic Lease"),
        ("Midnight Drive - WAV Lease", "Midnight Drive", "WAV Lease"),
        ("Midnight Drive (Exclusive)", "Midnight Drive", "Exclusive"),
        ("Midnight Drive [Exclusive Rights]", "Midnight Drive", "Exclusive Rights"),
        ("Midnight Drive | Unlimited", "Midnight Drive", "Unlimited"),
        ("Midnight Drive|Premium", "Midnight Drive", "Premium"),
        ("Midnight Drive: MP3 License", "Midnight Drive", "MP3 License"),
        ("Midnight Drive – Non-Exclusive", "Midnight Drive", "Non-Exclusive"),
        ("Midnight Drive (Trackout)", "Midnight Drive", "Trackout"),
        ("MIDNIGHT DRIVE - LICENCE", "MIDNIGHT DRIVE", "LICENCE"),
        ("Night – Day – Basic Lease", "Night – Day", "Basic Lease"),
        ("Night (feat. Jay) – Stems", "Night (feat. Jay)", "Stems"),
        ("Night – Standard Lease (MP3 + WAV)", "Night", "Standard Lease (MP3 + WAV)"),
        ("Night – Lease [WAV] (unlimited)", "Night", "Lease [WAV] (unlimited)"),
    ],
)
def test_a_license_at_the_end_is_taken_off(name: str, track: str, license_name: str) -> None:
    assert (title(name), ending(name)) == (track, license_name)


@pytest.mark.parametrize(
    "name",
    [
        "Night – Day",
        "Night – Basic Instinct",
        "Midnight Drive (feat. Jay)",
        "Released",
        "Half-Lease",
        "12:30 Lease of Life",
        "Standards (Live)",
        "Midnight Drive ()",
        "– – –",
        "((((",
        "– Night",
    ],
)
def test_what_does_not_read_like_a_license_stays(name: str) -> None:
    assert (title(name), ending(name)) == (name, None)


@pytest.mark.parametrize(
    "name", ["Basic Lease", "Exclusive Rights", "MP3 + WAV Lease", "Basic Lease (with 3 stems)"]
)
def test_a_name_that_is_nothing_but_a_license_names_no_track(name: str) -> None:
    assert (title(name), ending(name)) == (None, name)


@pytest.mark.parametrize("nothing", [None, 5, "", "\0", ["Night"]])
def test_nothing_gives_nothing(nothing: object) -> None:
    assert (title(nothing), ending(nothing)) == (None, None)


def test_long_and_strange_names_take_no_time() -> None:
    for name in ("(" * 10_000, "- " * 5_000, "a (wav) " * 2_000, "|:" * 5_000, "[(" * 5_000):
        title(name)
