"""`/help`: the commands by topic, with an example of each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import discord

from bot.text import ids
from bot.text.language import Phrase, gettext, phrase, said
from bot.text.message import OPTION, Buttons, Color, Message, card
from bot.text.words import plain


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """A few commands that belong together, or a few words about what has no command."""

    name: Phrase
    about: Phrase
    """In a line, for the menu."""
    commands: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Each with an example: its options. What it does, it says itself."""
    group: str = ""
    """What they are commands of."""
    words: tuple[Phrase, ...] = ()


TOPICS = {
    "sales": Topic(
        name=phrase("Sales"),
        about=phrase("Lists with filters, one sale to the cent, its license"),
        commands={
            "sales": {"track": "Midnight Drive", "since": "30d"},
            "sale": {"sale": "#1042"},
            "license": {"sale": "#1042"},
        },
    ),
    "buyers": Topic(
        name=phrase("Buyers"),
        about=phrase("Who bought what, who came back, and forgetting somebody"),
        commands={
            "buyers": {"search": "jordan"},
            "buyer": {"sale": "#1042"},
            "forget": {"email": "jordan@example.com"},
        },
    ),
    "tracks": Topic(
        name=phrase("Tracks and exclusives"),
        about=phrase("What is for sale, who holds it, which leases stay valid"),
        commands={
            "tracks": {"track": "Midnight Drive"},
            "exclusive": {"track": "Midnight Drive"},
        },
    ),
    "money": Topic(
        name=phrase("Money"),
        about=phrase("Charts, payouts to your bank, files for your taxes"),
        commands={
            "stats": {"period": "2026-09"},
            "payouts": {},
            "export": {"what": phrase("Sales, refunds, disputes"), "period": "2025"},
        },
    ),
    "alerts": Topic(
        name=phrase("Messages and their buttons"),
        about=phrase("What comes by itself, and what one can press there"),
        words=(
            phrase(
                "Each payment is one message. I edit it when Stripe's fees are known, when you "
                "refund it, when a bank disputes it; for news there is a short reply, too."
            ),
            phrase(
                "**Buyer** shows who it was and all they bought, **Sale** every amount and fee, "
                "**Stripe** opens the payment there. Only you see the answers."
            ),
            phrase(
                "After an exclusive sale I take the track off sale in Stripe and tick off each "
                "step. In the menu you tick the other places where you sell "
                "(`/settings shelves`)."
            ),
            phrase(
                "**Accept** stands under a sale that came after an exclusive. Press it once you "
                "have come to terms with both buyers; `/exclusive` takes it back."
            ),
            phrase(
                "Hold one of my messages (or right-click it), then *Apps* → **Sale of this "
                "alert**: it opens the sale or payout, however old the message is."
            ),
            phrase(
                "Buttons under messages work for ever. A list that you leaf through ends after "
                "a quarter of an hour: run its command again."
            ),
        ),
    ),
    "settings": Topic(
        name=phrase("Settings"),
        about=phrase("Channels, hours, digests, language, and how everything stands"),
        group="settings",
        commands={
            "show": {},
            "channel": {"channel": "#sales"},
            "digest": {"cadence": phrase("every week"), "hour": "9"},
            "quiet": {"from": "22:00", "to": "8:00"},
            "alerts": {"email": "in full: jordan@example.com"},
            "shelves": {"add": "BeatStars"},
            "currency": {"currency": "EUR"},
            "timezone": {"zone": "Europe/Berlin"},
            "language": {"language": "Español"},
            "test": {},
        },
    ),
}
"""By what names them in menus and in `/help topic:`."""


def help_message(topic: str | None, does: Mapping[str, str]) -> Message:
    """A topic, or all of them in short; `does`: what each command says that it does."""
    shown = TOPICS.get(topic or "")
    embed = _overview() if shown is None else _topic(shown, does)
    return Message(embeds=(embed,), view=Buttons([_menu(topic)]))


def _overview() -> discord.Embed:
    return card(
        Color.PENDING,
        title=gettext("What you can ask me"),
        lines=[
            *(_in_short(topic) for topic in TOPICS.values()),
            "",
            gettext(
                "Begin to type a command: sales, tracks, licenses and periods complete by "
                "themselves. Every answer is seen by you alone."
            ),
        ],
        footer=gettext("Choose a topic for examples"),
    )


def _in_short(topic: Topic) -> str:
    name = f"**{said(topic.name)}**"
    commands = [topic.group] if topic.group else topic.commands
    return f"{' '.join([name, *(f'`/{one}`' for one in commands)])}\n└ {said(topic.about)}"


def _topic(topic: Topic, does: Mapping[str, str]) -> discord.Embed:
    lines = [*_commands(topic, does), *(f"{said(words)}\n" for words in topic.words)]
    return card(Color.PENDING, author=gettext("Help"), title=said(topic.name), lines=lines)


def _commands(topic: Topic, does: Mapping[str, str]) -> Iterator[str]:
    for command, options in examples(topic):
        yield f"**/{command}** · {said(Phrase(does[command]))}"
        if options:
            typed = (f"{option}:{said(Phrase(value))}" for option, value in options.items())
            yield f"└ `/{command} {' '.join(typed)}`"


def examples(topic: Topic) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Its commands by their whole names, each with the options of its example."""
    for name, options in topic.commands.items():
        yield f"{topic.group} {name}".strip(), options


def _menu(topic: str | None) -> "discord.ui.Select[discord.ui.View]":
    options = [
        discord.SelectOption(
            label=plain(said(one.name), OPTION),
            value=key,
            description=plain(said(one.about), OPTION),
            default=key == topic,
        )
        for key, one in TOPICS.items()
    ]
    return discord.ui.Select(
        custom_id=ids.HELP, placeholder=gettext("Choose a topic"), options=options
    )
