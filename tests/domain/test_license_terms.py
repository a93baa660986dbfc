from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.license_terms import (
    FROM_PRICE,
    LONGEST_METADATA,
    LONGEST_TEMPLATE,
    NO_TEMPLATES,
    PLACEHOLDERS,
    RULES,
    Example,
    TemplateBroken,
    Templates,
    Wording,
    fill,
    metadata_terms,
    template,
    template_name,
)

DOCUMENT = Path(__file__).parents[2] / "docs" / "licenses.md"
SHIPPED = Templates({rule.template: f"text of {rule.template}" for rule in RULES})


def chosen(name: str, *, exclusive: bool = False, from_price: str | None = None) -> str:
    return SHIPPED.wording(name, exclusive=exclusive, from_price=from_price).name


@pytest.mark.parametrize("example", [each for rule in RULES for each in rule.examples])
def test_each_rule_does_what_its_examples_say(example: Example) -> None:
    assert chosen(example.license, exclusive=example.exclusive) == example.gives


def test_the_document_for_producers_has_the_same_rules() -> None:
    text = DOCUMENT.read_text("utf-8")
    for rule in RULES:
        assert f"| `{rule.template}` | {rule.where} | {rule.examples[0].license} |" in text
    for name, meaning in PLACEHOLDERS.items():
        assert f"| `{{{name}}}` | {meaning} |" in text


@pytest.mark.parametrize(
    ("license_name", "gives"),
    [
        ("mp3 lease", "mp3-lease"),
        ("MP3-Lease", "mp3-lease"),
        ("ＷＡＶ ｌｅａｓｅ", "wav-lease"),
        ("Trackout", "wav-lease"),
        ("Wavy nights", "lease"),
        ("", "lease"),
        ("🔥" * 200, "lease"),
    ],
)
def test_words_are_compared_whole_and_in_any_spelling(license_name: str, gives: str) -> None:
    assert chosen(license_name) == gives


@pytest.mark.parametrize("name", ["Unlimited Lease", "Lease"])
def test_an_exclusive_named_like_a_lease_is_still_exclusive(name: str) -> None:
    assert chosen(name, exclusive=True) == "exclusive"


def test_a_template_named_like_the_license_goes_before_the_rules() -> None:
    own = Templates({**SHIPPED.texts, "basic-lease": "own", "full-buyout": "all of it"})
    assert own.wording("Basic Lease", exclusive=False) == Wording("basic-lease", "own")
    assert own.wording("BASIC  LEASE", exclusive=False) == Wording("basic-lease", "own")
    assert own.wording("Full Buyout", exclusive=True) == Wording("full-buyout", "all of it")


@pytest.mark.parametrize("typed", ["wav-lease", "WAV-Lease", " wav-lease.md ", "Wav Lease"])
def test_the_price_may_name_a_template(typed: str) -> None:
    assert chosen("Basic", from_price=metadata_terms(typed)) == "wav-lease"


def test_the_price_may_hold_the_terms_themselves() -> None:
    wording = SHIPPED.wording(
        "Basic", exclusive=True, from_price="Use it as you like. <!-- not this -->"
    )
    assert wording == Wording(FROM_PRICE, "Use it as you like.")


@pytest.mark.parametrize("typed", ["wav-leese", "?", "<!-- a note -->", "<!--"])
def test_a_slip_of_the_pen_in_the_price_is_passed_over(typed: str) -> None:
    assert chosen("MP3 Lease", from_price=typed) == "mp3-lease"


def test_without_templates_nothing_is_chosen() -> None:
    assert NO_TEMPLATES.wording("Basic", exclusive=False) is None


def test_two_wordings_are_told_apart_by_name_and_text() -> None:
    wordings = [Wording("a", "x"), Wording("a", "y"), Wording("b", "x")]
    assert len({wording.digest for wording in wordings}) == 3
    assert Wording("a", "x").digest == Wording("a", "x").digest


def test_metadata_keeps_its_lines_and_loses_what_cannot_be_seen() -> None:
    assert metadata_terms(" # One\r\n\ttwo\x00\x1b\ud800 ") == "# One\n two"
    assert metadata_terms("x" * 10_000) == "x" * LONGEST_METADATA
    for nothing in (None, 3, {"a": 1}, "", " \n\t", "\x00"):
        assert metadata_terms(nothing) is None


def test_a_template_is_read_without_its_comments() -> None:
    assert template("\ufeff<!-- a\nb -->\r\n\r\nFor {buyer}.\r\n") == "For {buyer}."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "empty"),
        ("<!-- only a note -->", "empty"),
        ("x" * (LONGEST_TEMPLATE + 1), "longer than 100,000"),
        ("a\x00b", "cannot be seen"),
        ("One\n\ntwo {trakc}", r"line 3: there is no \{trakc\}"),
        ("{Track}", r"no \{Track\}, only \{producer\}, \{buyer\}, \{track\}"),
    ],
)
def test_a_broken_template_says_what_is_wrong_with_it(text: str, why: str) -> None:
    with pytest.raises(TemplateBroken, match=why):
        template(text)


def test_braces_that_are_no_placeholder_stay() -> None:
    assert template("{ track } {} {a-b} {1}") == "{ track } {} {a-b} {1}"


def test_what_is_in_a_fact_stays_as_it_is() -> None:
    facts = {"buyer": "{track}", "track": r"\1 {buyer}"}
    assert fill("{buyer} and {track} and {else}", facts) == r"{track} and \1 {buyer} and {else}"


def test_files_go_by_the_words_of_their_name() -> None:
    assert template_name("Basic Lease") == template_name("basic-lease") == "basic-lease"
    assert template_name("_") == ""


@given(st.text(), st.booleans(), st.none() | st.text())
def test_whatever_a_license_is_called_it_has_terms(
    name: str, exclusive: bool, from_price: str | None
) -> None:
    wording = SHIPPED.wording(name, exclusive=exclusive, from_price=metadata_terms(from_price))
    assert wording.text


def test_a_template_begins_with_facts_that_its_text_may_name() -> None:
    text = "---\nstreams: 500\nfiles: MP3\n---\n\nUp to {streams}, as {files}."
    assert template(f"<!-- a note -->\n{text}") == text
    assert Wording("x", text).facts("WAV Lease").files == ("MP3", "WAV")
    for broken, why in (
        ("---\nstreams: lots\n---\nWords", "streams is a number"),
        ("Up to {streams}.", r"line 1: \{streams\} needs a line “streams: …”"),
        ("---\nstreams: 500\n---\n", "empty"),
    ):
        with pytest.raises(TemplateBroken, match=why):
            template(broken)
