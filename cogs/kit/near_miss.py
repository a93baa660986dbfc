"""What was typed, understood: a track by its beginning, a name with a typo by asking back.

"Did you mean Neon Rain?" has a button that runs the command with that. It lives in memory, as the
buttons of a list do.
"""

import secrets
from collections.abc import Callable, Coroutine, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeAlias

import discord
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.sale import Producer
from bot.domain.spelling import MOST, meant
from bot.store.books.track_rows import find_license, find_track
from bot.store.queries import sales, suggestions
from bot.store.queries.suggestions import Named
from bot.text import ids
from bot.text.language import gettext
from bot.text.message import LABEL, Message
from bot.text.sales import suggestion
from bot.text.words import distinct, safe
from cogs.kit.list_view import LIFE, LIVING
from cogs.kit.permission import Interaction, Say, no_such_sale, no_such_track, sale_number
from cogs.kit.respond import answer, guarded

Again: TypeAlias = Callable[[Interaction, str], Coroutine[Any, Any, None]]
"""Runs the command again, with a value in place of what was typed."""


class DidYouMean(Say):
    """What was typed is not there, but something like it is."""

    def __init__(self, missing: str, names: Mapping[str, str], again: Again) -> None:
        """`missing`: says what is not there. `names`: of what may be meant, at most five, by the
        values that `again` takes."""
        if len(names) == 1:
            [name] = names.values()
            question = gettext("Did you mean {name}?", name=safe(name, LABEL))
        else:
            question = gettext("Did you mean one of these?")
        super().__init__("{missing} {question}", missing=missing, question=question)
        self._names = names
        self._again = again

    def message(self, interaction: Interaction) -> Message:
        return Message(content=str(self), view=_Question(interaction, self._names, self._again))


class _Question(discord.ui.View):
    def __init__(self, interaction: Interaction, names: Mapping[str, str], again: Again) -> None:
        super().__init__(timeout=LIFE)
        token = secrets.token_hex(4)
        labels = distinct(list(names.values()), LABEL)
        for place, (value, label) in enumerate(zip(names, labels, strict=True)):
            id_ = ids.LIST(token, "abcde"[place])
            self.add_item(_Answer(label, id_, value, again))
        self._living = LIVING.setdefault(interaction.client, set())
        self._living.add(token)
        self._token = token

    async def on_timeout(self) -> None:
        """From now on a click says that the list has expired."""
        self._living.discard(self._token)


class _Answer(discord.ui.Button[_Question]):
    def __init__(self, label: str, id_: str, value: str, again: Again) -> None:
        super().__init__(label=label, custom_id=id_, style=discord.ButtonStyle.primary)
        self._value = value
        self._again = again

    async def callback(self, interaction: Interaction) -> None:
        await guarded(interaction, self._again(interaction, self._value), "did you mean")


def answering(work: Callable[[Interaction, str], Coroutine[Any, Any, Message]]) -> Again:
    """Run a command again whose answer is what `work` gives."""

    async def again(interaction: Interaction, value: str) -> None:
        await answer(interaction, work(interaction, value))

    return again


async def track_meant(
    connection: AsyncConnection,
    producer: Producer,
    typed: str,
    again: Again,
    *,
    offered: bool = True,
) -> str:
    """The name of the track that was picked or typed. Raises Say if it is not sure which.

    `offered`: also of tracks that were never sold.
    """
    picked = ids.chosen_id(typed)
    if picked is not None:
        name = await suggestions.track_of_id(connection, producer, picked)
        if name is not None:
            return name
    if await find_track(connection, producer.id, typed) is not None:
        return typed
    known = await suggestions.known_tracks(connection, producer, offered=offered)
    near = _surely(typed, known, ids.track_value)
    if isinstance(near, str):
        return near
    if not near:
        raise no_such_track(typed)
    missing = gettext("No track called “{track}”.", track=safe(typed, LABEL))
    raise DidYouMean(missing, near, again)


async def license_meant(
    connection: AsyncConnection, producer: Producer, typed: str, again: Again
) -> str:
    """The name of the license that was picked or typed. Raises Say if it is not sure which."""
    picked = ids.chosen_id(typed)
    if picked is not None:
        name = await suggestions.license_of_id(connection, producer, picked)
        if name is not None:
            return name
    if await find_license(connection, producer.id, typed) is not None:
        return typed
    known = await suggestions.known_licenses(connection, producer)
    near = _surely(typed, known, ids.license_value)
    if isinstance(near, str):
        return near
    near = near or {ids.license_value(one.id): one.name for one in known[:MOST]}
    missing = gettext("No license called “{name}”.", name=safe(typed, LABEL))
    if not near:
        raise Say("No license called “{name}”.", name=safe(typed, LABEL))
    raise DidYouMean(missing, near, again)


def _surely(
    typed: str, known: Sequence[Named], value: Callable[[int], str]
) -> str | Mapping[str, str]:
    """The name that was typed; or those that may be meant, by their values."""
    found = meant(typed, [one.name for one in known])
    if found.surely is not None:
        return known[found.surely].name
    return {value(known[place].id): known[place].name for place in found.perhaps}


async def require_buyer(
    connection: AsyncConnection, producer: Producer, typed: str, again: Again
) -> None:
    """Raises DidYouMean if no buyer is called as typed, but some are nearly."""
    names = await suggestions.other_buyers(connection, producer, typed)
    found = meant(typed, names)
    near = [found.surely] if found.surely is not None else found.perhaps
    if near:
        missing = gettext("No buyer called “{name}”.", name=safe(typed, LABEL))
        raise DidYouMean(missing, {names[place]: names[place] for place in near}, again)


async def sale_meant(
    connection: AsyncConnection, producer: Producer, typed: str, again: Again, now: datetime
) -> int:
    """The number of the sale that was typed, or of the only one of that track or buyer.

    Raises Say if it is not sure which; `again` takes a number.
    """
    try:
        number = sale_number(typed)
    except Say:
        found = await sales.suggest(connection, producer, typed, now)
        if len(found) == 1:
            return found[0].number
        if not found:
            known = [one.name for one in await suggestions.known_tracks(connection, producer)]
            surely, perhaps = meant(typed, known)
            for place in perhaps if surely is None else [surely]:
                found += await sales.suggest(connection, producer, known[place], now)
        if not found:
            raise
        missing = gettext("“{typed}” is not a sale number.", typed=safe(typed, LABEL))
        names = {str(sale.number): suggestion(sale, now) for sale in found[:MOST]}
        raise DidYouMean(missing, names, again) from None
    if await sales.track_of(connection, producer, number) is None:
        raise await _sale_missing(connection, producer, number, again)
    return number


async def _sale_missing(
    connection: AsyncConnection, producer: Producer, number: int, again: Again
) -> Say:
    near = await suggestions.near_numbers(connection, producer, number)
    if not near:
        return no_such_sale(number)
    missing = gettext("There is no sale #{number}.", number=number)
    return DidYouMean(missing, {str(one): f"#{one} {track}" for one, track in near}, again)
