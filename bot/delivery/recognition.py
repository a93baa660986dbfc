"""Tells whether a message in the channel is the one we were about to send.

Asked only after a crash or a lost connection, once a repeated nonce might not be known any more.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import discord

from bot.text.ids import RECORDS
from bot.text.message import Message


def is_same(draft: Message, under: int | None, found: discord.Message) -> bool:
    """Whether `found`, one of our own messages, tells what `draft` is to tell.

    A message with buttons or a menu is known by their ids, whatever it says by now. Else a reply
    (`under`: the alert's message id) is known by the alert it belongs to, and any other message
    by its text.
    """
    wanted = _marks(draft.view.to_components()) if draft.view is not None else frozenset()
    if wanted:
        return bool(wanted & _marks(part.to_dict() for part in found.components))
    if under is not None and found.reference is not None:
        return found.reference.message_id == under
    return _text(draft.content, draft.embeds) == _text(found.content, found.embeds)


def _marks(components: Iterable[Mapping[str, Any]]) -> frozenset[str]:
    """What in buttons and menus names records: custom ids, menu values, addresses."""
    marks: set[str] = set()
    for component in components:
        marks |= _marks(component.get("components", ()))
        marks |= {f"option {option['value']}" for option in component.get("options", ())}
        marks |= {component[name] for name in ("custom_id", "url") if component.get(name)}
    return frozenset(marks - {RECORDS})


def _text(content: str | None, embeds: Iterable[discord.Embed]) -> list[str]:
    """All that a person reads, without the white space that Discord trims."""
    texts = [content or ""]
    for embed in embeds:
        texts += [embed.author.name or "", embed.title or "", embed.description or ""]
    return [text.strip() for text in texts]
