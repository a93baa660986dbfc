"""The names under which licenses are sold."""

import pytest

from bot.store.books import producers
from bot.store.engine import Store
from tests.cogs.house import House, said


async def names(store: Store) -> tuple[str | None, str | None]:
    """What the producer sells under, and the legal name."""
    async with store.read() as connection:
        producer = await producers.current(connection)
    assert producer is not None
    return producer.name, producer.preferences.legal_name


async def test_seller_names_are_chosen_shown_and_removed(house: House, store: Store) -> None:
    async with store.write() as connection:
        current = await producers.current(connection)
        assert current
        await producers.set_business_name(connection, current.id, "Owl LLC")
    words = said(await house.ask("settings seller"))
    assert "Artist name: **Owl LLC** (from Stripe or your server)" in words
    assert "Legal name: **none yet**" in words
    words = said(await house.ask("settings seller", artist="Night  Owl", legal="María *López*"))
    assert "Artist name: **Night Owl**" in words
    assert "(from Stripe" not in words
    assert r"Legal name: **María \*López\***" in words
    assert await names(store) == ("Night Owl", "María *López*")
    await house.ask("settings seller", artist=" - ")
    assert await names(store) == ("Owl LLC", "María *López*")
    await house.ask("settings seller", legal="-")
    assert await names(store) == ("Owl LLC", None)


async def test_seller_without_any_name_is_asked_for_one(house: House, store: Store) -> None:
    async with store.write() as connection:
        current = await producers.current(connection)
        assert current
        await producers.set_business_name(connection, current.id, "")
    assert "Legal name: **none yet**. A contract needs one" in said(
        await house.ask("settings seller")
    )


@pytest.mark.parametrize("typed", ["\u200b", "\u202e \u200b"])
async def test_seller_name_that_shows_nothing_is_refused(
    house: House, store: Store, typed: str
) -> None:
    before = await names(store)
    words = said(await house.ask("settings seller", legal=typed))
    assert "no readable characters" in words
    assert await names(store) == before
