"""A PostgreSQL server that falls silent, hangs up or is gone; in part by one that never speaks."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.engine import make_url

from bot.store import engine, key_value
from bot.store.engine import Store, StoreUnavailable, open_store
from bot.store.inbox import Inbox
from fakes.failures import SilentProxy
from tests.store.conftest import ON_POSTGRESQL
from tests.store.test_inbox import incoming, stored

postgresql_only = pytest.mark.skipif(not ON_POSTGRESQL, reason="speaks of PostgreSQL's server")


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "ANSWER_SECONDS", 0.4)
    monkeypatch.setattr(engine, "CONNECT_SECONDS", 0.3)
    monkeypatch.setattr(engine, "CLOSE_SECONDS", 0.1)


@pytest.fixture
async def proxy(database_url: str) -> AsyncIterator[SilentProxy]:
    """In front of the tests' server."""
    where = make_url(database_url)
    async with SilentProxy.open((where.host or "127.0.0.1", where.port or 5432)) as opened:
        yield opened


@pytest.fixture
async def store(proxy: SilentProxy, database_url: str) -> AsyncIterator[Store]:
    url = make_url(database_url).set(host="127.0.0.1", port=proxy.port)
    async with open_store(url.render_as_string(hide_password=False)) as opened:
        yield opened
        proxy.fall_silent()  # the end of each test: closing waits for nobody


async def put(store: Store, value: str) -> None:
    async with store.write() as connection:
        await key_value.put(connection, "colour", value)


async def get(store: Store) -> str | None:
    async with store.read() as connection:
        return await key_value.get(connection, "colour")


async def test_server_that_never_answers_is_passing_and_fails_soon() -> None:
    async with SilentProxy.open(None) as silent:
        with pytest.raises(StoreUnavailable, match="does not answer") as caught:
            async with open_store(f"postgresql+asyncpg://bot:hush@127.0.0.1:{silent.port}/bot"):
                pass
    assert not caught.value.lasting
    assert "hush" not in str(caught.value)


async def test_server_not_there_is_passing() -> None:
    with pytest.raises(StoreUnavailable) as caught:
        async with open_store("postgresql+asyncpg://bot@127.0.0.1:1/bot"):
            pass
    assert not caught.value.lasting


@postgresql_only
async def test_database_never_made_is_lasting(database_url: str) -> None:
    url = make_url(database_url).set(database="nobody_made_it")
    with pytest.raises(StoreUnavailable) as caught:
        async with open_store(url.render_as_string(hide_password=False)):
            pass
    assert caught.value.lasting


@postgresql_only
async def test_silent_server_fails_until_it_answers(store: Store, proxy: SilentProxy) -> None:
    await put(store, "gold")
    proxy.fall_silent()
    answers = await asyncio.gather(
        put(store, "grey"), put(store, "grey"), get(store), return_exceptions=True
    )
    assert {str(answer) for answer in answers} == {"it does not answer"}
    proxy.speak()
    assert await get(store) == "gold"
    await put(store, "red")
    assert await get(store) == "red"


@postgresql_only
@pytest.mark.parametrize("when", ["between two statements", "before the commit"])
async def test_silence_within_a_transaction_frees_the_turn(
    store: Store, proxy: SilentProxy, when: str
) -> None:
    async def fall_silent_midway() -> None:
        async with store.write() as connection:
            await key_value.put(connection, "colour", "grey")
            proxy.fall_silent()
            if when == "between two statements":
                await key_value.put(connection, "colour", "greyer")

    with pytest.raises(StoreUnavailable, match="does not answer"):
        await fall_silent_midway()
    proxy.speak()
    await put(store, "red")
    assert await get(store) == "red"


@postgresql_only
async def test_task_cancelled_on_a_silent_server_ends(store: Store, proxy: SilentProxy) -> None:
    begun = asyncio.Event()

    async def ask() -> None:
        async with store.write() as connection:
            await key_value.put(connection, "colour", "grey")
            proxy.fall_silent()
            begun.set()
            await key_value.put(connection, "colour", "greyer")

    asking = asyncio.create_task(ask())
    await begun.wait()
    await asyncio.sleep(0)
    asking.cancel()
    await asyncio.wait({asking})
    assert asking.cancelled()
    proxy.speak()
    await put(store, "red")
    assert await get(store) == "red"


@postgresql_only
async def test_broken_connections_are_made_again(store: Store, proxy: SilentProxy) -> None:
    await put(store, "gold")
    proxy.shut()
    for ask in (put(store, "grey"), get(store)):
        with pytest.raises(StoreUnavailable):
            await ask
    await proxy.listen()
    assert await get(store) == "gold"
    await put(store, "red")
    proxy.reset()
    await put(store, "blue")
    assert await get(store) == "blue"


@postgresql_only
async def test_read_only_server_is_unavailable_for_writing(store: Store) -> None:
    async def write() -> None:
        async with store.write() as connection:
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            await key_value.put(connection, "colour", "grey")

    with pytest.raises(StoreUnavailable, match="read-only"):
        await write()
    assert await get(store) is None


@postgresql_only
async def test_inbox_on_a_silent_server_refuses_and_closes_in_time(
    store: Store, proxy: SilentProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.store.inbox.CLOSE_SECONDS", 0.1)
    async with Inbox(store) as inbox:
        await inbox.put(incoming("evt_1"))
        proxy.fall_silent()
        with pytest.raises(StoreUnavailable):
            await inbox.put(incoming("evt_2"))
        waiting = [asyncio.create_task(inbox.put(incoming(f"evt_{n}"))) for n in range(3, 9)]
        await asyncio.sleep(0)
    answers = await asyncio.gather(*waiting, return_exceptions=True)
    assert {type(answer) for answer in answers} == {StoreUnavailable}
    proxy.speak()
    assert await stored(store) == ["evt_1"]
