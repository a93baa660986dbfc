"""`/help`: the commands by topic, with an example of each."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import discord

from bot.text import ids
from bot.text.language import Phrase, gettext, phrase, said
from bot.text.message import OPTION, Color, Message, card, menus
from bot.text.words import plain


class CommandHelp(NamedTuple):
    """A slash command in its own words."""

    name: str
    """With its group: `settings quiet`."""
    does: str
    topic: str
    example: Mapping[str, str]
    """Options, each with what is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """What belongs together: commands, which name their topic themselves, and a few words."""

    name: Phrase
    about: Phrase
    """In a line, for the menu."""
    words: tuple[Phrase, ...] = ()


TOPICS = {
    "sales": Topic(
        name=phrase("Sales"),
        about=phrase("Lists with filters, one sale to the cent, its license"),
    ),
    "buyers": Topic(
        name=phrase("Buyers"),
        about=phrase("Who bought what, who came back, and forgetting a buyer"),
    ),
    "tracks": Topic(
        name=phrase("Tracks and exclusives"),
        about=phrase("What is for sale, who holds it, which leases stay valid"),
    ),
    "money": Topic(
        name=phrase("Money"),
        about=phrase("Charts, payouts to your bank, files for your taxes"),
    ),
    "alerts": Topic(
        name=phrase("Messages and buttons"),
        about=phrase("What I post by myself, and what the buttons do"),
        words=(
            phrase(
                "**One payment, one message.** I edit it when fees are known, and when it is "
                "refunded or disputed. Important changes also get a reply."
            ),
            phrase(
                "**Buyer** shows what they bought, **Sale** every amount and fee, **Stripe** "
                "the payment there."
            ),
            phrase(
                "**After an exclusive** I take the track off sale in Stripe. In the menu you "
                "check off your other stores (`/settings shelves`)."
            ),
            phrase(
                "**Accept** is under a sale made after an exclusive: press it once both buyers "
                "agree. `/exclusive` undoes it."
            ),
            phrase(
                "**Any message, however old**: long-press or right-click it, *Apps* → **Sale of "
                "this alert**."
            ),
            phrase(
                "**Buttons** under messages never expire; those of a list end after a quarter of "
                "an hour."
            ),
        ),
    ),
    "settings": Topic(
        name=phrase("Settings"),
        about=phrase("Channels, hours, digests, language, and what works"),
    ),
}
"""By what names them in menus, in `/help topic:` and in the `extras` of commands."""
OTHER = "settings"
"""The topic of commands that name none."""


def help_message(topic: str | None, commands: Sequence[CommandHelp]) -> Message:
    """A topic, or all of them in short."""
    by_topic: dict[str, list[CommandHelp]] = {key: [] for key in TOPICS}
    for command in commands:
        by_topic[command.topic if command.topic in TOPICS else OTHER].append(command)
    embed = _topic(topic, by_topic[topic]) if topic in TOPICS else _overview(by_topic)
    options = [
        discord.SelectOption(
            label=plain(said(one.name), OPTION),
            value=key,
            description=plain(said(one.about), OPTION),
            default=key == topic,
        )
        for key, one in TOPICS.items()
    ]
    return Message.of(embed, menus(ids.HELP, options, gettext("Choose a topic")))


def _overview(by_topic: Mapping[str, Sequence[CommandHelp]]) -> discord.Embed:
    return card(
        Color.PENDING,
        title=gettext("What you can ask me"),
        lines=[
            *(_in_short(TOPICS[key], commands) for key, commands in by_topic.items()),
            gettext("Only you see the answers."),
        ],
        footer=gettext("Choose a topic for examples"),
    )


def _in_short(topic: Topic, commands: Sequence[CommandHelp]) -> str:
    # Of a group, its name alone.
    names = dict.fromkeys(f"`/{command.name.split()[0]}`" for command in commands)
    return " ".join([f"**{said(topic.name)}**", *names])


def _topic(key: str, commands: Sequence[CommandHelp]) -> discord.Embed:
    topic = TOPICS[key]
    lines = [line for command in commands for line in _command(command)]
    lines += [f"• {said(words)}" for words in topic.words]
    return card(Color.PENDING, author=gettext("Help"), title=said(topic.name), lines=lines)


def _command(command: CommandHelp) -> Iterator[str]:
    # A choice is typed in the reader's language.
    typed = (f"{option}:{said(Phrase(value))}" for option, value in command.example.items())
    yield f"**`{' '.join((f'/{command.name}', *typed))}`**"
    yield f"└ {said(Phrase(command.does))}"
