"""The buttons under the warning that a channel is public."""

import discord

from bot.domain.sale import Producer
from bot.store import discord_messages
from bot.store.discord_messages import Deletion
from bot.store.engine import Store
from bot.text.channel_check import public_channel_warning
from tests.cogs.house import House, said

BUTTON = "Delete my messages above"


async def warn(house: House, producer: Producer) -> discord.Message:
    return await house.post(public_channel_warning(producer.id, told_before=True))


async def wanted(store: Store) -> Deletion | None:
    async with store.read() as connection:
        return await discord_messages.first(connection)


async def test_messages_are_deleted_only_after_a_question(house: House, producer: Producer) -> None:
    warning = await warn(house, producer)
    asked = await house.owner.click(warning, label=BUTTON)
    assert "This can't be undone" in said(asked)
    assert await wanted(house.store) is None
    await house.click(asked, "Delete them")
    assert await wanted(house.store) == Deletion(
        producer_id=producer.id,
        channel_id=house.channel.id,
        warning_id=warning.id,
        before=warning.id,
    )


async def test_nothing_is_deleted_when_they_are_to_be_kept(
    house: House, producer: Producer
) -> None:
    asked = await house.owner.click(await warn(house, producer), label=BUTTON)
    await house.click(asked, "Keep them")
    assert await wanted(house.store) is None


async def test_a_history_that_cannot_be_read_is_named(house: House, producer: Producer) -> None:
    house.channel = house.private_channel("muted", seen_by=None, read_message_history=False)
    asked = await house.owner.click(await warn(house, producer), label=BUTTON)
    assert "**Read Message History**" in said(asked)
