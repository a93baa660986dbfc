"""Messages and Discord's markup in a terminal."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

import discord
import pytest
from rich.console import Console
from rich.text import Text

from demo.terminal import Markup, ShownMessage, drawn


def shown(message: ShownMessage) -> str:
    console = Console(file=StringIO(), width=60)
    console.print(drawn(message, Markup("UTC", lambda: datetime(2026, 11, 22, tzinfo=UTC))))
    assert isinstance(console.file, StringIO)
    return "\n".join(line.rstrip() for line in console.file.getvalue().splitlines())


def test_an_alert_reads_from_its_author_line_to_its_buttons() -> None:
    embed = discord.Embed(title="Midnight Drive · Exclusive", description="**$499.00**", color=1)
    embed.set_author(name="Sale #1042")
    embed.add_field(name="USD", value="12 sales")
    embed.set_footer(text="Days begin at midnight")
    row: dict[str, Any] = {
        "type": 1,
        "components": [
            {"type": 2, "label": "Buyer", "custom_id": "buyer:1:1042"},
            {"type": 2, "label": "Stripe", "url": "https://dashboard.stripe.com"},
            {"type": 2, "label": "Today", "disabled": True},
        ],
    }
    menu: dict[str, Any] = {"type": 1, "components": [{"type": 3, "placeholder": "Open a sale"}]}

    assert shown(ShownMessage("", [embed], [row, menu])) == (
        "▌ Sale #1042\n"
        "▌ Midnight Drive · Exclusive\n"
        "▌ $499.00\n"
        "▌\n"
        "▌ USD\n"
        "▌ 12 sales\n"
        "▌ Days begin at midnight\n"
        "[Buyer] [Stripe ↗] [Today]\n"
        "[Open a sale ▾]"
    )


def test_a_reply_names_what_it_answers() -> None:
    payload = {
        "content": "Refunded",
        "embeds": [],
        "components": [],
        "referenced_message": {
            "content": "$499.00 · Midnight Drive · Exclusive\nMore of it",
            "embeds": [{"title": "Net $484.23"}],
        },
    }

    answered = "↱ $499.00 · Midnight Drive · Exclusive"
    assert shown(ShownMessage.from_payload(payload)) == f"{answered}\nRefunded"


def test_long_lines_stay_within_the_coloured_edge() -> None:
    lines = shown(ShownMessage("", [discord.Embed(description="word " * 40)], [])).splitlines()

    assert len(lines) > 3
    assert all(line.startswith("▌ ") and len(line) <= 60 for line in lines)


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
