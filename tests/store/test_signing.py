from bot.store.engine import Store
from bot.store.signing_key import ensure_key


async def test_the_key_is_made_once_and_stays(store: Store) -> None:
    async with store.write() as connection:
        first = await ensure_key(connection)
    async with store.write() as connection:
        assert await ensure_key(connection) == first
    assert len(first) == 32
