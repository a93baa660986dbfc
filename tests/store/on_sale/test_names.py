"""Tracks and licenses: one row each, whatever their spelling."""

from bot.domain.sale import Producer
from bot.store.engine import Store
from bot.store.on_sale import names


async def test_two_spellings_are_one_track_and_the_first_stays(
    store: Store, producer: Producer
) -> None:
    async with store.write() as connection:
        first = await names.ensure_tracks(connection, producer.id, ["Neon Rain", "NEON  rain"])
        again = await names.ensure_tracks(connection, producer.id, ["neon rain", "Other"])
        assert first["Neon Rain"] == first["NEON  rain"] == again["neon rain"] != again["Other"]
        found = await names.find_track(connection, producer.id, " neon RAIN ")
        assert found == first["Neon Rain"]


async def test_a_license_is_found_and_an_unknown_one_is_not(
    store: Store, producer: Producer
) -> None:
    async with store.write() as connection:
        ids = await names.ensure_licenses(connection, producer.id, ["Basic Lease"])
        found = await names.find_license(connection, producer.id, "basic lease")
        assert found == ids["Basic Lease"]
        assert await names.find_license(connection, producer.id, "Exclusive") is None
        assert await names.find_license(connection, producer.id + 1, "basic lease") is None
