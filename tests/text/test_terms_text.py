"""What terms allow, in short."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.license_terms import Wording
from bot.templates import read_templates
from bot.text.terms_text import LONGEST, MOST_POINTS, Block, allowance, blocks, facts_of, in_short


def plain(made: list[Block]) -> str:
    """All text of blocks, whatever they are."""
    return "".join(
        "".join(run["text"] for run in block["runs"])
        if "runs" in block
        else "".join(plain(item) for item in block["items"])
        for block in made
    )


def run(text: str, *, strong: bool = False, emph: bool = False) -> dict[str, object]:
    return {"text": text, "strong": strong, "emph": emph}


def test_terms_with_markup_become_blocks() -> None:
    made = blocks("## One\n\nA **b** *c*  \nd\ne", {})
    assert made == [
        {"kind": "heading", "level": 2, "runs": [run("One")]},
        {
            "kind": "paragraph",
            "runs": [
                *(run("A "), run("b", strong=True), run(" "), run("c", emph=True)),
                *(run("\n"), run("d"), run(" "), run("e")),
            ],
        },
    ]


def test_terms_with_nested_lists_keep_them() -> None:
    made = blocks("3. a\n4. b\n   - c\n", {})
    inner = {"kind": "list", "start": None, "items": [[{"kind": "paragraph", "runs": [run("c")]}]]}
    assert made == [
        {
            "kind": "list",
            "start": 3,
            "items": [
                [{"kind": "paragraph", "runs": [run("a")]}],
                [{"kind": "paragraph", "runs": [run("b")]}, inner],
            ],
        }
    ]


def test_fact_is_never_markup() -> None:
    made = blocks("For {buyer}\n\n# {track}", {"buyer": "**x**\n- y", "track": "{buyer} # z"})
    assert [block["runs"] for block in made] == [
        [run("For **x**\n- y")],
        [run("{buyer} # z")],
    ]


@pytest.mark.parametrize(
    "typed", ["<b>x</b>", "[a](b)", "`c`", "> q", "| t |", "![i](j)", "a_b_c", "#nohead", "~~s~~"]
)
def test_terms_with_unknown_markup_are_shown_as_typed(typed: str) -> None:
    assert plain(blocks(typed, {})) == typed


@pytest.mark.parametrize("typed", ["- " * 250 + "x", "*a " * 500 + "b*" * 500, "1. " * 100 + "x"])
def test_terms_nested_too_deeply_are_shown_as_typed(typed: str) -> None:
    assert plain(blocks(typed, {})) == typed


def test_in_short_is_what_terms_begin_with() -> None:
    assert in_short("One *song*,\nno more.\n\n## Rest") == "One song, no more."
    assert in_short("# Title\n\nOne song.") == ""
    assert in_short("") == ""


@given(st.text())
def test_any_terms_can_be_read(text: str) -> None:
    assert isinstance(plain(blocks(text, {})), str)


FACTS = facts_of("Low Tide Beats", "the track", "MP3 Lease")


def points(text: str) -> tuple[str, ...]:
    return allowance(Wording("x", text), FACTS).points


def test_allowance_is_the_first_paragraph_and_what_is_allowed() -> None:
    text = (
        "A lease for **one** song.\n\n## 1. What you get\n\n- Nothing\n\n"
        "## 2. What you may do\n\n- Record *vocals*\n  over it.\n- Sing\n\n"
        "## 3. What you may not do\n\n- Resell it.\n"
    )
    read = allowance(Wording("mp3-lease", text), FACTS)
    assert (read.name, read.short) == ("mp3-lease", "A lease for one song.")
    assert read.points == ("Record vocals over it.", "Sing")


@pytest.mark.parametrize(
    "heading", ["What you may do", "2) YOU MAY", "§ 3 – Usage rights", "Permitted uses of the Beat"]
)
def test_heading_may_be_written_in_several_ways(heading: str) -> None:
    assert points(f"# {heading}\n\n- Sing") == ("Sing",)


@pytest.mark.parametrize("heading", ["You may not", "What you may do without asking: no", "Credit"])
def test_section_of_what_is_forbidden_is_not_shown_as_allowed(heading: str) -> None:
    assert points(f"# {heading}\n\n- Resell it") == ()


def test_places_that_only_a_sale_fills_have_general_words() -> None:
    read = allowance(
        Wording("x", "{producer} sells {track} as {license} to {buyer} for {price}, {date}."), FACTS
    )
    assert read.short == (
        "Low Tide Beats sells the track as MP3 Lease to you for its price, the day you buy it."
    )


def test_long_terms_are_cut_and_strange_ones_do_no_harm() -> None:
    many = "# You may\n\n" + "\n".join(f"- {'x' * 900}" for _ in range(50))
    assert [len(point) for point in points(many)] == [LONGEST] * MOST_POINTS
    for text in ("", "# You may", "# You may\n\n- # Title\n- \n- - - deep", "- " * 5000):
        assert all(points(text)) or points(text) == ()


def test_templates_that_come_with_the_bot_say_what_they_allow() -> None:
    for name, text in read_templates().texts.items():
        read = allowance(Wording(name, text), FACTS)
        assert read.short, name
        assert len(read.points) >= 3, name
        assert not any("{" in said for said in (read.short, *read.points)), name
