"""What a producer has chosen, in plain words, and the menus to choose otherwise."""

from collections.abc import Sequence

import discord

from bot.domain.choices import OFF, ON, Setting, nights, quiet_value
from bot.domain.hours import clock_time
from bot.domain.preferences import Cadence, Detail, QuietHours
from bot.domain.records import Producer
from bot.text import ids
from bot.text.language import LANGUAGES, gettext
from bot.text.message import Color, Message, card
from bot.text.words import safe


def preference_changed(*lines: str) -> Message:
    """The answer to a change: what is so now."""
    return Message(embeds=(card(Color.LEASE, title=gettext("Saved"), lines=lines),))


def counting_anew() -> Message:
    """What is said while a change of the time zone takes its time."""
    words = gettext(
        "I am counting all sums anew by the new days. A shop with very many sales takes a minute "
        "or two; sales are told meanwhile as ever, and days are the old ones until it is done."
    )
    return Message(embeds=(card(Color.PENDING, title=gettext("One moment"), lines=[words]),))


def preferences_lines(
    producer: Producer, currencies: Sequence[str], *, zone_fixed: bool
) -> list[str]:
    """All of it, a line each."""
    return [
        zone_line(producer, fixed=zone_fixed),
        currency_line(producer, currencies),
        digest_line(producer),
        quiet_line(producer),
        email_line(producer),
        marks_line(producer),
        language_line(producer),
    ]


def zone_line(producer: Producer, *, fixed: bool = False) -> str:
    """Whose midnight begins a day, and who said so."""
    zone = safe(producer.timezone, 60)
    if fixed:
        return gettext("Time zone: **{zone}** (`TIMEZONE` in my settings says so)", zone=zone)
    if producer.preferences.timezone is None:
        return gettext("Time zone: **{zone}** (change it with `/settings timezone`)", zone=zone)
    return gettext("Time zone: **{zone}**", zone=zone)


def currency_line(producer: Producer, currencies: Sequence[str]) -> str:
    """Which currency stands first where there are several."""
    chosen = producer.preferences.currency
    if chosen is not None:
        return gettext("Shown first: **{currency}**", currency=chosen.upper())
    if not currencies:
        return gettext("Shown first: the currency that you sell most in")
    return gettext(
        "Shown first: **{currency}**, which you sell most in", currency=currencies[0].upper()
    )


def digest_line(producer: Producer) -> str:
    """When sales are summed up."""
    chosen = producer.preferences
    hour = clock_time(chosen.digest_hour * 60)
    words = {
        Cadence.OFF: gettext("Digest: **none**"),
        Cadence.DAILY: gettext("Digest: **every day** at {hour}", hour=hour),
        Cadence.WEEKLY: gettext("Digest: **every week**, Mondays at {hour}", hour=hour),
        Cadence.MONTHLY: gettext("Digest: **every month**, on the 1st at {hour}", hour=hour),
    }[chosen.digest]
    if chosen.digest is Cadence.OFF or not chosen.digest_empty:
        return words
    return gettext("{digest}, also when there is no news", digest=words)


def quiet_line(producer: Producer) -> str:
    """When ordinary sales make no sound."""
    quiet = producer.preferences.quiet
    if quiet is None:
        return gettext("Quiet hours: **none**, every sale makes a sound")
    return gettext("Quiet hours: **{hours}**, ordinary sales come silently", hours=_hours(quiet))


def email_line(producer: Producer) -> str:
    """How much of a buyer's email alerts show."""
    if producer.preferences.email is Detail.FULL:
        return gettext("Email in alerts: **shown in full** (`jordan@example.com`)")
    return gettext("Email in alerts: **masked** (`j•••@example.com`)")


def marks_line(producer: Producer) -> str:
    """Whether marks are told."""
    if producer.preferences.marks:
        return gettext("Milestones: **told** (a track's first sale, every 100th, a best day)")
    return gettext("Milestones: **not told**")


def language_line(producer: Producer) -> str:
    """In which language channels are spoken to."""
    code = producer.preferences.language
    return gettext(
        "Language in channels: **{language}**", language=LANGUAGES.get(code, safe(code, 20))
    )


def preference_menus(producer: Producer) -> list[discord.ui.Item[discord.ui.View]]:
    """What is chosen most, one menu each, with what is so now selected."""
    chosen = producer.preferences
    quiet = {OFF: gettext("Quiet hours: none")} | {
        quiet_value(one): gettext("Quiet hours: {hours}", hours=_hours(one))
        for one in nights(chosen)
    }
    return [
        _menu(producer, Setting.DIGEST, _digests(), chosen.digest.value),
        _menu(producer, Setting.QUIET, quiet, quiet_value(chosen.quiet)),
        _menu(producer, Setting.EMAIL, _emails(), chosen.email.value),
    ]


def marks_button(producer: Producer) -> discord.ui.Item[discord.ui.View]:
    """The button that turns milestones on, or off."""
    told = producer.preferences.marks
    return discord.ui.Button(
        label=gettext("Tell no milestones") if told else gettext("Tell milestones"),
        custom_id=ids.preference(producer.id, Setting.MARKS, OFF if told else ON),
    )


def _digests() -> dict[str, str]:
    return {
        Cadence.OFF: gettext("Digest: none"),
        Cadence.DAILY: gettext("Digest: every day"),
        Cadence.WEEKLY: gettext("Digest: every week"),
        Cadence.MONTHLY: gettext("Digest: every month"),
    }


def _emails() -> dict[str, str]:
    return {
        Detail.MASKED: gettext("Email in alerts: masked"),
        Detail.FULL: gettext("Email in alerts: in full"),
    }


def _menu(
    producer: Producer, what: Setting, options: dict[str, str], now: str
) -> discord.ui.Item[discord.ui.View]:
    menu: discord.ui.Select[discord.ui.View] = discord.ui.Select(
        custom_id=ids.preference(producer.id, what)
    )
    for value, label in options.items():
        menu.add_option(label=label, value=str(value), default=value == now)
    return menu


def _hours(quiet: QuietHours) -> str:
    return f"{clock_time(quiet.start)}–{clock_time(quiet.end)}"
