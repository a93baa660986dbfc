"""Which Discord message tells of what."""

from bot.store import discord_messages
from bot.store.discord_messages import Place
from tests.store.samples import Books

CHANNEL = 1_200_000_000_000_000_000


async def test_subject_not_sent_has_no_message(books: Books) -> None:
    async with books.store.write() as connection:
        assert await discord_messages.of(connection, books.id, "payment:1") is None
        await discord_messages.place(connection, books.id, ["payment:1"], CHANNEL, 7)
        assert await discord_messages.of(connection, books.id, "payment:1") == Place(
            "payment:1", CHANNEL, 7, 0
        )


async def test_subjects_of_one_message_keep_their_order(books: Books) -> None:
    subjects = ["payment:12", "payment:3", "payment:7"]
    async with books.store.write() as connection:
        await discord_messages.place(connection, books.id, subjects, CHANNEL, 7)
        assert await discord_messages.sharing(connection, books.id, 7) == subjects
        assert await discord_messages.sharing(connection, books.id, 8) == []


async def test_subject_sent_again_leaves_its_old_message(books: Books) -> None:
    async with books.store.write() as connection:
        await discord_messages.place(connection, books.id, ["payment:1", "payment:2"], CHANNEL, 7)
        await discord_messages.place(connection, books.id, ["payment:2"], CHANNEL + 1, 8)
        assert await discord_messages.sharing(connection, books.id, 7) == ["payment:1"]
        assert await discord_messages.of(connection, books.id, "payment:2") == Place(
            "payment:2", CHANNEL + 1, 8, 0
        )


async def test_place_of_no_subjects_does_nothing(books: Books) -> None:
    async with books.store.write() as connection:
        await discord_messages.place(connection, books.id, [], CHANNEL, 7)
        assert await discord_messages.sharing(connection, books.id, 7) == []


async def test_messages_of_another_producer_are_separate(books: Books) -> None:
    async with books.store.write() as connection:
        await discord_messages.place(connection, books.id, ["payout:po_1"], CHANNEL, 7)
        assert await discord_messages.of(connection, books.id + 1, "payout:po_1") is None
        assert await discord_messages.sharing(connection, books.id + 1, 7) == []
