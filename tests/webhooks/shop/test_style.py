"""The colors of the page can be read, light and dark."""

import re
from pathlib import Path

import pytest

STYLE = Path(__file__).parents[3] / "webhooks" / "shop" / "templates" / "style.css"
ENOUGH = 4.5
"""Of text: https://www.w3.org/TR/WCAG22/#contrast-minimum"""

TEXT_ON = {
    "ink": ("paper", "card", "gilt"),
    "quiet": ("paper", "card"),
    "paper": ("ink", "press"),
    "gold": ("gilt",),
    "warn": ("warm",),
    "good": ("paper", "card", "fresh"),
    "bad": ("paper", "card", "stale"),
}
"""Each color that text has, and what is behind it."""


def _schemes() -> list[dict[str, str]]:
    """The palette in light, and in dark."""
    roots = re.findall(r":root\{([^}]*)\}", STYLE.read_text("utf-8"))
    return [dict(re.findall(r"--(\w+):(#[0-9a-f]{6})", root)) for root in roots]


def _luminance(color: str) -> float:
    parts = (int(color[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", _schemes(), ids=["light", "dark"])
def test_text_stands_out_from_what_is_behind_it(scheme: dict[str, str]) -> None:
    pairs = [(text, behind) for text, those in TEXT_ON.items() for behind in those]
    assert not {
        f"{text} on {behind}": ratio
        for text, behind in pairs
        if (ratio := _contrast(scheme[text], scheme[behind])) < ENOUGH
    }


def test_every_color_of_text_is_measured() -> None:
    style = STYLE.read_text("utf-8")
    used = {*re.findall(r"[{;\n]color:var\(--(\w+)\)", style)}
    assert used == {*TEXT_ON}
    # Colors outside the palette are those of the play button: white on black.
    rules = style.partition("*{box-sizing")[2]
    assert {*re.findall(r"#[0-9a-f]{6}\b", rules)} == {"#191619", "#fffdfa", "#4a444a"}
