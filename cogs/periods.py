"""The option `period` of commands: read, refused in one line, and completed while one types."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import discord
from discord.app_commands import Choice
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.periods import BadPeriod, Span, Why, parse_period
from bot.domain.records import Producer
from bot.store.engine import Store
from bot.text.period_words import period_title, suggested_periods
from bot.text.words import safe
from cogs.completion import looked_up
from cogs.permission import Say

LONGEST = 40
"""Characters that a period takes at most."""


def asked_period(typed: str, now: datetime, timezone: str) -> Span:
    """The period that was typed. Raises Say for anything else."""
    try:
        return parse_period(typed, now, timezone)
    except BadPeriod as error:
        raise _refusal(error.why, safe(typed, LONGEST)) from None


def _refusal(why: Why, typed: str) -> Say:
    match why:
        case Why.TO_COME:
            return Say("“{typed}” has not begun yet. Ask for a time that has.", typed=typed)
        case Why.TOO_EARLY:
            return Say("“{typed}” is before there was Stripe. Ask for a later time.", typed=typed)
        case Why.BACKWARDS:
            return Say("“{typed}” ends before it begins. Write the earlier day first.", typed=typed)
        case Why.UNREADABLE:
            return Say(
                "“{typed}” is not a period I can read. Write week, 2026-09 for a month, 2025 for "
                "a year, or 2026-09-01..2026-09-15 for the days from one to another.",
                typed=typed,
            )


async def periods_like(
    store: Store, interaction: discord.Interaction[Any], typed: str, now: datetime
) -> list[Choice[str]]:
    """What is typed, where it can be read, and the usual periods that it is part of."""

    async def look(_: AsyncConnection, producer: Producer) -> list[Choice[str]]:
        found = _usual(typed, now, producer.timezone)
        return [Choice(name=title, value=name) for name, title in found.items()]

    return await looked_up(store, interaction, look)


def _usual(typed: str, now: datetime, timezone: str) -> dict[str, str]:
    usual = suggested_periods(now.astimezone(ZoneInfo(timezone)).date())
    part = typed.strip().casefold()
    found = {name: title for name, title in usual.items() if part in f"{name} {title}".casefold()}
    if not part or part in usual:
        return found
    try:
        span = parse_period(part, now, timezone)
    except BadPeriod:
        return found
    return {span.name: period_title(span)} | found
