"""What a license delivers and allows, in words."""

import pytest

from bot.domain.license_facts import NO_FACTS, UNLIMITED, Fact, LicenseFacts
from bot.templates import read_templates
from bot.text.language import speaking
from bot.text.license_summary import summary_points, summary_rows, summary_words

LEASE = LicenseFacts(
    files=("MP3", "WAV"),
    numbers={
        Fact.SONGS: 1,
        Fact.COPIES: 2000,
        Fact.STREAMS: 50_000,
        Fact.VIDEOS: 2,
        Fact.SHOWS: UNLIMITED,
        Fact.RADIO: 0,
        Fact.YEARS: 5,
    },
)


def test_summary_is_a_table_of_files_and_numbers() -> None:
    assert summary_rows(LEASE) == [
        ("Files", "MP3, WAV"),
        ("New songs", "1"),
        ("Copies, sold or free", "Up to 2,000"),
        ("Streams", "Up to 50,000"),
        ("Music videos", "Up to 2"),
        ("Live shows", "Unlimited"),
        ("Radio stations", "Not included"),
        ("Lasts", "5 years"),
    ]
    assert summary_rows(NO_FACTS) == []


def test_points_leave_out_what_is_not_allowed() -> None:
    assert summary_points(LEASE) == [
        *("1 new song", "Up to 2,000 copies", "Up to 50,000 streams", "Up to 2 music videos"),
        *("Unlimited live shows", "5 years"),
    ]


def test_words_fill_the_placeholders_of_terms() -> None:
    words = summary_words(LEASE)
    assert words["files"] == "MP3 and WAV"
    assert words["streams"] == "up to 50,000 streams"
    assert words["radio"] == "no radio play"
    three = summary_words(LicenseFacts(files=("MP3", "WAV", "Stems")))
    assert three == {"files": "MP3, WAV and Stems"}


@pytest.mark.parametrize("fact", Fact)
@pytest.mark.parametrize("number", [UNLIMITED, 1, 2, 3000])
def test_each_number_has_words_in_each_language(fact: Fact, number: int | None) -> None:
    facts = LicenseFacts(numbers={fact: number})
    [english] = summary_points(facts)
    with speaking("es"):
        [spanish] = summary_points(facts)
    assert english != spanish
    assert number is UNLIMITED or f"{number:,}" in english


def test_no_two_leases_of_different_worth_read_the_same() -> None:
    texts = read_templates()
    names = ("Basic Lease", "Premium Lease", "Unlimited Lease", "Unlimited Lease (WAV + Stems)")
    wordings = [(name, texts.wording(name, exclusive=False)) for name in names]
    read = [summary_rows(wording.facts(name)) for name, wording in wordings if wording]
    assert len(read) == 4
    assert all(one != other for one in read for other in read if one is not other)
