"""The screen that line counts are measured on breaks lines as a phone does."""

import discord

from bot.text.message import Message
from tests.phone import CONTENT, EMBED, broken, lines_at_390


def test_words_go_into_the_next_line_when_they_do_not_fit() -> None:
    assert broken("Midnight Drive · Premium Lease · **$49.99** net · refunded", EMBED, 14) == [
        "Midnight Drive · Premium Lease · $49.99",
        "net · refunded",
    ]


def test_bold_and_large_text_takes_more_room() -> None:
    words = "Midnight Drive · Premium Lease · $1"
    assert len(broken(words, EMBED, 14)) == 1
    assert len(broken(f"**{words} 000**", EMBED, 14)) == 2
    assert len(broken(words, EMBED, 16)) == 2


def test_what_is_not_seen_takes_no_room() -> None:
    assert broken(
        "\\*[Midnight Drive](https://shop.example/tracks/midnight-drive)\\*", EMBED, 14
    ) == ["*Midnight Drive*"]


def test_times_are_counted_as_they_are_shown() -> None:
    assert broken("<t:1796014740:t>", EMBED, 14) == ["10:37 PM"]


def test_word_wider_than_a_line_is_broken() -> None:
    assert len(broken("a" * 100, CONTENT, 16)) == 3


def test_message_counts_its_content_and_each_part_of_its_embeds() -> None:
    embed = discord.Embed(title="Sales", description="**$5.00** net\n\n#1042\n```\nNet  $5\n```")
    embed.add_field(name="Payout", value="Dec 2")
    embed.set_author(name="Sale").set_footer(text="Page 1 of 2")
    assert lines_at_390(Message("$5.00 · Midnight Drive", (embed,))) == 9
