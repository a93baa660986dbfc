"""What is clicked under the notice of tracks sold before the bot was there."""

import discord
import pytest
from sqlalchemy import select

from bot.domain.sale import Producer
from bot.store.books import off_sale_tracks
from bot.store.tables import steps
from bot.text.track_questions import left_on_sale as notice
from tests.cogs.house import House
from tests.cogs.test_marketplaces import exclusive_of, old_step


@pytest.fixture
async def message(house: House, producer: Producer) -> discord.Message:
    """Of tracks A and B, sold quietly, each still on one shelf."""
    await house.write(exclusive_of("A", 1), exclusive_of("B", 2), quiet=True)
    for track_id in (1, 2):
        await old_step(house, producer, track_id)
    return await post(house, producer)


async def post(house: House, producer: Producer) -> discord.Message:
    async with house.store.read() as connection:
        left = await off_sale_tracks.left_on_sale(connection, producer)
    return await house.post(notice(left, producer))


async def due(house: House) -> set[int]:
    """The tracks that the bot is to work on."""
    async with house.store.read() as connection:
        found = await connection.scalars(select(steps.c.track_id).where(steps.c.due.is_not(None)))
        return set(found)


async def test_nothing_is_taken_off_before_somebody_says_so(
    house: House, message: discord.Message
) -> None:
    assert "2 exclusives are still on sale" in message.content
    assert "- A · #1001\n- B · #1002" in (message.embeds[0].description or "")
    assert await due(house) == set()


async def test_all_are_taken_off_by_one_button(house: House, message: discord.Message) -> None:
    await house.restart()
    await house.owner.click(message, label="Take all 2 off sale")
    assert await due(house) == {1, 2}
    shown = house.channel.last_message
    assert shown is not None
    assert f"⏳ Taking 2 tracks off sale, 0 done: <@{house.owner.user.id}>" in shown.content
    assert not shown.components


async def test_some_are_taken_off_by_a_menu(
    house: House, producer: Producer, message: discord.Message
) -> None:
    await house.owner.select(message, ["2"])
    assert await due(house) == {2}
    again = await post(house, producer)
    assert "1 exclusive is still on sale" in again.content
    await house.owner.click(again, label="Take it off sale")
    assert await due(house) == {1, 2}
