"""`/settings digest`, `quiet`, `alerts`, `language`, `currency`, `timezone`: how alerts come."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from discord import app_commands
from discord.app_commands import Choice, Range, Transform

from bot.domain.money import KNOWN_CURRENCIES
from bot.domain.preferences import Cadence, Detail, QuietHours, minute_of_day
from bot.domain.sale import Producer
from bot.domain.time_zones import similar_zones, zone_named, zones_like
from bot.store.books import producers
from bot.store.queries.currencies import currency_order
from bot.text.language import LANGUAGES, gettext
from bot.text.message import Message
from bot.text.settings import (
    currency_line,
    digest_line,
    email_line,
    language_line,
    milestones_line,
    preference_changed,
    quiet_line,
    zone_line,
)
from bot.text.words import safe
from cogs.kit.command_bot import CommandBot, CommandCog, settings_group
from cogs.kit.completion import CHOICES, CurrencyOption
from cogs.kit.permission import Interaction, Say
from cogs.kit.respond import answered

_CADENCES = [
    Choice(name="no digest", value=Cadence.OFF.value),
    Choice(name="every day", value=Cadence.DAILY.value),
    Choice(name="every week", value=Cadence.WEEKLY.value),
    Choice(name="every month", value=Cadence.MONTHLY.value),
]
_EMAILS = [
    Choice(name="hidden: the Buyer button shows it", value=Detail.MASKED.value),
    Choice(name="in full: jordan@example.com", value=Detail.FULL.value),
]
_LANGUAGES = [Choice(name=name, value=code) for code, name in LANGUAGES.items()]


class NotificationsCog(CommandCog):
    """What a producer chooses. Each answer says what is so now."""

    settings = settings_group()

    @settings.command(
        name="digest",
        description="Get a summary of your sales and of what comes next",
        extras={"topic": "settings", "example": {"cadence": "every week", "hour": "9"}},
    )
    @app_commands.describe(
        cadence="How often",
        hour="At which hour of your day, 0 to 23",
        also_empty="Send it even without news",
    )
    @app_commands.rename(also_empty="also-empty")
    @app_commands.choices(cadence=_CADENCES)
    @answered
    async def digest(
        self,
        interaction: Interaction,
        cadence: str,
        hour: Range[int, 0, 23] | None = None,
        also_empty: bool | None = None,
    ) -> Message:
        """How often it comes, and when."""
        chosen = _given(digest=Cadence(cadence), digest_hour=hour, digest_empty=also_empty)
        return await self._choose(interaction, chosen, digest_line, zone_line)

    @settings.command(
        name="quiet",
        description="When ordinary sales are silent",
        extras={"topic": "settings", "example": {"from": "22:00", "to": "8:00"}},
    )
    @app_commands.describe(
        start="Such as 22:00 or 10 pm; leave both out for no quiet hours",
        end="Such as 8:00 or 8 am",
    )
    @app_commands.rename(start="from", end="to")
    @answered
    async def quiet(
        self,
        interaction: Interaction,
        start: Range[str, 1, 20] | None = None,
        end: Range[str, 1, 20] | None = None,
    ) -> Message:
        """From when until when; without times, never."""
        chosen = {"quiet": _quiet_hours(start, end)}
        return await self._choose(interaction, chosen, quiet_line, _what_sounds, zone_line)

    @settings.command(
        name="alerts",
        description="What alerts show, and which ones you get",
        extras={"topic": "settings", "example": {"email": "in full: jordan@example.com"}},
    )
    @app_commands.describe(
        email="How much of a buyer's email the channel sees",
        milestones="Alerts for a track's first sale, every 100th sale, a best day",
    )
    @app_commands.choices(email=_EMAILS)
    @answered
    async def alerts(
        self, interaction: Interaction, email: str | None = None, milestones: bool | None = None
    ) -> Message:
        """Both as they are now, after what was asked for was changed."""
        chosen = _given(email=Detail(email) if email else None, marks=milestones)
        lines = email_line, _from_now_on, milestones_line, _what_milestones_are
        return await self._choose(interaction, chosen, *lines)

    @settings.command(
        name="language",
        description="The language of alerts in your channels",
        extras={"topic": "settings", "example": {"language": "Español"}},
    )
    @app_commands.describe(language="Answers to commands come in your own language of Discord")
    @app_commands.choices(language=_LANGUAGES)
    @answered
    async def language(self, interaction: Interaction, language: str) -> Message:
        """Of channels alone."""
        return await self._choose(interaction, {"language": language}, language_line)

    @settings.command(
        name="currency",
        description="The currency to show first, of several",
        extras={"topic": "settings", "example": {"currency": "EUR"}},
    )
    @app_commands.describe(currency="Such as USD or EUR; leave it out for the one you sell most in")
    @answered
    async def currency(
        self,
        interaction: Interaction,
        currency: Transform[str, CurrencyOption] | None = None,
    ) -> Message:
        """One that Stripe knows, or none in particular."""
        code = None if currency is None else currency.strip().lower()
        async with self.writing(interaction) as (connection, producer):
            known = await currency_order(connection, producer)
            if code is not None and code not in KNOWN_CURRENCIES | set(known):
                raise Say(
                    "Stripe knows no currency “{typed}”. Write its three letters, such as USD "
                    "or EUR.",
                    typed=safe(currency or "", 20),
                )
            chosen = replace(producer.preferences, currency=code)
            await producers.set_preferences(connection, producer, chosen)
        producer = replace(producer, preferences=chosen)
        lines = [currency_line(producer, known)]
        if code is not None and code not in known:
            lines.append(gettext("You have not sold anything in it yet."))
        return preference_changed(*lines)

    @settings.command(
        name="timezone",
        description="Your time zone, in which days begin at midnight",
        extras={"topic": "settings", "example": {"zone": "Europe/Berlin"}},
    )
    @app_commands.describe(zone="Start typing your city: Berlin, New York, Lagos")
    @answered
    async def timezone(self, interaction: Interaction, zone: Range[str, 1, 60]) -> Message:
        """Days and months are the producer's own."""
        if self.bot.zone_is_fixed:
            raise Say(
                "The time zone is fixed by `TIMEZONE` in my settings. Change it there, or remove "
                "it there to choose one here."
            )
        zones = await asyncio.to_thread(_zones)
        named = zone_named(zone, zones)
        if named is None:
            raise _no_zone(zone, similar_zones(zone, zones))
        async with self.writing(interaction) as (connection, producer):
            await producers.choose_timezone(connection, producer, named)
            moved = await producers.by_id(connection, producer.id)
        counted = gettext("Days and months now begin at your midnight, past ones too.")
        return preference_changed(zone_line(moved), counted)

    @timezone.autocomplete("zone")
    async def complete_zone(self, _interaction: Interaction, typed: str) -> list[Choice[str]]:
        found = zones_like(typed, await asyncio.to_thread(_zones))[:CHOICES]
        now = self.clock()
        return [Choice(name=_zone_name(zone, now), value=zone) for zone in found]

    async def _choose(
        self,
        interaction: Interaction,
        chosen: Mapping[str, Any],
        *lines: Callable[[Producer], str],
    ) -> Message:
        async with self.writing(interaction) as (connection, producer):
            preferences = replace(producer.preferences, **chosen)
            await producers.set_preferences(connection, producer, preferences)
        now = replace(producer, preferences=preferences)
        return preference_changed(*(line(now) for line in lines))


@cache
def _zones() -> frozenset[str]:
    """All there are; takes a moment the first time, as a file each is looked at."""
    return frozenset(available_timezones() - {"localtime", "posixrules", "Factory"})


def _no_zone(typed: str, similar: Sequence[str]) -> Say:
    shown = safe(typed, 60)
    if similar:
        meant = ", ".join(similar)
        return Say("There is no time zone “{typed}”. Did you mean {zone}?", typed=shown, zone=meant)
    return Say(
        "There is no time zone “{typed}”. Write one like Europe/Berlin, or pick your city from "
        "the suggestions.",
        typed=shown,
    )


def _zone_name(zone: str, now: datetime) -> str:
    """`Europe/Berlin · 19:05 now`, so that one sees whether it is the own one."""
    return gettext("{zone} · {time} now", zone=zone, time=f"{now.astimezone(ZoneInfo(zone)):%H:%M}")


def _given(**options: Any) -> Mapping[str, Any]:
    return {name: option for name, option in options.items() if option is not None}


def _quiet_hours(start: str | None, end: str | None) -> QuietHours | None:
    """Raises Say where they make no sense."""
    if start is None and end is None:
        return None
    try:
        quiet = QuietHours(minute_of_day(start or ""), minute_of_day(end or ""))
    except ValueError:
        raise Say(
            "Quiet hours need a start and an end, such as `from: 22:00` and `to: 8:00`."
        ) from None
    if quiet.start == quiet.end:
        raise Say("Start and end must differ.")
    return quiet


def _what_sounds(producer: Producer) -> str:
    if producer.preferences.quiet is None:
        return ""
    return gettext(
        "They are still posted at once. Exclusives, conflicts, refunds, disputes and failed "
        "payouts always make a sound."
    )


def _what_milestones_are(producer: Producer) -> str:
    if not producer.preferences.marks:
        return ""
    return gettext("Milestones are a track's first sale, every 100th sale and a best day.")


def _from_now_on(_producer: Producer) -> str:
    return gettext("This applies to alerts from now on; `/buyer` always shows you the whole email.")


async def setup(bot: CommandBot) -> None:
    await bot.add_cog(NotificationsCog(bot))
