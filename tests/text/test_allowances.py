"""What terms allow, in short."""

import pytest

from bot.domain.terms import Wording
from bot.templates import read_templates
from bot.text.allowances import LONGEST, MOST_POINTS, allowance, facts_of

FACTS = facts_of("Low Tide Beats", "the track", "MP3 Lease")


def points(text: str) -> tuple[str, ...]:
    return allowance(Wording("x", text), FACTS).points


def test_it_is_the_first_paragraph_and_what_one_may_do() -> None:
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
def test_the_heading_may_be_written_in_several_ways(heading: str) -> None:
    assert points(f"# {heading}\n\n- Sing") == ("Sing",)


@pytest.mark.parametrize("heading", ["You may not", "What you may do without asking: no", "Credit"])
def test_what_is_forbidden_is_never_shown_as_allowed(heading: str) -> None:
    assert points(f"# {heading}\n\n- Resell it") == ()


def test_only_a_sale_can_fill_some_places() -> None:
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


def test_the_templates_that_come_with_the_bot_say_what_they_allow() -> None:
    for name, text in read_templates().texts.items():
        read = allowance(Wording(name, text), FACTS)
        assert read.short, name
        assert len(read.points) >= 3, name
        assert not any("{" in said for said in (read.short, *read.points)), name
