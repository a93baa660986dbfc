"""The demo's pace, and its whole story played fast."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from io import StringIO
from pathlib import Path
from random import Random
from typing import Any

import discord
import pytest
import pytest_asyncio
from rich.console import Console

from bot.app import system_clock
from demo.run import WELCOME, ask_everything, open_world
from demo.simulated_discord import Listener, SimulatedDiscord
from demo.story import BEATS, CHAPTERS, MORE_SALES, TRACK, Pace, Stage, play_on, play_story
from demo.terminal import Markup, Narrator


async def test_a_demo_without_time_never_pauses_and_sells_nothing_more() -> None:
    pace = Pace(0, 10)

    await pace.beat(1000)

    assert not pace.goes_on
    assert not await pace.next_sale()


async def test_a_demo_without_end_goes_on_until_it_is_stopped() -> None:
    pace = Pace(None, 10)
    assert pace.goes_on
    waiting = asyncio.create_task(pace.next_sale())

    pace.stop()

    assert not await waiting
    assert pace.over
    assert not pace.goes_on


async def test_once_stopped_every_pause_is_over_at_once() -> None:
    pace = Pace(None, 10)
    pace.stop()

    await pace.beat(1000)

    assert not await pace.next_sale()


Played = tuple[Stage, SimulatedDiscord, Narrator, StringIO]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def played(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Played]:
    """The world as the story leaves it.

    It lives in a task of its own: simcord wants to be left in the context it was entered in.
    """
    ready: asyncio.Future[Played] = asyncio.get_running_loop().create_future()
    over = asyncio.Event()
    living = asyncio.create_task(live(tmp_path_factory.mktemp("demo"), ready, over))
    either: set[asyncio.Future[Any]] = {living, ready}
    await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
    if living.done():
        await living
    yield await ready
    over.set()
    await living


async def live(folder: Path, ready: asyncio.Future[Played], over: asyncio.Event) -> None:
    written = StringIO()
    narrator = Narrator(Markup("Europe/Berlin", system_clock), Console(file=written, width=100))
    async with open_world(folder, "Europe/Berlin", narrator, Pace(0, BEATS)) as (stage, side):
        Listener(side, narrator)
        await play_story(stage, narrator)
        ready.set_result((stage, side, narrator, written))
        await over.wait()


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]


def alerts(side: SimulatedDiscord) -> list[discord.Message]:
    """What stands in the channel for all to see."""
    return [message for message in side.channel.history() if not message.flags.ephemeral]


def embed_of(side: SimulatedDiscord, what: str) -> discord.Embed:
    return next(
        message.embeds[0]
        for message in alerts(side)
        if message.embeds and what in message.content and not message.reference
    )


async def test_each_payment_has_one_message_and_trouble_one_reply(played: Played) -> None:
    side = played[1]
    told = [message.content for message in alerts(side) if not message.reference]
    assert len(told) == len(set(told)) == 6  # four payments, a payout and a digest
    replies = [message.content for message in alerts(side) if message.reference]
    assert sum("↩ $49.99 refunded" in reply for reply in replies) == 1
    assert sum("Disputed" in reply for reply in replies) == 1


async def test_the_exclusive_says_what_stays_valid_and_what_is_left(played: Played) -> None:
    description = embed_of(played[1], f"{TRACK} · ⭐ Exclusive").description or ""

    assert "earlier leases stay valid" in description
    assert "$484.23" in description


async def test_the_late_payment_was_told_as_a_conflict_before_it_was_refunded(
    played: Played,
) -> None:
    _, side, _, written = played

    assert "Conflict" in written.getvalue()
    late = embed_of(side, f"{TRACK} · Premium Lease")
    assert "Stripe keeps its fee" in (late.description or "")


async def test_messages_are_of_today(played: Played) -> None:
    for message in played[1].channel.history():
        assert abs((system_clock() - message.created_at).total_seconds()) < 120


async def test_the_terminal_tells_every_chapter_and_webhook(played: Played) -> None:
    told = played[3].getvalue()

    assert all(chapter.title in told for chapter in CHAPTERS)
    for type_ in ("checkout.session.completed", "charge.updated", "refund.created", "payout.paid"):
        assert type_ in told
    assert "edited, nobody is notified" in told


async def test_the_answers_are_those_of_the_slash_commands(played: Played) -> None:
    stage, side, narrator, written = played
    before = len(written.getvalue())

    await ask_everything(side, narrator, stage.app.store, system_clock)

    answers = written.getvalue()[before:]
    for command in ("/sales", "/stats", "/buyer sale: #", f"/exclusive track: {TRACK}", "/payouts"):
        assert command in answers
    for words in ("Page 1 of", "This month", "$", "€", "sold exclusively"):
        assert words in answers
    assert "went wrong" not in answers


async def test_the_page_shows_what_was_told(played: Played) -> None:
    side = played[1]
    await side.refresh()

    page = await side.page.snapshot()

    assert side.page.url.startswith("http://127.0.0.1:")
    assert TRACK in str(page["messages"])


async def test_the_store_lies_in_the_folder_it_was_given(played: Played) -> None:
    assert Path(str(played[0].app.store.url).rpartition("///")[2]).name == "producer-bot.db"


async def test_the_channel_greets_with_what_to_try_and_a_way_to_the_page(played: Played) -> None:
    stage, side, _, _ = played
    shop = stage.app.settings.public_url or ""

    await side.say(*WELCOME, shop)

    welcome = side.channel.last_message
    assert welcome is not None
    assert "`/stats`" in (welcome.embeds[0].description or "")
    [row] = welcome.components
    assert isinstance(row, discord.ActionRow)
    [button] = row.children
    assert isinstance(button, discord.Button)
    assert button.url == shop


async def test_the_page_shows_the_channels_name(played: Played) -> None:
    side = played[1]
    await side.ask("settings show")
    await side.refresh()

    shown = str(await side.page.snapshot())

    assert "'label': '#sales'" in shown


class Unhurried(Pace):
    """A demo that is watched for hours, in no time."""

    async def beat(self, beats: float = 1.0) -> None:
        """No pause."""

    async def next_sale(self) -> bool:
        return True

    async def end(self) -> None:
        """Not waited for."""


async def test_few_sales_follow_the_story_however_long_it_is_watched(played: Played) -> None:
    stage, _, narrator, written = played
    before = len(written.getvalue())

    await play_on(replace(stage, pace=Unhurried(None, BEATS)), narrator, Random(1))

    told = written.getvalue()[before:]
    assert told.count("checkout.session.completed") == MORE_SALES


async def test_a_visitor_who_bought_its_track_ends_the_story_and_not_the_demo(
    played: Played,
) -> None:
    stage, _, narrator, written = played
    await play_story(stage, narrator)
    assert "so the story ends here" in written.getvalue()
