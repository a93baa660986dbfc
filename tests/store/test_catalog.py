"""Tracks and licenses: one row each, whatever their spelling."""

from bot.ledger.records import Producer
from bot.store import catalog
from bot.store.engine import Store


async def test_two_spellings_are_one_track_and_the_first_stays(
    store: Store, producer: Producer
) -> None:
    async with store.write() as connection:
        first = await catalog.ensure_tracks(connection, producer.id, ["Neon Rain", "NEON  rain"])
        again = await catalog.ensure_tracks(connection, producer.id, ["neon rain", "Other"])
        assert first["Neon Rain"] == first["NEON  rain"] == again["neon rain"] != again["Other"]
        found = await catalog.find_track(connection, producer.id, " neon RAIN ")
        assert found == first["Neon Rain"]


async def test_a_license_is_found_and_an_unknown_one_is_not(
    store: Store, producer: Producer
) -> None:
    async with store.write() as connection:
        ids = await catalog.ensure_licenses(connection, producer.id, ["Basic Lease"])
        found = await catalog.find_license(connection, producer.id, "basic lease")
        assert found == ids["Basic Lease"]
        assert await catalog.find_license(connection, producer.id, "Exclusive") is None
        assert await catalog.find_license(connection, producer.id + 1, "basic lease") is None
