"""Text is kept within its room by whole lines."""

from collections.abc import Iterator

from hypothesis import given
from hypothesis import strategies as st

from bot.text.message import Color, card, clipped, field
from tests.text.limits import units

line_lists = st.lists(st.text(st.characters(exclude_characters="\n\r"), max_size=40), max_size=40)


def test_lines_that_fit_are_all_shown() -> None:
    assert clipped(["one", "two"], 7) == "one\ntwo"


def test_lines_that_do_not_are_counted() -> None:
    assert clipped(["x" * 20] * 5, 70) == "\n".join(["x" * 20] * 2 + ["… and 3 more"])


def test_lines_that_were_not_even_read_are_counted() -> None:
    assert clipped(["one", "two"], 40, total=5) == "one\ntwo\n… and 3 more"
    assert clipped(["x" * 20], 24, total=2) == "… and 2 more"


def test_lines_beyond_the_room_are_not_even_made() -> None:
    made: list[int] = []

    def expensive() -> Iterator[str]:
        for number in range(1_000_000):
            made.append(number)
            yield "x" * 20

    assert clipped(expensive(), 100, total=1_000_000).endswith("… and 999,997 more")
    assert len(made) < 10


@given(line_lists, st.integers(24, 400))
def test_any_lines_fit(lines: list[str], room: int) -> None:
    shown = clipped(lines, room)
    assert units(shown) <= room
    if units("\n".join(lines)) <= room:
        assert shown == "\n".join(lines)


def test_empty_field_is_left_out() -> None:
    embed = card(Color.LEASE, title="x", lines=["y"], footer="z")
    field(embed, "Nothing", [])
    field(embed, "Nothing", [" "])
    field(embed, "Something", ["a", "b"])
    assert [(one.name, one.value) for one in embed.fields] == [("Something", "a\nb")]
    assert embed.footer.text == "z"
