import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.text.terms_text import Block, blocks, in_short


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


def test_headings_paragraphs_bold_and_italics() -> None:
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


def test_lists_in_lists() -> None:
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


def test_a_fact_is_never_markup() -> None:
    made = blocks("For {buyer}\n\n# {track}", {"buyer": "**x**\n- y", "track": "{buyer} # z"})
    assert [block["runs"] for block in made] == [
        [run("For **x**\n- y")],
        [run("{buyer} # z")],
    ]


@pytest.mark.parametrize(
    "typed", ["<b>x</b>", "[a](b)", "`c`", "> q", "| t |", "![i](j)", "a_b_c", "#nohead", "~~s~~"]
)
def test_what_is_not_understood_is_shown_as_it_was_typed(typed: str) -> None:
    assert plain(blocks(typed, {})) == typed


@pytest.mark.parametrize("typed", ["- " * 250 + "x", "*a " * 500 + "b*" * 500, "1. " * 100 + "x"])
def test_what_is_nested_too_deeply_is_shown_as_it_was_typed(typed: str) -> None:
    assert plain(blocks(typed, {})) == typed


def test_in_short_is_what_terms_begin_with() -> None:
    assert in_short("One *song*,\nno more.\n\n## Rest") == "One song, no more."
    assert in_short("# Title\n\nOne song.") == ""
    assert in_short("") == ""


@given(st.text())
def test_any_text_is_understood_somehow(text: str) -> None:
    assert isinstance(plain(blocks(text, {})), str)
