"""Discord's markup in a terminal."""

from datetime import UTC, datetime

import pytest
from rich.text import Text

from demo.markup import Markup

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MOMENT = int(NOW.timestamp())


def read(source: str) -> Text:
    return Markup("Europe/Berlin", lambda: NOW).text(source)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("**$499.00** → *settling*", "$499.00 → settling"),
        (r"a\*b\_c\@d", "a*b_c@d"),
        ("`#1042` and ```\nBefore  $1\nAfter   $0\n```", "#1042 and Before  $1\nAfter   $0"),
        ("[Stripe](https://dashboard.stripe.com/x)", "Stripe"),
        ("see </stats:123> in <#456>", "see /stats in #sales"),
        ("-# small\n> quoted\nplain", "small\nquoted\nplain"),
        (f"<t:{MOMENT}>", "November 22, 2026 at 1:00\u202fPM"),
        (f"<t:{MOMENT}:d>", "11/22/26"),
        (f"<t:{MOMENT + 7 * 86_400}:R>", "in 1 week"),
        ("nothing special", "nothing special"),
        ("", ""),
    ],
)
def test_it_is_shown_as_discord_shows_it(source: str, shown: str) -> None:
    assert read(source).plain.replace("\u202f", " ") == shown.replace("\u202f", " ")


def test_marks_become_styles_until_they_are_closed() -> None:
    text = read("before **bold ~~both~~** after")

    styles = {text.plain[span.start : span.end].strip(): str(span.style) for span in text.spans}
    assert styles == {"bold": "bold", "both": "bold strike"}


def test_a_lines_mark_ends_with_the_line() -> None:
    text = read("-# small\nplain")

    assert [(text.plain[span.start : span.end], str(span.style)) for span in text.spans] == [
        ("small", "dim")
    ]
