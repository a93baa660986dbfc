"""Small facts, remembered between runs."""

from bot.store import notes
from bot.store.engine import Store


async def test_a_note_is_kept_replaced_and_forgotten(store: Store) -> None:
    async with store.write() as connection:
        assert await notes.get(connection, "commands") is None
        await notes.put(connection, "commands", "abc")
        await notes.put(connection, "commands", "def")
        assert await notes.get(connection, "commands") == "def"
        await notes.drop(connection, "commands")
        await notes.drop(connection, "commands")
        assert await notes.get(connection, "commands") is None
