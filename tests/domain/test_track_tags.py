from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.track_tags import FASTEST, LONGEST_WORD, MOST_WORDS, SLOWEST, TrackTags, track_tags

DOCUMENT = Path(__file__).parents[2] / "docs" / "naming.md"


@pytest.mark.parametrize(
    ("description", "bpm", "key"),
    [
        ("Warm Rhodes and brushed drums. 80 BPM, G major.", 80, "G major"),
        ("Lo-fi keys. 76bpm / E flat major", 76, "E♭ major"),
        ("140 BPM, F sharp minor", 140, "F♯ minor"),
        ("92.5 BPM · C#min · dark", 92, "C♯ minor"),
        ("BPM: 142\nKey: Bbm", 142, "B♭ minor"),
        ("Tempo: 88\nKey: F#", 88, "F♯"),
        ("BPM: 140 | Key: F minor | Genre: Trap", 140, "F minor"),
        ("Key: F Minor, 140 BPM", 140, "F minor"),
        ("F# minor 140 BPM", 140, "F♯ minor"),
        ("BPM 140", 140, None),
        # Words that only look like it.
        ("A minor detail, but a major hit. 12 of them", None, None),
        ("999 BPM for 5 BPM", None, None),
        ("Recorded at 1200 bpm", None, None),
        ("", None, None),
    ],
)
def test_tempo_and_key_are_read_from_a_description(
    description: str, bpm: int | None, key: str | None
) -> None:
    tags = track_tags({}, description)
    assert (tags.bpm, tags.key) == (bpm, key)


@pytest.mark.parametrize(
    ("typed", "key"),
    [
        ("f# minor", "F♯ minor"),
        ("Am", "A minor"),
        ("CM", "C major"),
        ("Db maj", "D♭ major"),
        ("8A", "8A"),
        ("Dorian mode on the note of D, and of E", "Dorian mode on the note of D,"),
    ],
)
def test_key_of_the_metadata_is_written_in_one_way(typed: str, key: str) -> None:
    assert track_tags({"key": typed}, None).key == key


def test_metadata_counts_before_the_description() -> None:
    metadata = {"BPM": "92 bpm", "genre": "trap, Lo-fi; trap", "mood": "dark"}
    tags = track_tags(metadata, "140 BPM, A major.\nGenre: Drill\nMoods: sad / hopeful")
    assert tags == TrackTags(92, "A major", ("Trap", "Lo-fi"), ("Dark",))
    assert tags.words == ("92 BPM", "A major", "Trap", "Lo-fi", "Dark")
    assert track_tags({"mood": ""}, "#Mood: sad / hopeful").moods == ("Sad", "Hopeful")


def test_document_says_what_is_read_from_a_description() -> None:
    section = DOCUMENT.read_text("utf-8").partition("## BPM, key, genre and mood")[2]
    rows = [line.strip("|").split("|") for line in section.splitlines() if line[:2] == "| "][1:]
    assert len(rows) > 3
    for described, gives in rows:
        assert ", ".join(track_tags({}, described.strip()).words) == gives.strip()


def test_values_of_another_type_are_no_tags() -> None:
    assert track_tags({"bpm": 92, "key": None, "genre": ["Trap"], "mood": "\x00"}, None) == (
        TrackTags()
    )


@given(st.dictionaries(st.sampled_from(["bpm", "key", "genre", "mood"]), st.text()), st.text())
def test_tags_of_anything_typed_are_few_and_short(metadata: dict[str, str], text: str) -> None:
    tags = track_tags(metadata, text)
    assert tags.bpm is None or SLOWEST <= tags.bpm <= FASTEST
    assert len(tags.genres) <= MOST_WORDS >= len(tags.moods)
    assert all(0 < len(word) <= LONGEST_WORD for word in tags.words[1:])


def test_several_labels_in_a_line_are_told_apart() -> None:
    tags = track_tags({}, "Genre: Trap, Drill | Mood: Dark / Calm")
    assert (tags.genres, tags.moods) == (("Trap", "Drill"), ("Dark", "Calm"))
