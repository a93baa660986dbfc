"""Small facts, remembered between runs."""

from bot.store import key_value
from bot.store.engine import Store
from bot.store.key_value import ensure_key


async def test_note_is_kept_replaced_and_dropped(store: Store) -> None:
    async with store.write() as connection:
        assert await key_value.get(connection, "commands") is None
        await key_value.put(connection, "commands", "abc")
        await key_value.put(connection, "commands", "def")
        assert await key_value.get(connection, "commands") == "def"
        await key_value.drop(connection, "commands")
        await key_value.drop(connection, "commands")
        assert await key_value.get(connection, "commands") is None


async def test_signing_key_is_made_once(store: Store) -> None:
    async with store.write() as connection:
        first = await ensure_key(connection)
    async with store.write() as connection:
        assert await ensure_key(connection) == first
    assert len(first) == 32
