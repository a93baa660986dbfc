"""What terms say in numbers, read from their beginning."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.license_facts import (
    NO_FACTS,
    UNLIMITED,
    Fact,
    FactsBroken,
    LicenseFacts,
    known_facts,
    split_facts,
)

TERMS = "---\nfiles: wav, Trackouts, mp3\nStreams : 50,000\nsongs: 1\nradio: none\n---\n\nWords."


def test_facts_are_read_and_the_words_stay() -> None:
    facts, words = split_facts(TERMS)
    assert facts.files == ("WAV", "Stems", "MP3")
    assert list(facts.numbers.items()) == [(Fact.SONGS, 1), (Fact.STREAMS, 50_000), (Fact.RADIO, 0)]
    assert words == "Words."


def test_unlimited_is_told_from_none_and_from_what_is_not_said() -> None:
    facts, _ = split_facts("---\nshows: Unlimited\nradio: no\n---\nWords")
    assert facts.numbers[Fact.SHOWS] is UNLIMITED
    assert facts.numbers[Fact.RADIO] == 0
    assert Fact.STREAMS not in facts.numbers


@pytest.mark.parametrize("terms", ["", "Words.", "Words.\n\n---\nfiles: MP3\n---\n", "--- files"])
def test_terms_without_facts_are_all_words(terms: str) -> None:
    assert split_facts(terms) == (NO_FACTS, terms)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("stream: 5", "“stream: 5” must begin with files:, songs:"),
        ("streams", "“streams” must begin with"),
        ("streams: many", "streams is a number such as 2,000, or unlimited"),
        ("streams: -1", "streams is a number"),
        ("streams: 2.000", "streams is a number"),
        ("streams: 50,0", "streams is a number"),
        ("streams: ٣", "streams is a number"),
        ("streams: 9999999999999", "streams is a number"),
        ("years: 0", "years is a number"),
        ("years: none", "years is a number"),
        ("files: a, b, c, d, e, f, g", "files are at most 6 formats"),
        (f"files: {'x' * 21}", "files are at most 6 formats"),
    ],
)
def test_a_line_that_cannot_be_read_says_why(line: str, why: str) -> None:
    terms = f"---\n{line}\n---\nWords"
    with pytest.raises(FactsBroken, match=why):
        split_facts(terms)
    assert known_facts(terms) == (NO_FACTS, terms)


@pytest.mark.parametrize(
    ("license_name", "files"),
    [
        ("Premium Lease", ("MP3", "WAV", "Stems")),
        ("MP3 Lease", ("MP3",)),
        ("Unlimited Lease (WAV)", ("MP3", "WAV")),
        ("FLAC Lease", ("MP3", "FLAC")),
        ("Trackout Lease", ("MP3", "WAV", "Stems")),
        ("Lease (MP3 + WAV)", ("MP3", "WAV")),
        ("Wavy Lease", ("MP3", "WAV", "Stems")),
        ("Lease (MP3, no stems)", ("MP3",)),
        ("WAV without stems", ("MP3", "WAV")),
        ("Premium, no WAV or stems", ("MP3",)),
    ],
)
def test_a_license_delivers_what_its_name_says_and_nothing_better(
    license_name: str, files: tuple[str, ...]
) -> None:
    terms = LicenseFacts(files=("MP3", "WAV", "Stems"), numbers={Fact.SONGS: 1})
    of = terms.of(license_name)
    assert of.files == files
    assert of.numbers == terms.numbers


def test_a_name_gives_files_to_terms_that_say_none() -> None:
    assert NO_FACTS.of("MP3 Lease").files == ("MP3",)
    assert not NO_FACTS.of("Basic Lease")


@given(st.text(), st.text())
def test_any_terms_can_be_read(text: str, name: str) -> None:
    for terms in (text, f"---\n{text}\n---\n"):
        facts, words = known_facts(terms)
        assert words in terms
        assert len(facts.of(name).files) <= 10


def test_a_format_of_the_terms_own_stays_whatever_the_name_says() -> None:
    facts = LicenseFacts(files=("MP3", "WAV", "MIDI"))
    assert facts.of("WAV Lease").files == ("MP3", "WAV", "MIDI")
