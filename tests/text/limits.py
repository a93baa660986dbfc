"""Discord's limits, checked as Discord would: https://docs.discord.com/developers/resources/message

Text is counted in UTF-16 units, the stricter of the ways Discord counts.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import discord

from bot.text.message import Message

OVERRIDES = set("\u202a\u202b\u202c\u202d\u202e\u200e\u200f\u061c")


def units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def assert_fits(message: Message) -> None:
    """Every limit that a message, its embeds and its components have."""
    assert message.content is None or 0 < units(message.content) <= 2000
    assert len(message.embeds) <= 10
    assert sum(_embed_size(embed) for embed in message.embeds) <= 6000
    if message.view is not None:
        _assert_components(message.view)
    for text in texts(message):
        text.encode("utf-8")
        assert not OVERRIDES & set(text)


def texts(message: Message) -> Iterator[str]:
    """Everything a person reads in a message."""
    if message.content:
        yield message.content
    for embed in message.embeds:
        yield from _embed_texts(embed)
    if message.view is not None:
        for component in _components(message.view):
            yield component.get("label") or ""
            for option in component.get("options", ()):
                yield option["label"]
                yield option.get("description") or ""


def text(message: Message) -> str:
    return "\n".join(texts(message))


def color(message: Message) -> int:
    """Of its first embed."""
    value = message.embeds[0].color
    assert value is not None
    return value.value


def buttons(message: Message) -> dict[str, str]:
    """The label of each button that can be pressed, with its id or the address it opens."""
    found = _components(message.view) if message.view is not None else ()
    shown = [one for one in found if one.get("label") and not one.get("disabled")]
    return {one["label"]: one.get("custom_id") or one["url"] for one in shown}


def menu(message: Message) -> dict[str, Any]:
    """Its only menu."""
    assert message.view is not None
    [one] = [one for one in _components(message.view) if "options" in one]
    return dict(one)


def _embed_texts(embed: discord.Embed) -> Iterator[str]:
    yield from (embed.author.name or "", embed.title or "", embed.description or "")
    for field in embed.fields:
        yield from (field.name or "", field.value or "")
    yield embed.footer.text or ""


def _embed_size(embed: discord.Embed) -> int:
    assert units(embed.title or "") <= 256
    assert units(embed.description or "") <= 4096
    assert (embed.description or "").strip() or embed.fields or embed.image
    assert units(embed.author.name or "") <= 256
    assert units(embed.footer.text or "") <= 2048
    assert len(embed.fields) <= 25
    for field in embed.fields:
        assert 0 < units(field.name or "") <= 256
        assert 0 < units(field.value or "") <= 1024
        assert (field.name or "").strip()
        assert (field.value or "").strip()
    return sum(map(units, _embed_texts(embed)))


def _components(view: discord.ui.View) -> Iterator[Mapping[str, Any]]:
    for row in view.to_components():
        yield from row["components"]


def _assert_components(view: discord.ui.View) -> None:
    rows = view.to_components()
    assert 0 < len(rows) <= 5
    ids = [one["custom_id"] for one in _components(view) if "custom_id" in one]
    assert len(ids) == len(set(ids))
    assert all(0 < len(one) <= 100 for one in ids)
    for component in _components(view):
        assert units(component.get("label") or "") <= 80
        assert units(component.get("url") or "") <= 512
        assert units(component.get("placeholder") or "") <= 150
        if "options" in component:
            _assert_options(component["options"])


def _assert_options(options: list[dict[str, Any]]) -> None:
    assert 0 < len(options) <= 25
    values = [option["value"] for option in options]
    assert len(values) == len(set(values))
    for option in options:
        assert 0 < units(option["label"].strip()) <= 100
        assert 0 < units(option["value"]) <= 100
        assert units(option.get("description") or "") <= 100
