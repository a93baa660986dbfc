"""Small facts, remembered between runs."""

from bot.store import key_value
from bot.store.engine import Store


async def test_a_note_is_kept_replaced_and_forgotten(store: Store) -> None:
    async with store.write() as connection:
        assert await key_value.get(connection, "commands") is None
        await key_value.put(connection, "commands", "abc")
        await key_value.put(connection, "commands", "def")
        assert await key_value.get(connection, "commands") == "def"
        await key_value.drop(connection, "commands")
        await key_value.drop(connection, "commands")
        assert await key_value.get(connection, "commands") is None
