"""Which Discord message tells of what."""

from bot.domain.sale import Producer
from bot.store import discord_messages
from bot.store.discord_messages import Place
from bot.store.engine import Store

CHANNEL = 1_200_000_000_000_000_000


async def test_subject_not_sent_has_no_message(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        assert await discord_messages.of(connection, producer.id, "payment:1") is None
        await discord_messages.place(connection, producer.id, ["payment:1"], CHANNEL, 7)
        assert await discord_messages.of(connection, producer.id, "payment:1") == Place(
            "payment:1", CHANNEL, 7, 0
        )


async def test_subjects_of_one_message_keep_their_order(store: Store, producer: Producer) -> None:
    subjects = ["payment:12", "payment:3", "payment:7"]
    async with store.write() as connection:
        await discord_messages.place(connection, producer.id, subjects, CHANNEL, 7)
        assert await discord_messages.sharing(connection, producer.id, 7) == subjects
        assert await discord_messages.sharing(connection, producer.id, 8) == []


async def test_subject_sent_again_leaves_its_old_message(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        await discord_messages.place(
            connection, producer.id, ["payment:1", "payment:2"], CHANNEL, 7
        )
        await discord_messages.place(connection, producer.id, ["payment:2"], CHANNEL + 1, 8)
        assert await discord_messages.sharing(connection, producer.id, 7) == ["payment:1"]
        assert await discord_messages.of(connection, producer.id, "payment:2") == Place(
            "payment:2", CHANNEL + 1, 8, 0
        )


async def test_place_of_no_subjects_does_nothing(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        await discord_messages.place(connection, producer.id, [], CHANNEL, 7)
        assert await discord_messages.sharing(connection, producer.id, 7) == []


async def test_messages_of_another_producer_are_separate(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        await discord_messages.place(connection, producer.id, ["payout:po_1"], CHANNEL, 7)
        assert await discord_messages.of(connection, producer.id + 1, "payout:po_1") is None
        assert await discord_messages.sharing(connection, producer.id + 1, 7) == []
